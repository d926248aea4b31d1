/** Who may ask PagerDuty for what, from the incident's card. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Incident } from '../../src/domain/incident.ts';
import type { Member } from '../../src/domain/person.ts';
import { createDoor } from '../../src/flow/gestures/door.ts';
import { createPagerGestures } from '../../src/flow/gestures/pager.ts';
import { createMembership } from '../../src/flow/membership.ts';
import { newId } from '../../src/flow/new-id.ts';
import { createPagerUserOf } from '../../src/flow/pager/pager-sender.ts';
import type { Directory } from '../../src/flow/ports.ts';
import { openTestLedger, silent, type TestLedger } from '../ledger.ts';
import { policy } from './alerts.ts';
import { carol, createFakePager, type FakePager, snapshot } from './fake-pager.ts';
import { openPagerDesk, shop } from './pager-desk.ts';

const directory: Directory = {
  async member(slack): Promise<Member> {
    const identity = `${slack.slice(2).toLowerCase()}@example.com`;
    return { slack, identity, mapped: true, name: slack, standing: 'member' };
  },
  groupMembers: async () => ['U0ALICE'],
  byEmail: async () => undefined,
  isShared: async () => false,
};

describe('somebody who asks PagerDuty from the card', () => {
  let opened: TestLedger;
  let fake: FakePager;
  let desk: ReturnType<typeof openPagerDesk>;
  let incident: Incident;
  beforeAll(async () => {
    opened = await openTestLedger();
  });
  afterAll(() => opened.close());
  beforeEach(async () => {
    fake = createFakePager();
    desk = openPagerDesk(opened, fake.pager);
    fake.pages.set('Q1', snapshot('Q1'));
    incident = await desk.incident([snapshot('Q1')]);
  });

  function gestures({ people = {}, configured = true } = {}) {
    const { ledger } = opened;
    const pager = configured ? fake.pager : undefined;
    const membership = createMembership({ directory, policy, log: silent });
    return createPagerGestures({
      ledger,
      services: [shop],
      policy,
      clock: { now: () => new Date() },
      newId,
      log: silent,
      failpoint: () => undefined,
      door: createDoor({ ledger, membership }),
      pager,
      pagerUserOf: createPagerUserOf({ pager, directory, people }),
    });
  }
  let requests = 0;
  const by = (user: string) => ({
    user,
    channel: 'C0INC',
    deliveryKey: `pager-gesture-${++requests}`,
    incidentId: incident.id,
  });
  const nobody = { users: [], slackUsers: [] };

  it('chooses among levels with who is on call at each', async () => {
    const answer = await gestures().pagerForm({ user: 'U0ALICE', incidentId: incident.id, verb: 'escalate' });

    expect(answer).toEqual({
      kind: 'form',
      form: {
        incidentId: incident.id,
        verb: 'escalate',
        page: '#12 HighErrorRate',
        choices: [
          { value: '1', label: 'Level 1: Alice' },
          { value: '2', label: 'Level 2: Bob, Carol' },
        ],
      },
    });
  });

  it('chooses among the people on call, each once', async () => {
    fake.rota.push({ user: carol, level: 1 });

    const answer = await gestures().pagerForm({ user: 'U0ALICE', incidentId: incident.id, verb: 'reassign' });

    expect(answer).toMatchObject({
      form: {
        choices: [
          { value: 'PALICE', label: 'Alice (level 1)' },
          { value: 'PCAROL', label: 'Carol (level 1)' },
          { value: 'PBOB', label: 'Bob (level 2)' },
        ],
      },
    });
  });

  it('has it done once, however often the request comes', async () => {
    const gesture = { ...by('U0ALICE'), level: 2 };

    const first = await gestures().escalate(gesture);
    const again = await gestures().escalate(gesture);
    await desk.work();

    expect(first).toMatchObject({ kind: 'accepted' });
    expect(again).toMatchObject({ kind: 'refused' });
    expect(fake.sent('escalate')).toHaveLength(1);
    expect(await desk.journal(incident)).toContainEqual({
      kind: 'pager.escalate-asked',
      actor: 'U0ALICE',
      data: { kind: 'escalate', level: 2 },
    });
  });

  it('names people in Slack who are found in PagerDuty by e-mail or by `people:`', async () => {
    const people = { 'erin@example.com': { pagerduty: 'PERIN' } };

    await gestures({ people }).reassign({ ...by('U0ALICE'), users: ['PALICE'], slackUsers: ['U0BOB', 'U0ERIN'] });

    expect((await desk.orders(incident)).map(({ order }) => order)).toEqual([
      { kind: 'reassign', users: ['PALICE', 'PBOB', 'PERIN'] },
    ]);
  });

  it.each([
    ['is no responder', () => gestures().escalate({ ...by('U0DAVE'), level: 2 }), 'Only responders'],
    ['chose no level', () => gestures().escalate({ ...by('U0ALICE'), level: Number.NaN }), 'Choose a level'],
    ['chose nobody', () => gestures().reassign({ ...by('U0ALICE'), ...nobody }), 'at least one'],
    [
      'chose somebody whom PagerDuty does not know',
      () => gestures().reassign({ ...by('U0ALICE'), ...nobody, slackUsers: ['U0BOB', 'U0ZOE'] }),
      'PagerDuty knows nobody',
    ],
    [
      'asks where PagerDuty is not configured',
      () => gestures({ configured: false }).escalate({ ...by('U0ALICE'), level: 2 }),
      'not configured',
    ],
  ] as const)('and %s is told so, and nothing is ordered', async (_, act, words) => {
    const answer = await act();

    expect(answer).toMatchObject({ kind: 'refused', text: expect.stringContaining(words) });
    expect(await desk.orders(incident)).toEqual([]);
  });

  it('is told when PagerDuty cannot be asked', async () => {
    fake.faults.push({ method: 'userByEmail', kind: 'unavailable' }, { method: 'onCall', kind: 'unavailable' });

    const form = await gestures().pagerForm({ user: 'U0ALICE', incidentId: incident.id, verb: 'escalate' });
    const reassigned = await gestures().reassign({ ...by('U0ALICE'), ...nobody, slackUsers: ['U0BOB'] });

    for (const answer of [form, reassigned]) {
      expect(answer).toMatchObject({ kind: 'refused', text: expect.stringContaining('could not be asked') });
    }
  });

  it('is told when nothing is open there any more', async () => {
    incident = await desk.incident([snapshot('Q9', { status: 'resolved' })]);

    const answer = await gestures().escalate({ ...by('U0ALICE'), level: 2 });

    expect(answer).toMatchObject({ kind: 'refused', text: expect.stringContaining('open in PagerDuty any more') });
  });
});
