/** What the flow relies on of a pager. Each test has a fresh page, and nobody else changes it. */
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { PageStatus } from '../../src/domain/page.ts';
import type { Pager } from '../../src/flow/ports.ts';

export type PagerUnderTest = {
  readonly pager: Pager;
  /** PagerDuty's ids: two people of whom the first is on call at level 1 of the policy and the second at level 2. */
  readonly service: string;
  readonly policy: string;
  readonly people: readonly [{ id: string; email: string }, { id: string; email: string }];
  /** A new page of the service; PagerDuty's incident id. */
  trigger(title: string): Promise<string>;
  /** An address whose subscription PagerDuty has switched off for a day. */
  switchedOffSubscription(): Promise<string>;
  close(): Promise<void>;
};

export function holdsPagerContract(open: () => Promise<PagerUnderTest>): void {
  let under: PagerUnderTest;
  let pager: Pager;
  let id: string;
  beforeAll(async () => {
    under = await open();
    ({ pager } = under);
  });
  afterAll(() => under.close());
  beforeEach(async () => {
    id = await under.trigger('Error rate over 5 %');
  });

  const status = async (): Promise<PageStatus | undefined> => (await pager.page(id))?.status;

  it('tells what a page is', async () => {
    const page = await pager.page(id);

    expect(page).toMatchObject({
      id,
      service: under.service,
      title: 'Error rate over 5 %',
      status: 'triggered',
      urgency: 'high',
      escalationPolicy: under.policy,
      assignees: [{ id: under.people[0].id }],
      createdAt: expect.any(Date),
      changedAt: expect.any(Date),
    });
    expect(page?.number).toBeGreaterThan(0);
    expect(page?.url).toMatch(/^https:\/\/.*\/incidents\//);
    expect(page?.incidentKey).toBeTruthy();
  });

  it('knows no page of an id that is none', async () => {
    expect(await pager.page('QNOSUCHPAGE000')).toBeUndefined();
  });

  it('acknowledges and resolves, and says when it was already so', async () => {
    expect(await pager.setStatus(id, 'acknowledged')).toBe('changed');
    expect(await status()).toBe('acknowledged');
    expect(await pager.setStatus(id, 'acknowledged')).toBe('unchanged');

    expect(await pager.setStatus(id, 'resolved')).toBe('changed');
    expect(await status()).toBe('resolved');
    expect(await pager.setStatus(id, 'resolved')).toBe('unchanged');
  });

  it('reopens a resolved page that is acknowledged late, which is why the flow reads first', async () => {
    await pager.setStatus(id, 'resolved');

    await pager.setStatus(id, 'acknowledged', under.people[1].email);

    expect(await pager.page(id)).toMatchObject({ status: 'acknowledged', assignees: [{ id: under.people[1].id }] });
  });

  it('refuses to change a page that is not there', async () => {
    const refused = { code: 'pager-rejected', retryable: false };

    await expect(pager.setStatus('QNOSUCHPAGE000', 'resolved')).rejects.toMatchObject(refused);
    await expect(pager.addNote('QNOSUCHPAGE000', 'Hello')).rejects.toMatchObject(refused);
    expect(await pager.notes('QNOSUCHPAGE000')).toBeUndefined();
  });

  it('keeps notes in their order, and the same text twice as two', async () => {
    for (const text of ['first <b>&', 'second', 'second']) await pager.addNote(id, text);

    const notes = await pager.notes(id);

    expect(notes?.map(({ text }) => text)).toEqual(['first <b>&', 'second', 'second']);
    expect(new Set(notes?.map((note) => note.id)).size).toBe(3);
  });

  it('escalates within the policy and not beyond', async () => {
    await pager.escalate(id, 2);

    expect(await pager.page(id)).toMatchObject({ status: 'triggered', assignees: [{ id: under.people[1].id }] });
    await expect(pager.escalate(id, 9)).rejects.toMatchObject({ code: 'pager-rejected' });
  });

  it('reassigns to people who are there', async () => {
    await pager.reassign(id, [under.people[1].id, under.people[0].id], under.people[0].email);

    const assigned = (await pager.page(id))?.assignees.map((user) => user.id);
    expect(assigned?.toSorted()).toEqual(under.people.map((one) => one.id).toSorted());
    await expect(pager.reassign(id, ['PNOBODY'])).rejects.toMatchObject({ code: 'pager-rejected' });
  });

  it('does nothing in the name of somebody who is not there', async () => {
    const nobody = 'nobody@example.com';

    await expect(pager.addNote(id, 'Hello', nobody)).rejects.toMatchObject({ code: 'pager-rejected' });
    expect(await pager.notes(id)).toEqual([]);
  });

  it('says who is on call, with their addresses, level by level', async () => {
    const [first, second] = under.people;

    expect(await pager.levelsOf(under.policy)).toBe(2);
    expect(await pager.onCall(under.policy)).toEqual([
      { level: 1, user: { id: first.id, email: first.email, name: expect.any(String) } },
      { level: 2, user: { id: second.id, email: second.email, name: expect.any(String) } },
    ]);
  });

  it('knows nobody on call for a policy that is not there, and refuses to count its levels', async () => {
    expect(await pager.onCall('PNOSUCH')).toEqual([]);
    await expect(pager.levelsOf('PNOSUCH')).rejects.toMatchObject({ code: 'pager-rejected' });
  });

  it('finds a person by the whole address only', async () => {
    const [{ id: user, email }] = under.people;

    expect(await pager.userByEmail(email.toUpperCase())).toMatchObject({ id: user, email });
    expect(await pager.userByEmail(email.slice(1))).toBeUndefined();
  });

  it('lists what is open, however old, and of the resolved what was resolved since', async () => {
    const resolved = await under.trigger('Resolved');
    await pager.setStatus(resolved, 'resolved');

    const ids = async (services: readonly string[], since: Date) =>
      (await pager.pagesSince(services, since)).map((page) => page.id);

    expect(await ids([under.service], new Date(0))).toEqual(expect.arrayContaining([id, resolved]));
    const later = await ids([under.service], new Date(Date.now() + 3_600_000));
    expect(later).toContain(id);
    expect(later).not.toContain(resolved);
    expect(await ids(['PNOSUCH'], new Date(0))).toEqual([]);
  });

  it('lists the subscriptions that deliver here, and switches one on again', async () => {
    const url = await under.switchedOffSubscription();
    const ours = async () => (await pager.subscriptions()).find((one) => one.url === url);
    const before = await ours();

    await pager.enableSubscription(before?.id ?? '');

    expect(before).toMatchObject({ active: true, temporarilyDisabled: true });
    expect(await ours()).toMatchObject({ id: before?.id, temporarilyDisabled: false });
    await expect(pager.enableSubscription('PNOSUCH')).rejects.toMatchObject({ code: 'pager-rejected' });
  });
}
