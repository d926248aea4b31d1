/** What people take away stays away: channels that they archive, messages that they delete, channels that they leave. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { noPace } from '../../src/adapters/slack/pace.ts';
import { createSlack, type Slack } from '../../src/adapters/slack/slack.ts';
import type { Incident, IncidentState } from '../../src/domain/incident.ts';
import { changeState, openIncident } from '../../src/flow/incident-state.ts';
import { createMembership } from '../../src/flow/membership.ts';
import { messageKey } from '../../src/flow/messages.ts';
import { newId } from '../../src/flow/new-id.ts';
import { createFurnishChannel, createOpenIncident } from '../../src/flow/open-incident.ts';
import { notice } from '../../src/flow/post-runbook.ts';
import { createPublish } from '../../src/flow/publish.ts';
import { createViews } from '../../src/flow/views.ts';
import { createWorker } from '../../src/flow/work.ts';
import { type SandboxSlack, startSlack } from '../../src/sandbox/slack/start.ts';
import { createRecordingLog, type RecordingLog } from '../adapters/recording-log.ts';
import { openTestLedger, silent, type TestLedger } from '../ledger.ts';
import { policy, service } from './alerts.ts';

const services = [service('shop', { dashboard: 'https://grafana.example/shop' })];
/** More than anybody reads of a timeline. */
const entriesMany = 300;

describe('an incident whose channel is there', () => {
  let opened: TestLedger;
  let sandbox: SandboxSlack;
  let slack: Slack;
  let log: RecordingLog;
  let incident: Incident;
  let channel: string;
  beforeAll(async () => {
    opened = await openTestLedger();
  });
  afterAll(() => opened.close());
  beforeEach(async () => {
    log = createRecordingLog();
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
      openIncident(
        tx,
        {
          id: newId('inc'),
          key: newId('key'),
          service: 'shop',
          title: 'HighErrorRate',
          severity: 'P1',
          state: 'open',
          openedAt: await tx.now(),
        },
        { actor: 'alertmanager', data: {} },
      ),
    );
    await work();
    incident = await now();
    channel = incident.channel ?? '';
  });
  afterEach(async () => {
    await slack.close();
    await sandbox.stop();
  });

  const now = async (): Promise<Incident> => {
    const found = await opened.ledger.transaction((tx) => tx.incident(incident.id));
    if (!found) throw new Error('the incident is gone');
    return found;
  };
  /** Does all that waits, and what follows from it. */
  async function work(): Promise<void> {
    const parts = {
      services,
      policy,
      clock: { now: () => new Date() },
      newId,
      log,
      failpoint: () => undefined,
      ledger: opened.ledger,
      chat: slack.chat,
      membership: createMembership({ directory: slack.directory, policy, log: silent }),
      channelPrefix: 'inc',
    };
    const handlers = {
      'open-incident': createOpenIncident(parts),
      'furnish-channel': createFurnishChannel(parts),
      'post-runbook': async () => async () => undefined,
      publish: createPublish({ ...parts, views: createViews({ services, policy }) }).handler,
    };
    const worker = createWorker({ ledger: opened.ledger, handlers, log });
    for (let round = 0; round < 10; round++) {
      const waiting = opened.db.updateTable('work').where('doneAt', 'is', null).where('failedAt', 'is', null);
      const rows = await waiting
        .set({ dueAt: new Date(0) })
        .returning('id')
        .execute();
      for (const { id } of rows) await worker.perform(id);
      if (rows.length === 0) return;
    }
    throw new Error('the work does not end');
  }
  const become = async (to: IncidentState): Promise<void> => {
    const before = await now();
    await opened.ledger.transaction(async (tx) =>
      changeState(tx, newId, before, { to, at: await tx.now(), actor: 'pagerduty' }),
    );
  };
  const say = (text: string) => opened.ledger.transaction((tx) => notice(tx, newId, channel, text));
  const cardNow = () => opened.ledger.transaction((tx) => tx.message(messageKey.incident(incident.id)));
  const slackChannel = (id: string) => {
    const found = sandbox.workspace.channels.get(id);
    if (!found) throw new Error(`there is no channel ${id}`);
    return found;
  };
  const textsIn = (id: string) => slackChannel(id).messages.map(({ text }) => text);
  const errors = () => log.lines.filter(({ level }) => level === 'error');
  const calls = (method: string) => sandbox.requests.filter((request) => request.method === method);

  it('goes on in a new channel when it is reopened and people have archived the old one', async () => {
    await become('resolved');
    await work();
    await slack.chat.archiveChannel(channel);

    await become('open');
    await say('It was reopened in PagerDuty.');
    await work();

    const { channel: next = '' } = await now();
    expect(next).not.toBe(channel);
    expect(slackChannel(next)).toMatchObject({ isArchived: false, name: `inc-${incident.number}-higherrorrate-2` });
    expect(textsIn(next).filter((text) => text.includes('It was reopened in PagerDuty.'))).toHaveLength(1);
    expect(textsIn(next).filter((text) => text.includes('its former channel is archived'))).toHaveLength(1);
    const card = await cardNow();
    expect(card?.channel).toBe(next);
    expect(slackChannel(next).messages.filter(({ ts }) => ts === card?.ts)).toHaveLength(1);
    expect(slackChannel(next).pins.map(({ ts }) => ts)).toEqual([card?.ts]);
    expect(slackChannel(next).bookmarks.map(({ title }) => title)).toEqual(['Dashboard']);
    expect(slackChannel(next).members.has('U0ALICE')).toBe(true);
    expect(errors()).toEqual([]);
  });

  it('ends with the one new channel when the process ends between leaving the old one and asking for it', async () => {
    await become('resolved');
    await work();
    await slack.chat.archiveChannel(channel);
    await become('open');
    sandbox.faults.add({ kind: 'status-500', method: 'conversations.create' });

    await work();

    const live = [...sandbox.workspace.channels.values()].filter(
      ({ name, isArchived }) => name.startsWith('inc-') && !isArchived,
    );
    const { channel: next = '' } = await now();
    expect(live.map(({ id }) => id)).toEqual([next]);
    expect((await cardNow())?.channel).toBe(next);
  });

  it('stays in its channel when it is reopened and the channel is live', async () => {
    await become('resolved');
    await become('open');
    await work();

    expect((await now()).channel).toBe(channel);
    expect(calls('conversations.create')).toHaveLength(1);
    expect(textsIn(channel).filter((text) => text.includes('former channel'))).toEqual([]);
  });

  it('has what it would say in an archived channel noted as a warning, and tries no more', async () => {
    await slack.chat.archiveChannel(channel);

    await say('nobody reads this');
    await become('acknowledged');
    await work();

    expect(errors()).toEqual([]);
    expect(log.lines.map(({ message }) => message)).toContain(
      'a message was not drawn: its channel is archived or gone',
    );
  });

  it('says once that somebody deleted its card, and neither draws nor posts it again', async () => {
    const card = await cardNow();
    const { messages } = slackChannel(channel);
    messages.splice(
      messages.findIndex(({ ts }) => ts === card?.ts),
      1,
    );

    for (const state of ['acknowledged', 'open', 'acknowledged'] as const) {
      await become(state);
      await work();
    }

    const deleted = log.lines.filter(({ message }) => message.startsWith('somebody deleted a message'));
    expect(deleted.map(({ level, fields }) => [level, fields])).toEqual([['warn', { key: card?.key, channel }]]);
    expect(errors()).toEqual([]);
    expect(calls('chat.update').filter(({ status }) => status === 200)).toHaveLength(1);
    expect(calls('chat.postMessage')).toHaveLength(1);
  });

  it('leaves whoever left its channel in peace when it is acknowledged and resolved, and has its topic changed', async () => {
    slackChannel(channel).members.delete('U0ALICE');

    await become('acknowledged');
    await work();
    await become('resolved');
    await work();

    expect(calls('conversations.invite')).toHaveLength(1);
    expect(slackChannel(channel).members.has('U0ALICE')).toBe(false);
    expect(slackChannel(channel).topic).toContain('resolved');
  });

  it('is given the bookmark of a page that came later, with its next change of state and once', async () => {
    // An app without bookmarks:read cannot look, so the journal alone says what was given.
    const blind = () => sandbox.faults.add({ kind: 'error:missing_scope', method: 'bookmarks.list' });
    blind();
    await opened.ledger.transaction(async (tx) => {
      for (let entry = 0; entry < entriesMany; entry++)
        await tx.journal({ kind: 'test.entry', incidentId: incident.id, actor: 'firebreak', data: {} });
      await tx.putAlerts(incident.key, incident.id, [
        {
          fingerprint: 'f',
          name: 'HighErrorRate',
          status: 'firing',
          labels: {},
          annotations: { runbook_url: 'https://runbooks.example/x' },
          startsAt: await tx.now(),
        },
      ]);
    });

    for (const state of ['acknowledged', 'open', 'acknowledged'] as const) {
      await become(state);
      await work();
    }

    expect(slackChannel(channel).bookmarks.map(({ title }) => title)).toEqual(['Dashboard', 'Runbook']);
    expect(calls('bookmarks.add')).toHaveLength(2);
  });
});
