import { pathToFileURL } from 'node:url';
import { resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { progressOn } from '../../src/cli/lint/progress.ts';
import { sarifOf } from '../../src/cli/lint/sarif.ts';
import { textReport } from '../../src/cli/lint/text.ts';
import { type Finding, finding } from '../../src/runbook/lint/finding.ts';

const Run = z.object({
  invocations: z.tuple([z.object({ toolExecutionNotifications: z.array(z.unknown()) })]),
  results: z.array(z.object({ level: z.string(), locations: z.tuple([z.unknown()]) })),
});
const runOf = (findings: readonly Finding[]) =>
  z.object({ runs: z.tuple([Run]) }).parse(sarifOf({ findings, files: 1, problems: [] }, new Map())).runs[0];

const note = (path: string): Finding => finding('ten-lines', { path, line: 1 }, 'Ten.', 'More.');
const error = (path: string): Finding => finding('malformed', { path, line: 1 }, 'Bad.', 'Mend it.');

describe('SARIF of what lint found', () => {
  it('keeps as many results as code scanning does, the errors first, and says how many are left out', () => {
    const { results, invocations } = runOf([...Array.from({ length: 25_000 }, () => note('a.md')), error('z.md')]);

    expect(results).toHaveLength(25_000);
    expect(results[0]?.level).toBe('error');
    expect(invocations[0].toolExecutionNotifications).toEqual([
      { level: 'error', message: { text: '1 more findings are left out: lint fewer files at a time.' } },
    ]);
  });

  it('gives a file outside of the folder its whole address, since it has none below it', () => {
    const { results } = runOf([note('../other/a b.md'), note('..md')]);

    expect(results.map(({ locations }) => locations[0])).toMatchObject([
      { physicalLocation: { artifactLocation: { uri: pathToFileURL(resolve('../other/a b.md')).href } } },
      { physicalLocation: { artifactLocation: { uri: '..md', uriBaseId: '%SRCROOT%' } } },
    ]);
  });
});

describe('the text of what lint found', () => {
  it('does not call it fine when nothing was read', () => {
    const text = textReport({ findings: [], files: 0, problems: ['a.md is not there.'] });

    expect(text).toBe('a.md is not there.\nNo file was read.\n');
  });
});

describe('progress', () => {
  function progress({ isTTY }: { isTTY: boolean }) {
    const written: string[] = [];
    const write = (text: string): boolean => written.push(text) > 0;
    let now = 1000;
    const shown = progressOn({ isTTY, write }, 40, () => now);
    return { written, shown, wait: (ms: number) => (now += ms) };
  }

  it('is shown at a terminal when the reading takes long, not too often, and wiped at the end', () => {
    const { written, shown, wait } = progress({ isTTY: true });

    shown.at(0);
    wait(499);
    shown.at(7);
    wait(1);
    shown.at(8);
    wait(99);
    shown.at(9);
    wait(1);
    shown.at(19);
    shown.end();

    expect(written).toEqual(['\r\u001B[KReading 9 of 40 files', '\r\u001B[KReading 20 of 40 files', '\r\u001B[K']);
  });

  it('is not written where nobody watches, nor for short work', () => {
    const piped = progress({ isTTY: false });
    const short = progress({ isTTY: true });

    piped.wait(5000);
    piped.shown.at(3);
    piped.shown.end();
    short.shown.at(3);
    short.shown.end();

    expect([...piped.written, ...short.written]).toEqual([]);
  });
});
