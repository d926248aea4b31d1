import { describe, expect, it } from '@jest/globals';
import type { View } from '../../../src/domain/view.ts';
import type { Form, Interactions } from '../../../src/flow/interactions.ts';
import { accepted, ledgerDown, recorder, running, withMessage } from './scripted-slack.ts';
import { setUp } from './setup.ts';
import { aStep } from './views.ts';

describe('a step', () => {
  const place = { postingId: 'post-1', ordinal: 3 };
  const stepView = (parameters: number): View => ({
    kind: 'step',
    place,
    step: aStep('s', { parameters }),
    status: 'idle',
  });
  const form: Form = {
    place,
    title: 'Scale a deployment of large-forge',
    source: 'kubectl scale deploy/<name> --replicas=<n>',
    fields: [
      {
        name: 'name',
        type: 'deployment',
        initial: 'web',
        initialFrom: "from the alert's label deployment",
        choices: ['api', 'web'],
      },
      { name: 'n', type: 'replicas', choices: [], note: 'The cluster did not answer in time.' },
    ],
  };
  const asked = { kind: 'form', form } as const;

  it('without parameters is used at once', async () => {
    const use = recorder<object, ReturnType<typeof accepted>>(accepted());
    const { sandbox, message } = await withMessage(stepView(0), { useStep: use.method });

    await sandbox.as('U0ALICE').click(message, 'Plan…');

    expect(use.calls).toEqual([expect.objectContaining({ place })]);
  });

  it('with parameters opens a form with live names, and what is sent comes back by name', async () => {
    const submit = recorder<object, ReturnType<typeof accepted>>(accepted());
    const { sandbox, message, channel } = await withMessage(stepView(2), {
      useStep: async () => asked,
      submitStep: submit.method,
    });
    const alice = sandbox.as('U0ALICE');

    await alice.click(message, 'Plan…');
    const modal = await sandbox.waitFor(() => sandbox.modal('U0ALICE'));
    const sent = await alice.submit(modal, { 'pick/name': 'api', 'type/n': ' 4 ' });

    expect(JSON.stringify(modal.blocks)).toContain("Filled in from the alert's label deployment.");
    expect(JSON.stringify(modal.blocks)).toContain('The cluster did not answer in time.');
    expect(sent.trouble).toBeUndefined();
    expect(sandbox.modal('U0ALICE')).toBeUndefined();
    expect(submit.calls).toEqual([
      expect.objectContaining({ user: 'U0ALICE', channel, place, values: { name: 'api', n: '4' } }),
    ]);
  });

  it.each([
    ['what was filled in', {}, 'web'],
    ['what was typed over it', { 'type/name': 'worker' }, 'worker'],
  ])('sends %s', async (_name, values, name) => {
    const submit = recorder<{ values: object }, ReturnType<typeof accepted>>(accepted());
    const { sandbox, message } = await withMessage(stepView(2), {
      useStep: async () => asked,
      submitStep: submit.method,
    });
    const alice = sandbox.as('U0ALICE');

    await alice.click(message, 'Plan…');
    const modal = await sandbox.waitFor(() => sandbox.modal('U0ALICE'));
    await alice.submit(modal, { 'type/n': '4', ...values });

    expect(submit.calls.map((call) => call.values)).toEqual([{ name, n: '4' }]);
  });

  it('takes a live name that was chosen over a filled-in one that is not live', async () => {
    const submit = recorder<{ values: object }, ReturnType<typeof accepted>>(accepted());
    const gone: Form = { ...form, fields: [{ name: 'name', type: 'pod', initial: 'web-gone', choices: ['web-1'] }] };
    const { sandbox, message } = await withMessage(stepView(1), {
      useStep: async () => ({ kind: 'form', form: gone }),
      submitStep: submit.method,
    });
    const alice = sandbox.as('U0ALICE');

    await alice.click(message, 'Plan…');
    const modal = await sandbox.waitFor(() => sandbox.modal('U0ALICE'));
    await alice.submit(modal, { 'pick/name': 'web-1' });

    expect(submit.calls.map((call) => call.values)).toEqual([{ name: 'web-1' }]);
  });

  it('shows errors at the fields they are about', async () => {
    const errors = { kind: 'errors', errors: { n: 'Not a number.', name: 'No such deployment.' } } as const;
    const { sandbox, message } = await withMessage(stepView(2), {
      useStep: async () => asked,
      submitStep: async () => errors,
    });
    const alice = sandbox.as('U0ALICE');

    await alice.click(message, 'Plan…');
    const modal = await sandbox.waitFor(() => sandbox.modal('U0ALICE'));
    const sent = await alice.submit(modal, { 'type/n': 'many' });

    expect(sent.errors).toEqual({ 'type/n': 'Not a number.', 'pick/name': 'No such deployment.' });
  });

  it('asks for a value when a field has none', async () => {
    const none: Form = { ...form, fields: [{ name: 'name', type: 'pod', choices: ['web-1'] }] };
    const { sandbox, message } = await withMessage(stepView(1), {
      useStep: async () => ({ kind: 'form', form: none }),
    });
    const alice = sandbox.as('U0ALICE');

    await alice.click(message, 'Plan…');
    const modal = await sandbox.waitFor(() => sandbox.modal('U0ALICE'));
    const sent = await alice.submit(modal, {});

    expect(sent.errors).toEqual({ 'pick/name': 'Choose or type a value for name.' });
  });

  it('whose live names take long shows a waiting view in time and then the form', async () => {
    const names = Promise.withResolvers<typeof asked>();
    const { sandbox, message } = await withMessage(stepView(2), { useStep: () => names.promise });

    const clicked = sandbox.as('U0ALICE').click(message, 'Plan…');
    const waiting = await sandbox.waitFor(() => sandbox.modal('U0ALICE'));
    expect(JSON.stringify(waiting.blocks)).toContain('Asking the cluster');
    names.resolve(asked);
    const form = await sandbox.waitFor(
      () => sandbox.modal('U0ALICE')?.callback_id === 'firebreak.step.form' && sandbox.modal('U0ALICE'),
    );

    expect((await clicked).status).toBe(200);
    expect(form.id).toBe(waiting.id);
  });

  it('that is refused after the waiting view opened says so there', async () => {
    const names = Promise.withResolvers<{ kind: 'refused'; text: string }>();
    const { sandbox, message, told } = await withMessage(stepView(2), { useStep: () => names.promise });

    const clicked = sandbox.as('U0ALICE').click(message, 'Plan…');
    await sandbox.waitFor(() => sandbox.modal('U0ALICE'));
    names.resolve({ kind: 'refused', text: 'You are not a responder.' });
    await sandbox.waitFor(() => JSON.stringify(sandbox.modal('U0ALICE')?.blocks).includes('You are not a responder.'));

    expect((await clicked).status).toBe(200);
    expect(told()).toEqual([]);
  });

  it('that was accepted is redrawn also when the waiting view cannot be replaced', async () => {
    const slow = Promise.withResolvers<ReturnType<typeof accepted>>();
    const redrawn = Promise.withResolvers<readonly string[]>();
    const { sandbox, message } = await withMessage(stepView(2), {
      useStep: () => slow.promise,
      refresh: async (keys) => redrawn.resolve(keys),
    });
    sandbox.faults.add({ kind: 'error:fatal_error', method: 'views.update' });

    const clicked = sandbox.as('U0ALICE').click(message, 'Plan…');
    await sandbox.waitFor(() => sandbox.modal('U0ALICE'));
    slow.resolve(accepted('posting:1'));

    expect(await redrawn.promise).toEqual(['posting:1']);
    expect((await clicked).status).toBe(200);
  });

  it('says in the form that it could not be recorded', async () => {
    const { sandbox, message } = await withMessage(stepView(2), { useStep: async () => asked, submitStep: ledgerDown });
    const alice = sandbox.as('U0ALICE');

    await alice.click(message, 'Plan…');
    const modal = await sandbox.waitFor(() => sandbox.modal('U0ALICE'));
    const sent = await alice.submit(modal, { 'type/n': '4' });

    expect(sent.trouble).toBeUndefined();
    expect(JSON.stringify(sandbox.modal('U0ALICE')?.blocks)).toContain('The ledger is not reachable.');
  });
});

describe('a command', () => {
  async function command(script: Partial<Interactions>, name: string, text: string) {
    const slack = await setUp(script);
    running.push(slack);
    const answer = await slack.sandbox.as('U0ALICE').command(name, text, 'general');
    const reply: unknown = answer.body === '' ? undefined : JSON.parse(answer.body);
    return { ...slack, answer, reply };
  }

  it('/runbook passes its text on and answers the person alone', async () => {
    const run = recorder<object, { kind: 'accepted'; refresh: []; text: string }>({
      kind: 'accepted',
      refresh: [],
      text: 'Posted <INC-004>.',
    });

    const { answer, reply } = await command(
      { runbookCommand: run.method },
      '/runbook',
      '  gpu-oom a &amp; b &lt;c&gt; ',
    );

    expect(answer.status).toBe(200);
    expect(reply).toEqual({ response_type: 'ephemeral', text: 'Posted &lt;INC-004&gt;.' });
    expect(run.calls).toEqual([
      {
        user: 'U0ALICE',
        channel: 'C0GENERAL',
        text: 'gpu-oom a & b <c>',
        deliveryKey: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    ]);
  });

  it('/runbook with several answers offers a choice that can be clicked', async () => {
    const choose = recorder<object, ReturnType<typeof accepted>>(accepted());
    const candidates = ['INC-1', 'INC-2'].map((procedureId) => ({
      service: 'web',
      runbookDigest: 'd',
      procedureId,
      title: procedureId,
      path: 'r.md',
    }));
    const { reply, sandbox } = await command(
      {
        runbookCommand: async () => ({ kind: 'choose', text: 'Which one?', candidates }),
        chooseProcedure: choose.method,
      },
      '/runbook',
      'gpu',
    );
    const [shown] = sandbox.workspace.channels.get('C0GENERAL')?.ephemerals ?? [];

    const value = JSON.stringify({ runbookDigest: 'd', procedureId: 'INC-2' });
    await sandbox
      .as('U0ALICE')
      .click({ channel: 'C0GENERAL', ts: shown?.ts ?? '' }, { action: 'firebreak.procedure.choose', value });

    expect(reply).toMatchObject({ response_type: 'ephemeral', text: 'Which one?' });
    expect(choose.calls).toEqual([expect.objectContaining({ procedureId: 'INC-2' })]);
    expect(choose.calls[0]).not.toHaveProperty('incidentId');
  });

  it.each(['/runbook', '/incident'])('%s that is refused or fails answers with a sentence', async (name) => {
    const refused = { kind: 'refused', text: 'No such procedure.' } as const;
    const script = { runbookCommand: async () => refused, incidentCommand: async () => refused };
    const failing = { runbookCommand: ledgerDown, incidentCommand: ledgerDown };

    expect((await command(script, name, 'x')).reply).toMatchObject({ text: 'No such procedure.' });
    expect((await command(failing, name, 'x')).reply).toMatchObject({
      text: expect.stringContaining('The ledger is not reachable.'),
    });
  });

  it('that takes too long is answered before Slack gives up, and logged', async () => {
    const never = Promise.withResolvers<{ kind: 'refused'; text: string }>();
    const { answer, log } = await command({ incidentCommand: () => never.promise }, '/incident', 'status');
    never.resolve({ kind: 'refused', text: 'late' });

    expect(answer.status).toBe(503);
    expect(answer.elapsedMs).toBeLessThan(3_000);
    expect(log.lines).toContainEqual(
      expect.objectContaining({ level: 'error', message: 'slack request was not answered in time' }),
    );
  });
});

describe('an event', () => {
  it('is recorded under its id, with or without user and channel', async () => {
    const note = recorder<object, void>(undefined);
    const slack = await setUp({ note: note.method });
    running.push(slack);

    const messages = await slack.sandbox.sendEvent(
      { type: 'app_home_opened', user: 'U0ALICE', tab: 'messages' },
      { eventId: 'Ev0' },
    );
    await slack.sandbox.sendEvent({ type: 'team_rename', name: 'x' }, { eventId: 'Ev1' });
    await slack.sandbox.sendEvent({ type: 'user_change', user: { id: 'U0BOB' } }, { eventId: 'Ev2' });

    expect(messages.status).toBe(200);
    expect(note.calls).toEqual([
      { event: 'app_home_opened', user: 'U0ALICE', channel: '', deliveryKey: 'Ev0' },
      { event: 'team_rename', user: '', channel: '', deliveryKey: 'Ev1' },
      { event: 'user_change', user: 'U0BOB', channel: '', deliveryKey: 'Ev2' },
    ]);
  });

  it('of an App Home that is opened asks for it to be drawn', async () => {
    const openHome = recorder<object, void>(undefined);
    const slack = await setUp({ openHome: openHome.method });
    running.push(slack);

    const answer = await slack.sandbox.as('U0ALICE').openHome();

    expect(answer.status).toBe(200);
    expect(openHome.calls).toEqual([expect.objectContaining({ user: 'U0ALICE', deliveryKey: expect.any(String) })]);
  });

  it('that could not be recorded is sent again by Slack', async () => {
    let times = 0;
    const slack = await setUp({
      note: async () => {
        times++;
        if (times === 1) await ledgerDown();
      },
    });
    running.push(slack);

    const first = await slack.sandbox.sendEvent({ type: 'app_mention', user: 'U0BOB', channel: 'C0GENERAL' });
    await slack.sandbox.waitFor(() => slack.sandbox.answers.length === 2);

    expect(first.status).toBe(503);
    expect(slack.sandbox.answers.map(({ status }) => status)).toEqual([503, 200]);
  });

  it('of the handshake is answered with its challenge', async () => {
    const slack = await setUp();
    running.push(slack);

    const answer = await slack.sandbox.send('event', { type: 'url_verification', challenge: 'abc' });

    expect([answer.status, answer.body]).toEqual([200, '{"challenge":"abc"}']);
  });
});
