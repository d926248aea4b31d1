import { describe, expect, it } from '@jest/globals';
import { readBlocks } from '../../../../src/sandbox/demo/page/slack/blocks.ts';
import {
  complaintAbout,
  firstValue,
  inputsOf,
  sentValue,
} from '../../../../src/sandbox/demo/page/slack/element-value.ts';
import { type InputElement, readElement } from '../../../../src/sandbox/demo/page/slack/elements.ts';

type Json = { readonly [field: string]: unknown };
const plain = (text: string) => ({ type: 'plain_text', text });
const option = (value: string) => ({ text: plain(`Option ${value}`), value });
const oneBlock = (block: Json) => readBlocks({ blocks: [block] })[0];

describe('blocks', () => {
  it('keep what kind of text each is', () => {
    const read = oneBlock({ type: 'section', block_id: 'b', text: { type: 'mrkdwn', text: '*x*', verbatim: true } });

    expect(read).toEqual({
      kind: 'section',
      id: 'b',
      text: { kind: 'mrkdwn', text: '*x*', verbatim: true },
      fields: [],
      accessory: undefined,
    });
  });

  it.each<[string, Json]>([
    ['video', { type: 'video' }],
    ['(none)', {}],
    ['__proto__', { type: '__proto__' }],
    ['section', { type: 'section' }],
    ['input', { type: 'input', label: plain('x') }],
    ['rich_text', { type: 'rich_text', elements: [{ type: 'rich_text_section', elements: [{ type: 'canvas' }] }] }],
  ])('that cannot be drawn say so: %s', (type, block) => {
    expect(oneBlock(block)).toMatchObject({ kind: 'unknown', type, reason: expect.stringMatching(/\.$/) });
  });

  it('read Markdown and rich text into the same data', () => {
    const markdown = oneBlock({ type: 'markdown', text: '**a** [b](https://example.com/)' });
    const rich = oneBlock({
      type: 'rich_text',
      elements: [
        {
          type: 'rich_text_section',
          elements: [
            { type: 'text', text: 'a', style: { bold: true } },
            { type: 'text', text: ' ' },
            { type: 'link', url: 'https://example.com/', text: 'b' },
          ],
        },
      ],
    });

    expect(markdown).toEqual(rich);
  });

  it('make no link of an address that nobody should follow', () => {
    const rich = { type: 'rich_text_section', elements: [{ type: 'link', url: 'javascript:alert(1)', text: 'x' }] };

    expect(oneBlock({ type: 'rich_text', elements: [rich] })).toMatchObject({
      of: [{ kind: 'lines', of: [{ kind: 'text', text: 'x' }] }],
    });
    expect(oneBlock({ type: 'markdown', text: '[x](javascript:alert(1))' })).toMatchObject({
      of: [{ kind: 'lines', of: [{ kind: 'text', text: '[x](javascript:alert(1))' }] }],
    });
  });
});

describe('Markdown', () => {
  it('has headings, lists, quotes, rules and fences', () => {
    const text = '# T\n\n- a\n- b\n1. c\n\n> q\n> r\n\n---\n\n```sh\n**x**\n```\nend';

    expect(oneBlock({ type: 'markdown', text })).toMatchObject({
      of: [
        { kind: 'heading', level: 1 },
        { kind: 'list', ordered: false, items: [[{ text: 'a' }], [{ text: 'b' }]] },
        { kind: 'list', ordered: true, start: 1, items: [[{ text: 'c' }]] },
        { kind: 'quote', of: [{ text: 'q\nr' }] },
        { kind: 'rule' },
        { kind: 'code-block', of: [{ text: '**x**' }] },
        { kind: 'lines', of: [{ text: 'end' }] },
      ],
    });
  });
});

describe('elements', () => {
  it('that are not known are kept with their type', () => {
    expect(readElement({ type: 'workflow_button' })).toMatchObject({ kind: 'unknown', type: 'workflow_button' });
    expect(readElement({ type: 'constructor' })).toMatchObject({ kind: 'unknown', type: 'constructor' });
  });

  it('carry the question that is asked before the click', () => {
    const confirm = { title: plain('Sure?'), text: plain('It stays.'), confirm: plain('Yes'), deny: plain('No') };

    expect(readElement({ type: 'button', action_id: 'a', text: plain('Go'), confirm })).toMatchObject({
      label: 'Go',
      confirm: { title: 'Sure?', yes: 'Yes', no: 'No', isDangerous: false },
    });
  });

  it.each<[Json, unknown, unknown]>([
    [{ type: 'plain_text_input' }, '', null],
    [{ type: 'plain_text_input', initial_value: 'x' }, 'x', 'x'],
    [{ type: 'static_select', options: [option('1')], initial_option: option('1') }, '1', '1'],
    [{ type: 'static_select', options: [option('1')] }, '', null],
    [{ type: 'multi_static_select', options: [option('1')], initial_options: [option('1')] }, ['1'], ['1']],
    [{ type: 'checkboxes', options: [option('1')] }, [], []],
    [{ type: 'radio_buttons', options: [option('1')], initial_option: option('1') }, '1', '1'],
    [{ type: 'users_select', initial_user: 'U0BOB' }, 'U0BOB', 'U0BOB'],
    [{ type: 'multi_users_select', initial_users: ['U0BOB'] }, ['U0BOB'], ['U0BOB']],
    [{ type: 'conversations_select', initial_conversation: 'C0GENERAL' }, 'C0GENERAL', 'C0GENERAL'],
    [{ type: 'datepicker', initial_date: '2026-11-22' }, '2026-11-22', '2026-11-22'],
  ])('%j hold what they are given first', (json, held, sent) => {
    const element = inputElement(json);

    expect(firstValue(element)).toEqual(held);
    expect(sentValue(element, firstValue(element))).toEqual(sent);
  });

  it('a moment goes out as it came in', () => {
    const element = inputElement({ type: 'datetimepicker', initial_date_time: 1_789_000_020 });

    expect(sentValue(element, firstValue(element))).toBe(1_789_000_020);
  });

  it('rich text is sent as a block', () => {
    expect(sentValue(inputElement({ type: 'rich_text_input' }), 'x')).toMatchObject({
      type: 'rich_text',
      elements: [{ elements: [{ type: 'text', text: 'x' }] }],
    });
  });
});

describe('a form', () => {
  it.each<[Json, string, string]>([
    [{ type: 'plain_text_input' }, '', 'Please complete this required field.'],
    [{ type: 'plain_text_input', min_length: 3 }, 'ab', 'Please enter at least 3 characters.'],
    [{ type: 'plain_text_input', max_length: 3 }, 'abcd', 'Please enter at most 3 characters.'],
    [{ type: 'number_input', is_decimal_allowed: false }, '1.5', 'Please enter a whole number.'],
    [{ type: 'number_input', is_decimal_allowed: true }, 'x', 'Please enter a number.'],
    [
      { type: 'number_input', is_decimal_allowed: false, max_value: '5' },
      '9',
      'Please enter a number that is at most 5.',
    ],
    [{ type: 'email_text_input' }, 'x@', 'Please enter a valid email address.'],
    [{ type: 'url_text_input' }, 'x', 'Please enter a valid URL.'],
  ])('says what is wrong before it is sent: %j with %j', (json, value, complaint) => {
    expect(complaintAbout({ element: inputElement(json), isOptional: false }, value)).toBe(complaint);
  });

  it('may leave out what is optional, and may not choose too many', () => {
    const people = inputElement({ type: 'multi_users_select', max_selected_items: 1 });

    expect(complaintAbout({ element: people, isOptional: true }, [])).toBeUndefined();
    expect(complaintAbout({ element: people, isOptional: true }, ['U1', 'U2'])).toBe('Please choose at most 1.');
  });

  it('is made of the input blocks alone', () => {
    const input = { type: 'input', block_id: 'i', label: plain('L'), element: { type: 'plain_text_input' } };
    const blocks = readBlocks({ blocks: [{ type: 'divider', block_id: 'd' }, input] });

    expect(inputsOf(blocks).map(({ id }) => id)).toEqual(['i']);
  });
});

function inputElement(json: Json): InputElement {
  const [input] = inputsOf(
    readBlocks({ blocks: [{ type: 'input', block_id: 'i', label: plain('L'), element: json }] }),
  );
  if (!input) throw new Error(`${String(json['type'])} is no input.`);
  return input.element;
}
