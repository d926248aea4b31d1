import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { OperationError } from '../../src/domain/errors.ts';
import type { HomeView } from '../../src/domain/view.ts';
import type { Work } from '../../src/domain/work.ts';
import { createDrawHome, keepHomesDrawn } from '../../src/flow/home/draw-home.ts';
import { createHomeGestures } from '../../src/flow/gestures/open-home.ts';
import { createDoor } from '../../src/flow/gestures/door.ts';
import { createMembership } from '../../src/flow/membership.ts';
import { newId } from '../../src/flow/new-id.ts';
import { createSightOf } from '../../src/flow/home/sight.ts';
import { silent } from '../ledger.ts';
import { policy, service } from './alerts.ts';
import { type Desk, openDesk } from './desk.ts';

const services = [
  service('shop', { responders: { slack: ['S0RESPOND'], onCall: ['U0BOB'] } }),
  service('bank', { responders: { slack: ['U0DAVE'], onCall: [] } }),
];

describe('the App Home', () => {
  let desk: Desk;
  beforeAll(async () => {
    desk = await openDesk();
  });
  beforeEach(async () => {
    await desk.reset();
    await sql`update incident set state = 'resolved'`.execute(desk.db);
    await sql`update plan set state = 'cancelled'`.execute(desk.db);
    await sql`delete from "freeze"`.execute(desk.db);
    await sql`delete from home_viewer`.execute(desk.db);
  });
  afterAll(() => desk.close());

  const published: { user: string; home: HomeView }[] = [];
  const refusal: { next?: OperationError } = {};
  function parts(privateChannels: boolean) {
    const onCall = async () => {
      if (desk.rota.away) throw new OperationError('pager-unavailable', 'PagerDuty is away', { retryable: true });
      return desk.rota.people;
    };
    const membership = createMembership({ directory: desk.directory, policy, log: silent, onCall });
    return {
      ledger: desk.ledger,
      services,
      policy,
      clock: { now: () => new Date() },
      newId,
      log: silent,
      failpoint: () => undefined,
      membership,
      directory: desk.directory,
      onCall,
      sightOf: createSightOf({ services, membership, privateChannels }),
      chat: {
        async publishHome(user: string, home: HomeView) {
          const error = refusal.next;
          delete refusal.next;
          if (error) throw error;
          published.push({ user, home });
        },
      },
    };
  }
  async function draw(user: string, privateChannels = false): Promise<HomeView> {
    published.splice(0);
    const work: Work = { id: '1', kind: 'draw-home', subject: user, lane: 'chatter', attempts: 1, claim: 'x' };
    await createDrawHome(parts(privateChannels))(work, new AbortController().signal);
    expect(published).toEqual([{ user, home: expect.anything() }]);
    // Checked above.
    return published[0]!.home;
  }
  const incident = (title: string, name: string) =>
    desk.ledger.transaction(async (tx) =>
      tx.insertIncident({
        id: newId('inc'),
        key: newId('key'),
        service: name,
        title,
        severity: 'P1',
        state: 'open',
        openedAt: await tx.now(),
      }),
    );
  const waiting = async () =>
    (
      await desk.db
        .selectFrom('work')
        .select(['subject', sql<boolean>`due_at > clock_timestamp() + interval '1 second'`.as('later')])
        .where('kind', '=', 'draw-home')
        .where('doneAt', 'is', null)
        .orderBy('subject')
        .execute()
    ).map(({ subject, later }) => `${subject}${later ? ' later' : ''}`);

  it('lists open incidents newest first, on call, and freezes', async () => {
    await incident('first', 'shop');
    await incident('second', 'bank');
    await desk.ledger.transaction((tx) => tx.putFreeze({ scope: 'bank', by: 'U0DAVE', reason: 'audit' }));

    const home = await draw('U0ALICE');

    expect(home.closed).toBeUndefined();
    expect(home.incidents.map(({ title }) => title)).toEqual(['second', 'first']);
    expect(home.incidentsTotal).toBe(2);
    expect(home.freezes).toMatchObject([{ scope: 'bank', reason: 'audit' }]);
    expect(home.onCall).toMatchObject([
      { service: 'shop', people: ['U0BOB'] },
      { service: 'bank', people: [] },
    ]);
  });

  it('says of each plan whether this person may vote, theirs first', async () => {
    const plan = await desk.plan('deployment/web --replicas=1');
    const own = await desk.plan('rollout restart deployment/web', 'U0CAROL');
    await desk.vote('U0BOB', plan);
    await desk.work('decide-plan');
    const seenBy = async (user: string) =>
      (await draw(user)).pending.map((one) => `${one.plan.id === own.id ? 'restart' : 'scale'} ${one.vote}`);

    // The restart is Carol's own and she is not on call; of the scale-down she is the approver that is missing.
    expect(await seenBy('U0CAROL')).toEqual(['scale open', 'restart none']);
    expect(await seenBy('U0BOB')).toEqual(['restart open', 'scale cast']);
    // Another account of Bob.
    expect(await seenBy('U0BOB2')).toEqual(['restart open', 'scale none']);
    expect(await seenBy('U0DAVE')).toEqual(['scale none', 'restart none']);
    const home = await draw('U0CAROL');
    expect(home.pending[0]).toMatchObject({ channel: 'C0INC', needed: 2, given: 1, isFrozen: false });
    expect(home.pendingTotal).toBe(2);
  });

  it('says that a plan is frozen', async () => {
    await desk.plan('deployment/web --replicas=1');
    await desk.ledger.transaction((tx) => tx.putFreeze({ scope: '*', by: 'U0CAROL' }));

    expect((await draw('U0CAROL')).pending).toMatchObject([{ isFrozen: true }]);
  });

  it.each([
    ['U0GUEST', 'guest'],
    ['U0OTHER', 'stranger'],
    ['U0GONE', 'deactivated'],
    ['U0BOT', 'bot'],
  ])('shows %s nothing', async (user, standing) => {
    await incident('secret', 'shop');
    await desk.plan('deployment/web --replicas=1');
    await desk.ledger.transaction((tx) => tx.putFreeze({ scope: '*', by: 'U0CAROL', reason: 'secret' }));

    const home = await draw(user);

    expect(home.closed).toContain(standing);
    expect(JSON.stringify(home)).not.toContain('secret');
    expect(home).toMatchObject({ incidents: [], pending: [], onCall: [], freezes: [] });
  });

  it('with private channels shows what belongs to a service to its responders and to approvers alone', async () => {
    await incident('shop matter', 'shop');
    await incident('bank matter', 'bank');
    await desk.plan('deployment/web --replicas=1');
    await desk.ledger.transaction(async (tx) => {
      await tx.putFreeze({ scope: 'shop', by: 'U0ALICE', reason: 'shop matter' });
      await tx.putFreeze({ scope: '*', by: 'U0CAROL', reason: 'for all' });
    });
    const titles = ({ incidents }: HomeView) => incidents.map(({ title }) => title);

    const [responder, other, approver] = [
      await draw('U0ALICE', true),
      await draw('U0DAVE', true),
      await draw('U0CAROL', true),
    ];

    expect(titles(responder)).toEqual(['shop matter']);
    expect(titles(other)).toEqual(['bank matter']);
    expect(titles(approver)).toEqual(['bank matter', 'shop matter']);
    expect(other).toMatchObject({
      pending: [],
      pendingTotal: 0,
      onCall: [{ service: 'bank' }],
      freezes: [{ scope: '*' }],
    });
    expect(JSON.stringify(other)).not.toContain('shop');
  });

  it('shows whom PagerDuty has on call, by name when they have no Slack account, and says when it is away', async () => {
    desk.rota.people.push(
      { user: { id: 'P1', name: 'Alice' }, level: 1, identity: 'alice@example.com' },
      { user: { id: 'P2', name: 'Zoe' }, level: 2 },
    );
    const known = (await draw('U0ALICE')).onCall[0];
    desk.rota.away = true;
    const away = (await draw('U0ALICE')).onCall[0];

    expect(known).toEqual({ service: 'shop', people: ['U0BOB', 'U0ALICE'], others: ['Zoe'] });
    expect(away).toEqual({ service: 'shop', people: ['U0BOB'], others: [], problem: 'PagerDuty is away' });
  });

  it('that Slack refuses for good is given up, and one that it could not take now is not', async () => {
    const work: Work = { id: '1', kind: 'draw-home', subject: 'U0ALICE', lane: 'chatter', attempts: 1, claim: 'x' };
    const drawing = createDrawHome(parts(false));
    refusal.next = new OperationError('chat-rejected', 'user_not_found', { retryable: false });
    await expect(drawing(work, new AbortController().signal)).resolves.toEqual(expect.any(Function));
    refusal.next = new OperationError('chat-rate-limited', 'slower', { retryable: true });

    await expect(drawing(work, new AbortController().signal)).rejects.toMatchObject({ code: 'chat-rate-limited' });
  });

  it('is drawn when it is opened, once for each request, and again a little later when something changes', async () => {
    const watched = keepHomesDrawn(desk.ledger, { now: () => new Date() });
    const { membership } = parts(false);
    const { openHome } = createHomeGestures({ door: createDoor({ ledger: watched, membership }) });
    const change = (kind: string) => watched.transaction((tx) => tx.journal({ kind, actor: 'firebreak', data: {} }));
    const gesture = desk.gesture('U0ALICE');
    await openHome(gesture);
    await openHome(gesture);
    expect(await waiting()).toEqual(['U0ALICE']);
    await sql`update work set done_at = now() where kind = 'draw-home'`.execute(desk.db);

    await change('run.started');
    await change('incident.furnished');
    await change('incident.note');
    expect(await waiting()).toEqual([]);
    for (const kind of ['incident.opened', 'plan.proposed', 'freeze.set', 'vote.cast']) await change(kind);
    expect(await waiting()).toEqual(['U0ALICE later']);
  });

  it('is left alone an hour after it was opened, and when the change was undone', async () => {
    const watched = keepHomesDrawn(desk.ledger, { now: () => new Date() });
    await desk.ledger.transaction(async (tx) => {
      await tx.seeHome('U0ALICE');
      await tx.seeHome('U0BOB');
    });
    await sql`update home_viewer set opened_at = now() - interval '61 minutes' where slack_user = 'U0ALICE'`.execute(
      desk.db,
    );
    const journaled = (fail: boolean) =>
      watched.transaction(async (tx) => {
        await tx.journal({ kind: 'incident.opened', actor: 'firebreak', data: {} });
        if (fail) throw new Error('undone');
      });

    await expect(journaled(true)).rejects.toThrow('undone');
    expect(await waiting()).toEqual([]);
    await journaled(false);
    expect(await waiting()).toEqual(['U0BOB later']);
  });
});
