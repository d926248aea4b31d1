import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it } from '@jest/globals';
import { lookAtRule, quietRule, type RuleState } from '../../../src/sandbox/story/rule.ts';
import { createStories } from '../../../src/sandbox/story/stories.ts';
import { StoryRefused, type Story } from '../../../src/sandbox/story/story.ts';
import { freePort } from '../../free-port.ts';
import { eventually } from '../../eventually.ts';
import { openTheatre, type Theatre } from './theatre.ts';

let theatre: Theatre | undefined;
afterEach(async () => {
  await theatre?.close();
  theatre = undefined;
});

/** A story whose value a test sets; `start` and `reset` do as told. */
function levelStory(level: { value: number }, via: Story['via'] = 'Alertmanager'): Story {
  return {
    id: 'level',
    system: 'A tank',
    title: 'Too full',
    summary: 'It fills up.',
    via,
    namespace: 'tank',
    alert: {
      labels: { alertname: 'TankFull', namespace: 'tank', severity: 'critical' },
      annotations: { summary: 'The tank is full' },
    },
    signal: { label: 'Level', unit: '%', limit: 90 },
    hints: { solution: 'drain', reason: 'It is full.', detour: { step: 'wait', effect: 'Nothing.' }, undo: 'Fill it.' },
    build: () => ({
      start: () => (level.value = 95),
      reset: () => (level.value = 10),
      tick: () => level.value,
    }),
  };
}

describe('a rule', () => {
  const times = { forMs: 1_000, keepFiringForMs: 3_000 };
  const pending = { phase: 'pending', since: 5_000 } as const;
  const firing = { phase: 'firing', startsAt: 5_000, heldAt: 9_000 } as const;

  it.each<{ before: RuleState; holds: boolean; now: number; after: RuleState }>([
    { before: quietRule, holds: false, now: 5_000, after: quietRule },
    { before: quietRule, holds: true, now: 5_000, after: pending },
    { before: pending, holds: true, now: 5_999, after: pending },
    { before: pending, holds: false, now: 5_999, after: quietRule },
    { before: pending, holds: true, now: 6_000, after: { phase: 'firing', startsAt: 6_000, heldAt: 6_000 } },
    { before: firing, holds: true, now: 9_500, after: { ...firing, heldAt: 9_500 } },
    { before: firing, holds: false, now: 11_999, after: firing },
    { before: firing, holds: false, now: 12_000, after: quietRule },
  ])('that is $before.phase is $after.phase when it holds: $holds, at $now', ({ before, holds, now, after }) => {
    expect(lookAtRule(before, { holds, now, times })).toEqual(after);
  });
});

it('sends the body of webhook version 4, with its token, and says the end of the same alert', async () => {
  const level = { value: 10 };
  theatre = await openTheatre([levelStory(level)]);

  theatre.stories.start('level');
  await eventually('the webhook', () => theatre?.heard().length === 1);
  level.value = 80;
  await eventually('the second', () => theatre?.heard().length === 2);

  const [first, second] = theatre.heard();
  const [alert] = first?.alerts ?? [];
  const labels = { alertname: 'TankFull', namespace: 'tank', severity: 'critical' };
  expect(first).toEqual({
    version: '4',
    groupKey: '{}:{alertname="TankFull", namespace="tank"}',
    status: 'firing',
    receiver: 'firebreak',
    groupLabels: { alertname: 'TankFull', namespace: 'tank' },
    commonLabels: labels,
    commonAnnotations: { summary: 'The tank is full' },
    externalURL: theatre.stories.alertmanagerUrl,
    truncatedAlerts: 0,
    alerts: [
      {
        status: 'firing',
        labels,
        annotations: { summary: 'The tank is full' },
        startsAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        endsAt: '0001-01-01T00:00:00Z',
        generatorURL: '',
        fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/),
      },
    ],
  });
  expect(second).toMatchObject({
    status: 'resolved',
    alerts: [{ status: 'resolved', startsAt: alert?.startsAt, fingerprint: alert?.fingerprint }],
  });
  expect(Date.parse(second?.alerts[0]?.endsAt ?? '')).toBeGreaterThan(Date.parse(alert?.startsAt ?? ''));
  expect(theatre.app.heard[0]?.headers).toMatchObject({
    authorization: 'Bearer a-token',
    'content-type': 'application/json',
  });
});

it('sends news again until they are taken', async () => {
  const failures: string[] = [];
  theatre = await openTheatre([levelStory({ value: 10 })], { onFailure: (error) => failures.push(error.message) });
  theatre.app.answers.push(503, 503);

  theatre.stories.start('level');

  await eventually('it taken', () => theatre?.stories.notifications.some(({ code }) => code === 200));
  expect(theatre.stories.notifications.map(({ story, status, code }) => ({ story, status, code }))).toEqual([
    { story: 'level', status: 'firing', code: 503 },
    { story: 'level', status: 'firing', code: 503 },
    { story: 'level', status: 'firing', code: 200 },
  ]);
  expect(failures[0]).toBe('the app answered 503 to “firing” of level; it is sent again');
});

it('goes on while nobody listens, and tells the newest state to whoever listens then', async () => {
  const level = { value: 10 };
  theatre = await openTheatre([levelStory(level)]);
  theatre.stories.connect('http://127.0.0.1:1/refused');
  theatre.stories.start('level');
  await eventually('a refused connection', () => theatre?.stories.notifications.some(({ code }) => code === 0));

  theatre.stories.connect(theatre.app.url);

  await eventually('it taken', () => theatre?.heard().length === 1);
  expect(theatre.heard()[0]?.status).toBe('firing');
});

it('tells nobody the end of what nobody heard of', async () => {
  const level = { value: 10 };
  const other = { ...levelStory({ value: 10 }), id: 'other' };
  const { labels } = other.alert;
  theatre = await openTheatre(
    [levelStory(level), { ...other, alert: { ...other.alert, labels: { ...labels, alertname: 'Later' } } }],
    { times: { groupWaitMs: 1_500 } },
  );
  theatre.stories.start('level');
  await theatre.state('level', 'firing');
  level.value = 10;
  await theatre.state('level', 'cleared');

  // It waits as long as the first, and begins later: when it is told, the first was due.
  theatre.stories.start('other');
  await eventually('the other’s webhook', () => theatre?.heard().some(({ groupKey }) => groupKey.includes('Later')));

  expect(theatre.heard().map(({ groupKey }) => groupKey)).toEqual(['{}:{alertname="Later", namespace="tank"}']);
});

it('lists what fires by its API', async () => {
  const level = { value: 10 };
  theatre = await openTheatre([levelStory(level)]);
  const { alertmanagerUrl } = theatre.stories;
  const get = async (path: string): Promise<unknown> => (await fetch(`${alertmanagerUrl}${path}`)).json();
  expect(await get('/api/v2/alerts')).toEqual([]);

  theatre.stories.start('level');
  await eventually('the webhook', () => theatre?.heard().length === 1);

  const { fingerprint, startsAt } = theatre.heard()[0]?.alerts[0] ?? {};
  const listed = {
    labels: { alertname: 'TankFull', namespace: 'tank', severity: 'critical' },
    annotations: { summary: 'The tank is full' },
    startsAt,
    endsAt: expect.any(String),
    updatedAt: expect.any(String),
    generatorURL: '',
    fingerprint,
    receivers: [{ name: 'firebreak' }],
    status: { state: 'active', silencedBy: [], inhibitedBy: [], mutedBy: [] },
  };
  expect(await get('/api/v2/alerts')).toEqual([listed]);
  expect(await get('/api/v2/alerts/groups')).toEqual([
    { labels: { alertname: 'TankFull', namespace: 'tank' }, receiver: { name: 'firebreak' }, alerts: [listed] },
  ]);
  expect(await get('/api/v2/status')).toMatchObject({
    config: { original: expect.stringContaining('group_by: [alertname, namespace]') },
    uptime: expect.any(String),
  });
  expect((await fetch(`${alertmanagerUrl}/api/v2/silences`)).status).toBe(404);
  level.value = 10;
  await eventually('an empty list', async () => JSON.stringify(await get('/api/v2/alerts')) === '[]');
});

it('triggers and resolves in PagerDuty under one key, the hash of the group', async () => {
  const level = { value: 10 };
  const pager = await openTheatre([], {});
  try {
    theatre = await openTheatre([levelStory(level, 'PagerDuty')], {
      pagerduty: { enqueueUrl: pager.app.url, routingKeys: { level: 'a-routing-key' } },
    });
    theatre.stories.start('level');
    await eventually('the trigger', () => pager.app.heard.length === 1);
    level.value = 10;
    await eventually('the resolve', () => pager.app.heard.length === 2);

    const key = createHash('sha256').update('{}:{alertname="TankFull", namespace="tank"}').digest('hex');
    expect(pager.heard()).toMatchObject([
      {
        routing_key: 'a-routing-key',
        dedup_key: key,
        event_action: 'trigger',
        payload: {
          summary: 'TankFull',
          source: 'tank',
          severity: 'critical',
          custom_details: { alertname: 'TankFull', description: 'The tank is full' },
        },
      },
      { routing_key: 'a-routing-key', dedup_key: key, event_action: 'resolve' },
    ]);
    expect(theatre.heard()).toEqual([]);
  } finally {
    await pager.close();
  }
});

it('asks for a routing key when a story comes by PagerDuty and there is none', async () => {
  const { slack, world } = (theatre = await openTheatre([]));

  const stories = createStories({
    slack,
    world,
    stories: [levelStory({ value: 0 }, 'PagerDuty')],
    alertmanager: { token: 'a-token' },
  });

  await expect(stories).rejects.toThrow('give pagerduty.enqueueUrl and a routing key');
});

it('leaves no listener behind when a story cannot be built', async () => {
  const { slack, world } = (theatre = await openTheatre([]));
  const port = await freePort();
  const broken: Story = {
    ...levelStory({ value: 0 }),
    build() {
      throw new Error('a bug');
    },
  };

  const stories = createStories({ slack, world, stories: [broken], alertmanager: { token: 'a-token', port } });

  await expect(stories).rejects.toThrow('a bug');
  await expect(fetch(`http://127.0.0.1:${port}/-/healthy`)).rejects.toThrow('fetch failed');
});

it('puts a calm story back before it starts it', async () => {
  const level = { value: 10 };
  const story = levelStory(level);
  const done: string[] = [];
  theatre = await openTheatre([
    {
      ...story,
      build: () => ({ start: () => done.push('start'), reset: () => done.push('reset'), tick: () => level.value }),
    },
  ]);

  theatre.stories.start('level');

  expect(done).toEqual(['reset', 'start']);
});

it('refuses to start what goes on, and an unknown story', async () => {
  // Long enough for both looks at it while it clears.
  theatre = await openTheatre([levelStory({ value: 10 })], { times: { keepFiringForMs: 2_000 } });
  const { stories } = theatre;

  expect(() => stories.start('nothing')).toThrow(new StoryRefused('There is no story “nothing”.'));
  stories.start('level');
  expect(() => stories.start('level')).toThrow('This story has begun');
  await theatre.state('level', 'firing');
  expect(() => stories.start('level')).toThrow('This story is going on');
  stories.reset('level');
  await theatre.state('level', 'clearing');
  expect(() => stories.start('level')).toThrow('about to clear');
  await theatre.state('level', 'calm');
  stories.start('level');
});

it('keeps the last 60 values, and goes on when a story fails', async () => {
  const level = { value: 10 };
  const story = levelStory(level);
  const broken: Story = {
    ...story,
    id: 'broken',
    build: () => ({
      ...story.build(Object.create(null)),
      tick() {
        throw new Error('a bug');
      },
    }),
  };
  const failures: Error[] = [];
  theatre = await openTheatre([broken, story], { onFailure: (error) => failures.push(error) });

  await theatre.ticks('level', 70);

  expect(theatre.look('level').signal?.history).toEqual(Array.from({ length: 60 }, () => 10));
  expect(theatre.look('broken').signal).toBeNull();
  expect(failures[0]).toMatchObject({
    message: 'the story broken failed in a tick',
    cause: expect.objectContaining({ message: 'a bug' }),
  });
});
