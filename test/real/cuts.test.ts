/**
 * The connection to a real API server is cut within one exchange of each kind of effect. Its bytes are TLS's, and a record
 * that is not whole is nothing: the cuts are around every record's border and at every so many bytes between.
 * test/flow/cuts.test.ts cuts plain HTTP at every byte.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { isEffect } from '../../src/sandbox/kubernetes/audit.ts';
import type { ServerForCluster } from '../contracts/cluster.ts';
import { bodyOf, corePath, textOf } from '../contracts/kubernetes-server-subject.ts';
import { eventually } from '../eventually.ts';
import { contradictions, cutEverywhere, endings, type Evidence } from '../fault-proxy-cuts.ts';
import { type Kind, post } from '../fault-proxy-trials.ts';
import { openAuditLog } from '../scenario/audit-log.ts';
import { openNamespace } from './kubernetes-api.ts';
import { runKubectl } from './side-by-side.ts';

describe('a cut in the exchange with a real API server', () => {
  let server: ServerForCluster;
  let audit: Awaited<ReturnType<typeof openAuditLog>>;
  beforeAll(async () => {
    server = await openNamespace('cuts');
    await post(server, corePath(server, 'pods'), {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'inside' },
      spec: { containers: [{ name: 'app', image: server.images.good }], terminationGracePeriodSeconds: 1 },
    });
    await eventually(
      'the pod runs',
      async () =>
        textOf(bodyOf(await server.send({ path: corePath(server, 'pods/inside') }))['status']?.['phase']) === 'Running',
      server.patienceMs,
    );
  });
  beforeEach(async () => {
    audit = await openAuditLog(process.env['AUDIT_LOG'] ?? '');
  });
  afterAll(() => server.close());

  /** Of this suite's namespace, by us. */
  async function evidence(): Promise<Evidence> {
    const { out } = await runKubectl(['exec', 'inside', '-n', server.namespace, '--', 'ls', '/tmp']);
    const writes = (await audit.since()).filter(
      (event) =>
        event.stage === 'ResponseComplete' &&
        event.userAgent === 'firebreak' &&
        event.objectRef?.namespace === server.namespace &&
        (isEffect(event) || event.objectRef.subresource === 'exec'),
    );
    return {
      writes: writes.map(({ auditID, responseStatus }) => ({ auditId: auditID, code: responseStatus.code })),
      files: out.split('\n').map((file) => `/tmp/${file}`),
    };
  }

  it.each<[Kind, number, string]>([
    ['cas', 8, 'succeeded, 1 effects, 2 attempts'],
    ['by-name create', 8, 'unknown, 0 effects, 1 attempts'],
    ['by-name delete', 8, 'succeeded, 1 effects, 2 attempts'],
    // Its connection is its own, with a handshake that is cut as well: three times the bytes, and most before the request.
    ['opaque', 16, 'unknown, 1 effects, 1 attempts'],
  ])('%s, at every %ith byte: one effect or none, and the outcome says so', async (kind, everyNth, among) => {
    const tally = await cutEverywhere(kind, server, { everyNth, holdEveryNth: 10, lanes: 4 });

    const found = await evidence();
    expect(contradictions(tally, found)).toEqual([]);
    expect(Object.keys(endings(tally, found))).toEqual(
      expect.arrayContaining(['succeeded, 1 effects, 1 attempts', among]),
    );
  });
});
