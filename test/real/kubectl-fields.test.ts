/**
 * Twins of the changes that fields decide: the same command, compiled and carried out by us in one namespace and run by the
 * real kubectl in another, leaves the same object but for our mark; undone, ours is as it was.
 */
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectCluster } from '../../src/adapters/kubernetes/cluster.ts';
import { isRead } from '../../src/domain/action.ts';
import { type ClusterChange, isSingle } from '../../src/domain/change-action.ts';
import type { Json } from '../../src/domain/json.ts';
import type { PlanFacts } from '../../src/domain/plan.ts';
import type { Cluster, Resolution } from '../../src/flow/ports.ts';
import { bindAction } from '../../src/runbook/bind.ts';
import { compileKubectl } from '../../src/runbook/kubectl/kubectl.ts';
import { createRecordingLog } from '../adapters/recording-log.ts';
import type { ServerForCluster } from '../contracts/cluster.ts';
import { cases, type Extra } from './kubectl-field-cases.ts';
import { openNamespace } from './kubernetes-api.ts';

type Record_ = { [key: string]: Json };

const kubectlPath = process.env['KUBECTL'] ?? 'kubectl';
function kubectl(args: readonly string[], input?: string): string {
  const ran = spawnSync(kubectlPath, [...args], { encoding: 'utf8', ...(input === undefined ? {} : { input }) });
  if (ran.status !== 0) throw new Error(`kubectl ${args.join(' ')}: ${ran.stderr}`);
  return ran.stdout;
}

function compile(words: readonly string[], extra: Extra): ClusterChange {
  const compiled = compileKubectl(words, extra);
  if ('refused' in compiled) throw new Error(compiled.refused.text);
  const bound = bindAction(compiled.action, [], {});
  if (!bound.ok) throw new Error(JSON.stringify(bound.problems));
  const { action } = bound;
  if (isRead(action) || action.type === 'http-send' || action.type === 'docker-change') throw new Error('no change');
  return action;
}

/** What a person would call the object: no bookkeeping, no moments, no names of the twin's own, and not our mark. */
function essence(server: ServerForCluster, object: string): object | undefined {
  const ran = spawnSync(kubectlPath, ['get', object, '-n', server.namespace, '-o', 'json'], { encoding: 'utf8' });
  if (ran.status !== 0) return undefined;
  const text = ran.stdout.replaceAll(server.namespace, 'twin');
  const { metadata, status: _, ...rest } = JSON.parse(text) as { metadata: Record_; status?: Json };
  const {
    uid: __,
    resourceVersion: ___,
    generation: ____,
    creationTimestamp: _____,
    managedFields: ______,
    ...kept
  } = metadata;
  const annotations = { ...(kept['annotations'] as Record_ | undefined) };
  for (const key of ['firebreak.dev/plan', 'deployment.kubernetes.io/revision']) delete annotations[key];
  const owners = (kept['ownerReferences'] as Record_[] | undefined)?.map(({ uid: _uid, ...owner }) => owner);
  const labels = Object.entries((kept['labels'] ?? {}) as Record_).filter(
    ([key]) => !/controller-uid|job-name/.test(key),
  );
  const plain = JSON.parse(
    JSON.stringify(rest).replaceAll(/"(batch\.kubernetes\.io\/)?controller-uid":"[^"]*"/g, '"u":""'),
  ) as object;
  return {
    ...plain,
    metadata: { ...kept, annotations, ownerReferences: owners ?? [], labels: Object.fromEntries(labels) },
  };
}

describe('a change of fields by us and its twin by kubectl', () => {
  let ours: ServerForCluster;
  let theirs: ServerForCluster;
  let cluster: Cluster;
  const context = () => ({
    defaultNamespace: ours.namespace,
    protectedNamespaces: [],
    podsPerPlan: 50,
    now: new Date(),
  });

  beforeAll(async () => {
    [ours, theirs] = [await openNamespace('td-ours'), await openNamespace('td-them')];
    cluster = connectCluster({ name: 'main', ...ours.access, log: createRecordingLog() });
  });
  afterAll(async () => {
    await cluster.close();
    await ours.close();
    await theirs.close();
  });

  function resolved(resolution: Resolution): PlanFacts {
    if (resolution.kind !== 'resolved') throw new Error(`${resolution.kind}: ${resolution.text}`);
    return resolution.facts;
  }
  async function carryOut(action: ClusterChange): Promise<PlanFacts> {
    const facts = resolved(await cluster.resolve(action, context()));
    if (!isSingle(action)) throw new Error('several objects');
    const plan = { id: `plan-${randomUUID()}`, action, ...facts };
    const prepared = await cluster.prepare(plan);
    if (prepared.kind !== 'ready') throw new Error(JSON.stringify(prepared));
    const answer = await cluster.send(plan, prepared.request, { auditId: randomUUID(), timeoutMs: 10_000 });
    expect(answer).toMatchObject({ kind: 'accepted', differences: [] });
    // Sent again, it lands no second time: a delete finds nothing, a patch fails a test, a new object is there already.
    const kept = action.type.startsWith('delete') ? undefined : await cluster.prepare(plan);
    expect([undefined, 'landed']).toContain(kept?.kind);
    const again = await cluster.send(plan, prepared.request, { auditId: randomUUID(), timeoutMs: 10_000 });
    expect(kept === undefined || again.kind === (facts.target.uid === '' ? 'accepted' : 'rejected')).toBe(true);
    return facts;
  }

  it.each(cases)(
    '$name',
    async ({ start = [], first = [], words, extra = {}, object, class: wanted, theirs: other }) => {
      for (const { namespace } of [ours, theirs]) {
        for (const each of start) kubectl(['create', '-n', namespace, '-f', '-'], JSON.stringify(each));
        for (const [args, input] of first) kubectl([...args, '-n', namespace], input);
      }
      const before = essence(ours, object);

      const facts = await carryOut(compile(words, extra));
      kubectl([...(other ?? words), '-n', theirs.namespace], other === undefined ? extra.stdin : undefined);

      expect(essence(ours, object)).toEqual(essence(theirs, object));
      expect(facts.class).toBe(wanted);
      expect(facts.preview).toEqual({ kind: 'dry-run' });
      if (facts.undo.kind !== 'action') throw new Error(facts.undo.why);
      await carryOut(facts.undo.action);
      expect(essence(ours, object)).toEqual(before);
    },
  );
});
