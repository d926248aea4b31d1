/** What every ledger must do. Each test names its own things, so that one database serves them all. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { LedgerUnderTest } from './ledger-subject.ts';
import { holdsPagerRecords } from './ledger-pager.ts';
import { holdsRecords } from './ledger-records.ts';
import { holdsRetention } from './ledger-retention.ts';
import { holdsPlanRecords } from './ledger-plans.ts';
import { knowsWhatSourcesSaid } from './ledger-sources.ts';
import { holdsWork } from './ledger-work.ts';
import { later, leastIncident, noon, uid } from './samples.ts';

export function holdsLedgerContract(open: () => Promise<LedgerUnderTest>): void {
  let opened: LedgerUnderTest;
  beforeAll(async () => {
    opened = await open();
  });
  afterAll(() => opened.close());
  const subject = (): LedgerUnderTest => opened;

  describe('transactions', () => {
    it('commits nothing and offers nothing when the function throws', async () => {
      const { ledger, offers } = subject();
      const incident = leastIncident();
      const before = offers.length;

      const failing = ledger.transaction(async (tx) => {
        await tx.insertIncident(incident);
        await tx.enqueue({ kind: 'open-incident', subject: incident.id, lane: 'status' });
        throw new Error('on purpose');
      });

      await expect(failing).rejects.toThrow('on purpose');

      expect(await ledger.transaction((tx) => tx.incident(incident.id))).toBeUndefined();
      expect(offers).toHaveLength(before);
    });

    it('fails as a whole when a statement failed, even if the flow swallowed that', async () => {
      const { ledger } = subject();
      const incident = leastIncident();
      await ledger.transaction((tx) => tx.insertIncident(incident));
      const other = leastIncident();

      const swallowing = ledger.transaction(async (tx) => {
        await tx.insertIncident(other);
        await tx.insertIncident(incident).catch(() => undefined);
      });

      await expect(swallowing).rejects.toMatchObject({ retryable: true });
      expect(await ledger.transaction((tx) => tx.incident(other.id))).toBeUndefined();
    });

    it('tells the time now and not that of its start', async () => {
      const [first, second] = await subject().ledger.transaction(async (tx) => {
        const first = await tx.now();
        for (let second = first; ; ) {
          second = await tx.now();
          if (second > first) return [first, second];
        }
      });

      expect(second.getTime()).toBeGreaterThan(first.getTime());
      expect(Math.abs(first.getTime() - Date.now())).toBeLessThan(60_000);
    });

    it('accepts a delivery once for each source', async () => {
      const { ledger } = subject();
      const key = uid('event');
      const accept = (source: string) =>
        ledger.transaction((tx) => tx.acceptDelivery({ source, key, summary: { text: 'NUL \0, half \ud800' } }));

      expect(await accept('slack')).toBe(true);
      expect(await accept('slack')).toBe(false);
      expect(await accept('alertmanager')).toBe(true);
    });

    it('gives the timeline oldest first, with what was said and nothing more', async () => {
      const { ledger } = subject();
      const incidentId = uid('inc');
      const entries = [
        { kind: 'incident.opened', incidentId, actor: 'firebreak', data: null },
        { kind: 'plan.approved', incidentId, planId: 'plan-1', actor: 'U0ALICE', data: { nested: [1, 'a\0b', null] } },
        { kind: 'note', incidentId, actor: 'U0ALICE', data: 'text' },
      ];
      for (const entry of entries) await ledger.transaction((tx) => tx.journal(entry));
      await ledger.transaction((tx) => tx.journal({ kind: 'freeze', actor: 'operator:kim', data: {} }));

      const all = await ledger.transaction((tx) => tx.timeline(incidentId, 10));
      const two = await ledger.transaction((tx) => tx.timeline(incidentId, 2));

      expect(all.map(({ at: _at, ...entry }) => entry)).toStrictEqual(entries);
      expect(all.every(({ at }) => at instanceof Date && at > noon && at > later)).toBe(true);
      expect(two.map(({ kind }) => kind)).toEqual(['incident.opened', 'plan.approved']);
    });

    it('gives an incident’s newest entry of a kind', async () => {
      const { ledger } = subject();
      const incidentId = uid('inc');
      const asked = (data: string) => ({ kind: 'pager.asked', incidentId, actor: 'U0ALICE', data });
      for (const entry of [asked('first'), asked('second'), { ...asked('other'), kind: 'note' }])
        await ledger.transaction((tx) => tx.journal(entry));

      const newest = await ledger.transaction((tx) => tx.newestEntry(incidentId, 'pager.asked'));
      const none = await ledger.transaction((tx) => tx.newestEntry(incidentId, 'plan.approved'));

      expect(newest).toMatchObject({ ...asked('second'), at: expect.any(Date) });
      expect(none).toBeUndefined();
    });
  });

  describe('records', () => {
    holdsRecords(subject);
  });
  describe('plans, votes, runs', () => {
    holdsPlanRecords(subject);
  });
  describe('pages, orders, freezes, sources', () => {
    holdsPagerRecords(subject);
  });
  describe('what sources said', () => {
    knowsWhatSourcesSaid(subject);
  });
  describe('work', () => {
    holdsWork(subject);
  });
  describe('retention', () => {
    holdsRetention(subject);
  });
}
