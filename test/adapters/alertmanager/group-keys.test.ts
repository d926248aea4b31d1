import { describe, expect, it } from '@jest/globals';
import { groupKeysOf, parseRoutes } from '../../../src/adapters/alertmanager/group-keys.ts';

const configuration = `
route:
  receiver: default
  group_by: [alertname, namespace]
  routes:
    - receiver: firebreak
      matchers:
        - severity="critical"
        - env!~"dev|test"
      continue: true
    - receiver: firebreak
      match: { team: 'a "quoted" team' }
      match_re: { app: web|api }
      group_by: ['...']
      continue: true
      routes:
        - matchers: [app="api"]
          group_by: [alertname]
    - receiver: pagerduty
      matchers: [severity=~"critical|high"]
receivers: [{ name: default }, { name: firebreak }, { name: pagerduty }]
`;

const keys = (
  receiver: string,
  alert: Record<string, string>,
  labels: Record<string, string>,
  config = configuration,
): readonly string[] | undefined => {
  const root = parseRoutes(config);
  return root && groupKeysOf(root, { receiver, labels, alert });
};

describe("a group's key", () => {
  const critical = { alertname: 'A', namespace: 'shop', severity: 'critical', pod: 'x' };

  it.each<[string, string, Record<string, string>, Record<string, string>, string[]]>([
    [
      'of a route with matchers, sorted by name',
      'firebreak',
      critical,
      { alertname: 'A', namespace: 'shop' },
      ['{}/{env!~"dev|test",severity="critical"}:{alertname="A", namespace="shop"}'],
    ],
    [
      'of the route after one that goes on',
      'pagerduty',
      critical,
      { alertname: 'A', namespace: 'shop' },
      ['{}/{severity=~"critical|high"}:{alertname="A", namespace="shop"}'],
    ],
    [
      'of the root when no child matches',
      'default',
      { alertname: 'A', severity: 'info' },
      { alertname: 'A' },
      ['{}:{alertname="A"}'],
    ],
    [
      'of old matchers, with the anchors of a pattern, grouped by all labels',
      'firebreak',
      { alertname: 'A', team: 'a "quoted" team', app: 'web' },
      { alertname: 'A', team: 'a "quoted" team', app: 'web' },
      ['{}/{app=~"^(?:web|api)$",team="a \\"quoted\\" team"}:{alertname="A", app="web", team="a \\"quoted\\" team"}'],
    ],
    [
      'of a child that inherits its receiver',
      'firebreak',
      { alertname: 'A', team: 'a "quoted" team', app: 'api' },
      { alertname: 'A' },
      ['{}/{app=~"^(?:web|api)$",team="a \\"quoted\\" team"}/{app="api"}:{alertname="A"}'],
    ],
    ['is none for another receiver', 'nobody', critical, { alertname: 'A', namespace: 'shop' }, []],
    ['is none for labels that its route does not group by', 'firebreak', critical, { pod: 'x' }, []],
    [
      'is none for a pattern that does not match',
      'firebreak',
      { ...critical, env: 'dev' },
      { alertname: 'A', namespace: 'shop' },
      [],
    ],
  ])('%s', (_, receiver, alert, labels, expected) => {
    expect(keys(receiver, alert, labels)).toEqual(expected);
  });

  it('is one of two when two routes send the same labels to one receiver', () => {
    const twice = `{ route: { receiver: r, group_by: [a], routes: [
      { matchers: ['x="1"'], continue: true }, { matchers: ['y="1"'] }] } }`;

    expect(keys('r', { a: '1', x: '1', y: '1' }, { a: '1' }, twice)).toEqual([
      '{}/{x="1"}:{a="1"}',
      '{}/{y="1"}:{a="1"}',
    ]);
  });

  it('is either of two orders when versions of Alertmanager sort differently', () => {
    const all = "{ route: { receiver: r, group_by: ['...'] } }";

    expect(keys('r', { a: '1', a1: '2' }, { a: '1', a1: '2' }, all)).toEqual([
      '{}:{a="1", a1="2"}',
      '{}:{a1="2", a="1"}',
    ]);
  });

  it('holds values as Go quotes them', () => {
    const all = "{ route: { receiver: r, group_by: ['...'] } }";
    const path = 'a"b\\c\n\t\x01é\u200b';

    expect(keys('r', { path }, { path }, all)).toEqual(['{}:{path="a\\"b\\\\c\\n\\t\\x01é\\u200b"}']);
  });

  it.each(['', 'not: [yaml', 'route: 7', "{ route: { receiver: r, matchers: ['no matcher'] } }"])(
    'is not known from the configuration %j',
    (config) => {
      expect(parseRoutes(config)).toBeUndefined();
    },
  );
});
