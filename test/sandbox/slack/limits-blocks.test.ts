/**
 * Slack's documented limits on blocks and elements, by the title of the page that states each ("Block Kit reference",
 * docs.slack.dev/reference/block-kit): what is at the limit is taken, one more is refused. Those of everyday blocks
 * are in block-kit.test.ts.
 */
import { expect, it } from '@jest/globals';
import { checkMessageBlocks, checkViewBlocks } from '../../../src/sandbox/slack/block-kit/check.ts';

const text = (length: number) => 'x'.repeat(length);
const plain = (length: number) => ({ type: 'plain_text', text: text(length) });
const mrkdwn = (length: number) => ({ type: 'mrkdwn', text: text(length) });
const many = <Item>(count: number, item: (at: number) => Item) => Array.from({ length: count }, (_, at) => item(at));
const actions = (element: object) => ({ type: 'actions', elements: [element] });
const input = (element: object, more: object = {}) => ({ type: 'input', label: plain(5), element, ...more });
const accessory = (element: object) => ({ type: 'section', text: plain(5), accessory: element });
const button = (more: object) => actions({ type: 'button', text: plain(5), action_id: 'go', ...more });
const option = (value: string, more: object = {}) => ({ text: plain(5), value, ...more });
const options = (count: number) => many(count, (at) => option(`v${at}`));
const select = (more: object) => actions({ type: 'static_select', action_id: 's', ...more });
const groups = (count: number, size = 1, label = 5) =>
  many(count, () => ({ label: plain(label), options: options(size) }));
const confirm = (more: object) =>
  button({ confirm: { title: plain(5), text: mrkdwn(5), confirm: plain(5), deny: plain(5), ...more } });
const image = (more: object) => ({ type: 'image', image_url: 'https://example.com/a.png', alt_text: 'a', ...more });
const radio = (more: object) => actions({ type: 'radio_buttons', options: options(2), ...more });
const boxes = (more: object) => actions({ type: 'checkboxes', options: options(2), ...more });
const textInput = (more: object) => input({ type: 'plain_text_input', ...more });
const numberInput = (more: object) => input({ type: 'number_input', is_decimal_allowed: false, ...more });
const words = { type: 'text', text: 'x' };
const list = (more: object) => ({
  type: 'rich_text',
  elements: [
    { type: 'rich_text_list', style: 'bullet', elements: [{ type: 'rich_text_section', elements: [words] }], ...more },
  ],
});
const table = (more: object) => ({ type: 'table', rows: [[{ type: 'raw_text', text: 'x' }]], ...more });
const url = (length: number) => `https://example.com/${text(length - 20)}`;

let last = 0;
const newId = () => `b${(last += 1)}`;

const limits: [page: string, what: string, atTheLimit: object, over: object, complaint: string][] = [
  [
    'Button element',
    '3,000 characters of url',
    button({ url: url(3000) }),
    button({ url: url(3001) }),
    'less than 3001',
  ],
  [
    'Button element',
    '75 characters of accessibility_label',
    button({ accessibility_label: text(75) }),
    button({ accessibility_label: text(76) }),
    'less than 76',
  ],
  ['Button element', 'two styles', button({ style: 'danger' }), button({ style: 'default' }), 'Invalid option'],
  [
    'Confirmation dialog object',
    '30 characters to confirm',
    confirm({ confirm: plain(30) }),
    confirm({ confirm: plain(31) }),
    'less than 31',
  ],
  [
    'Confirmation dialog object',
    '30 characters to deny',
    confirm({ deny: plain(30) }),
    confirm({ deny: plain(31) }),
    'less than 31',
  ],
  [
    'Option object',
    '75 characters of text',
    select({ options: [option('v', { text: plain(75) })] }),
    select({ options: [option('v', { text: plain(76) })] }),
    'less than 76',
  ],
  [
    'Option object',
    '75 characters of description',
    select({ options: [option('v', { description: plain(75) })] }),
    select({ options: [option('v', { description: plain(76) })] }),
    'less than 76',
  ],
  [
    'Option object',
    'mrkdwn in checkboxes, and not in a select',
    boxes({ options: [option('v', { text: mrkdwn(75) })] }),
    select({ options: [option('v', { text: mrkdwn(5) })] }),
    '/text/type',
  ],
  [
    'Option object',
    '3,000 characters of url in an overflow menu',
    actions({ type: 'overflow', options: [option('v', { url: url(3000) })] }),
    actions({ type: 'overflow', options: [option('v', { url: url(3001) })] }),
    'less than 3001',
  ],
  [
    'Option group object',
    '75 characters of label',
    select({ option_groups: groups(1, 1, 75) }),
    select({ option_groups: groups(1, 1, 76) }),
    'less than 76',
  ],
  [
    'Option group object',
    '100 options',
    select({ option_groups: groups(1, 100) }),
    select({ option_groups: groups(1, 101) }),
    'no more than 100 items',
  ],
  [
    'Select menu element',
    '100 option groups',
    select({ option_groups: groups(100) }),
    select({ option_groups: groups(101) }),
    'no more than 100 items',
  ],
  [
    'Select menu element',
    'an initial option that is one of the options',
    select({ options: options(2), initial_option: option('v1') }),
    select({ options: options(2), initial_option: option('v2') }),
    'must exactly match',
  ],
  [
    'Select menu element',
    'an initial option of a group',
    select({ option_groups: groups(2, 2), initial_option: option('v1') }),
    select({ option_groups: groups(2, 2), initial_option: option('v1', { text: plain(6) }) }),
    'must exactly match',
  ],
  [
    'Multi-select menu element',
    'one selected item or more',
    accessory({ type: 'multi_static_select', options: options(2), max_selected_items: 1 }),
    accessory({ type: 'multi_static_select', options: options(2), max_selected_items: 0 }),
    'at least 1',
  ],
  [
    'Multi-select menu element',
    'initial options that are options',
    accessory({ type: 'multi_static_select', options: options(2), initial_options: options(2) }),
    accessory({ type: 'multi_static_select', options: options(2), initial_options: options(3) }),
    'must exactly match',
  ],
  [
    'Radio button group element',
    'an initial option that is one of the options',
    radio({ initial_option: option('v0') }),
    radio({ initial_option: option('other') }),
    'must exactly match',
  ],
  [
    'Checkboxes element',
    'initial options that are options',
    boxes({ initial_options: [option('v0')] }),
    boxes({ initial_options: [option('other')] }),
    'must exactly match',
  ],
  [
    'Checkboxes element',
    '75 characters of description',
    boxes({ options: [option('v', { description: mrkdwn(75) })] }),
    boxes({ options: [option('v', { description: mrkdwn(76) })] }),
    'less than 76',
  ],
  [
    'Date picker element',
    'a date as YYYY-MM-DD',
    actions({ type: 'datepicker', initial_date: '2026-02-28' }),
    actions({ type: 'datepicker', initial_date: '2026-02-30' }),
    'must be a date',
  ],
  [
    'Time picker element',
    'a time as HH:mm',
    actions({ type: 'timepicker', initial_time: '23:59' }),
    actions({ type: 'timepicker', initial_time: '24:00' }),
    'must be a time',
  ],
  [
    'Datetime picker element',
    'seconds in ten digits',
    actions({ type: 'datetimepicker', initial_date_time: 1_790_000_000 }),
    actions({ type: 'datetimepicker', initial_date_time: 1_790_000_000_000 }),
    'at most',
  ],
  [
    'Plain-text input element',
    'a min_length of 3,000',
    textInput({ min_length: 3000 }),
    textInput({ min_length: 3001 }),
    'at most 3000',
  ],
  [
    'Plain-text input element',
    'a min_length up to max_length',
    textInput({ min_length: 4, max_length: 4 }),
    textInput({ min_length: 5, max_length: 4 }),
    'min_length must not be above',
  ],
  [
    'Number input element',
    'a min_value up to max_value',
    numberInput({ min_value: '9', max_value: '9' }),
    numberInput({ min_value: '10', max_value: '9' }),
    'min_value must not be above',
  ],
  [
    'Input block',
    '2,000 characters of label',
    textInput({}),
    input({ type: 'plain_text_input' }, { label: plain(2001) }),
    'less than 2001',
  ],
  [
    'Input block',
    '2,000 characters of hint',
    input({ type: 'plain_text_input' }, { label: plain(2000), hint: plain(2000) }),
    input({ type: 'plain_text_input' }, { hint: plain(2001) }),
    'less than 2001',
  ],
  [
    'Image block',
    '3,000 characters of image_url',
    image({ image_url: url(3000) }),
    image({ image_url: url(3001) }),
    'less than 3001',
  ],
  [
    'Image block',
    '2,000 characters of alt_text',
    image({ alt_text: text(2000) }),
    image({ alt_text: text(2001) }),
    'less than 2001',
  ],
  [
    'Image block',
    '2,000 characters of title',
    image({ title: plain(2000) }),
    image({ title: plain(2001) }),
    'less than 2001',
  ],
  [
    'Context block',
    '3,000 characters in an element',
    { type: 'context', elements: [mrkdwn(3000)] },
    { type: 'context', elements: [mrkdwn(3001)] },
    'less than 3001',
  ],
  ['Rich text block', 'an indent of 8', list({ indent: 8 }), list({ indent: 9 }), 'at most 8'],
  ['Rich text block', 'a border of 1', list({ border: 1 }), list({ border: 2 }), 'at most 1'],
  ['Rich text block', 'two styles of list', list({ style: 'ordered' }), list({ style: 'roman' }), 'Invalid option'],
  [
    'Table block',
    '20 column settings',
    table({ column_settings: many(20, () => ({ align: 'left' })) }),
    table({ column_settings: many(21, () => ({ align: 'left' })) }),
    'no more than 20 items',
  ],
  [
    'Table block',
    'one character in a cell',
    table({ rows: [[{ type: 'raw_text', text: 'x' }]] }),
    table({ rows: [[{ type: 'raw_text', text: '' }]] }),
    'more than 0 characters',
  ],
];

it.each(limits)('%s: %s, and not more', (_page, _what, atTheLimit, over, complaint) => {
  expect(checkMessageBlocks([atTheLimit], newId)).toMatchObject({ ok: true });
  expect(checkMessageBlocks([over], newId)).toMatchObject({
    ok: false,
    code: 'invalid_blocks',
    faults: expect.arrayContaining([expect.stringContaining(complaint)]),
  });
});

it('Block elements: one element of a view has the focus, and not two', () => {
  const focused = (action_id: string) => textInput({ action_id, focus_on_load: true });

  expect(checkViewBlocks([focused('a'), textInput({ action_id: 'b' })], newId)).toMatchObject({ ok: true });
  expect(checkViewBlocks([focused('a'), focused('b')], newId)).toMatchObject({
    ok: false,
    code: 'invalid_arguments',
    faults: [expect.stringContaining('focus_on_load')],
  });
});
