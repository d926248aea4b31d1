/** The property of contracts/hostile-names.ts, judged by the stand-in's audit log: quicker, and in every run. */
import { randomInt } from 'node:crypto';
import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { connectCluster } from '../../../src/adapters/kubernetes/cluster.ts';
import type { AuditEvent } from '../../../src/sandbox/kubernetes/audit.ts';
import { startKubernetes } from '../../../src/sandbox/kubernetes/start.ts';
import { attempt, fixedTrials, inOwn, safeObjects, trial } from '../../contracts/hostile-names.ts';
import { whyUnpredicted } from '../../contracts/predicted-requests.ts';
import { createRecordingLog } from '../recording-log.ts';

const own = 'names';
const runs = 600;

/** The stand-in names no object of kinds that it does not serve; then it is what the path says. */
function understood(event: AuditEvent): AuditEvent {
  if (event.objectRef !== undefined) return event;
  const [path = ''] = event.requestURI.split('?');
  const found =
    /^\/(?:api|apis\/([^/]+))\/(v[^/]+)(?:\/namespaces\/([^/]+))?\/([^/]+)(?:\/([^/]+))?(?:\/([^/]+))?$/.exec(path);
  if (found === null) return event;
  const [, apiGroup = '', apiVersion = '', namespace, resource = '', name, subresource] = found;
  const objectRef = {
    ...(apiGroup === '' ? {} : { apiGroup }),
    apiVersion,
    resource,
    ...(namespace === undefined ? {} : { namespace: decodeURIComponent(namespace) }),
    ...(name === undefined ? {} : { name: decodeURIComponent(name) }),
    ...(subresource === undefined ? {} : { subresource }),
  };
  return { ...event, objectRef };
}

it('names that want to be a path never become another request than the one that was predicted', async () => {
  const seed = Number(process.env['NAMES_SEED'] ?? randomInt(2 ** 31));
  const sandbox = await startKubernetes();
  sandbox.world.namespace(own);
  for (const object of safeObjects) {
    const root = object.apiVersion === 'v1' ? '/api/v1' : `/apis/${object.apiVersion}`;
    await fetch(`${sandbox.url}${root}/namespaces/${own}/${object.kind.toLowerCase()}s`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(object),
    });
  }
  const cluster = connectCluster({ name: 'main', kubeconfigText: sandbox.kubeconfig(own), log: createRecordingLog() });
  const wrong: string[] = [];
  let [requests, from] = [0, sandbox.audit.at(-1)];

  for (const each of [...fixedTrials, ...fc.sample(trial, { numRuns: runs, seed })]) {
    const prepared = await attempt(cluster, each, own);
    const about = { name: each.name, namespace: inOwn(each.namespace, own), own, prepared };
    // Old reads are dropped from its start.
    const events = sandbox.audit.slice(from === undefined ? 0 : sandbox.audit.lastIndexOf(from) + 1);
    from = sandbox.audit.at(-1);
    for (const event of events) {
      requests++;
      const why = whyUnpredicted(understood(event), about);
      if (why !== undefined) wrong.push(`${JSON.stringify(each)}: ${event.verb} ${event.requestURI}: ${why}`);
    }
  }
  await cluster.close();
  await sandbox.stop();

  expect({ seed, wrong }).toEqual({ seed, wrong: [] });
  expect(requests).toBeGreaterThan(runs / 4);
});
