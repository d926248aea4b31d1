import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import type { Page, PageSnapshot, PageStatus } from '../../src/domain/page.ts';
import {
  followed,
  followedSeverity,
  foldPage,
  type PageNews,
  type PagesStanding,
  severityOfUrgency,
  standingOf,
} from '../../src/domain/page-fold.ts';
import type { Incident } from '../../src/domain/incident.ts';
import { at } from '../flow/alerts.ts';
import { histories, snapshot } from '../flow/page-stories.ts';

const permutations = <T>(all: readonly T[]): T[][] =>
  all.length <= 1
    ? [[...all]]
    : all.flatMap((one, index) => permutations(all.toSpliced(index, 1)).map((rest) => [one, ...rest]));

const folded = (news: readonly PageNews[]): Page | undefined =>
  news.reduce<Page | undefined>((page, one) => foldPage(page, 'inc-1', one), undefined);

describe('a page', () => {
  it.each(histories.map((history) => [history.name, history] as const))(
    'ends alike in all orders of %s, and with each event twice',
    (_, { news, ends }) => {
      const pages = news.filter((one): one is PageNews => 'snapshot' in one);
      const ordered = folded(pages);

      const orders = permutations(pages);
      const different = orders.filter(
        (order) =>
          JSON.stringify(folded(order)) !== JSON.stringify(ordered) ||
          JSON.stringify(folded([...order, ...order.toReversed()])) !== JSON.stringify(ordered),
      );

      expect(orders.length).toBe([1, 1, 2, 6, 24, 120, 720][pages.length]);
      expect(different).toEqual([]);
      expect(ordered && standingOf([ordered])).toMatchObject(ends);
    },
  );

  it('is what the event with the greater id says when two are of one time', () => {
    const one: PageNews = { snapshot: snapshot({ title: 'one' }), at: at(1), event: 'A', type: 'incident.triggered' };
    const two: PageNews = { ...one, snapshot: snapshot({ title: 'two' }), event: 'B' };

    expect([folded([one, two])?.title, folded([two, one])?.title]).toEqual(['two', 'two']);
  });

  it('keeps the time of its status when only its priority changes', () => {
    const standing = standing1([
      ['incident.acknowledged', 'acknowledged', 2],
      ['incident.priority_updated', 'acknowledged', 9],
    ]);

    expect(standing).toMatchObject({ state: 'acknowledged', at: at(2) });
  });

  it('has changed its status by the newest snapshot when no event said so', () => {
    const standing = standing1([
      ['incident.acknowledged', 'acknowledged', 2],
      ['incident.reassigned', 'triggered', 9],
    ]);

    expect(standing).toMatchObject({ state: 'open', at: at(9) });
    expect(standing?.acknowledgedBy).toBeUndefined();
  });
});

type Followed = Pick<Incident, 'state' | 'stateAt' | 'acknowledgedBy' | 'severity'>;

/** The incident of one page, as receive-page.ts keeps it. */
function incidentAfter(news: readonly PageNews[]): Followed | undefined {
  let page: Page | undefined;
  let incident: Followed | undefined;
  for (const one of news) {
    const before = page && standingOf([page]);
    page = foldPage(page, 'inc-1', one);
    const after = standingOf([page]);
    if (!after) throw new Error('a page stands somehow');
    const { urgency } = one.snapshot;
    if (incident) {
      const {
        state,
        at: stateAt,
        acknowledgedBy,
      } = followed(incident, before, after) ?? { at: incident.stateAt, ...incident };
      const severity = followedSeverity(incident, before, { ...after, urgency }) ?? incident.severity;
      incident = {
        state,
        severity,
        ...(stateAt && { stateAt }),
        ...(acknowledgedBy !== undefined && { acknowledgedBy }),
      };
    } else {
      const { at: stateAt, severity = severityOfUrgency(urgency), state, acknowledgedBy } = after;
      incident = { state, stateAt, severity, ...(acknowledgedBy !== undefined && { acknowledgedBy }) };
    }
  }
  return incident;
}

describe('the incident of a page', () => {
  it.each(histories.map((history) => [history.name, history] as const))(
    'ends alike in all orders of %s, and with each event twice',
    (_, { news, ends }) => {
      const pages = news.filter((one): one is PageNews => 'snapshot' in one);
      const ordered = incidentAfter(pages);

      const different = permutations(pages).filter(
        (order) =>
          !isDeepStrictEqual(incidentAfter(order), ordered) ||
          !isDeepStrictEqual(incidentAfter([...order, ...order.toReversed()]), ordered),
      );

      expect(different.map((order) => order.map(({ event }) => event))).toEqual([]);
      expect(ordered?.state).toBe(ends.state);
    },
  );

  it('keeps what people said after the pages, in every order of what came before', () => {
    const byHand: Followed = { state: 'resolved', stateAt: at(30), acknowledgedBy: 'U0CAROL', severity: 'P1' };
    const [history] = histories;
    const news = (history?.news ?? []).filter((one): one is PageNews => 'snapshot' in one);

    const changed = permutations(news).flatMap((order) =>
      order.flatMap((one, index) => {
        const before = standingOf([folded(order.slice(0, index)) ?? []].flat());
        const after = standingOf([folded(order.slice(0, index + 1)) ?? []].flat());
        return after && followed(byHand, before, after) ? [one.event] : [];
      }),
    );

    expect(changed).toEqual([]);
  });
});

describe('the pages of one incident', () => {
  const page = (id: string, type: string, status: PageStatus, minute: number): Page =>
    foldPage(undefined, 'inc-1', { snapshot: snapshot({ id, status }), at: at(minute), event: id, type, by: id });

  it.each<[string, Page[], Partial<PagesStanding>]>([
    [
      'resolved when all are, since the last',
      [page('Q1', 'incident.resolved', 'resolved', 3), page('Q2', 'incident.resolved', 'resolved', 7)],
      { state: 'resolved', at: at(7) },
    ],
    [
      'open while one waits for somebody',
      [page('Q1', 'incident.resolved', 'resolved', 9), page('Q2', 'incident.triggered', 'triggered', 7)],
      { state: 'open' },
    ],
    [
      'acknowledged as soon as somebody has taken one',
      [page('Q1', 'incident.acknowledged', 'acknowledged', 3), page('Q2', 'incident.triggered', 'triggered', 7)],
      { state: 'acknowledged', acknowledgedBy: 'Q1' },
    ],
  ])('are %s', (_, pages, expected) => {
    expect(standingOf(pages)).toMatchObject(expected);
    expect(standingOf(pages.toReversed())).toEqual(standingOf(pages));
  });

  it('say nothing when there are none', () => {
    expect(standingOf([])).toBeUndefined();
  });
});

function standing1(story: readonly (readonly [string, PageStatus, number])[]): PagesStanding | undefined {
  const start: PageNews = { snapshot: snapshot(), at: at(0), event: 'E0', type: 'incident.triggered' };
  const rest = story.map(([type, status, minute]): PageNews => {
    const said: PageSnapshot = snapshot({ status });
    return { snapshot: said, at: at(minute), event: `E${minute}`, type, by: 'Alice' };
  });
  const page = folded([start, ...rest]);
  return page && standingOf([page]);
}

describe('two pages of one incident', () => {
  const page = (id: string, minute: number, word: string, status: PageStatus): Page =>
    foldPage(undefined, 'inc-1', {
      snapshot: snapshot({ id, status }),
      at: at(minute),
      event: `E${minute}`,
      type: `incident.${word}`,
    });
  const waits = page('Q1', 1, 'triggered', 'triggered');

  it.each([
    ['open since the one that waits, not since the other was resolved', 'resolved', 'resolved', 'open', 1],
    ['taken since one was taken', 'acknowledged', 'acknowledged', 'acknowledged', 9],
    ['open since the later one that waits', 'triggered', 'triggered', 'open', 9],
  ] as const)('are %s', (_, word, status, state, minute) => {
    expect(standingOf([waits, page('Q2', 9, word, status)])).toMatchObject({ state, at: at(minute) });
  });
});
