/** A job that is made from a cron job belongs to it: without it the cluster would take the job away again. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectCluster } from '../../../src/adapters/kubernetes/cluster.ts';
import type { Cluster, EffectPlan } from '../../../src/flow/ports.ts';
import { startKubernetes, type SandboxKubernetes } from '../../../src/sandbox/kubernetes/start.ts';
import { planBy } from '../../contracts/cluster-operator.ts';
import { createRecordingLog } from '../recording-log.ts';

const folder = '/apis/batch/v1/namespaces/default/cronjobs';

describe('a job of a cron job', () => {
  let sandbox: SandboxKubernetes;
  let cluster: Cluster;
  const send = async (method: string, path: string, body?: object): Promise<void> => {
    const answer = await fetch(sandbox.url + path, {
      method,
      headers: { 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  };
  const create = (name: string) =>
    send('POST', folder, {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name },
      spec: {
        schedule: '0 0 1 1 *',
        jobTemplate: {
          spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'job', image: 'workload:v1' }] } } },
        },
      },
    });
  const planOf = async (name: string): Promise<EffectPlan> => {
    await create(name);
    const {
      id,
      action,
      class: planClass,
      target,
      changes,
    } = await planBy(cluster, `kubectl create job by-hand --from=cronjob/${name}`, 'default');
    if (action.type !== 'create-job') throw new Error('it is another action');
    return { id, action, class: planClass, target, changes };
  };
  beforeAll(async () => {
    sandbox = await startKubernetes();
    cluster = connectCluster({
      name: 'main',
      kubeconfigText: sandbox.kubeconfig('default'),
      log: createRecordingLog(),
    });
  });
  afterAll(async () => {
    await cluster.close();
    await sandbox.stop();
  });

  it('is made while the cron job is the one of the plan', async () => {
    expect(await cluster.prepare(await planOf('there'))).toMatchObject({ kind: 'ready' });
  });

  it.each([
    ['is gone', false],
    ['was made anew', true],
  ])('is not made when the cron job %s', async (_, again) => {
    const name = again ? 'anew' : 'gone';
    const plan = await planOf(name);
    await send('DELETE', `${folder}/${name}`);
    if (again) await create(name);

    expect(await cluster.prepare(plan)).toEqual({
      kind: 'refused',
      text: `CronJob ${name}, which the Job would belong to, is gone or was made anew since the plan. Make a new plan. Nothing was sent.`,
    });
  });
});
