import { describe, expect, it } from '@jest/globals';
import { readMrkdwn } from '../../../../src/sandbox/demo/page/slack/mrkdwn.ts';
import type { Inline, Paragraph } from '../../../../src/sandbox/demo/page/slack/prose.ts';

const text = (words: string): Inline => ({ kind: 'text', text: words });
const lines = (...of: Inline[]): Paragraph => ({ kind: 'lines', of });
const bold = (...of: Inline[]): Inline => ({ kind: 'bold', of });
const italic = (...of: Inline[]): Inline => ({ kind: 'italic', of });
const strike = (...of: Inline[]): Inline => ({ kind: 'strike', of });
const code = (...of: Inline[]): Inline => ({ kind: 'code', of });
const link = (href: string, words: string): Inline => ({ kind: 'link', href, of: [text(words)] });

describe('mrkdwn', () => {
  it.each<[string, Paragraph[]]>([
    ['plain', [lines(text('plain'))]],
    ['*a* _b_ ~c~', [lines(bold(text('a')), text(' '), italic(text('b')), text(' '), strike(text('c')))]],
    ['*a _b_ c*', [lines(bold(text('a '), italic(text('b')), text(' c')))]],
    ['_*both*_', [lines(italic(bold(text('both'))))]],
    ['(*a*), "_b_".', [lines(text('('), bold(text('a')), text('), "'), italic(text('b')), text('".'))]],
    ['*two words*\n*again*', [lines(bold(text('two words')), text('\n'), bold(text('again')))]],
    ['`x *y*` z', [lines(code(text('x *y*')), text(' z'))]],
    ['*`50`*', [lines(bold(code(text('50'))))]],
    ['a\n\nb', [lines(text('a\n\nb'))]],
  ])('formats %j', (source, expected) => {
    expect(readMrkdwn(source)).toEqual(expected);
  });

  it.each([
    'snake_case_name',
    '2*3*4',
    '* not bold *',
    '*open',
    '*over\nlines*',
    '**',
    '`open',
    '~',
    'a ~ b ~ c',
    'https:',
  ])('leaves %j as it is', (source) => {
    expect(readMrkdwn(source)).toEqual([lines(text(source))]);
  });

  it('knows three entities and leaves others alone', () => {
    expect(readMrkdwn('&lt;b&gt; &amp;amp; &quot;')).toEqual([lines(text('<b> &amp; &quot;'))]);
  });

  it('reads code blocks with what stands before and after them', () => {
    expect(readMrkdwn('before\n```\n*a* &lt;b&gt;\n  c\n```\nafter')).toEqual([
      lines(text('before')),
      { kind: 'code-block', of: [text('*a* <b>\n  c')] },
      lines(text('after')),
    ]);
  });

  it('shows the fence of a code block that is not closed', () => {
    expect(readMrkdwn('a ```b')).toEqual([lines(text('a ')), lines(text('```b'))]);
  });

  it.each([
    ['> a\n> b\nc', [{ kind: 'quote', of: [text('a\nb')] }, lines(text('c'))]],
    ['&gt; a', [{ kind: 'quote', of: [text('a')] }]],
    ['x\n>>> a\nb', [lines(text('x')), { kind: 'quote', of: [text('a\nb')] }]],
  ])('reads the quote in %j', (source, expected) => {
    expect(readMrkdwn(source)).toEqual(expected);
  });

  it.each<[string, Inline]>([
    ['<@U0ALICE>', { kind: 'user', id: 'U0ALICE' }],
    ['<#C0GENERAL>', { kind: 'channel', id: 'C0GENERAL' }],
    ['<#C0GENERAL|general>', { kind: 'channel', id: 'C0GENERAL', label: 'general' }],
    ['<!subteam^S0SRE|@sre>', { kind: 'group', id: 'S0SRE', label: '@sre' }],
    ['<!subteam^S0SRE>', { kind: 'group', id: 'S0SRE' }],
    ['<!here>', { kind: 'broadcast', range: 'here' }],
    ['<https://example.com/a?b=1&amp;c=2|the *page*>', link('https://example.com/a?b=1&c=2', 'the *page*')],
    ['<https://example.com>', link('https://example.com/', 'https://example.com')],
    ['<mailto:a@example.com|mail>', link('mailto:a@example.com', 'mail')],
    ['https://example.com/x', link('https://example.com/x', 'https://example.com/x')],
    [':fire:', { kind: 'emoji', name: 'fire', characters: '🔥' }],
    [':+1:', { kind: 'emoji', name: '+1', characters: '👍' }],
    [
      '<!date^1700000000^{date_short_pretty} {time}|then>',
      { kind: 'date', seconds: 1_700_000_000, format: '{date_short_pretty} {time}', fallback: 'then' },
    ],
    [
      '<!date^1700000000^{ago}^https://example.com/|then>',
      { kind: 'date', seconds: 1_700_000_000, format: '{ago}', fallback: 'then', href: 'https://example.com/' },
    ],
  ])('reads %j', (source, expected) => {
    expect(readMrkdwn(source)).toEqual([lines(expected)]);
  });

  it('keeps mentions alive in code, as Slack does', () => {
    expect(readMrkdwn('`see <@U0BOB>`')).toEqual([lines(code(text('see '), { kind: 'user', id: 'U0BOB' }))]);
  });

  it('makes no links of its own where the sender forbids it', () => {
    expect(readMrkdwn('https://example.com', { verbatim: true })).toEqual([lines(text('https://example.com'))]);
  });

  it('ends a bare address before the sentence does', () => {
    expect(readMrkdwn('(see https://example.com/a).')).toEqual([
      lines(text('(see '), link('https://example.com/a', 'https://example.com/a'), text(').')),
    ]);
  });
});

describe('mrkdwn by somebody who means ill', () => {
  it.each([
    '<javascript:alert(1)|click>',
    '<JaVaScRiPt:alert(1)>',
    '<data:text/html,<b>|x>',
    '<vbscript:x|y>',
    '<!unknown>',
    '<!date^x^{date}|f>',
    '<!date^1^{date}>',
    '<@u0lower>',
    '<>',
    '<|x>',
    ':constructor:',
    ':__proto__:',
    '<script>alert(1)</script>',
  ])('%j is only text', (source) => {
    expect(flat(readMrkdwn(source))).toBe(source);
  });

  it('never links to anything but http, https and mailto', () => {
    const found = readMrkdwn('<file:///etc/passwd|a> <ftp://x/|b> <https://ok.example|c>');

    expect(found).toEqual([lines(text('<file:///etc/passwd|a> <ftp://x/|b> '), link('https://ok.example/', 'c'))]);
  });

  it.each([
    ['marks', '*a _b ~c '],
    ['brackets', '<<<<'],
    ['backticks', '`a``'],
    ['colons', ':a'],
    ['quotes', '> >>> \n'],
    ['addresses', 'http://.'],
  ])('reads 12,000 characters of %s without losing any', (_name, piece) => {
    const source = piece.repeat(12_000 / piece.length);

    expect(flat(readMrkdwn(source)).length).toBeGreaterThan(source.length / 3);
  });
});

/** Only the words. */
function flat(paragraphs: readonly Paragraph[]): string {
  return paragraphs.map((one) => ('of' in one ? one.of.map(words).join('') : '')).join('\n');
}

function words(part: Inline): string {
  if (part.kind === 'text') return part.text;
  return 'of' in part ? part.of.map(words).join('') : '';
}
