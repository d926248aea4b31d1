import { describe, expect, it } from '@jest/globals';
import { checkMessageBlocks, checkViewBlocks } from '../../../src/sandbox/slack/block-kit/check.ts';
import { checkView } from '../../../src/sandbox/slack/block-kit/view.ts';

const text = (length: number) => 'x'.repeat(length);
const plain = (length: number) => ({ type: 'plain_text', text: text(length) });
const mrkdwn = (length: number) => ({ type: 'mrkdwn', text: text(length) });
const many = <Item>(count: number, item: (at: number) => Item) => Array.from({ length: count }, (_, at) => item(at));
const section = (length: number) => ({ type: 'section', text: mrkdwn(length) });
const button = (more: object = {}) => ({ type: 'button', text: plain(5), action_id: 'go', ...more });
const actions = (...elements: object[]) => ({ type: 'actions', elements });
const option = (value: string) => ({ text: plain(5), value });
const options = (count: number) => many(count, (at) => option(`v${at}`));
const select = (more: object) => ({ type: 'static_select', action_id: 's', ...more });
const input = (element: object) => ({ type: 'input', label: plain(5), element });
const confirm = (more: object = {}) => ({
  title: plain(5),
  text: mrkdwn(5),
  confirm: plain(5),
  deny: plain(5),
  ...more,
});
const row = (cells: number) => many(cells, () => ({ type: 'raw_text', text: 'x' }));
const richText = (...elements: object[]) => ({ type: 'rich_text', elements });

let last = 0;
const newId = () => `b${(last += 1)}`;

function verdict(blocks: unknown): string {
  const checked = checkMessageBlocks(blocks, newId);
  return checked.ok ? 'ok' : `${checked.code} ${checked.faults.join('; ')}`.trim();
}

describe('message blocks', () => {
  const sizes: [what: string, largest: unknown[], tooLarge: unknown[]][] = [
    ['50 blocks', many(50, () => ({ type: 'divider' })), many(51, () => ({ type: 'divider' }))],
    ['3,000 characters in a section', [section(3000)], [section(3001)]],
    ['at least one character of text', [section(1)], [section(0)]],
    [
      '10 fields',
      [{ type: 'section', fields: many(10, () => mrkdwn(5)) }],
      [{ type: 'section', fields: many(11, () => mrkdwn(5)) }],
    ],
    [
      '2,000 characters in a field',
      [{ type: 'section', fields: [mrkdwn(2000)] }],
      [{ type: 'section', fields: [mrkdwn(2001)] }],
    ],
    ['150 characters in a header', [{ type: 'header', text: plain(150) }], [{ type: 'header', text: plain(151) }]],
    [
      '10 context elements',
      [{ type: 'context', elements: many(10, () => mrkdwn(5)) }],
      [{ type: 'context', elements: many(11, () => mrkdwn(5)) }],
    ],
    [
      '25 elements in actions',
      [actions(...many(25, (at) => button({ action_id: `a${at}` })))],
      [actions(...many(26, (at) => button({ action_id: `a${at}` })))],
    ],
    ['75 characters on a button', [actions(button({ text: plain(75) }))], [actions(button({ text: plain(76) }))]],
    ['2,000 characters in a value', [actions(button({ value: text(2000) }))], [actions(button({ value: text(2001) }))]],
    [
      '255 characters in an action_id',
      [actions(button({ action_id: text(255) }))],
      [actions(button({ action_id: text(256) }))],
    ],
    [
      '255 characters in a block_id',
      [{ type: 'divider', block_id: text(255) }],
      [{ type: 'divider', block_id: text(256) }],
    ],
    [
      '100 characters in a dialog title',
      [actions(button({ confirm: confirm({ title: plain(100) }) }))],
      [actions(button({ confirm: confirm({ title: plain(101) }) }))],
    ],
    [
      '300 characters in a dialog',
      [actions(button({ confirm: confirm({ text: mrkdwn(300) }) }))],
      [actions(button({ confirm: confirm({ text: mrkdwn(301) }) }))],
    ],
    ['100 options', [actions(select({ options: options(100) }))], [actions(select({ options: options(101) }))]],
    [
      '5 overflow options',
      [actions({ type: 'overflow', options: options(5) })],
      [actions({ type: 'overflow', options: options(6) })],
    ],
    [
      '10 radio buttons',
      [actions({ type: 'radio_buttons', options: options(10) })],
      [actions({ type: 'radio_buttons', options: options(11) })],
    ],
    [
      '10 checkboxes',
      [actions({ type: 'checkboxes', options: options(10) })],
      [actions({ type: 'checkboxes', options: options(11) })],
    ],
    [
      '150 characters in an option value',
      [actions(select({ options: [option(text(150))] }))],
      [actions(select({ options: [option(text(151))] }))],
    ],
    [
      '150 characters in a placeholder',
      [actions({ type: 'external_select', placeholder: plain(150) })],
      [actions({ type: 'external_select', placeholder: plain(151) })],
    ],
    [
      '100 table rows',
      [{ type: 'table', rows: many(100, () => row(1)) }],
      [{ type: 'table', rows: many(101, () => row(1)) }],
    ],
    ['20 table cells in a row', [{ type: 'table', rows: [row(20)] }], [{ type: 'table', rows: [row(21)] }]],
    [
      '12,000 characters of markdown',
      [{ type: 'markdown', text: text(12_000) }],
      [{ type: 'markdown', text: text(12_001) }],
    ],
  ];

  it.each(sizes)('take %s and not one more', (_what, largest, tooLarge) => {
    expect(verdict(largest)).toBe('ok');
    expect(verdict(tooLarge)).toMatch(/^invalid_blocks .*\[json-pointer:\/blocks/);
  });

  const bad: [what: string, blocks: unknown, complaint: string][] = [
    ['something that is no list', {}, 'must be of type array [json-pointer:/blocks]'],
    ['an unknown block', [{ type: 'marquee' }], 'unsupported type [json-pointer:/blocks/0/type]'],
    [
      'an unknown field',
      [{ type: 'divider', colour: 'red' }],
      'invalid additional property: colour [json-pointer:/blocks/0]',
    ],
    ['a missing field', [{ type: 'header' }], 'missing required field: text [json-pointer:/blocks/0/text]'],
    ['mrkdwn in a header', [{ type: 'header', text: mrkdwn(5) }], '[json-pointer:/blocks/0/text/type]'],
    ['mrkdwn on a button', [actions(button({ text: mrkdwn(5) }))], '[json-pointer:/blocks/0/elements/0/text/type]'],
    ['an empty section', [{ type: 'section' }], 'either text or fields must be given [json-pointer:/blocks/0]'],
    ['empty actions', [actions()], 'no fewer than 1 items required [json-pointer:/blocks/0/elements]'],
    ['a text input among actions', [actions({ type: 'plain_text_input' })], 'unsupported type'],
    [
      'a multi select among actions',
      [actions({ type: 'multi_static_select', options: options(1) })],
      'unsupported type',
    ],
    ['a button as input', [input(button())], 'unsupported type [json-pointer:/blocks/0/element/type]'],
    [
      'options and groups together',
      [actions(select({ options: options(1), option_groups: [] }))],
      '[json-pointer:/blocks/0',
    ],
    ['a select with nothing to choose', [actions(select({}))], 'either options or option_groups must be given'],
    ['an unknown style', [actions(button({ style: 'loud' }))], '[json-pointer:/blocks/0/elements/0/style]'],
    [
      'two blocks of one id',
      many(2, () => ({ type: 'divider', block_id: 'a' })),
      '`block_id` already exists [json-pointer:/blocks/1/block_id]',
    ],
    [
      'two elements of one id in a block',
      [actions(button(), button())],
      '`action_id` already exists for other action [json-pointer:/blocks/0/elements/1/action_id]',
    ],
    ['two tables', many(2, () => ({ type: 'table', rows: [row(1)] })), 'only_one_table_allowed'],
    ['unknown rich text', [richText({ type: 'rich_text_poem', elements: [] })], 'unsupported type'],
    [
      'a number input that leaves decimals open',
      [input({ type: 'number_input' })],
      'missing required field: is_decimal_allowed',
    ],
  ];

  it.each(bad)('refuse %s, and say where', (_what, blocks, complaint) => {
    expect(verdict(blocks)).toContain(complaint);
    expect(verdict(blocks)).toMatch(/^invalid_blocks /);
  });

  it('are too long together beyond 13,200 characters', () => {
    expect(verdict([...many(4, () => section(3000)), section(1200)])).toBe('ok');
    expect(verdict([...many(4, () => section(3000)), section(1201)])).toBe('msg_blocks_too_long');
    expect(verdict(many(2, () => ({ type: 'markdown', text: text(6001) })))).toBe('msg_blocks_too_long');
  });

  it('may use one action_id in two blocks', () => {
    expect(verdict([actions(button()), actions(button())])).toBe('ok');
  });

  it('take every element where Slack does', () => {
    const words = { type: 'text', text: 'x', style: { code: true } };
    expect(
      verdict([
        { type: 'section', text: mrkdwn(5), accessory: button() },
        { type: 'section', text: mrkdwn(5), accessory: { type: 'multi_external_select', min_query_length: 0 } },
        { type: 'image', image_url: 'https://example.com/a.png', alt_text: 'a' },
        {
          type: 'context',
          elements: [{ type: 'image', image_url: 'https://example.com/a.png', alt_text: 'a' }, plain(5)],
        },
        richText(
          { type: 'rich_text_section', elements: [words, { type: 'user', user_id: 'U0ALICE' }] },
          { type: 'rich_text_list', style: 'bullet', elements: [{ type: 'rich_text_section', elements: [words] }] },
          { type: 'rich_text_preformatted', elements: [{ type: 'text', text: 'kubectl get pods' }] },
        ),
        { type: 'table', rows: [row(2), [richText({ type: 'rich_text_section', elements: [words] }), ...row(1)]] },
        input({ type: 'number_input', is_decimal_allowed: false, min_value: '1' }),
        actions({ type: 'checkboxes', options: options(2) }, { type: 'datepicker' }, { type: 'users_select' }),
      ]),
    ).toBe('ok');
  });

  it('come back with an id for each block and element', () => {
    const checked = checkMessageBlocks([actions({ type: 'button', text: plain(5) })], () => 'given');

    expect(checked).toMatchObject({ ok: true, value: [{ block_id: 'given', elements: [{ action_id: 'given' }] }] });
  });
});

describe('views', () => {
  const place = { id: 'V1', hash: 'h1', root_view_id: 'V1', previous_view_id: null };
  const modal = (more: object) => ({ type: 'modal', title: plain(5), blocks: [], ...more });
  const judge = (view: unknown) => {
    const checked = checkView(view, 'modal', place, newId);
    return checked.ok ? 'ok' : `${checked.code} ${checked.faults.join('; ')}`;
  };

  const sizes: [what: string, largest: object, tooLarge: object][] = [
    [
      '100 blocks',
      { blocks: many(100, () => ({ type: 'divider' })) },
      { blocks: many(101, () => ({ type: 'divider' })) },
    ],
    ['24 characters of title', { title: plain(24) }, { title: plain(25) }],
    ['24 characters of submit', { submit: plain(24) }, { submit: plain(25) }],
    ['3,000 characters of private_metadata', { private_metadata: text(3000) }, { private_metadata: text(3001) }],
    ['255 characters of callback_id', { callback_id: text(255) }, { callback_id: text(256) }],
  ];

  it.each(sizes)('take %s and not one more', (_what, largest, tooLarge) => {
    expect(judge(modal(largest))).toBe('ok');
    expect(judge(modal(tooLarge))).toMatch(/^invalid_arguments .*\[json-pointer:\/view/);
  });

  it('need a submit button for inputs, and take no tables', () => {
    const asks = { blocks: [input({ type: 'plain_text_input' })] };

    expect(judge(modal(asks))).toContain('missing required field: submit');
    expect(judge(modal({ ...asks, submit: plain(5) }))).toBe('ok');
    expect(judge({ type: 'home', blocks: [] })).toContain('must be of type modal');
    expect(checkViewBlocks([{ type: 'table', rows: [row(1)] }], newId).ok).toBe(false);
  });
});
