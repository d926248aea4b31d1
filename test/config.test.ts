import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseConfig, readConfigFile } from '../src/config.ts';
import { OperationError } from '../src/domain/errors.ts';

const source = '/etc/firebreak/firebreak.yaml';

const complete = `
clusters:
  main: { kubeconfig: kube/config, context: prod }
  edge: {}
services:
  - name: largeforge
    match: { namespace: largeforge, pagerduty: PABC123 }
    cluster: main
    namespaces: [largeforge, largeforge-jobs]
    runbooks: [runbooks/largeforge.md, /srv/runbooks]
    alerts: { HighErrorRate: INC-002 }
    aliases: { gpu-oom: INC-004 }
    dashboard: https://grafana.example.com/d/1
    alertmanager: { url: "http://alertmanager.monitoring:9093" }
    prometheus: http://prometheus.monitoring:9090
    http: { allow: [api.largeforge.ai], map: { "localhost:8000": "http://inference.largeforge:8000" } }
    docker: { host: "unix:///var/run/docker.sock" }
    responders: { slack: [S0RESPOND, U0ALICE], onCall: [U0ALICE], pagerduty: { escalationPolicy: PXYZ } }
  - name: other
    match: { namespace: other }
    cluster: edge
    namespaces: [other]
    alertmanager: { url: "http://alertmanager.monitoring:9093" }
    responders: { onCall: [U0BOB] }
people: { Alice@Example.com: { slack: U0ALICE, pagerduty: P1 } }
policy:
  approvers: { slack: [S0SRE] }
  change: { approvals: 1, selfApproval: never }
  destructive: { approvals: 3 }
  exec: [[nvidia-smi], [df, -h]]
  protectedNamespaces: [kube-system, vault]
  clusterScoped: [nodes]
  limits: { changesPerHour: 5 }
slack: { channelPrefix: fire, visibility: private }
`;

const small = (change: { service?: string; policy?: string; rest?: string } = {}): string => `
services:
  - name: web
    match: { namespace: web }
    namespaces: [web]
    responders: { slack: [U0ALICE] }
${change.service ?? ''}
policy:
  approvers: { slack: [S0SRE] }
${change.policy ?? ''}
${change.rest ?? ''}
`;

function messageOf(text: string): string {
  try {
    parseConfig(text, source);
  } catch (error) {
    if (error instanceof OperationError && error.code === 'config-invalid') return error.message;
    throw error;
  }
  throw new Error('this configuration was accepted');
}

describe('a configuration that is right', () => {
  const config = parseConfig(complete, source);

  it('gives the services with absolute runbook paths and without what is not a label', () => {
    expect(config.services[0]).toEqual({
      name: 'largeforge',
      match: { namespace: 'largeforge' },
      cluster: 'main',
      namespaces: ['largeforge', 'largeforge-jobs'],
      runbooks: ['/etc/firebreak/runbooks/largeforge.md', '/srv/runbooks'],
      alerts: { HighErrorRate: 'INC-002' },
      aliases: { 'gpu-oom': 'INC-004' },
      responders: { slack: ['S0RESPOND', 'U0ALICE'], onCall: ['U0ALICE'] },
      dashboard: 'https://grafana.example.com/d/1',
      pager: { service: 'PABC123', escalationPolicy: 'PXYZ' },
      alertmanager: 'http://alertmanager.monitoring:9093',
    });
  });

  it('resolves a kubeconfig against the folder of the file', () => {
    expect(config.clusters).toEqual({ main: { kubeconfig: '/etc/firebreak/kube/config', context: 'prod' }, edge: {} });
    expect(config.root).toBe('/etc/firebreak');
  });

  it('keeps the systems around a service by its name', () => {
    expect(config.integrations).toEqual({
      largeforge: {
        prometheus: 'http://prometheus.monitoring:9090',
        http: { allow: ['api.largeforge.ai'], map: { 'localhost:8000': 'http://inference.largeforge:8000' } },
        docker: { host: 'unix:///var/run/docker.sock' },
      },
      other: {},
    });
    expect(config.alertmanagers).toEqual(['http://alertmanager.monitoring:9093']);
  });

  it('reads the policy and fills what it leaves out', () => {
    expect(config.policy).toEqual({
      approvers: { slack: ['S0SRE'], onCall: [] },
      change: { approvals: 1, selfApproval: 'never' },
      destructive: { approvals: 3, selfApproval: 'on-call' },
      protectedNamespaces: ['kube-system', 'vault'],
      clusterScoped: ['nodes'],
      imageRepositories: [],
      limits: { changesPerHour: 5, podsPerPlan: 50 },
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(config.reach).toEqual({ exec: [['nvidia-smi'], ['df', '-h']] });
  });

  it('knows people by e-mail in lower case', () => {
    expect(config.people).toEqual({ 'alice@example.com': { slack: 'U0ALICE', pagerduty: 'P1' } });
    expect(config.slack).toEqual({ channelPrefix: 'fire', visibility: 'private' });
    const { pagerduty } = parseConfig(small({ rest: 'pagerduty: { subscription: PWABC12 }' }), source);
    expect(pagerduty).toEqual({ enableSubscription: false, subscription: 'PWABC12' });
  });

  it('takes whoever is on call by PagerDuty for everybody who responds', () => {
    const [service] = parseConfig(
      small().replace('slack: [U0ALICE]', 'pagerduty: { escalationPolicy: PXYZ }'),
      source,
    ).services;

    expect(service?.responders).toEqual({ slack: [], onCall: [] });
    expect(service?.pager).toEqual({ escalationPolicy: 'PXYZ' });
  });

  it('takes the only cluster when a service names none', () => {
    expect(parseConfig(small(), source).services[0]?.cluster).toBe('main');
    expect(parseConfig(small({ rest: 'clusters: { prod: {} }' }), source).services[0]?.cluster).toBe('prod');
  });
});

describe('the digest of the policy', () => {
  const digest = (policy: string): string => parseConfig(small({ policy }), source).policy.digest;

  it('is the same for the same rules, whether written out or left to the defaults, in any order', () => {
    expect(digest('  limits: { podsPerPlan: 50, changesPerHour: 20 }')).toBe(digest(''));
    expect(digest('  destructive: { selfApproval: on-call, approvals: 2 }')).toBe(digest(''));
  });

  it.each([
    '  change: { approvals: 2 }',
    '  destructive: { selfApproval: never }',
    '  exec: [[df]]',
    '  protectedNamespaces: []',
    '  clusterScoped: [nodes]',
    '  imageRepositories: [registry.example.com/shop]',
    '  limits: { podsPerPlan: 51 }',
  ])('changes with any rule: %s', (policy) => {
    expect(digest(policy)).not.toBe(digest(''));
  });
});

describe('a configuration that is wrong', () => {
  it.each<[string, string, string]>([
    [
      'an image in place of a repository',
      small({ policy: '  imageRepositories: [registry.example.com/shop:v1]' }),
      'line 10: policy.imageRepositories[0] must be a repository without a tag, such as registry.example.com/shop',
    ],
    [
      'a misspelt key',
      small({ policy: '  distructive: { approvals: 5 }' }),
      'line 10: policy does not know "distructive"; the keys here are approvers, change, destructive',
    ],
    [
      'a misspelt key in a service',
      small({ service: '    namespace: web' }),
      'services[0] does not know "namespace"; the keys here are name, match',
    ],
    [
      'no namespaces',
      small().replace('namespaces: [web]', 'namespaces: []'),
      'line 5: services[0].namespaces is empty; write at least one namespace',
    ],
    [
      'namespaces left out',
      small().replace('    namespaces: [web]\n', ''),
      'services[0].namespaces is missing; write at least one namespace',
    ],
    [
      'a namespace that is a path',
      small().replace('[web]', '[../web]'),
      'services[0].namespaces[0] must be the name of a namespace',
    ],
    [
      'a value that is not text',
      small().replace('{ namespace: web }', '{ shard: 7 }'),
      'services[0].match.shard must be the value of a label, in quotes',
    ],
    [
      'a label that no alert can have',
      small().replace('{ namespace: web }', '{ "a-b": web }'),
      'services[0].match.a-b is not a name that can stand here; write alert labels',
    ],
    [
      'an empty section',
      small({ rest: 'people:' }),
      'people is empty; write e-mail addresses, such as alice@example.com: { slack: U0ALICE }, or leave the key out',
    ],
    [
      'a cluster that is not there',
      small({ service: '    cluster: prod' }),
      'line 7: services[0].cluster names "prod", which is not under clusters; write one of main',
    ],
    [
      'no cluster among several',
      small({ rest: 'clusters: { a: {}, b: {} }' }),
      'services[0] names no cluster, and there are several; write cluster: with one of a, b',
    ],
    ['no clusters', small({ rest: 'clusters: {}' }), 'clusters is empty; write one'],
    [
      'a match without labels',
      small().replace('{ namespace: web }', '{}'),
      'services[0].match is empty; write the alert labels',
    ],
    [
      'a PagerDuty id that is none',
      small().replace('{ namespace: web }', '{ pagerduty: web }'),
      'services[0].match.pagerduty must be the id of a PagerDuty service',
    ],
    ['nobody who responds', small().replace('[U0ALICE]', '[]'), 'services[0].responders names nobody'],
    [
      'a name instead of a Slack id',
      small().replace('U0ALICE', 'alice'),
      'services[0].responders.slack[0] must be a Slack user id',
    ],
    [
      'nobody who approves',
      small().replace('[S0SRE]', '[]'),
      'policy.approvers.slack names nobody, so that no destructive plan could ever be approved',
    ],
    [
      'approvers left out',
      small().replace('policy:\n  approvers: { slack: [S0SRE] }\n', ''),
      'policy.approvers.slack names nobody',
    ],
    [
      'an approval by nobody',
      small({ policy: '  change: { approvals: 0 }' }),
      'policy.change.approvals must be how many people must approve, from 1 to 10',
    ],
    [
      'half an approval',
      small({ policy: '  change: { approvals: 1.5 }' }),
      'policy.change.approvals must be how many people',
    ],
    [
      'an unknown self-approval',
      small({ policy: '  change: { selfApproval: yes }' }),
      'policy.change.selfApproval must be never, on-call or always',
    ],
    ['an empty command', small({ policy: '  exec: [[]]' }), 'policy.exec[0] is empty; write the words of one command'],
    [
      'a password in an address',
      small({ service: '    prometheus: http://me:hunter2@prometheus' }),
      'services[0].prometheus must be an http or https address without a user or password in it',
    ],
    [
      'another protocol',
      small({ service: '    dashboard: "javascript:alert(1)"' }),
      'services[0].dashboard must be an http or https address',
    ],
    [
      'a home folder',
      small({ service: '    runbooks: [~/runbooks]' }),
      'services[0].runbooks[0] must be a path, from this file or from /; ~ is not expanded',
    ],
    [
      'an alias of two words',
      small({ service: '    aliases: { gpu oom: INC-004 }' }),
      'services[0].aliases.gpu oom is not a name that can stand here; write words for /runbook',
    ],
    [
      'a long channel prefix',
      small({ rest: `slack: { channelPrefix: ${'x'.repeat(21)} }` }),
      'slack.channelPrefix must be 1 to 20 of a-z, 0-9, - and _',
    ],
    [
      'a channel prefix Slack refuses',
      small({ rest: 'slack: { channelPrefix: Inc }' }),
      'slack.channelPrefix must be 1 to 20',
    ],
    [
      'one account of two people',
      small({ rest: 'people: { a@x.y: { slack: U0A }, b@x.y: { slack: U0A } }' }),
      'people.b@x.y names U0A, which is under a@x.y too',
    ],
    [
      'one address twice',
      small({ rest: 'people: { a@x.y: {}, A@x.y: {} }' }),
      'people.A@x.y names a@x.y, which is under a@x.y too',
    ],
    ['services that are no list', 'services: { web: {} }', 'services must be a list of services'],
    [
      'a list',
      '- services',
      'the file must be a section with the keys clusters, services, people, policy, pagerduty, retention, slack',
    ],
    ['a key that reaches for the prototype', '__proto__: { a: 1 }', 'does not know "__proto__"'],
  ])('is refused with what to write: %s', (_name, text, expected) => {
    expect(messageOf(text)).toContain(expected);
  });

  it('names the file and every problem at once, each with its line', () => {
    const text = small({
      service: '    colour: red',
      policy: '  change: { approvals: none }',
      rest: 'slack: { visibility: hidden }',
    });

    const lines = messageOf(text).split('\n');

    expect(lines[0]).toBe(`${source} cannot be used:`);
    expect(lines.slice(1).toSorted()).toEqual([
      '  line 10: policy.change.approvals must be how many people must approve, from 1 to 10.',
      '  line 11: slack.visibility must be public or private.',
      expect.stringMatching(/^ {2}line 7: services\[0\] does not know "colour"/),
    ]);
  });

  it('refuses two services of one name and two that take the same alerts', () => {
    const twice = small().replace(/^ {2}- name[^]*?(?=^policy)/m, (service) => service + service);

    expect(messageOf(twice)).toContain('services[1].name is the name of services[0] too');
    expect(messageOf(twice)).toContain('services[1].match is the same as that of services[0]');
  });

  it('never repeats a value, which may be a misplaced secret', () => {
    expect(messageOf(small({ service: '    prometheus: http://me:hunter2@prometheus' }))).not.toContain('hunter2');
  });

  it.each<[string, string]>([
    ['services: [', 'is not YAML'],
    ['a: 1\na: 2', 'is not YAML'],
    ['a: *nowhere', 'is not YAML|cannot be read as YAML'],
    [
      `a: &a [1]\nb: [${'*a,'.repeat(200)}]\nc: &c [${'*a,'.repeat(99)}]\nd: [${'*c,'.repeat(99)}]`,
      'cannot be read as YAML',
    ],
  ])('says where text is not YAML: %#', (text, expected) => {
    expect(messageOf(text)).toMatch(new RegExp(expected));
    expect(messageOf(text)).toContain(source);
  });
});

describe('reading a configuration file', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'firebreak-config-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('reads the file and resolves its paths', async () => {
    const path = join(folder, 'firebreak.yaml');
    await writeFile(path, small({ service: '    runbooks: [books]' }));

    const config = await readConfigFile(path);

    expect(config.services[0]?.runbooks).toEqual([join(folder, 'books')]);
  });

  it('takes the default policy when there is no file', async () => {
    const config = await readConfigFile(undefined);

    expect(config.services).toEqual([]);
    expect(config.policy).toMatchObject({
      change: { approvals: 1, selfApproval: 'on-call' },
      destructive: { approvals: 2, selfApproval: 'on-call' },
      protectedNamespaces: ['kube-system'],
      limits: { changesPerHour: 20, podsPerPlan: 50 },
    });
  });

  it('says what to do when the named file is not there', async () => {
    await expect(readConfigFile(join(folder, 'none.yaml'))).rejects.toThrow(
      /none\.yaml cannot be read \(ENOENT\)\. Write it/,
    );
  });

  it('refuses a file that is too large to be one', async () => {
    const path = join(folder, 'large.yaml');
    await writeFile(path, '#'.repeat(1024 * 1024 + 1));

    await expect(readConfigFile(path)).rejects.toThrow('larger than 1 MiB');
  });
});
