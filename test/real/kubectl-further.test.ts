/**
 * Reads as an author writes them: compiled from their words, then run, and compared with the real kubectl byte for byte.
 * A line that does not compile fails here.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectCluster } from '../../src/adapters/kubernetes/cluster.ts';
import { isRead } from '../../src/domain/action.ts';
import type { ClusterRead } from '../../src/domain/read-action.ts';
import type { Cluster } from '../../src/flow/ports.ts';
import { bindAction } from '../../src/runbook/bind.ts';
import { compileKubectl } from '../../src/runbook/kubectl/kubectl.ts';
import { createRecordingLog } from '../adapters/recording-log.ts';
import type { ServerForCluster } from '../contracts/cluster.ts';
import { eventually } from '../eventually.ts';
import { openNamespace } from './kubernetes-api.ts';
import { expectSame, runKubectl } from './side-by-side.ts';

const fixture = join(import.meta.dirname, '../fixtures/kubernetes/further.yaml');

/** `|` separates words here, as some hold blanks. */
const lines = `
get pods -L app
get pods -L app,pod-template-hash --show-labels
get deploy -L tier --no-headers
get pods --show-kind
get deploy/web --show-kind
get deploy web -o yaml --show-managed-fields
get deploy web --subresource=status -o name
get deploy web --subresource scale
get pods -o jsonpath-as-json={.items[*].spec.containers[*].name}
get deploy web -o jsonpath-as-json={.spec.replicas}
get deployments.v1.apps
get deployments.v1.apps web -o name
get deployments.apps/web
get horizontalpodautoscalers.v1.autoscaling
get endpointslices.v1.discovery.k8s.io --no-headers
get deployments.v9.apps
get pods --chunk-size=1
get pods --request-timeout=10s -v=0
get ing,netpol,pvc,cj,limits,quota,pdb
get ingress web
get sa robot -o jsonpath={.metadata.name}
get apiservices v1.apps
get --raw /version
get --raw=/readyz
get --raw|/livez?verbose
get --raw /readyz/nope
get -w pod nope
logs deploy/web --all-pods --tail=1 -c side
logs deploy/web -c side --prefix
logs deploy/web --all-containers --prefix --tail=2
logs deploy/web -c side --limit-bytes=5
logs deploy/web -c side --since-time=2020-01-01T00:00:00Z
logs deploy/web -c side --since-time=2099-01-01T00:00:00Z
logs -l app=web -c side --prefix
describe ing
describe ingress web
describe ingress plain
describe netpol
describe pvc
describe pvc data
describe cj nightly
describe limitrange
describe limits bounds
describe ns NAMESPACE
describe ns default kube-system
describe pdb
describe pdb/web
describe sa robot
describe sa
describe roles,rolebindings
describe role reader
describe rolebinding reader
describe clusterrole system:discovery
describe clusterrole view
describe clusterrolebinding system:discovery
describe lease leader
describe leases
describe pv NAMESPACE
describe pv NAMESPACE-csi
describe pv NAMESPACE-nfs
describe sc NAMESPACE
describe storageclass/NAMESPACE
describe ingressclass NAMESPACE
describe priorityclass NAMESPACE
describe apiservice v1.apps
describe rc old
describe rs
describe rs -l app=web
describe ep web
describe endpoints
describe endpointslices
describe flowschema exempt
describe prioritylevelconfiguration workload-low
describe priorityclass system-node-critical
describe controllerrevisions -A
describe svc,pdb
describe deploy/web svc/web
describe deploy/web svc/nope
describe svc/web svc/nope
describe svc web nope
describe deploy,svc web
describe deploy,svc we
describe pdb web --show-events=false
describe deploy web --show-events=false
describe pods -l app=web --show-events=false
describe validatingadmissionpolicies
describe mutatingwebhookconfigurations
describe nosuchkind x
top pods --sum
top pods --sum --no-headers
top pods --containers --sum -A
top nodes --show-capacity
top pods --field-selector=metadata.name=nope
top pods -l app=web --use-protocol-buffers=false
events --for deploy/web -o yaml
events -o yaml --types=Normal
rollout status deploy/web --watch=false
rollout status deploy/web --revision=1
rollout status deploy web web --watch=false
rollout status deploy/nope deploy/web --watch=false
rollout status deploy/nope deploy/nada
rollout history deploy/web deploy/nope
rollout history deploy web web
rollout status deploy/web --revision=7
auth can-i get pods
auth can-i get secrets
auth can-i delete deployments.apps/web
auth can-i get pods --subresource=log -q
auth can-i list nodes
auth can-i frob pods
auth can-i get nosuch
auth can-i get nosuch.example.com
auth can-i get /healthz
auth can-i frob /healthz
auth can-i * *
auth can-i list nodes -A
auth can-i --list
auth can-i --list --no-headers
auth whoami
api-versions
api-resources
api-resources -o wide
api-resources -o name
api-resources --namespaced=false
api-resources --namespaced --sort-by=name --no-headers
api-resources --api-group=apps
api-resources --api-group=
api-resources --verbs=list,create --sort-by=kind
api-resources --categories=all
api-resources --api-group=nope
cluster-info
wait deploy/web --for=condition=Available
wait deploy/web --for|condition=available=true|--timeout=5s
wait --for=condition=Available deployment --all
wait pods -l app=web --for=condition=Ready --timeout=10s
wait pods -l app=none --for=condition=Ready
wait pods -l app=none --for=delete
wait pod/nope --for=condition=Ready
wait pod/nope --for=delete
wait pod/nope deploy/web --for=condition=Available
wait deploy/web --for=condition=Nope --timeout=1s
wait deploy/web deploy/web --for=condition=Nope --timeout=1s
wait deploy/web --for=condition=Nope --timeout=0
wait deploy/web --for=jsonpath={.status.readyReplicas}=2
wait deploy/web --for=jsonpath={.status.readyReplicas}
wait deploy/web --for=jsonpath=.spec.replicas=3 --timeout=1s
wait deploy/web --for=jsonpath={.spec.template}=3 --timeout=1s
wait deploy/web --for=create
wait deploy/nope --for=create --timeout=1s
wait deploy/web --for=delete --timeout=1s
wait nosuch/x --for=delete
wait pvc/data --for=jsonpath={.status.phase}=Pending
`
  .trim()
  .split('\n');

type Global = readonly [path: string, suffix: string, object: object];
const capacity = { capacity: { storage: '1.5Gi' }, accessModes: ['ReadWriteOnce', 'ReadOnlyMany'] };
const onNode = { key: 'kubernetes.io/hostname', operator: 'In', values: ['a', 'b'] };
/** What belongs to no namespace is named after the test's own. */
const globals: readonly Global[] = [
  [
    '/api/v1/persistentvolumes',
    '',
    {
      spec: {
        ...capacity,
        local: { path: '/mnt' },
        storageClassName: 'slow',
        claimRef: { namespace: 'nowhere', name: 'gone' },
        nodeAffinity: {
          required: { nodeSelectorTerms: [{ matchExpressions: [onNode, { key: 'x', operator: 'Exists' }] }] },
        },
      },
    },
  ],
  [
    '/api/v1/persistentvolumes',
    '-csi',
    { spec: { ...capacity, csi: { driver: 'd.example', volumeHandle: 'h', volumeAttributes: { a: '1', b: '2' } } } },
  ],
  ['/api/v1/persistentvolumes', '-nfs', { spec: { ...capacity, nfs: { server: 's', path: '/x', readOnly: true } } }],
  [
    '/apis/storage.k8s.io/v1/storageclasses',
    '',
    {
      metadata: { annotations: { note: 'a' } },
      provisioner: 'p.example',
      parameters: { type: 'x', fsType: 'ext4' },
      mountOptions: ['ro', 'soft'],
      allowVolumeExpansion: true,
      allowedTopologies: [{ matchLabelExpressions: [{ key: 'zone', values: ['a', 'b'] }] }],
    },
  ],
  [
    '/apis/networking.k8s.io/v1/ingressclasses',
    '',
    { spec: { controller: 'c.example/x', parameters: { apiGroup: 'g.example', kind: 'K', name: 'n' } } },
  ],
  [
    '/apis/scheduling.k8s.io/v1/priorityclasses',
    '',
    { value: 1000, description: 'for a test', metadata: { annotations: { a: 'b', c: 'd' } } },
  ],
];

const wordsOf = (line: string): string[] => line.split(line.includes('|') ? /[ |]/ : ' ');

function compiled(words: readonly string[]): ClusterRead {
  const made = compileKubectl(words);
  if ('refused' in made) throw new Error(`${made.refused.code}: ${made.refused.text}`);
  const bound = bindAction(made.action, [], {});
  if (!bound.ok || !isRead(bound.action)) throw new Error('this is no read');
  // kubectl's own words make no other kind of read.
  return bound.action as ClusterRead;
}

describe('reads from words to text', () => {
  let server: ServerForCluster;
  let cluster: Cluster;
  beforeAll(async () => {
    server = await openNamespace('further');
    cluster = connectCluster({ name: 'main', ...server.access, log: createRecordingLog() });
    const { namespace } = server;
    expect(await runKubectl(['apply', '-n', namespace, '-f', fixture])).toMatchObject({ status: 0 });
    expect(await runKubectl(['rollout', 'status', 'deploy/web', '-n', namespace, '--timeout=90s'])).toMatchObject({
      status: 0,
    });
    for (const [path, suffix, object] of globals) {
      const metadata = { ...('metadata' in object ? (object.metadata as object) : {}), name: namespace + suffix };
      const made = await server.send({
        method: 'POST',
        path,
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ ...object, metadata }),
      });
      expect({ path, status: made.status }).toEqual({ path, status: 201 });
    }
    await eventually(
      'metrics of the pods have come',
      async () => (await runKubectl(['top', 'pods', '-n', namespace])).out.split('\n').length >= 5,
      120_000,
    );
  });
  afterAll(async () => {
    await cluster.close();
    for (const [path, suffix] of globals) {
      await server.send({ method: 'DELETE', path: `${path}/${server.namespace}${suffix}` });
    }
    await server.close();
  });

  it.each(lines)('kubectl %s', async (line) => {
    const words = wordsOf(line).map((word) => word.replace('NAMESPACE', server.namespace));

    await expectSame({ cluster, namespace: server.namespace }, words, compiled(words));
  });
});
