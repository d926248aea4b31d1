/** Exactly one channel for each incident, on Slack's stand-in and the embedded ledger. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { noPace } from '../../src/adapters/slack/pace.ts';
import { createSlack, type Slack } from '../../src/adapters/slack/slack.ts';
import { newId } from '../../src/flow/new-id.ts';
import type { Incident } from '../../src/domain/incident.ts';
import { InvariantError } from '../../src/domain/errors.ts';
import type { WorkKind } from '../../src/domain/work.ts';
import { createMembership } from '../../src/flow/membership.ts';
import { createFurnishChannel, createOpenIncident } from '../../src/flow/open-incident.ts';
import type { Chat, FailpointName } from '../../src/flow/ports.ts';
import { createWorker, type Handler } from '../../src/flow/work.ts';
import { addChannel } from '../../src/sandbox/slack/workspace.ts';
import { type SandboxSlack, startSlack } from '../../src/sandbox/slack/start.ts';
import { openTestLedger, silent, type TestLedger } from '../ledger.ts';
import { policy, services } from './alerts.ts';

describe('opening an incident', () => {
  let opened: TestLedger;
  let sandbox: SandboxSlack;
  let slack: Slack;
  let incident: Incident;
  beforeAll(async () => {
    opened = await openTestLedger();
  });
  afterAll(() => opened.close());

  beforeEach(async () => {
    sandbox = await startSlack({ rateLimits: 'off' });
    slack = await createSlack({
      token: sandbox.botToken,
      signingSecret: sandbox.signingSecret,
      apiUrl: sandbox.apiUrl,
      pace: noPace,
      people: {},
      interactions: () => {
        throw new Error('nobody clicks here');
      },
      log: silent,
    });
    await opened.db.updateTable('work').set({ doneAt: new Date() }).where('doneAt', 'is', null).execute();
    // The next workspace gives its channels the same ids.
    await opened.db.updateTable('incident').set({ channel: null }).execute();
    incident = await opened.ledger.transaction(async (tx) =>
      tx.insertIncident({
        id: newId('inc'),
        key: newId('key'),
        service: 'shop',
        title: 'HighErrorRate',
        severity: 'P1',
        state: 'open',
        openedAt: await tx.now(),
      }),
    );
    await opened.ledger.transaction((tx) =>
      tx.enqueue({ kind: 'open-incident', subject: incident.id, lane: 'status', serial: `incident:${incident.id}` }),
    );
  });
  afterEach(async () => {
    await slack.close();
    await sandbox.stop();
  });

  const unexpected: Handler = (work) => Promise.reject(new InvariantError(`no ${work.kind} was expected`));
  /** Does what is due of these kinds, with a chat and places to die as the test wants them. */
  async function work(
    kinds: readonly WorkKind[],
    { chat = slack.chat, dieAt, leaseMs = 20_000 }: { chat?: Chat; dieAt?: FailpointName; leaseMs?: number } = {},
  ): Promise<void> {
    const parts = {
      services,
      policy,
      clock: { now: () => new Date() },
      newId,
      log: silent,
      failpoint: (name: FailpointName) => {
        if (name === dieAt) throw new Error(`the process ended at ${name}`);
      },
      ledger: opened.ledger,
      chat,
      membership: createMembership({ directory: slack.directory, policy, log: silent }),
      channelPrefix: 'inc',
    };
    const handlers: Partial<Record<WorkKind, Handler>> = {
      'open-incident': createOpenIncident(parts),
      'furnish-channel': createFurnishChannel(parts),
      'post-runbook': unexpected,
      'read-step': unexpected,
      'propose-plan': unexpected,
      'decide-plan': unexpected,
      'apply-plan': unexpected,
      'verify-plan': unexpected,
      'expire-plan': unexpected,
      publish: unexpected,
    };
    const worker = createWorker({ ledger: opened.ledger, handlers, log: silent, leaseMs });
    await opened.db
      .updateTable('work')
      .set({ dueAt: new Date(0) })
      .where('doneAt', 'is', null)
      .execute();
    const rows = await opened.db.selectFrom('work').select(['id', 'kind']).where('doneAt', 'is', null).execute();
    for (const { id } of rows.filter(({ kind }) => kinds.includes(kind))) await worker.perform(id);
  }
  const open = (options?: Parameters<typeof work>[1]) => work(['open-incident'], options);

  const name = () => `inc-${incident.number}-higherrorrate`;
  const live = () =>
    [...sandbox.workspace.channels.values()].filter((one) => one.name.startsWith('inc-') && !one.isArchived);
  const stored = async () => (await opened.ledger.transaction((tx) => tx.incident(incident.id)))?.channel;
  const waiting = async () =>
    (
      await opened.db
        .selectFrom('work')
        .select('kind')
        .where('doneAt', 'is', null)
        .where('failedAt', 'is', null)
        .execute()
    )
      .map(({ kind }) => kind)
      .toSorted();
  const takenName = (taken: string) =>
    addChannel(sandbox.workspace, { name: taken, creator: 'U0ALICE', members: ['U0ALICE'] });
  /** One live channel of ours, which is the incident's, and everything that follows is asked for once. */
  async function expectOneChannel(called: string): Promise<void> {
    const ours = live().filter(({ creator }) => creator === 'U0BOT');
    expect(ours.map((one) => one.name)).toEqual([called]);
    expect(await stored()).toBe(ours[0]?.id);
    expect(await waiting()).toEqual(['furnish-channel', 'post-runbook', 'publish']);
  }

  it('makes one channel and asks for the card, the furniture and the runbook', async () => {
    await open();

    await expectOneChannel(name());
  });

  it.each<FailpointName>(['channel:before-create', 'channel:after-create'])(
    'that died at %s ends with the one channel when it is done again',
    async (dieAt) => {
      await open({ dieAt });
      expect(await stored()).toBeUndefined();

      await open();

      await expectOneChannel(name());
    },
  );

  it.each(['lost-reply', 'status-500', 'rate-limited', 'error:internal_error'] as const)(
    'that met %s ends with the one channel when it is done again',
    async (kind) => {
      sandbox.faults.add({ kind, method: 'conversations.create' });
      await open();
      expect(await stored()).toBeUndefined();

      await open();

      await expectOneChannel(name());
    },
  );

  it('takes the next name when somebody else has a channel of this one', async () => {
    takenName(name());
    takenName(`${name()}-2`);

    await open();

    await expectOneChannel(`${name()}-3`);
  });

  it('does not take another incident’s channel for its own', async () => {
    await open();
    const first = await stored();
    const twin = incident;
    incident = { ...incident, id: newId('inc') };
    await opened.db
      .insertInto('incident')
      .values({
        id: incident.id,
        key: newId('key'),
        service: 'shop',
        title: 'HighErrorRate',
        severity: 'P1',
        state: 'open',
        openedAt: new Date(),
      })
      .execute();
    const number = (await opened.ledger.transaction((tx) => tx.incident(incident.id)))?.number ?? 0;
    incident = { ...incident, number };
    // Ours, of the same name, and taken by the other incident.
    const channel = sandbox.workspace.channels.get(first ?? '');
    if (channel) channel.name = name();
    await opened.ledger.transaction((tx) =>
      tx.enqueue({ kind: 'open-incident', subject: incident.id, lane: 'status', serial: `incident:${incident.id}` }),
    );

    await open();

    expect(await stored()).not.toBe(first);
    expect(live().map((one) => one.name)).toEqual([name(), `${name()}-2`]);
    expect((await opened.ledger.transaction((tx) => tx.incident(twin.id)))?.channel).toBe(first);
  });

  it('archives its channel when another worker was faster and Slack gave both one', async () => {
    const overtaken: Chat = {
      ...slack.chat,
      async createChannel(wanted) {
        // While this one waits for Slack its lease runs out, and another worker does it all.
        await opened.db
          .updateTable('work')
          .set({ claimedUntil: new Date(0) })
          .where('kind', '=', 'open-incident')
          .execute();
        await open();
        sandbox.faults.add({ kind: 'double-create', method: 'conversations.create' });
        return slack.chat.createChannel(wanted);
      },
    };

    await open({ chat: overtaken });

    expect([...sandbox.workspace.channels.values()].filter((one) => one.name === name())).toHaveLength(2);
    await expectOneChannel(name());
  });

  it('archives its channel also when the other one is stored between the two', async () => {
    const racing: Chat = {
      ...slack.chat,
      async createChannel(wanted) {
        const made = await slack.chat.createChannel(wanted);
        await opened.db
          .updateTable('work')
          .set({ claimedUntil: new Date(0) })
          .where('kind', '=', 'open-incident')
          .execute();
        sandbox.faults.add({ kind: 'double-create', method: 'conversations.create' });
        // The other worker did not see this one’s channel yet.
        await open({ chat: { ...slack.chat, findChannel: async () => undefined } });
        return made;
      },
    };

    await open({ chat: racing });

    expect([...sandbox.workspace.channels.values()].filter((one) => one.name === name())).toHaveLength(2);
    await expectOneChannel(name());
  });

  it('fails for good, with a line in the journal, when all names are taken', async () => {
    for (const taken of [name(), ...[2, 3, 4, 5].map((suffix) => `${name()}-${suffix}`)]) takenName(taken);

    await open();

    const failed = await opened.db.selectFrom('journal').selectAll().where('kind', '=', 'work.failed').execute();
    expect(failed.filter(({ data }) => JSON.stringify(data).includes(incident.id))).toHaveLength(1);
    expect(JSON.stringify(failed.at(-1)?.data)).toContain('are taken in Slack');
    expect(await waiting()).toEqual([]);
  });

  describe('and furnishing its channel', () => {
    beforeEach(async () => {
      await open();
      const channel = (await stored()) ?? '';
      const { ts } = await slack.chat.post({ channel, key: 'card', view: { kind: 'notice', text: 'the card' } });
      await opened.ledger.transaction(async (tx) => {
        await tx.putAlerts(newId('scope'), incident.id, [
          {
            fingerprint: 'f',
            name: 'HighErrorRate',
            status: 'firing',
            labels: {},
            annotations: {
              dashboard_url: 'javascript:alert(1)',
              runbook_url: ' https://runbooks.example/\nx ',
            },
            generatorUrl: 'http://user:password@evil.example/',
            startsAt: new Date(),
          },
        ]);
        await tx.updateMessage(`incident:${incident.id}`, { ts });
      });
    });
    /** First what is to be given, then each piece of it. */
    const furnish = async () => {
      await work(['furnish-channel']);
      await work(['furnish-channel']);
    };
    const channelNow = async () => sandbox.workspace.channels.get((await stored()) ?? '');

    it('may be repeated without harm, and takes web addresses alone for bookmarks', async () => {
      for (let time = 1; time <= 2; time++) {
        await furnish();
        await opened.ledger.transaction((tx) =>
          tx.enqueue({ kind: 'furnish-channel', subject: incident.id, lane: 'status' }),
        );
      }

      const channel = await channelNow();
      expect(channel?.pins).toHaveLength(1);
      expect(channel?.bookmarks.map(({ link }) => link)).toEqual(['https://runbooks.example/x']);
      expect(channel?.topic).toContain('HighErrorRate');
      expect(channel?.members).toEqual(new Set(['U0BOT', 'U0ALICE', 'U0BOB', 'U0CAROL']));
    });

    it('goes on where it was when a piece had to wait, and repeats none', async () => {
      await work(['furnish-channel']);
      for (const method of ['bookmarks.add', 'pins.add', 'conversations.invite']) {
        sandbox.faults.add({ kind: 'rate-limited', method });
      }

      await work(['furnish-channel']);
      const before = sandbox.requests.length;
      await work(['furnish-channel']);
      await work(['furnish-channel']);

      const calls = (of: typeof sandbox.requests) => of.map(({ method, status }) => `${method} ${status}`).toSorted();
      expect(calls(sandbox.requests.slice(before))).toEqual([
        'bookmarks.add 200',
        'conversations.invite 200',
        'pins.add 200',
      ]);
      const channel = await channelNow();
      expect([channel?.pins.length, channel?.bookmarks.length]).toEqual([1, 1]);
      expect(channel?.members.has('U0ALICE')).toBe(true);
    });

    it.each(['bookmarks.add', 'pins.add', 'conversations.setTopic'])(
      'invites people although Slack refuses %s',
      async (method) => {
        sandbox.faults.add({ kind: 'error:invalid_arguments', method });

        await furnish();

        expect((await channelNow())?.members.has('U0ALICE')).toBe(true);
      },
    );
  });
});
