import { describe, expect, it } from '@jest/globals';
import { type Alert, supersedes } from '../../src/domain/alert.ts';
import { sealPlan } from '../../src/domain/digest.ts';
import { channelName, reopens } from '../../src/domain/incident.ts';
import { isEnvName, isLabelName, isLabelSelector, isObjectName } from '../../src/domain/names.ts';
import type { PlanContent } from '../../src/domain/plan.ts';
import { serviceOf, type Service } from '../../src/domain/policy.ts';
import { severityOf } from '../../src/domain/severity.ts';

describe('names that reach Kubernetes', () => {
  it.each(['web', 'web-1', 'a.b.c', '0', 'a'.repeat(63), 'ip-10-0-0-1.ec2.internal'])(
    'accepts the object name %s',
    (name) => {
      expect(isObjectName(name)).toBe(true);
    },
  );

  it.each([
    '',
    'Web',
    '-web',
    'web-',
    'a..b',
    '../secrets/x?',
    'web/log',
    'web\n',
    'wëb',
    'a'.repeat(64),
    `${'a.'.repeat(127)}a`,
    '$(x)',
    'web ',
  ])('refuses the object name %j', (name) => {
    expect(isObjectName(name)).toBe(false);
  });

  it('has no dots in a namespace', () => {
    expect(isLabelName('a.b')).toBe(false);
  });

  it.each([
    'app=web',
    'app==web',
    'app!=web',
    'app',
    '!app',
    'tier in (a, b)',
    'a=b,c notin (d)',
    'app.kubernetes.io/name=web',
    'app=',
  ])('accepts the selector %s', (text) => {
    expect(isLabelSelector(text)).toBe(true);
  });

  it.each(['', 'app=web&x=y', 'app=we b', 'app in a', 'app=(', '=x', 'a=b,,c=d', 'app=web\n', 'app=../x'])(
    'refuses the selector %j',
    (text) => {
      expect(isLabelSelector(text)).toBe(false);
    },
  );

  it('knows names of environment variables', () => {
    expect(['HDC_BATCH_SIZE', 'a.b', '_x'].every(isEnvName)).toBe(true);
    expect(['', '1A', 'A B', 'A=', '.', '..'].some(isEnvName)).toBe(false);
  });
});

describe('severityOf', () => {
  it.each([
    ['P1', 'P1'],
    ['SEV1', 'P0'],
    ['SEV-2', 'P1'],
    ['critical', 'P0'],
    ['P0 - Critical', 'P0'],
    ['Warning', 'P2'],
    ['🔴', 'P0'],
    ['whatever', undefined],
  ])('reads %s as %s', (text, severity) => {
    expect(severityOf(text)).toBe(severity);
  });
});

describe('order of news about an alert', () => {
  const at = (minute: number): Date => new Date(Date.UTC(2026, 0, 1, 0, minute));
  const alert = (status: Alert['status'], startsAt: Date, endsAt?: Date): Alert => ({
    fingerprint: 'f',
    name: 'A',
    status,
    labels: {},
    annotations: {},
    startsAt,
    ...(endsAt ? { endsAt } : {}),
  });

  it.each([
    ['a repeat changes nothing', alert('firing', at(1)), alert('firing', at(1)), false],
    ['the end of a firing is news', alert('resolved', at(1), at(2)), alert('firing', at(1)), true],
    ['a late copy of the firing is not', alert('firing', at(1)), alert('resolved', at(1), at(2)), false],
    ['a second firing is news', alert('firing', at(5)), alert('resolved', at(1), at(2)), true],
    ['a late end of the first firing is not', alert('resolved', at(1), at(2)), alert('firing', at(5)), false],
    ['a later end is news', alert('resolved', at(1), at(3)), alert('resolved', at(1), at(2)), true],
  ])('%s', (_, news, known, expected) => {
    expect(supersedes(news, known)).toBe(expected);
  });
});

describe('incidents', () => {
  const resolved = { state: 'resolved' as const, resolvedAt: new Date(0) };

  it('are reopened by an alert within 30 minutes of event time, and not after', () => {
    expect(reopens(resolved, new Date(30 * 60_000))).toBe(true);
    expect(reopens(resolved, new Date(30 * 60_000 + 1))).toBe(false);
    expect(reopens({ state: 'open' }, new Date(0))).toBe(false);
  });

  it.each([
    [7, 'HighErrorRate', 'inc-7-higherrorrate'],
    [8, '<!channel> & friends', 'inc-8-channel-friends'],
    [9, '…', 'inc-9'],
    [10, 'x'.repeat(200), `inc-10-${'x'.repeat(69)}`],
  ])('number %d about %s gets the channel %s', (number, title, name) => {
    expect(channelName('inc', { number, title })).toBe(name);
    expect(name).toMatch(/^[a-z0-9_-]{1,76}$/);
  });
});

describe('serviceOf', () => {
  const service = (name: string, match: Record<string, string>): Service => ({
    name,
    match,
    cluster: 'main',
    namespaces: ['x'],
    runbooks: [],
    alerts: {},
    aliases: {},
    responders: { slack: [], onCall: [] },
  });
  const services = [
    service('wide', { namespace: 'a' }),
    service('narrow', { namespace: 'a', app: 'b' }),
    service('none', {}),
  ];

  it('takes the more specific of two', () => {
    expect(serviceOf(services, { namespace: 'a', app: 'b' })?.name).toBe('narrow');
    expect(serviceOf(services, { namespace: 'a', app: 'c' })?.name).toBe('wide');
  });

  it('matches nothing by an empty match', () => {
    expect(serviceOf(services, { namespace: 'z' })).toBeUndefined();
  });
});

describe('sealPlan', () => {
  const content: PlanContent = {
    id: 'plan-1',
    action: { type: 'scale', target: { resource: 'deployments', name: 'web' }, namespace: 'a', replicas: 3 },
    target: {
      cluster: 'main',
      clusterUid: 'c',
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      resource: 'deployments',
      namespace: 'a',
      name: 'web',
      uid: 'u',
    },
    changes: [{ path: '/spec/replicas', label: 'replicas', before: 2, after: 3 }],
    affected: { pods: 2, podNames: [], budgets: [] },
    class: 'change',
    warnings: [],
    undo: { kind: 'none', why: 'x' },
    preview: { kind: 'dry-run' },
    policyDigest: 'p',
    runbookDigest: 'r',
    expiresAt: '2026-01-01T00:00:00.000Z',
  };

  it('does not depend on the order of keys', () => {
    const shuffled = Object.fromEntries(Object.entries(content).toReversed()) as PlanContent;

    expect(sealPlan(shuffled).digest).toBe(sealPlan(content).digest);
  });

  it.each([
    ['the target', { target: { ...content.target, uid: 'v' } }],
    ['a before-value', { changes: [{ path: '/spec/replicas', label: 'replicas', before: 1, after: 3 }] }],
    ['an after-value', { changes: [{ path: '/spec/replicas', label: 'replicas', before: 2, after: 4 }] }],
    ['the class', { class: 'destructive' as const }],
    ['the policy', { policyDigest: 'q' }],
    ['the runbook', { runbookDigest: 's' }],
    ['the expiry', { expiresAt: '2026-01-02T00:00:00.000Z' }],
  ])('changes with %s', (_, change) => {
    expect(sealPlan({ ...content, ...change }).digest).not.toBe(sealPlan(content).digest);
  });
});
