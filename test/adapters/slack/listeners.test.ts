import { afterEach, describe, expect, it } from '@jest/globals';
import { OperationError } from '../../../src/domain/errors.ts';
import type { View } from '../../../src/domain/view.ts';
import type { Form, Interactions } from '../../../src/flow/interactions.ts';
import { setUp } from './setup.ts';
import type { SetUp } from './setup.ts';
import { aPlan, aProposal, aRun, aStep, anIncident, at } from './views.ts';

const running: SetUp[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.stop()));
});

/** Slack with a channel of ours in which Alice and Bob are, and a view posted there. */
async function withMessage(view: View, script: Partial<Interactions>) {
  const slack = await setUp(script);
  running.push(slack);
  const made = await slack.chat.createChannel('inc-1-down');
  if (made.kind !== 'created') throw new Error('the name is taken');
  const { channel } = made;
  await slack.chat.invite(channel, ['U0ALICE', 'U0BOB']);
  const { ts } = await slack.chat.post({ channel, key: 'k', view });
  const told = () =>
    (slack.sandbox.workspace.channels.get(channel)?.ephemerals ?? []).map(({ shownTo, text }) => ({ shownTo, text }));
  return { ...slack, channel, message: { channel, ts }, told };
}

/** Records the calls of one method and answers all alike. */
function recorder<Call, Answer>(answer: Answer | (() => Promise<Answer>)) {
  const calls: Call[] = [];
  const method = async (call: Call): Promise<Answer> => {
    calls.push(call);
    // Answers here are plain objects, so a function is the one that makes them.
    return typeof answer === 'function' ? await (answer as () => Promise<Answer>)() : answer;
  };
  return { calls, method };
}

const planView: View = {
  kind: 'proposal',
  proposal: aProposal('x'),
  step: aStep('kubectl scale'),
  path: 'r.md',
  plan: aPlan('web'),
  votes: [],
};
const accepted = (...refresh: string[]) => ({ kind: 'accepted', refresh }) as const;
const ledgerDown = () =>
  Promise.reject(new OperationError('ledger-unavailable', 'The ledger is not reachable.', { retryable: true }));

describe('a vote', () => {
  it('carries the nonce, is answered after it was committed, and redraws the message after that', async () => {
    const order: string[] = [];
    const vote = recorder<Parameters<Interactions['vote']>[0], ReturnType<typeof accepted>>(async () => {
      order.push('committed');
      return accepted('proposal:prop-1');
    });
    const redrawn = Promise.withResolvers<void>();
    const { sandbox, message } = await withMessage(planView, {
      vote: vote.method,
      async refresh(keys, timeoutMs) {
        // The click was answered without waiting for this.
        await sandbox.waitFor(() => sandbox.answers.length === 1);
        order.push(`refresh ${keys.join()} ${timeoutMs}`);
        redrawn.resolve();
      },
    });

    const answer = await sandbox.as('U0ALICE').click(message, 'firebreak.plan.approve');
    await redrawn.promise;

    expect([answer.status, answer.body]).toEqual([200, '']);
    expect(order).toEqual(['committed', 'refresh proposal:prop-1 2000']);
    expect(vote.calls).toEqual([
      {
        user: 'U0ALICE',
        channel: message.channel,
        nonce: 'nonce-approve-1',
        deliveryKey: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    ]);
  });

  it('on Deny carries the other nonce', async () => {
    const vote = recorder<Parameters<Interactions['vote']>[0], ReturnType<typeof accepted>>(accepted());
    const { sandbox, message } = await withMessage(planView, { vote: vote.method });

    await sandbox.as('U0BOB').click(message, 'Deny');

    expect(vote.calls.map(({ nonce }) => nonce)).toEqual(['nonce-deny-1']);
  });

  it('that is replayed byte for byte has the same delivery key, another click has another', async () => {
    const vote = recorder<Parameters<Interactions['vote']>[0], ReturnType<typeof accepted>>(accepted());
    const { sandbox, message } = await withMessage(planView, { vote: vote.method });

    await sandbox.as('U0BOB').click(message, 'Approve', { duplicate: 1 });
    await sandbox.as('U0BOB').click(message, 'Approve');

    const [first, replay, second] = vote.calls.map(({ deliveryKey }) => deliveryKey);
    expect(replay).toBe(first);
    expect(second).not.toBe(first);
  });

  it('that is refused is explained to who clicked alone', async () => {
    const refused = { kind: 'refused', text: 'Bob approved this first.' } as const;
    const { sandbox, message, told } = await withMessage(planView, { vote: async () => refused });

    const answer = await sandbox.as('U0ALICE').click(message, 'Approve');
    await sandbox.waitFor(() => told().length > 0);

    expect(answer.status).toBe(200);
    expect(told()).toEqual([{ shownTo: 'U0ALICE', text: 'Bob approved this first.' }]);
  });

  it('in a thread is answered there', async () => {
    const refused = { kind: 'refused', text: 'Too late.' } as const;
    const { sandbox, chat, message, channel, told } = await withMessage(planView, { vote: async () => refused });
    const { ts } = await chat.post({ channel, threadTs: message.ts, key: 'in-thread', view: planView });

    await sandbox.as('U0ALICE').click({ channel, ts }, 'Approve');
    await sandbox.waitFor(() => told().length > 0);

    expect(sandbox.requests.findLast(({ method }) => method === 'chat.postEphemeral')?.args).toMatchObject({
      thread_ts: message.ts,
    });
  });

  it('that could not be recorded is said so, for Slack will not send it again', async () => {
    const { sandbox, message, told, log } = await withMessage(planView, { vote: ledgerDown });

    await sandbox.as('U0ALICE').click(message, 'Approve');
    await sandbox.waitFor(() => told().length > 0);

    expect(told()[0]?.text).toContain('not certain that this was recorded: The ledger is not reachable.');
    expect(log.lines.filter(({ level }) => level === 'error')).toHaveLength(1);
  });

  it.each([
    ['forged', { signature: `v0=${'0'.repeat(64)}` }],
    ['signed with another secret', { signingSecret: 'other' }],
    ['unsigned', { signature: 'none' }],
    ['from an hour ago', { timestamp: Math.floor(Date.now() / 1000) - 3_600 }],
    ['from tomorrow', { timestamp: Math.floor(Date.now() / 1000) + 86_400 }],
    ['truncated', { sentBody: 'payload=%7B' }],
    ['emptied', { sentBody: '' }],
  ])('that is %s reaches nobody', async (_name, options) => {
    const { sandbox, message } = await withMessage(planView, {});

    const answer = await sandbox.as('U0ALICE').click(message, 'Approve', options);

    expect(answer.status).toBe(401);
    expect(answer.body).toMatch(/^\{"error":"/);
  });
});

describe('other buttons', () => {
  it.each([
    ['Undo…', 'undo', 'runId', 'run-1', { kind: 'run', run: aRun('x'), plan: aPlan('web'), undoAvailable: true }],
    [
      'Resolve the incident',
      'resolve',
      'incidentId',
      'inc-1',
      { kind: 'resolve-offer', incident: anIncident('x'), clearedAt: at },
    ],
    [
      'Acknowledge',
      'acknowledge',
      'incidentId',
      'inc-1',
      {
        kind: 'incident-card',
        incident: anIncident('x'),
        firing: 1,
        total: 1,
        alerts: [],
        responders: [],
        pendingPlans: [],
        nextStep: 'x',
      },
    ],
  ] as const)('%s passes only the id on', async (label, method, field, id, view) => {
    const act = recorder<object, ReturnType<typeof accepted>>(accepted());
    const { sandbox, message } = await withMessage(view, { [method]: act.method });

    const answer = await sandbox.as('U0ALICE').click(message, label);

    expect(answer.status).toBe(200);
    expect(act.calls).toEqual([expect.objectContaining({ [field]: id, user: 'U0ALICE' })]);
  });

  it('of a choice pass the procedure and the incident on', async () => {
    const choose = recorder<object, ReturnType<typeof accepted>>(accepted());
    const candidate = { runbookDigest: 'd'.repeat(64), procedureId: 'INC-004', title: 'GPU', path: 'r.md' };
    const view: View = { kind: 'runbook-choice', incidentId: 'inc-1', candidates: [candidate] };
    const { sandbox, message } = await withMessage(view, { chooseProcedure: choose.method });

    await sandbox.as('U0ALICE').click(message, 'Use this');

    expect(choose.calls).toEqual([
      expect.objectContaining({ runbookDigest: 'd'.repeat(64), procedureId: 'INC-004', incidentId: 'inc-1' }),
    ]);
  });

  it('show the details of a plan in a modal', async () => {
    const { sandbox, message } = await withMessage(planView, {
      planDetails: async ({ planId }) => ({ title: planId, lines: ['target uid deadbeef', '<!channel>'] }),
    });

    await sandbox.as('U0ALICE').click(message, 'Details');
    const modal = await sandbox.waitFor(() => sandbox.modal('U0ALICE'));

    expect(JSON.stringify(modal.blocks)).toContain('target uid deadbeef\\n&lt;!channel&gt;');
  });

  it('of an old message that nobody knows any more are answered', async () => {
    const { sandbox, message } = await withMessage(planView, {});
    const blocks = [
      {
        type: 'actions',
        block_id: 'b',
        elements: [{ type: 'button', action_id: 'gone', text: { type: 'plain_text', text: 'Old' }, value: '1' }],
      },
    ];

    const answer = await sandbox.as('U0ALICE').clickStale(message, 'Old', blocks);

    expect(answer.status).toBe(200);
  });
});

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

    const home = await slack.sandbox.as('U0ALICE').openHome();
    await slack.sandbox.sendEvent({ type: 'team_rename', name: 'x' }, { eventId: 'Ev1' });
    await slack.sandbox.sendEvent({ type: 'user_change', user: { id: 'U0BOB' } }, { eventId: 'Ev2' });

    expect(home.status).toBe(200);
    expect(note.calls).toEqual([
      expect.objectContaining({ event: 'app_home_opened', user: 'U0ALICE' }),
      { event: 'team_rename', user: '', channel: '', deliveryKey: 'Ev1' },
      { event: 'user_change', user: 'U0BOB', channel: '', deliveryKey: 'Ev2' },
    ]);
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
