/** What people read when the real API server says no, or may not be trusted, or does not know us. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectCluster } from '../../src/adapters/kubernetes/cluster.ts';
import { openConnection } from '../../src/adapters/kubernetes/connection.ts';
import type { ObjectChange } from '../../src/domain/change-action.ts';
import type { Json } from '../../src/domain/json.ts';
import type { Cluster } from '../../src/flow/ports.ts';
import { createRecordingLog } from '../adapters/recording-log.ts';
import { bodyOf, textOf, type Body } from '../contracts/kubernetes-server-subject.ts';
import type { ServerForCluster } from '../contracts/cluster.ts';
import { eventually } from '../eventually.ts';
import { connectKubernetes, openNamespace, type KubernetesApi } from './kubernetes-api.ts';

const patienceMs = 20_000;
/** The test cluster makes its own certificates with it. */
const openssl: string = 'openssl';
const container = (over: object = {}) => ({ name: 'app', image: 'workload:v1', ...over });
const pod = (name: string, over: object = {}): Json =>
  JSON.parse(
    JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { containers: [container(over)] } }),
  ) as Json;
const make = (resource: string, name: string, manifest: Json): ObjectChange => ({
  type: 'create',
  target: { resource, name },
  manifest,
});

let api: KubernetesApi;
let server: ServerForCluster;
let cluster: Cluster;
const undo: (() => Promise<unknown>)[] = [];

async function post(path: string, object: object): Promise<Body> {
  const answer = await api.send({
    method: 'POST',
    path: path.replace('NS', `namespaces/${server.namespace}`),
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(object),
  });
  if (answer.status >= 300) throw new Error(`POST ${path}: ${answer.status} ${answer.text}`);
  return bodyOf(answer);
}
const remove = (path: string) => api.send({ method: 'DELETE', path });

async function refusalOf(action: ObjectChange, namespace = server.namespace): Promise<string> {
  const context = { defaultNamespace: namespace, protectedNamespaces: [], podsPerPlan: 50, now: new Date() };
  const found = await cluster.resolve(action, context);
  return found.kind === 'resolved' ? `resolved: ${found.facts.target.name}` : found.text;
}

/** A read with another identity, certificate or address. */
async function readWith(
  over: { readonly cluster?: object; readonly user?: object },
  path = '/api/v1/nodes',
): Promise<string> {
  const current = api.config.getCurrentCluster();
  const kubeconfigText = JSON.stringify({
    'current-context': 'x',
    contexts: [{ name: 'x', context: { cluster: 'x', user: 'x' } }],
    clusters: [
      { name: 'x', cluster: { server: api.server, 'certificate-authority-data': current?.caData, ...over.cluster } },
    ],
    users: [{ name: 'x', user: over.user ?? {} }],
  });
  const connection = openConnection({ name: 'main', kubeconfigText });
  try {
    await connection.get(path);
    return 'an answer';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    await connection.close();
  }
}

const base64 = (file: string): string => readFileSync(file).toString('base64');

beforeAll(async () => {
  api = await connectKubernetes();
  server = await openNamespace('errors');
  cluster = connectCluster({ name: 'main', ...server.access, log: createRecordingLog() });
});
afterAll(async () => {
  for (const back of undo.toReversed()) await back();
  await Promise.all([cluster.close(), server.close(), api.close()]);
});

describe('a change that the server would not take', () => {
  it('by a name that is taken', async () => {
    await post('/api/v1/NS/configmaps', { metadata: { name: 'taken' } });
    const manifest: Json = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'taken' } };

    expect(await refusalOf(make('configmaps', 'taken', manifest))).toBe(
      'There is a ConfigMap taken already. Choose another name, or change that one.',
    );
  });

  it('with a value that cannot be', async () => {
    expect(await refusalOf(make('pods', 'bad', pod('bad', { imagePullPolicy: 'hush' })))).toBe(
      'The cluster would not take this change: spec.containers[0].imagePullPolicy: Unsupported value: supported values: "Always", "IfNotPresent", "Never". Correct the command.',
    );
  });

  it('of a field that cannot change', async () => {
    await post('/apis/batch/v1/NS/jobs', {
      metadata: { name: 'once' },
      spec: { suspend: true, template: { spec: { restartPolicy: 'Never', containers: [container()] } } },
    });
    const patch = JSON.stringify({ spec: { completionMode: 'Indexed' } });
    const action: ObjectChange = {
      type: 'patch',
      target: { resource: 'jobs', name: 'once' },
      patchType: 'merge',
      patch,
    };

    expect(await refusalOf(action)).toMatch(
      /^The cluster would not take this change: spec\..*field is immutable.* delete it and make it anew, by hand\.$/,
    );
  });

  it('for a quota, a limit range and pod security', async () => {
    const namespace = await openNamespace('errors-narrow');
    undo.push(() => namespace.close());
    const at = `/api/v1/namespaces/${namespace.namespace}`;
    const limits = [{ type: 'Container', max: { memory: '1Gi' } }];
    await post(`${at}/limitranges`, { metadata: { name: 'bounds' }, spec: { limits } });
    const big = make('pods', 'big', pod('big', { resources: { limits: { memory: '2Gi' } } }));
    const small = make('pods', 'small', pod('small'));

    expect(
      await eventually(
        'the range is known',
        async () => {
          const text = await refusalOf(big, namespace.namespace);
          return text.startsWith('resolved') ? undefined : text;
        },
        patienceMs,
      ),
    ).toBe(
      'The cluster would not take this change: a LimitRange of the namespace forbids it: “maximum memory usage per Container is 1Gi, but limit is 2Gi”. Ask for other amounts.',
    );

    await post(`${at}/resourcequotas`, { metadata: { name: 'team' }, spec: { hard: { pods: '0' } } });
    expect(
      await eventually(
        'the quota is counted',
        async () => {
          const text = await refusalOf(small, namespace.namespace);
          return text.includes('exceed') ? text : undefined;
        },
        patienceMs,
      ),
    ).toBe(
      'The cluster would not take this change: it would exceed the ResourceQuota team (requested pods=1; used pods=0 of pods=0). Free something, or have the quota raised.',
    );

    await remove(`${at}/resourcequotas/team`);
    await api.send({
      method: 'PATCH',
      path: at,
      headers: { 'Content-Type': 'application/merge-patch+json' },
      body: JSON.stringify({ metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } } }),
    });
    expect(
      await eventually(
        'the level is known',
        async () => {
          const text = await refusalOf(small, namespace.namespace);
          return text.includes('security') ? text : undefined;
        },
        patienceMs,
      ),
    ).toMatch(
      /^The cluster would not take this change: the namespace's pod security level \(restricted:latest\) forbids it: “allowPrivilegeEscalation .*”\. Change the pod, or ask who set the level\.$/,
    );
  });

  it('for a policy, and for a webhook that does not work', async () => {
    const name = server.namespace;
    const registration = '/apis/admissionregistration.k8s.io/v1';
    const namespaceSelector = { matchLabels: { 'kubernetes.io/metadata.name': name } };
    const rule = (resource: string) => ({
      apiGroups: [''],
      apiVersions: ['v1'],
      operations: ['CREATE'],
      resources: [resource],
    });
    await post(`${registration}/validatingadmissionpolicies`, {
      metadata: { name },
      spec: {
        matchConstraints: { namespaceSelector, resourceRules: [rule('configmaps')] },
        validations: [{ expression: 'false', message: 'none of these, with api_token=hush' }],
      },
    });
    undo.push(() => remove(`${registration}/validatingadmissionpolicies/${name}`));
    await post(`${registration}/validatingadmissionpolicybindings`, {
      metadata: { name },
      spec: { policyName: name, validationActions: ['Deny'] },
    });
    undo.push(() => remove(`${registration}/validatingadmissionpolicybindings/${name}`));
    await post(`${registration}/validatingwebhookconfigurations`, {
      metadata: { name },
      webhooks: [
        {
          name: 'broken.firebreak.test',
          admissionReviewVersions: ['v1'],
          sideEffects: 'None',
          timeoutSeconds: 1,
          namespaceSelector,
          rules: [rule('services')],
          clientConfig: { url: 'https://127.0.0.1:1/x' },
        },
      ],
    });
    undo.push(() => remove(`${registration}/validatingwebhookconfigurations/${name}`));
    const policed = make('configmaps', 'policed', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'policed' },
    });
    const hooked = make('services', 'hooked', {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'hooked' },
      spec: { ports: [{ port: 80 }] },
    });

    const text = await eventually(
      'the policy is known',
      async () => {
        const found = await refusalOf(policed);
        return found.startsWith('resolved') ? undefined : found;
      },
      patienceMs,
    );
    const broken = await eventually(
      'the webhook is known',
      () =>
        refusalOf(hooked).then(
          () => undefined,
          (error: unknown) => error,
        ),
      patienceMs,
    );

    expect(text).toBe(
      `The cluster would not take this change: the ValidatingAdmissionPolicy ${name} refused it: “none of these, with api_token=(masked)”. Change what it asks for, or ask who wrote the policy.`,
    );
    expect(broken).toMatchObject({
      retryable: true,
      message:
        'Cluster main cannot do this now: the admission webhook broken.firebreak.test does not work, and nothing can be changed until it does. Tell those who run it.',
    });
  });
});

describe('a read', () => {
  it('without the right, without credentials, and of what is not there', async () => {
    await post('/api/v1/NS/serviceaccounts', { metadata: { name: 'nobody' } });
    const made = await post('/api/v1/NS/serviceaccounts/nobody/token', { spec: { expirationSeconds: 600 } });
    const token = textOf(made['status']?.['token']);

    expect(await readWith({ user: { token } })).toBe(
      `Cluster main does not allow this: system:serviceaccount:${server.namespace}:nobody may not list nodes. \`firebreak doctor\` names the rights that are missing.`,
    );
    expect(await readWith({ user: { token: 'hush' } })).toBe(
      'Cluster main does not accept our credentials; they may have expired. Renew those of its kubeconfig.',
    );
    const admin = openConnection({ name: 'main', ...server.access });
    await expect(admin.get(`/api/v1/namespaces/${server.namespace}/pods/nope`)).rejects.toMatchObject({
      message: 'Cluster main has no pods nope. Check the name and the namespace.',
    });
    await admin.close();
  });

  describe('with certificates', () => {
    let folder: string;
    const run = (...words: string[]): void => void execFileSync(openssl, words, { cwd: folder, stdio: 'ignore' });
    /** Signed by `by` (a CA's file without its ending), valid for so many days. */
    function certificate(name: string, days: number, by: string | undefined, subject: string): void {
      run(
        'req',
        '-new',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-keyout',
        `${name}.key`,
        '-subj',
        subject,
        '-out',
        `${name}.csr`,
      );
      const signer =
        by === undefined ? ['-key', `${name}.key`] : ['-CA', `${by}.crt`, '-CAkey', `${by}.key`, '-set_serial', '77'];
      run('x509', '-req', '-in', `${name}.csr`, ...signer, '-days', String(days), '-out', `${name}.crt`);
    }
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), 'firebreak-errors-'));
      certificate('late', -1, join(dirname(api.kubeconfig), 'pki/ca'), '/O=system:masters/CN=late');
      certificate('other-ca', 1, undefined, '/CN=other');
      certificate('over', -1, 'other-ca', '/CN=127.0.0.1');
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    it('of ours that has expired', async () => {
      const user = { 'client-certificate': join(folder, 'late.crt'), 'client-key': join(folder, 'late.key') };

      expect(await readWith({ user })).toMatch(
        /^Cluster main does not accept our credentials: the client certificate expired on \d{4}-\d\d-\d\d\. Renew it in its kubeconfig\.$/,
      );
    });

    it('of the server that are not to be trusted, or of another host', async () => {
      const stranger = { 'certificate-authority-data': base64(join(folder, 'other-ca.crt')) };

      expect(await readWith({ cluster: stranger })).toBe(
        'Cluster main cannot be reached: its certificate is not trusted. Correct certificate-authority of its kubeconfig; somebody else may be answering there.',
      );
      expect(await readWith({ cluster: { 'tls-server-name': 'elsewhere.example.com' } })).toBe(
        'Cluster main cannot be reached: its certificate is for another host name. Correct the server, or tls-server-name, of its kubeconfig.',
      );
    });

    it('of a server that has expired, and of nobody', async () => {
      const own = { key: readFileSync(join(folder, 'over.key')), cert: readFileSync(join(folder, 'over.crt')) };
      const listener = createServer(own, (_, answer) => answer.end('{}'));
      await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
      // A listening TCP server has an AddressInfo.
      const { port } = listener.address() as AddressInfo;
      const address = {
        server: `https://127.0.0.1:${port}`,
        'certificate-authority-data': base64(join(folder, 'other-ca.crt')),
      };

      const expired = await readWith({ cluster: address });
      await new Promise((resolve) => listener.close(resolve));

      expect(expired).toBe(
        'Cluster main cannot be reached: its certificate has expired. Renew the certificate of the API server.',
      );
      expect(await readWith({ cluster: address })).toBe(
        'Cluster main cannot be reached: it refuses connections. Try again, or check it.',
      );
    });
  });
});
