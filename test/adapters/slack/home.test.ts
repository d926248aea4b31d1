/** The App Home and lists of incidents, through the checks that Slack would make. */
import { describe, expect, it } from '@jest/globals';
import { renderHome } from '../../../src/adapters/slack/render/home.ts';
import { incidentList } from '../../../src/adapters/slack/render/incident-list.ts';
import { problemsOf } from '../../../src/adapters/slack/render/limits.ts';
import type { HomeView } from '../../../src/domain/view.ts';
import { running } from './scripted-slack.ts';
import { setUp } from './setup.ts';
import { aFreeze, anIncident, aPlan, at } from './views.ts';

const hostile = [
  '<!channel> <@U0EVIL> <https://evil.example|click> *bold* `x`',
  '<'.repeat(5_000),
  'x'.repeat(5_000),
  '\u202Egnp.exe \u0000\u0007',
  '',
];

/** A page that is as full as it can be, with one text in every place that is untrusted. */
function crowded(text: string): HomeView {
  const many = <T>(one: T): T[] => Array.from({ length: 120 }, () => one);
  return {
    incidents: many(anIncident(text, { channel: 'C0INC1', acknowledgedBy: text })),
    incidentsTotal: 1_000,
    pending: many({
      plan: aPlan(text),
      channel: 'C0INC1',
      ts: '1700000000.000100',
      needed: 2,
      given: 1,
      vote: 'open',
      isFrozen: false,
    }),
    pendingTotal: 300,
    onCall: many({ service: text, people: many(text), others: many(text), problem: text }),
    freezes: many(aFreeze(text)),
    asOf: at,
  };
}

const nothing: HomeView = {
  incidents: [],
  incidentsTotal: 0,
  pending: [],
  pendingTotal: 0,
  onCall: [],
  freezes: [],
  asOf: at,
};

async function publishTo(user: string, home: HomeView) {
  const slack = await setUp();
  running.push(slack);
  await slack.chat.publishHome(user, home);
  return slack;
}

describe('the App Home', () => {
  it.each(hostile.map((text) => [JSON.stringify(text.slice(0, 30)), text]))(
    'is taken by Slack however full it is, with nothing live in it that is not ours: %s',
    async (_, text) => {
      const { sandbox } = await publishTo('U0ALICE', crowded(text));

      const page = JSON.stringify(sandbox.home('U0ALICE'));
      const live = [...page.matchAll(/<([^>]*)>/g)].map(([, inside = '']) => inside);
      const ours =
        /^(#C0INC1|!date\^.*|https:\/\/sandbox\.slack\.com\/archives\/C0INC1\/p1700000000000100\|Open the plan)$/;
      expect(live.filter((part) => !ours.test(part))).toEqual([]);
      expect(sandbox.home('U0ALICE')?.blocks.length).toBeLessThanOrEqual(100);
      // In a code span it is text.
      expect(page.replace(/`[^`]*`/g, '').includes('*bold*')).toBe(false);
    },
  );

  it('leads to channels and plans, and says where this person may vote', async () => {
    const { sandbox } = await publishTo('U0ALICE', {
      ...nothing,
      incidents: [anIncident('Disk full', { channel: 'C0INC1', service: 'shop' })],
      incidentsTotal: 1,
      pending: [
        {
          plan: aPlan('web'),
          channel: 'C0INC1',
          ts: '1700000000.000100',
          needed: 1,
          given: 0,
          vote: 'open',
          isFrozen: false,
        },
        { plan: aPlan('db'), channel: 'C0INC2', needed: 2, given: 1, vote: 'cast', isFrozen: false },
        { plan: aPlan('mq'), channel: 'C0INC2', ts: '1.2', needed: 2, given: 1, vote: 'open', isFrozen: true },
      ],
      pendingTotal: 3,
      onCall: [
        { service: 'shop', people: ['U0BOB'], others: ['Zoe'] },
        { service: 'bank', people: [], others: [], problem: 'PagerDuty is away' },
      ],
      freezes: [{ scope: '*', since: at, by: 'U0CAROL', reason: 'election night' }],
    });

    const page = JSON.stringify(sandbox.home('U0ALICE')?.blocks);
    for (const part of [
      'Open incidents (1)',
      '🟠 P1 · *7* Disk full',
      '<#C0INC1>',
      '{ago}',
      '<https://sandbox.slack.com/archives/C0INC1/p1700000000000100|Open the plan>',
      'You may approve this',
      'You have voted',
      'no votes are taken',
      '`shop` <@U0BOB>, Zoe',
      '`bank` ⚠️ PagerDuty is away',
      '*Frozen:* every service by <@U0CAROL>',
      'election night',
    ])
      expect(page).toContain(part);
  });

  it('says so when there is nothing, and nothing at all to whom it is closed', async () => {
    const { sandbox, chat } = await publishTo('U0ALICE', nothing);
    const empty = JSON.stringify(sandbox.home('U0ALICE')?.blocks);
    await chat.publishHome('U0ALICE', {
      ...crowded('secret'),
      closed: 'A guest of this workspace sees no incidents here.',
    });

    expect(empty).toContain('/incident new');
    expect(empty).toContain('No plan waits for a vote.');
    const closed = JSON.stringify(sandbox.home('U0ALICE')?.blocks);
    expect(closed).toContain('A guest of this workspace');
    expect(closed).not.toContain('secret');
  });

  it('names the channel where a link cannot be made', () => {
    const page = JSON.stringify(renderHome(crowded('x'), undefined).blocks);

    expect(page).toContain('<#C0INC1>');
    expect(page).not.toContain('archives');
  });

  it.each([
    ['a rate limit', 'rate-limited', 'chat-rate-limited'],
    ['a lost reply', 'lost-reply', 'chat-ambiguous'],
  ] as const)('reports %s as such', async (_, kind, code) => {
    const slack = await setUp();
    running.push(slack);
    slack.sandbox.faults.add({ kind, method: 'views.publish' });

    await expect(slack.chat.publishHome('U0ALICE', nothing)).rejects.toMatchObject({ code });
  });
});

describe('a list of incidents', () => {
  it.each(hostile.map((text) => [JSON.stringify(text.slice(0, 30)), text]))('fits into an answer: %s', (_, text) => {
    const { incidents, incidentsTotal, freezes } = crowded(text);
    const message = incidentList({ incidents, total: incidentsTotal, freezes });

    expect(problemsOf(message)).toEqual([]);
    expect(message.text).toBe('1000 incidents are open.');
    expect(JSON.stringify(message.blocks)).toContain('985 more are not shown');
  });
});
