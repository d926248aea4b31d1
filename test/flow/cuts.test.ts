/** The connection to the cluster is cut at each byte of one exchange of each kind. test/real/cuts.test.ts does it over TLS. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { isEffect } from '../../src/sandbox/kubernetes/audit.ts';
import { type SandboxKubernetes, startKubernetes } from '../../src/sandbox/kubernetes/start.ts';
import type { ServerForCluster } from '../contracts/cluster.ts';
import { contradictions, cutEverywhere, endings, type Evidence } from '../fault-proxy-cuts.ts';
import type { Kind } from '../fault-proxy-trials.ts';

const everywhere = { everyNth: 1, holdEveryNth: 50, lanes: 1 };

describe('a cut at each byte of the exchange', () => {
  let sandbox: SandboxKubernetes;
  let server: ServerForCluster;
  /** What trials are made of is written by others. */
  const ours: { auditId: string; code: number }[] = [];
  beforeAll(async () => {
    sandbox = await startKubernetes({ clock: 'manual' });
    const { world, programs } = sandbox;
    world.namespace('shop');
    world.create('pods', {
      metadata: { namespace: 'shop', name: 'inside' },
      spec: { containers: [{ name: 'app', image: 'workload:v1' }] },
    });
    await sandbox.settle();
    programs.add({ namespace: 'shop', labels: {}, argv: ['mktemp'], run: (argv) => ({ out: `${argv[1]}\n` }) });
    sandbox.onRequest(() => {
      const event = sandbox.audit.at(-1);
      // A question about rights is asked with a POST, too.
      if (event?.userAgent !== 'firebreak' || event.objectRef?.resource === 'selfsubjectaccessreviews') return;
      if (!isEffect(event) && event.objectRef?.subresource !== 'exec') return;
      ours.push({ auditId: event.auditID, code: event.responseStatus.code });
    });
    server = {
      namespace: 'shop',
      images: { good: 'workload:v1', missing: 'missing:v1', bad: 'bad:v1' },
      patienceMs: 10_000,
      access: { kubeconfigText: sandbox.kubeconfig('shop') },
      async send({ method = 'GET', path, headers = {}, body }) {
        const response = await fetch(sandbox.url + path, { method, headers, ...(body === undefined ? {} : { body }) });
        return { status: response.status, headers: response.headers, text: await response.text() };
      },
      close: () => sandbox.stop(),
    };
  });
  afterAll(() => server.close());

  const evidence = (): Evidence => ({
    writes: ours,
    files: sandbox.programs.ran.map(({ argv }) => argv[1] ?? ''),
  });

  it.each<[Kind, readonly string[]]>([
    ['cas', ['succeeded, 1 effects, 1 attempts', 'succeeded, 1 effects, 2 attempts']],
    [
      'by-name create',
      [
        'succeeded, 1 effects, 1 attempts',
        'unknown, 0 effects, 1 attempts',
        // Its bytes were held and came late.
        'unknown, 1 effects, 1 attempts',
      ],
    ],
    ['by-name delete', ['succeeded, 1 effects, 1 attempts', 'succeeded, 1 effects, 2 attempts']],
    [
      'opaque',
      ['succeeded, 1 effects, 1 attempts', 'unknown, 0 effects, 1 attempts', 'unknown, 1 effects, 1 attempts'],
    ],
  ])(
    '%s: one effect or none, and the outcome says so',
    async (kind, ends) => {
      ours.splice(0);
      const tally = await cutEverywhere(kind, server, everywhere);

      expect(contradictions(tally, evidence())).toEqual([]);
      expect(Object.keys(endings(tally, evidence()))).toEqual(expect.arrayContaining([...ends]));
      expect(tally.trials.length).toBeGreaterThan(tally.bytes.client + tally.bytes.server);
    },
    300_000,
  );
});
