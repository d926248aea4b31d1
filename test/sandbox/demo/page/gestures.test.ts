import { beforeEach, describe, expect, it } from '@jest/globals';
import type { SlackContext } from '../../../../src/sandbox/demo/page/slack/context.ts';
import type { ButtonElement } from '../../../../src/sandbox/demo/page/slack/elements.ts';
import {
  buttonKey,
  changeValue,
  pressButton,
  submitForm,
  tryAct,
} from '../../../../src/sandbox/demo/page/slack/gestures.ts';
import {
  dismissRefusals,
  errorsOf,
  isPending,
  noteBlock,
  openQuestion,
  refusalsAt,
  type Spot,
  valueAt,
} from '../../../../src/sandbox/demo/page/slack/held.ts';
import { readElement } from '../../../../src/sandbox/demo/page/slack/elements.ts';
import type { Outcome } from '../../../../src/sandbox/demo/protocol.ts';

const me = { id: 'U0BOB', name: 'bob', realName: 'Bob', isBot: false, isGuest: false, title: '', canAct: true };
const plain = (text: string) => ({ type: 'plain_text', text });
const spot: Spot = { me: me.id, place: { channel: 'C0GENERAL', ts: '1.000001' }, block: 'b1' };

/** A page whose server answers with `next`. */
function page(next: () => Promise<Outcome>) {
  const sent: unknown[] = [];
  const said: string[] = [];
  let settled = Promise.resolve<unknown>(undefined);
  const context: SlackContext = {
    people: {},
    groups: {},
    me,
    channels: {},
    now: () => new Date(0),
    act(gesture) {
      sent.push(gesture);
      const answer = next();
      settled = answer.catch(() => undefined);
      return answer;
    },
    openChannel: () => undefined,
    openThread: () => undefined,
    announce: (text) => said.push(text),
    changed: () => undefined,
  };
  return { context, sent, said, settled: async () => settled };
}

const yes = async (): Promise<Outcome> => ({ ok: true });
const refusing = async (): Promise<Outcome> => ({ ok: false, text: 'You may not.' });

function button(more: object = {}): ButtonElement {
  const element = readElement({ type: 'button', action_id: 'go', value: 'v', text: plain('Go'), ...more });
  if (element.kind !== 'button') throw new Error('It should be a button.');
  return element;
}
const confirm = { title: plain('Sure?'), text: plain('It stays.'), confirm: plain('Yes'), deny: plain('No') };

beforeEach(() => dismissRefusals(spot));

describe('a button', () => {
  it('waits until the outcome is there, and a second press in between is none', async () => {
    const { context, sent, settled } = page(yes);

    pressButton(context, spot, button());
    pressButton(context, spot, button());

    expect(isPending(buttonKey(spot, button()))).toBe(true);
    expect(sent).toEqual([{ do: 'click', place: spot.place, action: 'go', block: 'b1', value: 'v' }]);
    await settled();
    expect(isPending(buttonKey(spot, button()))).toBe(false);
  });

  it('shows a refusal where it stands, and has it spoken', async () => {
    const { context, said, settled } = page(refusing);

    pressButton(context, spot, button());
    await settled();

    expect(refusalsAt(spot)).toEqual(['You may not.']);
    expect(said).toEqual(['You may not.']);
  });

  it('asks first where it has a question, and sends nothing on No', async () => {
    const { context, sent, settled } = page(yes);

    pressButton(context, spot, button({ confirm }));
    expect(openQuestion()?.confirm.title).toBe('Sure?');
    openQuestion()?.answer(false);
    expect(sent).toEqual([]);

    pressButton(context, spot, button({ confirm }));
    openQuestion()?.answer(true);
    expect(sent).toHaveLength(1);
    expect(openQuestion()).toBeUndefined();
    await settled();
  });

  it('is found again when its message was updated while the question was open', async () => {
    const { context, sent, settled } = page(yes);

    pressButton(context, spot, button({ confirm }));
    noteBlock({ ...spot, block: 'b2' }, 'go', 'v');
    openQuestion()?.answer(true);

    expect(sent).toMatchObject([{ do: 'click', block: 'b2' }]);
    await settled();
  });

  it('says so when the server does not answer', async () => {
    const { context } = page(async () => {
      throw new TypeError('Failed to fetch');
    });

    await expect(tryAct(context, { do: 'home' })).resolves.toMatchObject({
      ok: false,
      text: expect.stringContaining('did not answer'),
    });
  });
});

describe('a choice', () => {
  const menu = readElement({
    type: 'radio_buttons',
    action_id: 'pick',
    options: [{ text: plain('One'), value: '1' }],
    confirm,
  });
  if (menu.kind !== 'marks') throw new Error('They should be radio buttons.');

  it('is taken back when its question is answered with No', () => {
    const { context, sent } = page(yes);

    changeValue(context, spot, menu, { value: '1', sendsAtOnce: true });
    expect(valueAt(spot, menu)).toBe('1');
    openQuestion()?.answer(false);

    expect(valueAt(spot, menu)).toBe('');
    expect(sent).toEqual([]);
  });

  it('in a form is kept and not sent', () => {
    const { context, sent } = page(yes);

    changeValue(context, { ...spot, block: 'form' }, menu, { value: '1', sendsAtOnce: false });

    expect(valueAt({ ...spot, block: 'form' }, menu)).toBe('1');
    expect(sent).toEqual([]);
  });
});

describe('a form', () => {
  const name = { type: 'plain_text_input', action_id: 'v' };
  const input = { type: 'input', block_id: 'name', label: plain('Name'), element: name };
  const json = { id: 'V0FORM', blocks: [input] };
  const place = { me: me.id, place: { view: 'V0FORM' } };

  it('is not sent until what is required is there; then by block', async () => {
    const { context, sent } = page(yes);
    const element = readElement(name);
    if (element.kind !== 'typed') throw new Error('It should be typed.');

    await expect(submitForm(context, { id: 'V0FORM', json })).resolves.toHaveProperty('name');
    expect(sent).toEqual([]);
    changeValue(context, { ...place, block: 'name' }, element, { value: 'Ada', sendsAtOnce: false });
    expect(errorsOf(place)).toEqual({});
    await submitForm(context, { id: 'V0FORM', json });

    expect(sent).toEqual([{ do: 'submit', view: 'V0FORM', values: { name: 'Ada' } }]);
  });

  it('shows the errors that the app answers with, by block', async () => {
    const { context, said } = page(async () => ({ ok: true, errors: { name: 'It is taken.' } }));

    await submitForm(context, { id: 'V0FORM', json });

    expect(errorsOf(place)).toEqual({ name: 'It is taken.' });
    expect(said).toEqual(['It is taken.']);
  });
});
