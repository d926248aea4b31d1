/** Who is on call by PagerDuty finds themselves in the incident's channel. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { noPace } from '../../src/adapters/slack/pace.ts';
import { createSlack, type Slack } from '../../src/adapters/slack/slack.ts';
import type { Incident } from '../../src/domain/incident.ts';
import type { PeopleMap } from '../../src/domain/identity.ts';
import { createMembership } from '../../src/flow/membership.ts';
import { newId } from '../../src/flow/new-id.ts';
import { createOnCall } from '../../src/flow/pager/on-call.ts';
import { createFurnishChannel } from '../../src/flow/open-incident.ts';
import { createWorker } from '../../src/flow/work.ts';
import { type SandboxSlack, startSlack } from '../../src/sandbox/slack/start.ts';
import { openTestLedger, silent, type TestLedger } from '../ledger.ts';
import { policy, service } from './alerts.ts';
import { createFakePager, type FakePager, snapshot, user } from './fake-pager.ts';

const shop = service('shop', {
  responders: { slack: ['U0CAROL'], onCall: [] },
  pager: { escalationPolicy: 'PLADDER' },
});
const people: PeopleMap = { 'dave@work.example': { slack: 'U0DAVE', pagerduty: 'PDAVE' } };

describe('an incident of a service with an escalation policy', () => {
  let opened: TestLedger;
  let sandbox: SandboxSlack;
  let slack: Slack;
  let fake: FakePager;
  let incident: Incident;
  beforeAll(async () => {
    opened = await openTestLedger();
  });
  afterAll(() => opened.close());
  beforeEach(async () => {
    sandbox = await startSlack({
      rateLimits: 'off',
      users: ['U0ALICE', 'U0BOB', 'U0CAROL', 'U0DAVE', 'U0ERIN'].map((id) => ({ id })),
    });
    slack = await createSlack({
      token: sandbox.botToken,
      signingSecret: sandbox.signingSecret,
      apiUrl: sandbox.apiUrl,
      pace: noPace,
      people,
      interactions: () => {
        throw new Error('nobody clicks here');
      },
      log: silent,
    });
    fake = createFakePager();
    // Alice is on call at the first level, Dave at the second, under an address that Slack does not know.
    fake.rota.splice(1, 2, { user: user('PDAVE', 'Dave', 'dave@pager.example'), level: 2 });
    await opened.db.updateTable('work').set({ doneAt: new Date() }).where('doneAt', 'is', null).execute();
    // The next workspace gives its channels the same ids.
    await opened.db.updateTable('incident').set({ channel: null }).execute();
    const made = await slack.chat.createChannel('inc-1');
    if (made.kind !== 'created') throw new Error('the name is taken');
    const { channel } = made;
    const { ts } = await slack.chat.post({ channel, key: 'card', view: { kind: 'notice', text: 'the card' } });
    incident = await opened.ledger.transaction(async (tx) => {
      const about = { service: 'shop', title: 'HighErrorRate', severity: 'P1', state: 'open' } as const;
      const id = newId('inc');
      const inserted = await tx.insertIncident({ id, key: newId('key'), ...about, openedAt: await tx.now(), channel });
      await tx.putPage({ ...snapshot(newId('Q')), incidentId: id, asOf: new Date(), asOfEvent: 'e1' });
      await tx.putMessage({ key: `incident:${id}`, kind: 'incident-card', subject: id, channel }, 'status');
      await tx.updateMessage(`incident:${id}`, { ts });
      await tx.enqueue({ kind: 'furnish-channel', subject: id, lane: 'status' });
      return inserted;
    });
  });
  afterEach(async () => {
    await slack.close();
    await sandbox.stop();
  });

  /** What is to be given, each piece of it, and what has to be tried again. */
  async function furnish(rounds = 3): Promise<void> {
    const clock = { now: () => new Date() };
    const onCall = createOnCall({ pager: fake.pager, people, clock });
    const membership = createMembership({ directory: slack.directory, policy, log: silent, onCall });
    const handler = createFurnishChannel({
      services: [shop],
      policy,
      clock,
      newId,
      log: silent,
      failpoint: () => undefined,
      ledger: opened.ledger,
      chat: slack.chat,
      membership,
      channelPrefix: 'inc',
    });
    const worker = createWorker({ ledger: opened.ledger, handlers: { 'furnish-channel': handler }, log: silent });
    for (let round = 0; round < rounds; round++) {
      const waiting = opened.db.selectFrom('work').select('id').where('kind', '=', 'furnish-channel');
      await opened.db
        .updateTable('work')
        .set({ dueAt: new Date(0) })
        .where('doneAt', 'is', null)
        .execute();
      for (const { id } of await waiting.where('doneAt', 'is', null).execute()) await worker.perform(id);
    }
  }
  const channel = () => sandbox.workspace.channels.get(incident.channel ?? '');

  it('has whoever is on call invited, found by e-mail or by `people:`, and the page bookmarked', async () => {
    await furnish();

    expect(channel()?.members).toEqual(new Set(['U0BOT', 'U0ALICE', 'U0CAROL', 'U0DAVE']));
    expect(channel()?.bookmarks.map(({ title }) => title)).toEqual(['PagerDuty']);
  });

  it('has the others in it while PagerDuty is away, and those on call when it is back', async () => {
    fake.faults.push({ method: 'onCall', kind: 'unavailable' });
    await furnish(2);
    const during = new Set(channel()?.members);

    await furnish();

    expect(during).toEqual(new Set(['U0BOT', 'U0CAROL']));
    expect(channel()?.members.has('U0ALICE')).toBe(true);
  });

  it('is not troubled by somebody on call who has no Slack account', async () => {
    fake.rota.push(
      { user: user('PGHOST', 'Ghost'), level: 3 },
      { user: { id: 'PNAMELESS', name: 'Nameless' }, level: 3 },
    );

    await furnish();

    expect(channel()?.members).toEqual(new Set(['U0BOT', 'U0ALICE', 'U0CAROL', 'U0DAVE']));
  });

  it('calls nobody in any more when it is resolved', async () => {
    await opened.ledger.transaction((tx) => tx.updateIncident(incident.id, { state: 'resolved' }));

    await furnish();

    expect(channel()?.members.has('U0ALICE')).toBe(false);
  });
});
