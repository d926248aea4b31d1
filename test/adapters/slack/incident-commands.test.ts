/** `/incident new` as a person meets it: a form, errors at its fields, and the answer to the command. */
import { describe, expect, it } from '@jest/globals';
import type { Interactions } from '../../../src/flow/interactions.ts';
import { accepted, ledgerDown, recorder, running } from './scripted-slack.ts';
import { setUp } from './setup.ts';
import { aFreeze, anIncident } from './views.ts';

type Submitted = Parameters<Interactions['submitIncident']>[0];
const form = { title: '<!channel> *disk* full', severity: 'P1', services: ['bank', 'shop'] } as const;

async function typed(script: Partial<Interactions>, text = 'new') {
  const slack = await setUp(script);
  running.push(slack);
  const answer = await slack.sandbox.as('U0ALICE').command('/incident', text, 'C0GENERAL');
  return { ...slack, answer };
}
const formOf = (over: object = {}): Partial<Interactions> => ({
  incidentCommand: async () => ({ kind: 'form', form: { ...form, ...over } }),
});

describe('/incident new', () => {
  it('opens a form with what is known, says what is wrong at its fields, and closes when it is right', async () => {
    const answers = [
      { kind: 'errors', errors: { service: 'Only responders of bank can do this.', title: 'Too long.' } } as const,
      { ...accepted(), text: 'Incident 7 is open.' },
    ];
    const submit = recorder<Submitted, (typeof answers)[number]>(async () => {
      const next = answers.shift();
      if (!next) throw new Error('nobody should send a third time');
      return next;
    });
    const { sandbox, answer } = await typed({ ...formOf(), submitIncident: submit.method });
    const alice = sandbox.as('U0ALICE');
    const modal = await sandbox.waitFor(() => sandbox.modal('U0ALICE'));
    expect([answer.status, answer.body]).toEqual([200, '']);
    expect(JSON.stringify(modal.blocks)).toContain('"initial_value":"<!channel> *disk* full"');
    expect(JSON.stringify(modal.blocks)).toContain('"initial_option":{"text":{"type":"plain_text","text":"🟠 P1"');

    const refused = await alice.submit(modal, { 'incident/service': 'bank' });
    expect(refused.errors).toEqual({
      'incident/service': 'Only responders of bank can do this.',
      'incident/title': 'Too long.',
    });
    expect(sandbox.modal('U0ALICE')).toBeDefined();

    await alice.submit(modal, { 'incident/title': 'disk', 'incident/service': 'shop', 'incident/severity': 'P3' });
    const after = sandbox.modal('U0ALICE');
    expect(JSON.stringify(after?.blocks)).toContain('Incident 7 is open.');
    expect(after).toMatchObject({ submit: null });
    expect(submit.calls).toEqual([
      expect.objectContaining({
        title: '<!channel> *disk* full',
        severity: 'P1',
        service: 'bank',
        channel: 'C0GENERAL',
      }),
      expect.objectContaining({ title: 'disk', severity: 'P3', service: 'shop', user: 'U0ALICE' }),
    ]);
  });

  it('has the only service chosen already, and asks for one of several', async () => {
    const one = await typed(formOf({ services: ['shop'], title: undefined, severity: undefined }));
    const only = await one.sandbox.waitFor(() => one.sandbox.modal('U0ALICE'));
    const several = await typed(formOf());
    const modal = await several.sandbox.waitFor(() => several.sandbox.modal('U0ALICE'));

    expect(JSON.stringify(only.blocks[2])).toContain('"initial_option"');
    expect(JSON.stringify(only.blocks[1])).toContain('"initial_option":{"text":{"type":"plain_text","text":"🟡 P2"');
    await expect(several.sandbox.as('U0ALICE').submit(modal, {})).rejects.toThrow('must be filled in');
  });

  it('lists 100 services of 150 and says how to name another', async () => {
    const services = Array.from({ length: 150 }, (_, n) => `service-${n}`);
    const { sandbox } = await typed(formOf({ services }));
    const modal = await sandbox.waitFor(() => sandbox.modal('U0ALICE'));

    expect(JSON.stringify(modal.blocks[2])).toContain('50 more are not in the list: /incident new TITLE service=NAME');
  });

  it('whose form Slack does not open says what to type instead', async () => {
    const slack = await setUp(formOf());
    running.push(slack);
    slack.sandbox.faults.add({ kind: 'error:expired_trigger_id', method: 'views.open' });
    const answer = await slack.sandbox.as('U0ALICE').command('/incident', 'new', 'C0GENERAL');

    expect(JSON.parse(answer.body)).toEqual({
      response_type: 'ephemeral',
      text: 'The form could not be opened. Type /incident new P2 TITLE service=NAME instead.',
    });
  });

  it('whose form could not be recorded says so in its place', async () => {
    const { sandbox } = await typed({ ...formOf({ service: 'shop' }), submitIncident: ledgerDown });
    const modal = await sandbox.waitFor(() => sandbox.modal('U0ALICE'));
    await sandbox.as('U0ALICE').submit(modal, {});

    expect(JSON.stringify(sandbox.modal('U0ALICE')?.blocks)).toContain('not certain that this was recorded');
  });
});

describe('/incident status elsewhere', () => {
  it('lists what is open with its channel, to the person alone', async () => {
    const incidents = [anIncident('<!here> *x*', { channel: 'C0INC7', service: 'shop' })];
    const script = {
      incidentCommand: async () => ({ kind: 'incidents', incidents, total: 1, freezes: [aFreeze('shop')] }) as const,
    };
    const { answer } = await typed(script, 'status');

    const reply: unknown = JSON.parse(answer.body);
    expect(reply).toMatchObject({ response_type: 'ephemeral', text: '1 incident is open.' });
    expect(answer.body).toContain('<#C0INC7>');
    expect(answer.body).toContain('&lt;!here&gt; ∗x∗');
    expect(answer.body).toContain('*Frozen:* `shop`');
  });
});
