/** What follows a change of an object that does not do the usual: it cleans up, stands still, or belongs to others too. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectCluster } from '../../../../src/adapters/kubernetes/cluster.ts';
import { observeCleanedUp } from '../../../../src/adapters/kubernetes/verify/job.ts';
import type { ObserveParts } from '../../../../src/adapters/kubernetes/verify/observe-parts.ts';
import type { Json } from '../../../../src/domain/json.ts';
import type { Cluster, RolloutProgress } from '../../../../src/flow/ports.ts';
import { type SandboxKubernetes, startKubernetes } from '../../../../src/sandbox/kubernetes/start.ts';
import { changeOf, operatorOn } from '../../../contracts/cluster-operator.ts';
import { createRecordingLog } from '../../recording-log.ts';

const namespace = 'shop';

describe('what follows a change of a deployment', () => {
  let sandbox: SandboxKubernetes;
  let cluster: Cluster;
  beforeAll(async () => {
    sandbox = await startKubernetes({ clock: 'manual' });
    cluster = connectCluster({
      name: 'main',
      kubeconfigText: sandbox.kubeconfig(namespace),
      log: createRecordingLog(),
      settleMs: 0,
    });
  });
  afterAll(async () => {
    await cluster.close();
    await sandbox.stop();
  });

  const edit = async (name: string, spec: { readonly [field: string]: Json }): Promise<void> => {
    sandbox.world.edit('deployments', namespace, name, (one) => Object.assign(one['spec'] ?? {}, spec));
    await sandbox.settle();
  };
  async function deployment(name: string): Promise<void> {
    sandbox.world.deployment({ namespace, name, image: 'workload:v1', replicas: 2, container: 'app' });
    await sandbox.settle();
  }
  /** Carried out, and what others did then; gives what the next look says. */
  async function after(
    command: string,
    meddle?: () => Promise<void>,
  ): Promise<Pick<RolloutProgress, 'state' | 'text'>> {
    const operator = operatorOn(cluster);
    const planned = await operator.plan(changeOf(command), namespace);
    if (planned.kind !== 'planned') throw new Error(`${planned.kind}: ${planned.text}`);
    const run = await operator.apply(planned.plan);
    expect(run.outcome).toBe('succeeded');
    await sandbox.settle();
    await meddle?.();
    const told: string[] = [];
    const state = await operator.watch(planned.plan, 0, (text) => told.push(text));
    return { state, text: told.join('') };
  }

  it('does not pass when an autoscaler took back a part of a scale', async () => {
    await deployment('scaled');

    expect(await after('kubectl scale deploy/scaled --replicas=6', () => edit('scaled', { replicas: 4 }))).toEqual({
      state: 'failed',
      text: 'replicas is 4 and not 6 any more: somebody, or an autoscaler, changed it after this change',
    });
  });

  it('says what runs when it is not what was approved', async () => {
    await deployment('changed');
    const template = {
      metadata: { labels: { app: 'changed' } },
      spec: { containers: [{ name: 'app', image: 'workload:v3' }] },
    };

    expect(
      await after('kubectl set image deploy/changed app=workload:v2', () => edit('changed', { template })),
    ).toEqual({
      state: 'done',
      text: '2 of 2 replicas are ready; image (container app) is "workload:v3", not "workload:v2" as planned',
    });
  });

  it('ends for a paused deployment whose pods came or went, whatever its template', async () => {
    await deployment('paused');
    await edit('paused', { paused: true });
    await after('kubectl set image deploy/paused app=workload:v2');

    // A real controller makes them of the template that runs; the stand-in's waits for the resume.
    const makeOne = async (): Promise<void> => {
      for (const { metadata } of sandbox.world.list('replicasets', namespace)) {
        if (!metadata.name.startsWith('paused-')) continue;
        sandbox.world.edit('replicasets', namespace, metadata.name, (set) =>
          Object.assign(set['spec'] ?? {}, { replicas: 3 }),
        );
      }
      await sandbox.settle();
    };

    expect(await after('kubectl scale deploy/paused --replicas=3', makeOne)).toEqual({
      state: 'done',
      text: '3 of 3 replicas are ready',
    });
  });
});

describe('a job that has cleaned up after itself', () => {
  const event = (reason: string, uid: string, minute: number): Json => ({
    metadata: { creationTimestamp: `2026-01-02T03:0${minute}:00Z` },
    involvedObject: { kind: 'Job', name: 'nightly', uid },
    reason,
  });
  const look = (items: readonly Json[]): Promise<RolloutProgress> => {
    const connection = { get: () => Promise.resolve({ items }) } as unknown as ObserveParts['connection'];
    return observeCleanedUp({ connection } as ObserveParts, {
      cluster: 'main',
      clusterUid: 'c',
      apiVersion: 'batch/v1',
      kind: 'Job',
      resource: 'jobs',
      namespace,
      name: 'nightly',
      uid: '',
    });
  };
  const gone = 'Job shop/nightly cleans up after itself and is gone; ';

  it.each<[string, readonly Json[], RolloutProgress['state'], string]>([
    [
      'and had completed',
      [event('Completed', 'a', 2), event('SuccessfulCreate', 'a', 1)],
      'done',
      'The job is complete, and has cleaned up after itself',
    ],
    [
      'and had failed',
      [event('SuccessfulCreate', 'a', 1), event('BackoffLimitExceeded', 'a', 2)],
      'failed',
      `${gone}it failed: BackoffLimitExceeded`,
    ],
    [
      'when an earlier one of its name had completed',
      [event('Completed', 'old', 1), event('SuccessfulCreate', 'a', 2)],
      'failed',
      `${gone}nobody can tell any more how it ended`,
    ],
    ['without an event', [], 'failed', `${gone}nobody can tell any more how it ended`],
  ])('%s', async (_, items, state, text) => {
    expect(await look(items)).toMatchObject({ state, text });
  });
});
