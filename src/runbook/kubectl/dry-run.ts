/** Flags that mean something without a value, as pflag's NoOptDefVal has it: the next word is never theirs. */
import type { Template } from '../../domain/object-reference.ts';
import { refuse, type Refusal } from '../reasons.ts';
import type { FlagTable, ParsedFlags } from './flags.ts';

export const dryRunFlag = { 'dry-run': { takes: 'value' } } satisfies FlagTable;

/** What kubectl reads into the bare flags. Source: its source, 1.34 (`AddDryRunFlag`, `DeleteFlags`). */
const bare: Readonly<Record<string, string>> = {
  '--dry-run': '--dry-run=unchanged',
  '--cascade': '--cascade=background',
};

/** `--dry-run x` is `--dry-run=client` and the word `x`. */
export const withBareFlags = (words: readonly Template[]): readonly Template[] =>
  words.map((word) => (typeof word === 'string' && Object.hasOwn(bare, word) ? (bare[word] ?? word) : word));

/** A refusal unless the command would really write. */
export function previewOnly({ values }: ParsedFlags, verb: string): Refusal | undefined {
  const value = values.get('dry-run');
  if (value === undefined || value === 'none' || value === 'false') return undefined;
  if (typeof value !== 'string')
    return refuse('unresolved-substitution', 'The value of --dry-run is left open; it has to be written out.');
  return ['client', 'server', 'unchanged', 'true'].includes(value)
    ? refuse(
        'changes-nothing',
        `\`kubectl ${verb} --dry-run\` changes nothing; without the flag this becomes a plan, which is previewed on the server before anybody approves it.`,
      )
    : refuse('malformed', `--dry-run=${value} is neither client, server nor none.`);
}
