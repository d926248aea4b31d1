import { describe, expect, it } from '@jest/globals';
import { readMessage } from '../../../src/sandbox/story/block-text.ts';
import { paint, wantsColours } from '../../../src/sandbox/story/paint.ts';
import { line, plainText, span, widthOf, wrap } from '../../../src/sandbox/story/text.ts';
import type { Block } from '../../../src/sandbox/slack/workspace.ts';

const names: Readonly<Record<string, string>> = { U0ALICE: 'alice', S0SRE: 'sre' };
const reader = { nameOf: (id: string) => names[id] ?? id, now: new Date(2026, 0, 5, 10, 0, 0) };

const read = (...blocks: object[]): string[] =>
  // Only the fields that are read are given.
  readMessage({ text: 'unused', blocks: blocks as Block[] }, reader).map(plainText);
const section = (text: string, more: object = {}): object => ({
  type: 'section',
  text: { type: 'mrkdwn', text },
  ...more,
});
const at = Math.floor(new Date(2026, 0, 5, 9, 30, 7).getTime() / 1000);
const button = (label: string): object => ({ type: 'button', text: { type: 'plain_text', text: label } });

describe('Block Kit as text', () => {
  it.each([
    { mrkdwn: '*bold* _slanted_ `code`', shows: ['bold slanted code'] },
    { mrkdwn: 'HDC_GPU_BATCH_SIZE stays, 2*3*4 too', shows: ['HDC_GPU_BATCH_SIZE stays, 2*3*4 too'] },
    { mrkdwn: '<@U0ALICE> of <!subteam^S0SRE>, <@U0NOBODY>', shows: ['@alice of @sre, @U0NOBODY'] },
    { mrkdwn: '*<https://a.example/?b=1&amp;c=2|the board>*', shows: ['the board'] },
    { mrkdwn: 'a &lt;tag&gt; &amp;amp; more', shows: ['a <tag> &amp; more'] },
    { mrkdwn: `<!date^${at}^{date_short_pretty} {time}|never>`, shows: ['today 09:30'] },
    { mrkdwn: `<!date^${at}^{time_secs}|never>`, shows: ['09:30:07'] },
    { mrkdwn: `<!date^${at}^{date_long_full}|the fallback>`, shows: ['the fallback'] },
    { mrkdwn: 'ran:\n```\na  *b*\n  &lt;none&gt;\n```\nend', shows: ['ran:', '  a  *b*', '    <none>', 'end'] },
  ])('shows $mrkdwn as Slack would', ({ mrkdwn, shows }) => {
    expect(read(section(mrkdwn))).toEqual(shows);
  });

  it('shows headers, buttons, contexts and fields, and names a block that it does not know', () => {
    const shown = read(
      { type: 'header', text: { type: 'plain_text', text: '*Title*' } },
      section('first\nsecond', { accessory: button('Plan…') }),
      { type: 'actions', elements: [button('Approve'), button('Deny')] },
      {
        type: 'context',
        elements: [
          { type: 'mrkdwn', text: 'one' },
          { type: 'mrkdwn', text: '*two*' },
        ],
      },
      { type: 'video' },
    );

    expect(shown).toEqual([
      '*Title*',
      'first  [ Plan… ]',
      'second',
      '[ Approve ]  [ Deny ]',
      'one · two',
      '(a block of type video)',
    ]);
  });

  it('shows the text of a message without blocks', () => {
    expect(readMessage({ text: 'just *text*' }, reader).map(plainText)).toEqual(['just text']);
  });
});

describe('lines on a terminal', () => {
  it.each([
    { text: 'abc', width: 3 },
    { text: '🔥 x', width: 4 },
    { text: '漢字', width: 4 },
    { text: 'e\u0301', width: 1 },
    { text: '👩‍🚒', width: 2 },
    { text: '⚠️', width: 2 },
  ])('takes $text for $width columns', ({ text, width }) => {
    expect(widthOf(text)).toBe(width);
  });

  it.each([
    { given: line('one two three'), width: 8, rows: ['one two', '  three'] },
    { given: line('a (', span('name', 'code'), ') b'), width: 8, rows: ['a (name)', '  b'] },
    { given: line('go ', span('[ Run again ]', 'button')), width: 15, rows: ['go', '  [ Run again ]'] },
    { given: line('abcdefghijkl'), width: 8, rows: ['abcdefgh', '  ijkl'] },
    { given: line(''), width: 8, rows: [''] },
  ])('wraps to $rows', ({ given, width, rows }) => {
    const wrapped = wrap(given, width).map(plainText);

    expect(wrapped).toEqual(rows);
  });

  it('colours only when told to, and never passes a control character on', () => {
    const hostile = line(span('red\u001b[31m\u0007', 'strong'));

    expect(paint(hostile, false)).toBe('red�[31m�');
    expect(paint(hostile, true)).toBe('\u001b[1mred�[31m�\u001b[22m');
  });

  it.each([
    { stream: { isTTY: true }, env: {}, wants: true },
    { stream: { isTTY: true }, env: { NO_COLOR: '1' }, wants: false },
    { stream: { isTTY: true }, env: { TERM: 'dumb' }, wants: false },
    { stream: {}, env: {}, wants: false },
  ])('wants colours for $stream with $env: $wants', ({ stream, env, wants }) => {
    expect(wantsColours(stream, env)).toBe(wants);
  });
});
