import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Alert, supersedes } from '../../src/domain/alert.ts';
import { openTestLedger, type TestLedger } from '../ledger.ts';
import { alert, at, delivery, group, receiverOn, service } from './alerts.ts';
import { groupScope } from '../../src/flow/incident-key.ts';
import type { ReceiveAlert } from '../../src/flow/receive-alert.ts';

describe('receive-alert', () => {
  let opened: TestLedger;
  let receive: ReceiveAlert;
  beforeAll(async () => {
    opened = await openTestLedger();
    receive = receiverOn(opened.ledger);
  });
  afterAll(() => opened.close());

  const incidentsOf = async (groupKey: string) =>
    (await opened.db.selectFrom('incident').selectAll().orderBy('number').execute()).filter(({ key }) =>
      key.endsWith(`|${groupScope(groupKey)}`),
    );
  const alertsOf = (scope: string) =>
    opened.db.selectFrom('alert').selectAll().where('scope', '=', scope).orderBy('fingerprint').execute();
  const journalOf = async (kind: string, word: string) =>
    (await opened.db.selectFrom('journal').selectAll().where('kind', '=', kind).orderBy('id').execute()).filter(
      ({ data }) => JSON.stringify(data).includes(word),
    );
  const resolveByHand = (id: string, when: Date) =>
    opened.ledger.transaction((tx) => tx.updateIncident(id, { state: 'resolved', resolvedAt: when }));

  describe('from two HA peers', () => {
    it('knows the same bytes again and does nothing with them', async () => {
      const said = group('ha-same', [alert({ fingerprint: 'a' })]);
      const first = await receive(said, { key: 'the same body' });
      const second = await receive(said, { key: 'the same body' });

      expect(first).toMatchObject({ duplicate: false, unmatched: 0 });
      expect(first.incidents).toHaveLength(1);
      expect(second).toEqual({ duplicate: true, incidents: [], unmatched: 0 });
    });

    it('joins other bytes with the same alerts to the same incident and asks for nothing more', async () => {
      const said = group('ha-other', [alert({ fingerprint: 'a' })]);
      const first = await receive(said, delivery());
      const offers = opened.offers.length;
      const second = await receive(said, delivery());

      expect(second).toEqual({ duplicate: false, incidents: first.incidents, unmatched: 0 });
      expect(opened.offers).toHaveLength(offers);
      expect(await journalOf('incident.opened', 'ha-other')).toHaveLength(1);
    });

    it('does not reopen what people have resolved when a peer repeats an alert that fires on', async () => {
      const said = group('ha-repeat', [alert({ fingerprint: 'a' })]);
      await receive(said, delivery());
      const [incident] = await incidentsOf('ha-repeat');
      await resolveByHand(incident?.id ?? '', at(5));

      await receive(said, delivery());

      expect((await incidentsOf('ha-repeat')).map(({ state }) => state)).toEqual(['resolved']);
    });
  });

  it('ends in the state of the ordered run, whatever the order and however often it is told', async () => {
    const fire = (fingerprint: string, start: number): Alert => alert({ fingerprint, startsAt: at(start) });
    const resolve = (fingerprint: string, start: number, end: number): Alert =>
      alert({ fingerprint, status: 'resolved', startsAt: at(start), endsAt: at(end) });
    const story = [
      fire('a', 0),
      resolve('a', 0, 3),
      fire('a', 6),
      fire('b', 1),
      resolve('b', 1, 9),
      resolve('a', 6, 8),
      fire('b', 12),
    ];
    const told = fc
      .record({ length: fc.integer({ min: 1, max: story.length }), repeats: fc.array(fc.nat(6), { maxLength: 3 }) })
      .chain(({ length, repeats }) => {
        const part = story.slice(0, length);
        const all = [...part, ...repeats.flatMap((index) => part[index] ?? [])];
        return fc.record({
          part: fc.constant(part),
          order: fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length }),
        });
      });
    let run = 0;

    await fc.assert(
      fc.asyncProperty(told, async ({ part, order }) => {
        const groupKey = `order-${++run}.`;
        for (const one of order) await receive(group(groupKey, [one]), delivery());

        const newest = new Map<string, Alert>();
        for (const one of part) {
          const known = newest.get(one.fingerprint);
          if (!known || supersedes(one, known)) newest.set(one.fingerprint, one);
        }
        const want = [...newest.values()].toSorted((x, y) => (x.fingerprint < y.fingerprint ? -1 : 1));
        const have = await alertsOf(`shop|${groupScope(groupKey)}`);
        expect(
          have.map(({ fingerprint, status, startsAt, endsAt }) => ({ fingerprint, status, startsAt, endsAt })),
        ).toEqual(
          want.map(({ fingerprint, status, startsAt, endsAt }) => ({
            fingerprint,
            status,
            startsAt,
            endsAt: endsAt ?? null,
          })),
        );
        const incidents = await incidentsOf(groupKey);
        expect(incidents.length).toBeLessThanOrEqual(1);
        const firing = want.filter(({ status }) => status === 'firing');
        expect(incidents.length).toBeGreaterThanOrEqual(Math.min(1, firing.length));
        for (const { state, clearedAt } of incidents) {
          expect(state).toBe('open');
          expect(clearedAt === null).toBe(firing.length > 0);
        }
      }),
      { numRuns: 25 },
    );
  });

  it('has cleared when the last alert ended, not when the last was told of', async () => {
    const both = [alert({ fingerprint: 'a' }), alert({ fingerprint: 'b' })];
    await receive(group('last-end', both), delivery());
    for (const [index, minute] of [9, 4].entries()) {
      const ended = both
        .slice(index, index + 1)
        .map((one) => ({ ...one, status: 'resolved', endsAt: at(minute) }) as const);
      await receive(group('last-end', ended), delivery());
    }

    expect(await incidentsOf('last-end')).toMatchObject([{ clearedAt: at(9) }]);
  });

  describe('after the incident was resolved', () => {
    it.each([
      ['reopens it a minute later', 1, 1],
      ['reopens it 30 minutes of event time later', 30, 1],
      ['opens another one after that', 30.1, 2],
    ])('an alert that fires anew %s', async (_, minutes, count) => {
      const groupKey = `reopen-${minutes}.`;
      await receive(group(groupKey, [alert({ fingerprint: 'a', startsAt: at(0) })]), delivery());
      const [first] = await incidentsOf(groupKey);
      await resolveByHand(first?.id ?? '', at(10));

      await receive(group(groupKey, [alert({ fingerprint: 'a', startsAt: at(10 + minutes) })]), delivery());

      const incidents = await incidentsOf(groupKey);
      expect(incidents).toHaveLength(count);
      expect(incidents.at(-1)).toMatchObject({ state: 'open', resolvedAt: null, clearedAt: null });
      const reopened = (await journalOf('incident.reopened', '')).filter(({ incidentId }) => incidentId === first?.id);
      expect(reopened).toHaveLength(count === 1 ? 1 : 0);
    });

    it('keeps it resolved when its alerts only resolve', async () => {
      await receive(group('late-end', [alert({ fingerprint: 'a' })]), delivery());
      const [incident] = await incidentsOf('late-end');
      await resolveByHand(incident?.id ?? '', at(5));

      await receive(group('late-end', [alert({ fingerprint: 'a', status: 'resolved', endsAt: at(7) })]), delivery());

      expect(await incidentsOf('late-end')).toMatchObject([{ state: 'resolved', clearedAt: at(7) }]);
    });
  });

  describe('alerts that match no service', () => {
    const stray = (over: Partial<Alert> = {}): Alert =>
      alert({ fingerprint: 's', name: 'Stray', labels: { alertname: 'Stray', namespace: 'nobody' }, ...over });

    it('are kept, counted and journaled', async () => {
      const received = await receive(group('stray-1', [stray()]), delivery());

      expect(received).toMatchObject({ incidents: [], unmatched: 1 });
      expect(await alertsOf(`unmatched|${groupScope('stray-1')}`)).toMatchObject([{ name: 'Stray', incidentId: null }]);
      expect(await journalOf('alert.unmatched', 'Stray')).toHaveLength(1);
    });

    it('are ordered by event time too, and journaled once for each piece of news', async () => {
      const before = (await journalOf('alert.unmatched', 'Late')).length;
      const fired = stray({ name: 'Late' });
      const over = stray({ name: 'Late', status: 'resolved', endsAt: at(4) });
      for (const one of [fired, over, fired, over]) await receive(group('stray-2', [one]), delivery());

      expect(await alertsOf(`unmatched|${groupScope('stray-2')}`)).toMatchObject([
        { status: 'resolved', endsAt: at(4) },
      ]);
      expect(await journalOf('alert.unmatched', 'Late')).toHaveLength(before + 2);
    });

    it('do not keep the others of the same webhook from their services', async () => {
      const received = await receive(
        group('mixed', [
          stray(),
          alert({ fingerprint: 'shop' }),
          alert({ fingerprint: 'bank', labels: { alertname: 'HighErrorRate', namespace: 'bank' } }),
        ]),
        delivery(),
      );

      expect(received).toMatchObject({ unmatched: 1 });
      expect((await incidentsOf('mixed')).map((incident) => incident.service).toSorted()).toEqual(['bank', 'shop']);
    });
  });

  it('makes one incident of 2,000 alerts, with the worst severity and one piece of work', async () => {
    const many = Array.from({ length: 2_000 }, (_, index) =>
      alert({
        fingerprint: `many-${index}`,
        name: `Alert${index % 3}`,
        labels: { namespace: 'shop', severity: index === 1_999 ? 'critical' : 'info' },
      }),
    );
    const offers = opened.offers.length;

    const received = await receive(group('storm', many), delivery());

    expect(received.incidents).toHaveLength(1);
    expect(await incidentsOf('storm')).toMatchObject([{ severity: 'P0', title: 'Alert0 and others' }]);
    expect(await alertsOf(`shop|${groupScope('storm')}`)).toHaveLength(2_000);
    expect(opened.offers).toHaveLength(offers + 1);
  });

  it('becomes as severe as the worst alert that joins, and no less afterwards', async () => {
    const of = (fingerprint: string, severity: string) =>
      alert({ fingerprint, labels: { namespace: 'shop', severity } });
    const groupKey = 'severity';

    const severities: (string | undefined)[] = [];
    for (const news of [of('a', 'warning'), of('b', 'critical'), of('c', 'info')]) {
      await receive(group(groupKey, [news]), delivery());
      severities.push((await incidentsOf(groupKey))[0]?.severity);
    }

    expect(severities).toEqual(['P2', 'P0', 'P0']);
  });

  it('opens one incident when deliveries come together', async () => {
    const many = Array.from({ length: 12 }, (_, index) =>
      receive(group('together', [alert({ fingerprint: `t-${index % 3}` })]), delivery()),
    );

    const numbers = (await Promise.all(many)).flatMap(({ incidents }) => incidents);

    expect(new Set(numbers).size).toBe(1);
    expect(await incidentsOf('together')).toHaveLength(1);
  });

  it('takes group keys and labels of any length and any characters', async () => {
    const noise = Array.from({ length: 6_000 }, (_, index) =>
      String.fromCodePoint(0x4e00 + ((index * 7_919) % 20_000)),
    );
    const groupKey = `{}:{path="${noise.join('')}"}`;
    const hostile = alert({
      fingerprint: 'h',
      name: `${'x'.repeat(149)}😀`,
      labels: { namespace: 'shop', nul: 'a\0b', half: '\ud83d', __proto__: 'x', long: 'y'.repeat(10_000) },
      annotations: { summary: '<!channel>\u202e\0' },
    });
    const labelled = { ...hostile, fingerprint: 'i', labels: { ...hostile.labels, namespace: 'nobody' } };

    const received = await receive(group(groupKey, [hostile, labelled]), delivery());
    const again = await receive(group(groupKey, [hostile, labelled]), delivery());
    const other = await receive(group(`${groupKey}.`, [hostile]), delivery());

    expect(received).toMatchObject({ unmatched: 1 });
    expect(received.incidents).toHaveLength(1);
    expect(again.incidents).toEqual(received.incidents);
    expect(other.incidents).not.toEqual(received.incidents);
  });

  it('gives an alert that two services match to the more specific one', async () => {
    const narrow = service('narrow', { match: { namespace: 'shop', team: 'narrow' } });
    const { serviceOf } = await import('../../src/domain/policy.ts');

    expect(serviceOf([service('shop'), narrow], { namespace: 'shop', team: 'narrow' })).toBe(narrow);
    expect(serviceOf([service('none', { match: {} })], { namespace: 'shop' })).toBeUndefined();
  });
});
