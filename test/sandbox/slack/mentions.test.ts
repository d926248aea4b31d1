import { describe, expect, it } from '@jest/globals';
import { activeMentions } from '../../../src/sandbox/slack/mentions.ts';
import type { Message } from '../../../src/sandbox/slack/workspace.ts';

const parsing: Message['parsing'] = { parse: 'none', linkNames: false, unfurlLinks: false, unfurlMedia: false };

function message(text: string, blocks: Message['blocks'] = [], more: Partial<Message['parsing']> = {}): Message {
  return { type: 'message', user: 'U0BOT', ts: '1.000001', text, blocks, parsing: { ...parsing, ...more } };
}

function found(one: Message): string[] {
  return activeMentions(one).map(({ kind, target, label, at }) => [kind, target, label, at].filter(Boolean).join(' '));
}

describe('activeMentions', () => {
  const live: [text: string, mention: string][] = [
    ['<!channel> look', 'broadcast channel /text'],
    ['<!here|here>', 'broadcast here here /text'],
    ['`<!everyone>`', 'broadcast everyone /text'],
    ['by <@U0ALICE>', 'user U0ALICE /text'],
    ['<@W0ALICE|alice>', 'user W0ALICE alice /text'],
    ['<!subteam^S0SRE>', 'usergroup S0SRE /text'],
    ['<#C0GENERAL|general>', 'channel C0GENERAL general /text'],
    ['<https://evil.example|Approve>', 'link https://evil.example Approve /text'],
    ['<mailto:a@example.com>', 'link mailto:a@example.com /text'],
    ['<!date^1^{date}^https://evil.example|then>', 'link https://evil.example then /text'],
  ];

  it.each(live)('finds what is alive in %s', (text, mention) => {
    expect(found(message(text))).toEqual([mention]);
  });

  it.each([
    '&lt;!channel&gt; &lt;@U0ALICE&gt;',
    'a < b > c',
    '<!date^1^{date}|then>',
    '<!nobody>',
    '@channel and @alice',
    '<pod-name>',
  ])('finds nothing alive in %s', (text) => {
    expect(found(message(text))).toEqual([]);
  });

  it('reads names and addresses as the sender asked', () => {
    const text = '@channel see https://example.com/a';

    expect(found(message(text, [], { linkNames: true }))).toEqual(['broadcast channel /text']);
    expect(found(message(text, [], { parse: 'default' }))).toEqual(['autolink https://example.com/a /text']);
  });

  it('looks into every block, and leaves plain text alone', () => {
    const blocks: Message['blocks'] = [
      { type: 'header', block_id: 'a', text: { type: 'plain_text', text: '<!channel>' } },
      { type: 'section', block_id: 'b', fields: [{ type: 'mrkdwn', text: '<@U0BOB>' }] },
      { type: 'markdown', block_id: 'c', text: 'see [docs](https://evil.example) and <!here>' },
      {
        type: 'rich_text',
        block_id: 'd',
        elements: [{ type: 'rich_text_section', elements: [{ type: 'user', user_id: 'U0BOB' }] }],
      },
      { type: 'actions', block_id: 'e', elements: [{ type: 'button', url: 'https://evil.example' }] },
    ];

    expect(found(message('', blocks))).toEqual([
      'user U0BOB /blocks/1/fields/0/text',
      'broadcast here /blocks/2/text',
      'link https://evil.example docs /blocks/2/text',
      'user U0BOB /blocks/3/elements/0/elements/0',
      'link https://evil.example /blocks/4/elements/0',
    ]);
  });
});
