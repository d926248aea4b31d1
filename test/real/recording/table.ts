/** A table of commands and what has to become of each, run as one suite. */
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { ReasonCode } from '../../../src/domain/runbook.ts';
import {
  caseOf,
  commandOf,
  type Compared,
  declined,
  failures,
  idle,
  readingOf,
  type Row,
  runBoth,
  views,
} from './compare.ts';
import { withRecorders } from './pool.ts';
import { shop } from './world.ts';

export type Table = {
  /** The same writes and the same objects; of a read: the same text and exit code. */
  readonly same: readonly Row[];
  /** kubectl fails and writes nothing, and so do we, in words of our own. */
  readonly fails?: readonly Row[];
  /** Nothing is written by either, whatever kubectl exits with. */
  readonly idle?: readonly Row[];
  /** kubectl would write, often half of what it was told; we refuse the whole. */
  readonly declined?: readonly Row[];
  readonly manual?: Readonly<Partial<Record<ReasonCode, readonly string[]>>>;
};

type View = (compared: Compared) => readonly [object, object];
const viewOf = { same: views, fails: failures, idle, declined } satisfies Partial<Record<keyof Table, View>>;
const kinds = ['same', 'fails', 'idle', 'declined'] as const;
const titles = {
  same: 'is done as kubectl does it',
  fails: 'fails as kubectl fails',
  idle: 'writes nothing, as kubectl writes nothing',
  declined: 'is refused, although kubectl writes',
} as const;

export function describeTable(name: string, table: Table): void {
  const rows = kinds.flatMap((kind) => (table[kind] ?? []).map((row) => ({ kind, row })));
  const results = new Map<Row, Compared>();

  describe(`by kubectl and by us: ${name}`, () => {
    beforeAll(async () => {
      await withRecorders(rows, async (recorder, { row }) => {
        const each = caseOf(row, recorder, shop);
        results.set(row, await runBoth(recorder, each, readingOf(each.command)));
      });
    }, 120_000);

    for (const kind of kinds) {
      const own = table[kind] ?? [];
      if (own.length === 0) continue;
      describe(`what ${titles[kind]}`, () => {
        it.each(own.map((row) => [commandOf(row), row] as const))('%s', (_command, row) => {
          const compared = results.get(row);
          if (!compared) throw new Error('it was not run');

          const [ours, theirs] = viewOf[kind](compared);

          expect(ours).toEqual(theirs);
        });
      });
    }

    const manual = Object.entries(table.manual ?? {}).flatMap(([code, commands]) =>
      commands.map((command) => [command, code] as const),
    );
    if (manual.length > 0) {
      describe('stays with a person', () => {
        it.each(manual)('%s: %s', (command, code) => {
          expect(readingOf(command)).toMatchObject({ kind: 'manual', code });
        });
      });
    }
  });
}
