import { describe, expect, it } from '@jest/globals';
import { forbiddenIn } from '../../../src/adapters/kubernetes/change/field-class.ts';
import { guardedDifferences, whyDestructive } from '../../../src/adapters/kubernetes/change/template-class.ts';
import type { Json } from '../../../src/domain/json.ts';

type Pod = { readonly [field: string]: Json };
const template = (container: Pod, pod: Pod = {}, metadata: Pod = {}): Json => ({
  metadata: { labels: { app: 'web' }, ...metadata },
  spec: { containers: [{ name: 'app', image: 'web:v1', ...container }], ...pod },
});
const env = (...entries: [string, string][]): Pod => ({ env: entries.map(([name, value]) => ({ name, value })) });

describe('what is never changed', () => {
  it.each<[string, Json, string[]]>([
    ['nothing', template(env(['A', '2'])), []],
    ['the service account', template({}, { serviceAccountName: 'admin' }), ['serviceAccountName']],
    ['host namespaces', template({}, { hostNetwork: true, hostPID: true }), ['hostNetwork', 'hostPID']],
    ['a host path', template({}, { volumes: [{ name: 'v', hostPath: { path: '/' } }] }), ['host paths']],
    ['another volume', template({}, { volumes: [{ name: 'v', emptyDir: {} }] }), []],
    ['privileged', template({ securityContext: { privileged: true } }), ['privileged of container app']],
    ['the older name of the service account', template({}, { serviceAccount: 'admin' }), ['serviceAccount']],
    [
      'processes on a Windows host',
      template(
        { securityContext: { windowsOptions: { hostProcess: true } } },
        { securityContext: { windowsOptions: { hostProcess: true } } },
      ),
      ['hostProcess', 'hostProcess of container app'],
    ],
    [
      '/proc as the host has it',
      template({ securityContext: { procMount: 'Unmasked' } }),
      ['procMount of container app'],
    ],
    [
      'system calls of the whole pod',
      template({}, { securityContext: { seccompProfile: { type: 'Unconfined' } } }),
      ['seccompProfile'],
    ],
    [
      'system calls of a container',
      template({ securityContext: { seccompProfile: { type: 'Unconfined' } } }),
      ['seccompProfile of container app'],
    ],
    [
      'what AppArmor keeps a pod and a container from',
      template(
        { securityContext: { appArmorProfile: { type: 'Unconfined' } } },
        { securityContext: { appArmorProfile: { type: 'Unconfined' } } },
      ),
      ['appArmorProfile', 'appArmorProfile of container app'],
    ],
    [
      'capabilities of a container that was not there',
      template({}, { initContainers: [{ name: 'prep', securityContext: { capabilities: { add: ['SYS_ADMIN'] } } }] }),
      ['capabilities of container prep'],
    ],
  ])('%s', (_, after, expected) => {
    expect(guardedDifferences(template({}), after)).toEqual(expected);
    expect(guardedDifferences(after, template({}))).toEqual(expected);
  });

  it('is the way that a container sees a path of its node', () => {
    const volumes = {
      volumes: [
        { name: 'logs', hostPath: { path: '/var/log' } },
        { name: 'tmp', emptyDir: {} },
      ],
    };
    const mounted = (mount: Pod): Json => template({ volumeMounts: [{ mountPath: '/m', ...mount }] }, volumes);

    const writable = guardedDifferences(mounted({ name: 'logs', readOnly: true }), mounted({ name: 'logs' }));
    const elsewhere = guardedDifferences(mounted({ name: 'tmp', readOnly: true }), mounted({ name: 'tmp' }));

    expect(writable).toEqual(['mounts of host paths of container app']);
    expect(elsewhere).toEqual([]);
  });
});

describe('what is forbidden', () => {
  it.each<[string, Json, readonly string[]]>([
    ['PersistentVolume', { spec: { hostPath: { path: '/' } } }, ['the volume’s hostPath']],
    ['PersistentVolume', { spec: { local: { path: '/mnt' } } }, ['the volume’s local']],
    ['PersistentVolume', { spec: { nfs: { path: '/' } } }, []],
    ['PodTemplate', { template: template({ securityContext: { privileged: true } }) }, ['privileged of container app']],
    ['Deployment', { spec: { template: template({}, { hostPID: true }) } }, ['hostPID']],
  ])('of a new %s %j', (kind, after, expected) => {
    expect(forbiddenIn(kind, {}, after, [])).toEqual(expected);
  });
});

describe('a new template', () => {
  const app = (image: string): Json => template({ image });

  it.each<[string, Json]>([
    ['an image of the same repository', app('web:v2')],
    ['environment', template(env(['A', '2']))],
    ['resources', template({ resources: { limits: { cpu: '2' } } })],
    [
      'the time of the last restart',
      template({}, {}, { annotations: { 'kubectl.kubernetes.io/restartedAt': '2026-03-01T12:00:00Z' } }),
    ],
  ])('is no more than a change with %s', (_, after) => {
    expect(whyDestructive(template({}), after, [])).toBeUndefined();
  });

  it.each<[string, Json, RegExp]>([
    ['another command', template({ command: ['sh'] }), /: command \(container app\)$/],
    ['other arguments', template({ args: ['--token=a'] }), /: args \(container app\)$/],
    ['another probe', template({ livenessProbe: {} }), /: livenessProbe \(container app\)$/],
    ['another port', template({ ports: [{ hostPort: 80 }] }), /: other fields \(container app\)$/],
    [
      'a token of the service account',
      template({}, { volumes: [{ name: 't', projected: { sources: [{ serviceAccountToken: { path: 't' } }] } }] }),
      /: other fields of the pod template$/,
    ],
    ['one more container', template({}, { initContainers: [{ name: 'p', image: 'web:v1' }] }), /container p runs no/],
    ['an image from elsewhere', app('evil.example/web:v1'), /^evil\.example\/web:v1 is from another repository/],
  ])('is destructive with %s', (_, after, why) => {
    expect(whyDestructive(template({}), after, [])).toMatch(why);
  });

  it('is destructive with an image from outside the repositories of the policy', () => {
    expect(whyDestructive(template({}), app('web:v2'), ['r.io/shop'])).toMatch(/^web:v2 is from none of the policy/);
    expect(whyDestructive(template({}), app('r.io/shop/web:v2'), ['r.io/shop'])).toBeUndefined();
  });
});
