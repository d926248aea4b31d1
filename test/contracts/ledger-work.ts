import { describe, expect, it } from '@jest/globals';
import type { NewWork, Work } from '../../src/domain/work.ts';
import type { LedgerTransaction } from '../../src/flow/ledger.ts';
import { eventually } from '../eventually.ts';
import type { Offered } from '../ledger.ts';
import type { LedgerUnderTest } from './ledger-subject.ts';
import { uid } from './samples.ts';

const leaseMs = 60_000;

export function holdsWork(subject: () => LedgerUnderTest): void {
  /** Enqueues in one transaction and gives what was offered after it. */
  const enqueue = async (...news: readonly NewWork[]): Promise<readonly Offered[]> => {
    const { ledger, offers } = subject();
    const before = offers.length;
    await ledger.transaction(async (tx) => {
      for (const each of news) await tx.enqueue(each);
    });
    return offers.slice(before);
  };
  const idOf = async (news: NewWork): Promise<string> => {
    const [offer] = await enqueue(news);
    if (!offer) throw new Error('nothing was offered');
    return offer.id;
  };
  const claim = async (id: string, lease = leaseMs): Promise<Work> => {
    // Drawing waits a moment for more of the same before it is due.
    return eventually(`work ${id} can be claimed`, () => subject().ledger.claimWork(id, lease), 2_000);
  };
  const complete = (work: Work) => subject().ledger.transaction((tx) => tx.completeWork(work));
  const plain = (over: Partial<NewWork> = {}): NewWork => ({
    kind: 'read-step',
    subject: uid('read'),
    lane: 'chatter',
    ...over,
  });

  it('offers enqueued work after the commit, and one claimer gets it', async () => {
    const { ledger } = subject();
    const news = plain();

    const offered = await enqueue(news);
    const id = offered[0]?.id ?? '';
    const work = await ledger.claimWork(id, leaseMs);
    const again = await ledger.claimWork(id, leaseMs);

    expect(offered).toStrictEqual([{ id, lane: 'chatter' }]);
    expect(work).toStrictEqual({
      id,
      kind: 'read-step',
      subject: news.subject,
      lane: 'chatter',
      attempts: 1,
      claim: expect.any(String),
    });
    expect(again).toBeUndefined();
  });

  it.each(['', '0', '-1', '01', 'abc', '1; drop table work', '9'.repeat(30), '1e3', '999999999999999999'])(
    'claims nothing for the id %j',
    async (id) => {
      expect(await subject().ledger.claimWork(id, leaseMs)).toBeUndefined();
    },
  );

  it('does not hand out work that is not due yet', async () => {
    const { ledger } = subject();

    const [offer] = await enqueue(plain({ delayMs: 100_000 }));

    expect(offer?.delayMs).toBeGreaterThan(90_000);
    expect(offer?.delayMs).toBeLessThanOrEqual(100_000);
    expect(await ledger.claimWork(offer?.id ?? '', leaseMs)).toBeUndefined();
    expect((await ledger.dueWork(100_000)).map(({ id }) => id)).not.toContain(offer?.id);
  });

  it('never hands out what is done or failed', async () => {
    const { ledger } = subject();
    const [done, failed] = [await claim(await idOf(plain())), await claim(await idOf(plain()))];

    await complete(done);
    await ledger.transaction((tx) => tx.failWork(failed, 'it cannot be'));

    for (const { id } of [done, failed]) {
      expect(await ledger.claimWork(id, leaseMs)).toBeUndefined();
      expect((await ledger.dueWork(100_000)).map((due) => due.id)).not.toContain(id);
    }
    await expect(complete(done)).rejects.toMatchObject({ code: 'lease-lost' });
  });

  it('lets a lapsed lease be taken over, and the first owner can then change nothing', async () => {
    const { ledger } = subject();
    const first = await claim(await idOf(plain()), 1);
    const second = await eventually('a second claim', () => ledger.claimWork(first.id, leaseMs));
    const key = uid('event');

    expect(second.attempts).toBe(2);
    expect(await ledger.renewWork(first, leaseMs)).toBe(false);
    const late: ((tx: LedgerTransaction) => Promise<void>)[] = [
      async (tx) => {
        await tx.acceptDelivery({ source: 'test', key, summary: {} });
        await tx.completeWork(first);
      },
      (tx) => tx.postponeWork(first, 0),
      (tx) => tx.failWork(first, 'late'),
      (tx) => tx.holdWork(first),
    ];
    for (const change of late) {
      await expect(ledger.transaction(change)).rejects.toMatchObject({ code: 'lease-lost' });
    }
    expect(await ledger.transaction((tx) => tx.acceptDelivery({ source: 'test', key, summary: {} }))).toBe(true);
    await complete(second);
  });

  it('lets nobody take over work that is held, though its lease has lapsed', async () => {
    const { ledger } = subject();
    const work = await claim(await idOf(plain()), 1);
    await eventually('it has lapsed', async () => (await ledger.dueWork(100_000)).some(({ id }) => id === work.id));

    const { asked } = await ledger.transaction(async (tx) => {
      await tx.holdWork(work);
      return { asked: ledger.claimWork(work.id, leaseMs), done: await tx.completeWork(work) };
    });

    expect(await asked).toBeUndefined();
  });

  it('keeps work while its lease is renewed', async () => {
    const { ledger } = subject();
    const work = await claim(await idOf(plain()), 1);

    expect(await ledger.renewWork(work, leaseMs)).toBe(true);

    expect(await ledger.claimWork(work.id, leaseMs)).toBeUndefined();
    await complete(work);
    expect(await ledger.renewWork(work, leaseMs)).toBe(false);
  });

  it('postpones, counting attempts on errors and not when it only polls', async () => {
    const { ledger, offers } = subject();
    const work = await claim(await idOf(plain()));

    await ledger.transaction((tx) => tx.postponeWork(work, 1, 'the cluster is away'));
    const second = await eventually('it is due again', () => ledger.claimWork(work.id, leaseMs));
    await ledger.transaction((tx) => tx.postponeWork(second, 1));
    const third = await eventually('it is due again', () => ledger.claimWork(work.id, leaseMs));
    await ledger.transaction((tx) => tx.postponeWork(third, 90_000));

    expect([second.attempts, third.attempts]).toEqual([2, 1]);
    expect(offers.filter(({ id }) => id === work.id).at(-1)).toEqual({ id: work.id, lane: 'chatter', delayMs: 90_000 });
    expect(await ledger.claimWork(work.id, leaseMs)).toBeUndefined();
  });

  describe('that was deferred because it was not its turn', () => {
    const deferred = async (over: Partial<NewWork> = {}): Promise<{ work: Work; news: NewWork }> => {
      const news = plain({ coalesce: true, serial: uid('serial'), ...over });
      const work = await claim(await idOf(news));
      return { work, news };
    };
    const defer = (work: Work, delayMs = 90_000) =>
      subject().ledger.transaction((tx) => tx.deferWork(work, delayMs, 'not its turn'));

    it('is offered for then, and the claim was no attempt', async () => {
      const { ledger, offers } = subject();
      const { work } = await deferred();

      await defer(work, 1);
      const again = await eventually('it is due again', () => ledger.claimWork(work.id, leaseMs));
      await defer(again);

      expect(again.attempts).toBe(1);
      const offer = offers.findLast(({ id }) => id === work.id);
      expect(offer?.delayMs).toBeGreaterThan(80_000);
      expect(await ledger.claimWork(work.id, leaseMs)).toBeUndefined();
      await expect(defer(again)).rejects.toMatchObject({ code: 'lease-lost' });
    });

    it('keeps its turn when the same is asked for again, unless that is more urgent', async () => {
      const { ledger } = subject();
      const { work, news } = await deferred({ lane: 'status' });
      await defer(work);

      await enqueue({ ...news, lane: 'status' }, { ...news, lane: 'chatter' });
      const early = await ledger.claimWork(work.id, leaseMs);
      const [offer] = await enqueue({ ...news, lane: 'decision' });
      const urgent = await claim(work.id);

      expect(early).toBeUndefined();
      expect(offer).toEqual({ id: work.id, lane: 'decision' });
      expect(urgent.lane).toBe('decision');
    });

    it('leaves it to the one that was asked for meanwhile, so that the urgent does not wait behind it', async () => {
      const { work, news } = await deferred({ lane: 'chatter' });
      const [offer] = await enqueue({ ...news, lane: 'decision' });

      await defer(work);

      expect(await claim(offer?.id ?? '')).toMatchObject({ subject: news.subject, lane: 'decision' });
      expect(offer?.id).not.toBe(work.id);
      await expect(complete(work)).rejects.toMatchObject({ code: 'lease-lost' });
    });
  });

  it('says for how long messages do not show what is so', async () => {
    const { ledger } = subject();
    const key = uid('notice');
    const decisions = async () => (await ledger.outbox()).find(({ lane }) => lane === 'decision')?.waiting ?? 0;
    const before = await decisions();

    await ledger.transaction((tx) =>
      tx.putMessage({ key, kind: 'notice', subject: key, channel: 'C1', text: 'x' }, 'decision'),
    );

    expect(await decisions()).toBe(before + 1);
  });

  it('does the work of one serial one at a time, oldest first, and offers the next', async () => {
    const { ledger, offers } = subject();
    const serial = uid('serial');
    const ids = (await enqueue(plain({ serial }), plain({ serial, lane: 'decision' }), plain({ serial }))).map(
      ({ id }) => id,
    );
    const [first = '', second = '', third = ''] = ids;

    expect(await ledger.claimWork(second, leaseMs)).toBeUndefined();
    const work = await claim(first);
    expect(await ledger.claimWork(second, leaseMs)).toBeUndefined();
    expect((await ledger.dueWork(100_000)).filter(({ id }) => ids.includes(id))).toEqual([]);
    await complete(work);
    expect(offers.at(-1)).toEqual({ id: second, lane: 'decision' });

    const next = await claim(second);
    await ledger.transaction((tx) => tx.postponeWork(next, 50_000, 'not now'));
    expect(offers.at(-1)).toMatchObject({ id: second, delayMs: expect.any(Number) });
    expect(await ledger.claimWork(third, leaseMs)).toBeUndefined();
  });

  it('goes on with a serial after a failure for good', async () => {
    const { ledger, offers } = subject();
    const serial = uid('serial');
    const [first, second] = await enqueue(plain({ serial }), plain({ serial }));
    const work = await claim(first?.id ?? '');

    await ledger.transaction((tx) => tx.failWork(work, 'never'));

    expect(offers.at(-1)?.id).toBe(second?.id);
    expect((await claim(second?.id ?? '')).attempts).toBe(1);
  });

  it('makes one of coalescing work that waits, as early and urgent as the most pressing asked for', async () => {
    const news = plain({ coalesce: true, kind: 'publish' });
    const [first] = await enqueue({ ...news, delayMs: 60_000 }, news, { ...news, lane: 'status' });
    const [later] = await enqueue({ ...news, lane: 'decision', delayMs: 5_000 });
    const [other] = await enqueue({ ...news, kind: 'read-step' });

    expect(later).toEqual({ id: first?.id, lane: 'decision' });
    expect(other?.id).not.toBe(first?.id);
    expect((await claim(first?.id ?? '')).lane).toBe('decision');
  });

  it('asks again for coalescing work that somebody has started on', async () => {
    const { ledger } = subject();
    const news = plain({ coalesce: true, serial: uid('serial') });
    const running = await claim(await idOf(news));

    const [again] = await enqueue(news);
    const [same] = await enqueue(news);
    expect(again?.id).not.toBe(running.id);
    expect(same?.id).toBe(again?.id);

    await ledger.transaction((tx) => tx.postponeWork(running, 1));
    const [still] = await enqueue(news);
    expect(still?.id).toBe(again?.id);
    await complete(await eventually('the postponed one is due', () => ledger.claimWork(running.id, leaseMs)));
    await complete(await claim(again?.id ?? ''));
    expect((await enqueue(news))[0]?.id).not.toBe(again?.id);
  });

  it('coalesces with work that was postponed', async () => {
    const { ledger } = subject();
    const news = plain({ coalesce: true });
    const work = await claim(await idOf(news));
    await ledger.transaction((tx) => tx.postponeWork(work, 60_000, 'rate limited'));

    const [offer] = await enqueue(news);

    expect(offer).toEqual({ id: work.id, lane: 'chatter' });
    expect((await claim(work.id)).attempts).toBe(2);
  });

  it('lists due work by lane and then by age, lapsed leases included', async () => {
    const { ledger } = subject();
    const ids: string[] = [];
    for (const lane of ['chatter', 'status', 'decision', 'decision'] as const) ids.push(await idOf(plain({ lane })));
    const [chatter, status, decision, lapsed = ''] = ids;
    const taken = await claim(await idOf(plain()));
    await claim(lapsed, 1);

    const mine = await eventually('the lapsed one is listed', async () => {
      const due = (await ledger.dueWork(100_000)).filter(({ id }) => ids.includes(id) || id === taken.id);
      return due.length === 4 && due;
    });

    expect(mine).toEqual([
      { id: decision, lane: 'decision' },
      { id: lapsed, lane: 'decision' },
      { id: status, lane: 'status' },
      { id: chatter, lane: 'chatter' },
    ]);
    expect(await ledger.dueWork(1)).toHaveLength(1);
  });

  it('measures the backlog of every lane', async () => {
    const { ledger } = subject();
    const countOf = async () => Object.fromEntries((await ledger.backlog()).map(({ lane, due }) => [lane, due]));
    const before = await countOf();

    const id = await idOf(plain({ lane: 'status' }));
    await enqueue(plain({ lane: 'status', delayMs: 60_000 }));
    const during = await countOf();
    const age = await eventually('it ages', async () => {
      const status = (await ledger.backlog()).find(({ lane }) => lane === 'status');
      return (status?.oldestMs ?? 0) > 0 && status?.oldestMs;
    });
    await claim(id);

    expect(Object.keys(before)).toEqual(['decision', 'status', 'chatter']);
    // Work that other tests have put off may become due meanwhile, in the other lanes.
    expect(during['status']).toBe((before['status'] ?? 0) + 1);
    expect(age).toBeGreaterThan(0);
    expect((await countOf())['status']).toBe(before['status']);
  });

  it('publishes a message when it is new and when it was touched, once for many touches', async () => {
    const { ledger, offers } = subject();
    const key = uid('card');
    const message = { key, kind: 'notice', subject: 'inc-1', channel: 'C1' } as const;
    const before = offers.length;
    const put = () => ledger.transaction((tx) => tx.putMessage(message, 'status'));

    await put();
    await put();
    expect(await ledger.transaction((tx) => tx.message(key))).toStrictEqual({
      ...message,
      createdAt: expect.any(Date),
      revision: 1,
      publishedRevision: 0,
    });
    const [first, ...none] = offers.slice(before);
    expect(none).toEqual([]);
    const work = await claim(first?.id ?? '');
    expect(work).toMatchObject({ kind: 'publish', subject: key, lane: 'status' });

    await ledger.transaction(async (tx) => {
      await tx.touchMessage(key, 'chatter');
      await tx.touchMessage(key, 'decision');
      await tx.touchMessage(uid('none'), 'decision');
    });
    expect(offers.slice(before + 1)).toHaveLength(1);
    expect(offers.at(-1)?.lane).toBe('decision');
    expect(await ledger.claimWork(offers.at(-1)?.id ?? '', leaseMs)).toBeUndefined();
    await ledger.transaction(async (tx) => {
      await tx.updateMessage(key, { ts: '17.1', askedAt: new Date(5), publishedRevision: 1 });
      await tx.completeWork(work);
    });
    expect(await ledger.transaction((tx) => tx.message(key))).toStrictEqual({
      ...message,
      ts: '17.1',
      askedAt: new Date(5),
      createdAt: expect.any(Date),
      revision: 2,
      publishedRevision: 1,
    });
    expect((await claim(offers.at(-1)?.id ?? '')).subject).toBe(key);
  });

  it('keeps the text and the thread of a message', async () => {
    const { ledger } = subject();
    const message = {
      key: uid('notice'),
      kind: 'notice',
      subject: 'inc-1',
      channel: 'C1',
      threadKey: 'card',
      text: 'hello',
    } as const;

    await ledger.transaction((tx) => tx.putMessage(message, 'chatter'));

    expect(await ledger.transaction((tx) => tx.message(message.key))).toStrictEqual({
      ...message,
      createdAt: expect.any(Date),
      revision: 1,
      publishedRevision: 0,
    });
    expect(await ledger.transaction((tx) => tx.message('none'))).toBeUndefined();
  });
}
