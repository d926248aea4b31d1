/** Who may do what, with PagerDuty's word on who is on call. */
import { beforeEach, describe, expect, it } from '@jest/globals';
import { OperationError } from '../../src/domain/errors.ts';
import type { PeopleMap } from '../../src/domain/identity.ts';
import type { Member } from '../../src/domain/person.ts';
import { createMembership } from '../../src/flow/membership.ts';
import { createOnCall } from '../../src/flow/pager/on-call.ts';
import type { Directory } from '../../src/flow/ports.ts';
import { silent } from '../ledger.ts';
import { policy, service } from './alerts.ts';
import { createFakePager, type FakePager, user } from './fake-pager.ts';

const shop = service('shop', {
  responders: { slack: ['U0ERIN'], onCall: ['U0FRANK'] },
  pager: { escalationPolicy: 'PLADDER' },
});

describe('membership', () => {
  let fake: FakePager;
  let nowMs: number;
  let emails: Map<string, string>;
  beforeEach(() => {
    fake = createFakePager();
    nowMs = Date.UTC(2026, 10, 22);
    emails = new Map(
      ['alice', 'bob', 'carol', 'dave', 'erin', 'frank'].map((name) => [
        `U0${name.toUpperCase()}`,
        `${name}@example.com`,
      ]),
    );
  });

  function membershipWith(people: PeopleMap = {}) {
    const named = new Map(Object.entries(people).map(([email, { slack }]) => [slack, email]));
    const directory: Directory = {
      async member(slack): Promise<Member> {
        const email = named.get(slack) ?? emails.get(slack);
        const identity = email ?? `slack:${slack}`;
        return { slack, identity, mapped: email !== undefined, name: slack, standing: 'member' };
      },
      groupMembers: async (group) => (group === 'S0SRE' ? ['U0CAROL'] : []),
      byEmail: async (email) => people[email]?.slack ?? [...emails].find(([, one]) => one === email)?.[0],
      isShared: async () => false,
    };
    const clock = { now: () => new Date(nowMs) };
    const onCall = createOnCall({ pager: fake.pager, people, clock });
    return createMembership({ directory, policy, log: silent, onCall });
  }
  const rights = async (slack: string, membership = membershipWith()) => {
    const { responder, onCall, approver } = await membership.standingOf(shop, slack);
    return { responder, onCall, approver };
  };
  const nothing = { responder: false, onCall: false, approver: false };

  it.each([
    ['of the first level is on call', 'U0ALICE', { responder: true, onCall: true, approver: false }],
    ['of a later level responds', 'U0BOB', { responder: true, onCall: false, approver: false }],
    ['of no level is nobody', 'U0DAVE', nothing],
    ['whom firebreak.yaml names responds', 'U0ERIN', { responder: true, onCall: false, approver: false }],
    ['whom firebreak.yaml names on call is on call', 'U0FRANK', { responder: true, onCall: true, approver: false }],
    ['who is both keeps both', 'U0CAROL', { responder: true, onCall: false, approver: true }],
  ] as const)('says that somebody %s', async (_, slack, expected) => {
    expect(await rights(slack)).toEqual(expected);
  });

  it('gives on call only to services with an escalation policy', async () => {
    const membership = membershipWith();

    const standing = await membership.standingOf(service('bank'), 'U0ALICE');

    expect(standing).toMatchObject({ responder: false, onCall: false });
    expect(fake.calls).toEqual([]);
  });

  it('ends with the shift, at most 60 s later, and asks once in that time', async () => {
    const membership = membershipWith();
    const before = await rights('U0ALICE', membership);
    fake.rota.splice(0, 1, { user: user('PDAVE', 'Dave'), level: 1 });
    nowMs += 59_999;
    const remembered = await rights('U0ALICE', membership);
    const asked = fake.sent('onCall').length;
    nowMs += 1;

    const after = await rights('U0ALICE', membership);

    expect([before.onCall, remembered.onCall, asked]).toEqual([true, true, 1]);
    expect(after).toEqual(nothing);
    expect(await rights('U0DAVE', membership)).toEqual({ responder: true, onCall: true, approver: false });
  });

  it('grants nothing by a PagerDuty that is away, says so, and keeps what firebreak.yaml grants', async () => {
    for (let nth = 1; nth <= 4; nth++) fake.faults.push({ method: 'onCall', kind: 'unavailable', nth });
    const membership = membershipWith();

    const alice = await membership.standingOf(shop, 'U0ALICE');
    const erin = await membership.standingOf(shop, 'U0ERIN');
    const frank = await membership.standingOf(shop, 'U0FRANK');
    const carol = await membership.standingOf(shop, 'U0CAROL');

    expect(alice).toMatchObject({ responder: false, onCall: false, onCallUnknown: true });
    expect(erin).toMatchObject({ responder: true, onCall: false, onCallUnknown: true });
    expect(frank).toMatchObject({ responder: true, onCall: true });
    expect(carol).toMatchObject({ approver: true, responder: false });
  });

  it('remembers no failure', async () => {
    fake.faults.push({ method: 'onCall', kind: 'unavailable' });
    const membership = membershipWith();
    const during = await rights('U0ALICE', membership);

    const after = await rights('U0ALICE', membership);

    expect([during.onCall, after.onCall]).toEqual([false, true]);
  });

  it('does not wait longer than a click may take, and uses what PagerDuty answered late', async () => {
    let answer = (): void => undefined;
    const late = new Promise<void>((resolve) => {
      answer = resolve;
    });
    fake.meanwhile.act = () => late;
    const membership = membershipWith();

    const during = await membership.standingOf(shop, 'U0ALICE');
    answer();
    const after = await membership.standingOf(shop, 'U0ALICE');

    expect(during).toMatchObject({ responder: false, onCallUnknown: true });
    expect(after).toMatchObject({ responder: true, onCall: true });
    expect(fake.sent('onCall')).toHaveLength(1);
  });

  it('takes a bug for a bug, not for a PagerDuty that is away', async () => {
    fake.meanwhile.act = () => Promise.reject(new TypeError('x is not a function'));

    await expect(membershipWith().standingOf(shop, 'U0ALICE')).rejects.toThrow(TypeError);
  });

  describe('and two accounts of one person', () => {
    it('are one by e-mail, whatever its case', async () => {
      fake.rota.splice(0, 3, { user: user('PDAVE', 'Dave', 'Dave@Example.com'), level: 1 });

      expect(await rights('U0DAVE')).toMatchObject({ onCall: true });
    });

    it('are one by `people:`, where PagerDuty has another address', async () => {
      fake.rota.splice(0, 3, { user: user('PDAVE', 'Dave', 'd.private@example.net'), level: 1 });
      const membership = membershipWith({ 'dave@example.com': { pagerduty: 'PDAVE' } });

      expect(await rights('U0DAVE', membership)).toMatchObject({ onCall: true });
      expect(await membership.onCallOf(shop)).toEqual({ people: ['U0DAVE'], others: [] });
    });

    it('are one by `people:`, where Slack has another address', async () => {
      emails.delete('U0DAVE');
      fake.rota.splice(0, 3, { user: user('PDAVE', 'Dave', 'd.pager@example.net'), level: 1 });
      const membership = membershipWith({ 'd.pager@example.net': { slack: 'U0DAVE' } });

      expect(await rights('U0DAVE', membership)).toMatchObject({ onCall: true });
      expect(await membership.onCallOf(shop)).toEqual({ people: ['U0DAVE'], others: [] });
    });

    it('are not one when `people:` gives the address to another PagerDuty account', async () => {
      fake.rota.splice(0, 3, { user: user('PIMPOSTOR', 'Dave', 'dave@example.com'), level: 1 });
      const membership = membershipWith({ 'dave@example.com': { pagerduty: 'PDAVE' } });

      expect(await rights('U0DAVE', membership)).toEqual(nothing);
      expect(await membership.onCallOf(shop)).toEqual({ people: [], others: ['Dave'] });
    });

    it('are nobody when Slack knows no address', async () => {
      emails.delete('U0DAVE');
      fake.rota.splice(0, 3, { user: { id: 'PDAVE', name: 'Dave', email: 'slack:U0DAVE' }, level: 1 });

      expect(await rights('U0DAVE')).toEqual(nothing);
    });
  });

  it('lists who is on call as Slack users, lowest level first, each once', async () => {
    fake.rota.unshift({ user: user('PALICE', 'Alice'), level: 2 });
    fake.rota.push({ user: user('PGHOST', 'Ghost'), level: 3 });

    const listed = await membershipWith().onCallOf(shop);

    expect(listed).toEqual({ people: ['U0ALICE', 'U0BOB', 'U0CAROL'], others: ['Ghost'] });
  });

  it('says that it cannot list who is on call, rather than nobody', async () => {
    fake.faults.push({ method: 'onCall', kind: 'unavailable' });

    await expect(membershipWith().onCallOf(shop)).rejects.toThrow(OperationError);
  });
});
