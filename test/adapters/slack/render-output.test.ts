import { expect, test } from '@jest/globals';
import { renderView } from '../../../src/adapters/slack/render/render.ts';
import { aPlan, aRun } from './views.ts';

const rendered = (output: string): string =>
  JSON.stringify(
    renderView(
      {
        kind: 'run',
        run: aRun('done', { output: { text: output, exitCode: 4 } }),
        plan: aPlan('web'),
        undoAvailable: false,
      },
      (problems) => expect(problems).toEqual([]),
    ).blocks,
  );

test('what a command printed stands in the thread, as it is', () => {
  expect(rendered('applied 3 <!channel>\n')).toContain('```\\napplied 3 &lt;!channel&gt;\\n```');
});

test('of long output the end is shown, and that it is the end', () => {
  const text = rendered(`${'x'.repeat(20_000)}\nlast line\n`);

  expect(text).toContain('at its end');
  expect(text).toContain('last line');
  expect(text.length).toBeLessThan(13_000);
});

test('that nothing was printed is said', () => {
  expect(rendered('\n')).toContain('printed nothing');
});
