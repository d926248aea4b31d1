import { describe, expect, it } from '@jest/globals';
import type { View } from '../../../src/domain/view.ts';
import type { Interactions } from '../../../src/flow/interactions.ts';
import { accepted, ledgerDown, recorder, withMessage } from './scripted-slack.ts';
import { aPlan, aProposal, aRun, aStep, anIncident, at, inWaves } from './views.ts';

const planView: View = {
  kind: 'proposal',
  proposal: aProposal('x'),
  step: aStep('kubectl scale'),
  path: 'r.md',
  plan: aPlan('web'),
  votes: [],
};
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

describe('the menu of a plan that deletes several pods', () => {
  const inOrder: View = { ...planView, plan: inWaves(aPlan('web')) };

  it('carries the plan and the size that was chosen', async () => {
    const chosen = recorder<Parameters<Interactions['chooseWaves']>[0], ReturnType<typeof accepted>>(accepted());
    const { sandbox, message } = await withMessage(inOrder, { chooseWaves: chosen.method });

    for (const words of ['in waves of 10', 'all at once', 'one at a time']) {
      await sandbox.as('U0BOB').select(message, 'firebreak.plan.waves', words);
    }

    expect(chosen.calls.map(({ planId, waves }) => [planId, waves])).toEqual([
      ['plan-abcdefghij0123456789', 10],
      ['plan-abcdefghij0123456789', 'all'],
      ['plan-abcdefghij0123456789', 1],
    ]);
  });

  it('says how it goes now, and offers only what is another order', async () => {
    const { sandbox, message } = await withMessage(inOrder, {});
    const shown = JSON.stringify(sandbox.workspace.channels.get(message.channel)?.messages.at(-1)?.blocks);

    expect(shown).toMatch(/\*Order:\* in waves of 2: the next when their replacements are ready/);
    expect(shown).not.toMatch(/"text":"in waves of 2"/);
    expect(shown).toMatch(/pods affected, in waves of 2\./);
  });
});

describe('what was kept of a pod', () => {
  const pod = {
    namespace: 'shop',
    name: 'web-1',
    state: 'Running; app: exit 1 (Error)',
    events: [],
    logs: [
      { container: 'app', text: '' },
      { container: 'app', previous: true as const, text: `${'x\n'.repeat(9_000)}the last line\n` },
    ],
    missing: ['events of web-1: our account may not read them'],
  };
  const capturesView: View = {
    kind: 'captures',
    runId: 'run-1',
    captures: [{ part: 2, capturedAt: at, pods: [pod], missing: [] }],
  };

  it('shows the end of what says most, what is missing, and all of it on request', async () => {
    const asked = recorder<Parameters<Interactions['captureDetails']>[0], { title: string; lines: string[] }>({
      title: 'What was kept',
      lines: ['Pod shop/web-1', 'the last line'],
    });
    const { sandbox, message } = await withMessage(capturesView, { captureDetails: asked.method });
    const shown = JSON.stringify(sandbox.workspace.channels.get(message.channel)?.messages.at(-1)?.blocks);
    await sandbox.as('U0BOB').click(message, 'Full capture');
    await sandbox.waitFor(() => sandbox.modal('U0BOB'));

    expect(shown).toContain('the last line');
    expect(shown).toMatch(/the end of the log of app before its restart/);
    expect(shown).toContain('our account may not read them');
    expect(asked.calls).toEqual([{ user: 'U0BOB', place: 'run-1/2/0' }]);
    expect(JSON.stringify(sandbox.modal('U0BOB'))).toContain('the last line');
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
        pages: [],
        asksPager: false,
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
