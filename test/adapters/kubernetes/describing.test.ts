/** What the comparison with kubectl cannot show: values that are hidden, rights that are missing, and rare objects. */
import { describe, expect, it } from '@jest/globals';
import { describeConfigMap } from '../../../src/adapters/kubernetes/read/describe-config-map.ts';
import { describeDeployment } from '../../../src/adapters/kubernetes/read/describe-deployment.ts';
import type { Description } from '../../../src/adapters/kubernetes/read/describe-lines.ts';
import { describeNode } from '../../../src/adapters/kubernetes/read/describe-node.ts';
import { describeQuota } from '../../../src/adapters/kubernetes/read/describe-quota.ts';
import { describeService } from '../../../src/adapters/kubernetes/read/describe-service.ts';
import { describeStatefulSet } from '../../../src/adapters/kubernetes/read/describe-workload.ts';
import { printNodeUsage, printPodUsage } from '../../../src/adapters/kubernetes/read/usage.ts';
import type { Json } from '../../../src/domain/json.ts';

const now = Date.parse('2026-03-01T12:00:00Z');
const textOf = (description: Description): string => ('text' in description ? description.text : description.problem);
const lines = (description: Description): string[] => textOf(description).split('\n');

describe('a deployment', () => {
  const deployment = (over: { [key: string]: Json } = {}): Json => ({
    metadata: {
      name: 'web',
      namespace: 'shop',
      annotations: { 'db-password': 'hunter2', 'kubernetes.io/change-cause': 'kubectl set env --password=hunter2' },
    },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: 'web' } },
      strategy: { type: 'Recreate' },
      template: {
        metadata: { labels: { app: 'web' }, annotations: { 'api-token': 'hunter2' } },
        spec: {
          initContainers: [{ name: 'prep', image: 'a', env: [{ name: 'DB_PASSWORD', value: 'hunter2' }] }],
          containers: [
            {
              name: 'web',
              image: 'a',
              args: ['--token=hunter2', '--password', 'hunter2'],
              livenessProbe: { exec: { command: ['check', '--api-key', 'hunter2'] } },
              env: [
                { name: 'API_TOKEN', value: 'hunter2' },
                { name: 'URL', value: 'postgres://app:hunter2@db/x' },
                { name: 'MODE', value: 'fast' },
              ],
            },
          ],
          ...over,
        },
      },
    },
  });

  it('shows no value that looks secret, in any container, annotation or argument', () => {
    const text = textOf(describeDeployment(deployment(), { events: [] }, now));

    expect(text).not.toContain('hunter2');
    expect(text).toMatch(/^ {6}API_TOKEN: +\(masked\)$/m);
    expect(text).toMatch(/^ {6}MODE: +fast$/m);
  });

  it('is refused rather than guessed when it has a volume of a kind that is not described', () => {
    const odd = deployment({ volumes: [{ name: 'old', quobyte: {} }] });

    expect(textOf(describeDeployment(odd, { events: [] }, now))).toMatch(/^volumes of type quobyte cannot/);
  });

  it('says nothing of ReplicaSets that may not be read', () => {
    expect(textOf(describeDeployment(deployment(), { events: [] }, now))).not.toContain('ReplicaSet');
    expect(textOf(describeDeployment(deployment(), { events: [], replicaSets: { old: [] } }, now))).not.toContain(
      'ReplicaSet',
    );
  });
});

describe('a ConfigMap', () => {
  const configMap: Json = {
    metadata: { name: 'conf' },
    data: { DB_PASSWORD: 'hunter2', 'app.yaml': 'user: a\ndb_password: hunter2\n', mode: 'fast' },
    binaryData: { blob: 'AAECAwQ=' },
  };

  it('shows its data but for what looks secret, and how long binary data are', () => {
    const shown = lines(describeConfigMap(configMap, [], now));

    expect(shown.join('\n')).not.toContain('hunter2');
    expect(shown.slice(shown.indexOf('Data'))).toEqual(
      'Data|====|DB_PASSWORD:|----|(masked)||app.yaml:|----|user: a|db_password: (masked)|||mode:|----|fast|||BinaryData|====|blob: 5 bytes||Events:  <none>|'.split(
        '|',
      ),
    );
  });
});

describe('a quota', () => {
  it('shows what is used in the style of the bound', () => {
    const quota: Json = {
      metadata: { name: 'lot' },
      status: {
        hard: { 'requests.cpu': '4', 'requests.memory': '8Gi', 'limits.memory': '16G', pods: '9' },
        used: { 'requests.cpu': '2500m', 'requests.memory': '1500M', 'limits.memory': '1Gi' },
      },
    };

    expect(lines(describeQuota(quota, now)).slice(4)).toEqual([
      'limits.memory    1073741824  16G',
      'pods             0           9',
      'requests.cpu     2500m       4',
      'requests.memory  1500000000  8Gi',
      '',
    ]);
  });
});

describe('a StatefulSet', () => {
  it('shows no value that looks secret in its volume claims', () => {
    const claim: Json = { metadata: { name: 'data', annotations: { 'db-password': 'hunter2' } }, spec: {} };
    const text = textOf(
      describeStatefulSet({ spec: { volumeClaimTemplates: [claim] } }, { events: [], pods: [] }, now),
    );

    expect(text).toMatch(/^ {2}Annotations: +db-password=\(masked\)$/m);
    expect(text).toMatch(/^ {2}Capacity: +<default>$/m);
  });
});

describe('a service', () => {
  const service: Json = {
    metadata: { name: 'web' },
    spec: { ports: [{ port: 80, protocol: 'TCP', targetPort: 'http' }] },
  };
  const endpoint = (address: string, ready?: boolean): Json => ({
    addresses: [address],
    ...(ready !== undefined && { conditions: { ready } }),
  });
  const endpointsOf = (...slices: Json[]): string | undefined =>
    lines(describeService(service, { events: [], endpointSlices: slices }, now)).find((line) =>
      line.startsWith('Endpoints:'),
    );
  const slice = (...endpoints: Json[]): Json => ({ endpoints, ports: [{ name: '', port: 8080 }] });

  it.each<[string, string | undefined, string]>([
    ['no slice', endpointsOf(), 'Endpoints:         <none>'],
    ['a slice without addresses', endpointsOf({ endpoints: null, ports: null }), 'Endpoints:         '],
    [
      'addresses that are ready or do not say so',
      endpointsOf(slice(endpoint('10.0.0.1', true), endpoint('10.0.0.2', false), endpoint('10.0.0.3'))),
      'Endpoints:         10.0.0.1:8080,10.0.0.3:8080',
    ],
    [
      'more than three of several slices',
      endpointsOf(slice(endpoint('10.0.0.1'), endpoint('10.0.0.2')), slice(endpoint('10.0.0.3'), endpoint('10.0.0.4'))),
      'Endpoints:         10.0.0.1:8080,10.0.0.2:8080,10.0.0.3:8080 + 1 more...',
    ],
    ['an address of IPv6', endpointsOf(slice(endpoint('fd00::1'))), 'Endpoints:         [fd00::1]:8080'],
    [
      'a port of another name',
      endpointsOf({ endpoints: [endpoint('10.0.0.1')], ports: [{ name: 'other', port: 1 }] }),
      'Endpoints:         ',
    ],
  ])('with %s', (_, line, expected) => {
    expect(line).toBe(expected);
  });

  it('does not claim to have no endpoints when they may not be read', () => {
    expect(lines(describeService(service, { events: [] }, now))).toContain('Endpoints:         not authorized');
  });
});

describe('a node', () => {
  const node = (allocatable: { [name: string]: string }): Json => ({
    metadata: { name: 'gpu-1', labels: { 'node-role.kubernetes.io/gpu': '', 'kubernetes.io/role': 'worker' } },
    spec: {
      taints: [
        { key: 'z', effect: 'NoSchedule' },
        { key: 'gpu', value: 'yes', effect: 'NoExecute' },
      ],
    },
    status: { allocatable },
  });
  const pod = (name: string, resources: Json, over: { [key: string]: Json } = {}): Json => ({
    metadata: { name, namespace: 'shop', creationTimestamp: '2026-03-01T11:00:00Z' },
    spec: { containers: [{ name: 'a', resources }], ...over },
  });
  const facts = (...pods: Json[]) => ({ events: [], pods, lease: { failed: 'leases "gpu-1" not found' } });

  it('shows how much of each device is held', () => {
    const held = lines(
      describeNode(
        node({
          cpu: '8',
          memory: '32Gi',
          'nvidia.com/gpu': '4',
          'habana.ai/gaudi': '8',
          'hugepages-2Mi': '1Gi',
          pods: '9',
        }),
        facts(
          pod('a', { requests: { cpu: '1500m', 'nvidia.com/gpu': '2' }, limits: { 'nvidia.com/gpu': '2' } }),
          pod('b', {
            requests: { cpu: '500m', memory: '8Gi', 'nvidia.com/gpu': '1' },
            limits: { 'nvidia.com/gpu': '1' },
          }),
        ),
        now,
      ),
    );

    expect(held.slice(held.indexOf('Allocated resources:') + 4, -2)).toEqual([
      '  cpu                2 (25%)    0 (0%)',
      '  memory             8Gi (25%)  0 (0%)',
      '  ephemeral-storage  0 (0%)     0 (0%)',
      '  hugepages-2Mi      0 (0%)     0 (0%)',
      '  habana.ai/gaudi    0          0',
      '  nvidia.com/gpu     3          3',
    ]);
  });

  it('counts init containers, sidecars, overhead and resizes as the scheduler does', () => {
    const init = [
      { name: 'mesh', restartPolicy: 'Always', resources: { requests: { cpu: '100m' } } },
      { name: 'load', resources: { requests: { cpu: '900m', memory: '1Gi' } } },
    ];
    const resized = { containerStatuses: [{ name: 'a', resources: { requests: { memory: '2Gi' } } }] };
    const wanted = pod(
      'a',
      { requests: { cpu: '200m', memory: '512Mi' }, limits: { cpu: '1' } },
      {
        initContainers: init,
        overhead: { cpu: '50m', memory: '64Mi' },
      },
    );
    const text = textOf(
      describeNode(
        node({ cpu: '2', memory: '4Gi' }),
        facts({ ...(wanted as { [key: string]: Json }), status: resized }),
        now,
      ),
    );

    // load runs beside mesh (1000m), more than a and mesh (300m); 2Gi is what the pod still has.
    expect(text).toMatch(/^ {2}shop +a +1050m \(52%\) +1050m \(52%\) +2112Mi \(51%\) +0 \(0%\) +60m$/m);
  });

  it('says which parts may not be read', () => {
    const text = lines(describeNode(node({}), { events: [], lease: { failed: 'no' } }, now));

    expect(text).toContain('Lease:              Failed to get lease: no');
    expect(text).toContain('Pods:                         not authorized');
  });

  it('names roles and taints in order', () => {
    const text = lines(describeNode(node({}), facts(), now));

    expect(text).toContain('Roles:              gpu,worker');
    expect(text.slice(text.findIndex((line) => line.startsWith('Taints:')))).toEqual(
      expect.arrayContaining(['Taints:             gpu=yes:NoExecute', '                    z:NoSchedule']),
    );
  });
});

describe('usage', () => {
  const ofPod = (name: string, cpu: string, memory: string, namespace = 'shop'): Json => ({
    metadata: { name, namespace },
    containers: [
      { name: 'b', usage: { cpu, memory } },
      { name: 'a', usage: { cpu: '1m', memory: '1Mi' } },
    ],
  });
  const options = { namespaces: false, containers: false, headers: true };

  it('is rounded as kubectl rounds: CPU up, memory down', () => {
    expect(printPodUsage([ofPod('web', '1000001n', '2097151')], options)).toBe(
      'NAME   CPU(cores)   MEMORY(bytes)   \nweb    3m           2Mi             \n',
    );
  });

  it('is sorted by name, or by what is used most', () => {
    const pods = [ofPod('b', '5m', '9Mi'), ofPod('a', '9m', '5Mi'), ofPod('c', '1m', '7Mi')];
    const names = (sortBy?: 'cpu' | 'memory'): string[] =>
      printPodUsage(pods, { ...options, headers: false, ...(sortBy && { sortBy }) })
        .trimEnd()
        .split('\n')
        .map((line) => line.charAt(0));

    expect([names(), names('cpu'), names('memory')]).toEqual([
      ['a', 'b', 'c'],
      ['a', 'b', 'c'],
      ['b', 'c', 'a'],
    ]);
  });

  it('tells containers and namespaces apart', () => {
    const text = printPodUsage([ofPod('web', '5m', '9Mi', 'z'), ofPod('web', '5m', '9Mi', 'a')], {
      namespaces: true,
      containers: true,
      headers: false,
    });

    expect(text.split('\n').map((line) => line.split(/ +/).slice(0, 3).join(' '))).toEqual([
      'a web a',
      'a web b',
      'z web a',
      'z web b',
      '',
    ]);
  });

  it('shows nodes that do not tell, last', () => {
    const node = (name: string): Json => ({ metadata: { name }, status: { allocatable: { cpu: '2', memory: '0' } } });
    const metrics = { metadata: { name: 'n2' }, usage: { cpu: '500m', memory: '1Gi' } };

    expect(printNodeUsage([metrics], [node('n3'), node('n2'), node('n1')], { headers: false })).toBe(
      [
        'n2    500m        25%         1024Mi      0%          ',
        'n1    <unknown>   <unknown>   <unknown>   <unknown>   ',
        'n3    <unknown>   <unknown>   <unknown>   <unknown>   ',
        '',
      ].join('\n'),
    );
  });
});
