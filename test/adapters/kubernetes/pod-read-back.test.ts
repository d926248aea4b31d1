/** What is believed after the answer to a delete was lost: only what Kubernetes says of this very pod. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connectCluster } from '../../../src/adapters/kubernetes/cluster.ts';
import type { Cluster, EffectAnswer, EffectPlan, ReadBack } from '../../../src/flow/ports.ts';
import { createRecordingLog } from '../recording-log.ts';

type Answer = { readonly status: number; readonly body: string };
const owners = [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: 'rs-1', controller: true }];
const pod = (metadata: object = {}): Answer => ({
  status: 200,
  body: JSON.stringify({
    metadata: { name: 'web-0', namespace: 'shop', uid: 'u-1', ownerReferences: owners, ...metadata },
  }),
});
const notFound = (details: object): Answer => ({
  status: 404,
  body: JSON.stringify({ kind: 'Status', reason: 'NotFound', message: 'not found', code: 404, details }),
});
const plan: EffectPlan = {
  id: 'plan-1',
  action: { type: 'delete-pod', target: { resource: 'pods', name: 'web-0' } },
  class: 'change',
  target: {
    cluster: 'main',
    clusterUid: 'c-1',
    apiVersion: 'v1',
    kind: 'Pod',
    resource: 'pods',
    namespace: 'shop',
    name: 'web-0',
    uid: 'u-1',
  },
  changes: [
    {
      path: '/metadata/uid',
      label: 'pod web-0',
      before: 'u-1',
      guard: [{ path: '/metadata/ownerReferences', value: owners }],
    },
  ],
};

describe('after a delete whose answer was lost', () => {
  let server: Server;
  let cluster: Cluster;
  let clusterUid = 'c-1';
  let ofPod = pod();
  beforeEach(async () => {
    clusterUid = 'c-1';
    server = createServer((incoming, outgoing) => {
      const path = incoming.url ?? '';
      const answer = path.includes('/pods/')
        ? ofPod
        : {
            status: 200,
            body: JSON.stringify({ metadata: { uid: path.includes('/replicasets/') ? 'rs-1' : clusterUid } }),
          };
      outgoing.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    // A listening TCP server has an AddressInfo.
    const { port } = server.address() as AddressInfo;
    const kubeconfigText = JSON.stringify({
      'current-context': 'x',
      clusters: [{ name: 'x', cluster: { server: `http://127.0.0.1:${port}` } }],
      contexts: [{ name: 'x', context: { cluster: 'x', user: 'x' } }],
      users: [{ name: 'x', user: {} }],
    });
    cluster = connectCluster({ name: 'main', kubeconfigText, log: createRecordingLog() });
  });
  afterEach(async () => {
    await cluster.close();
    await new Promise((resolve) => server.close(resolve));
  });

  const request = {
    method: 'DELETE',
    path: '/api/v1/namespaces/shop/pods/web-0',
    contentType: 'application/json',
    body: '{}',
  } as const;
  const readBack = (): Promise<ReadBack> => cluster.readBack(plan, request);

  it.each<[string, Answer, EffectAnswer['kind']]>([
    ['of Kubernetes, is a rejection', { status: 403, body: '{"kind":"Status","code":403}' }, 'rejected'],
    ['of a proxy, tells nothing', { status: 403, body: '<html>forbidden</html>' }, 'ambiguous'],
    ['of a gateway in JSON, tells nothing', { status: 404, body: '{"error":"no route"}' }, 'ambiguous'],
  ])('a refusal that is %s', async (_, answer, kind) => {
    ofPod = answer;

    expect(await cluster.send(plan, request, { auditId: 'a-1', timeoutMs: 5_000 })).toMatchObject({ kind });
  });

  it.each<[string, Answer, ReadBack['kind']]>([
    ['gone', notFound({ kind: 'pods', name: 'web-0' }), 'landed'],
    ['another one of its name', pod({ uid: 'u-2' }), 'landed'],
    ['on its way out', pod({ deletionTimestamp: '2026-03-01T12:00:00Z' }), 'landed'],
    ['as it was', pod(), 'untouched'],
    ['let go by its controller', pod({ ownerReferences: [] }), 'moved'],
  ])('the pod is %s', async (_, answer, kind) => {
    ofPod = answer;

    expect(await readBack()).toMatchObject({ kind });
  });

  it.each<[string, Answer]>([
    ['the page of a proxy', { status: 404, body: '<html>no upstream route</html>' }],
    ['the answer of a server that lacks the path', { status: 404, body: '404 page not found' }],
    ['that something else is not there', notFound({ kind: 'namespaces', name: 'shop' })],
    ['that another pod is not there', notFound({ kind: 'pods', name: 'web-1' })],
  ])('%s proves nothing', async (_, answer) => {
    ofPod = answer;

    await expect(readBack()).rejects.toMatchObject({ code: 'cluster-not-found' });
  });

  it('what another cluster says proves nothing, even right after the right one was asked', async () => {
    await cluster.uid();
    clusterUid = 'c-2';
    ofPod = notFound({ kind: 'pods', name: 'web-0' });

    await expect(readBack()).rejects.toMatchObject({
      code: 'cluster-unavailable',
      message: expect.stringContaining('another cluster now'),
    });
  });
});
