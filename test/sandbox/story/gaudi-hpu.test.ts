import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { gaudiHpu } from '../../../src/sandbox/story/gaudi-hpu.ts';
import { eventually } from '../../eventually.ts';
import { openTheatre, restart, type Theatre } from './theatre.ts';

const namespace = 'gaudi3-scale';
let theatre: Theatre;

beforeEach(async () => {
  theatre = await openTheatre([gaudiHpu]);
});
afterEach(() => theatre.close());

const trainers = () => theatre.world.pods(namespace, { 'app.kubernetes.io/component': 'trainer' });
const apiReplicas = () => theatre.world.get('deployments', namespace, 'gaudi3-scale-api')?.spec.replicas;

async function breakIt(): Promise<void> {
  theatre.stories.start('gaudi-hpu');
  await theatre.state('gaudi-hpu', 'firing');
}

it('levels off below its limit until it is started', async () => {
  await eventually('full caches', () => theatre.look('gaudi-hpu').signal?.value === 62);
  await theatre.ticks('gaudi-hpu', 10);

  expect(theatre.look('gaudi-hpu')).toMatchObject({ state: 'calm', signal: { value: 62, limit: 90 } });
});

it('clears when the trainers are restarted', async () => {
  await breakIt();
  const [first] = trainers();
  const url = `${theatre.kubernetes.url}/api/v1/namespaces/${namespace}/pods/${first?.metadata.name}/log`;
  expect(await (await fetch(url)).text()).toContain('graph cache not released');

  restart(theatre, { namespace, deployment: 'gaudi3-scale-trainer' });

  await theatre.state('gaudi-hpu', 'cleared');
  await theatre.ticks('gaudi-hpu', 30);
  expect(theatre.look('gaudi-hpu').state).toBe('cleared');
});

it('does not clear when one trainer of two is replaced, and clears with the other', async () => {
  await breakIt();
  const [one, other] = trainers().map(({ metadata }) => metadata.name);

  theatre.world.remove('pods', namespace, one ?? '');
  await eventually(
    'a new trainer',
    () => trainers().length === 2 && !trainers().some((pod) => pod.metadata.name === one),
  );
  await theatre.ticks('gaudi-hpu', 15);
  expect(theatre.look('gaudi-hpu').state).toBe('firing');

  theatre.world.remove('pods', namespace, other ?? '');
  await theatre.state('gaudi-hpu', 'cleared');
});

it('takes a scaled API back: the autoscaler at once, Argo CD a little later, and the alert goes on', async () => {
  await breakIt();
  const seen = new Set<number | undefined>();
  const unlisten = theatre.world.onChange(() => seen.add(apiReplicas()));

  theatre.world.edit('deployments', namespace, 'gaudi3-scale-api', (object) => {
    object['spec'] = { ...Object(object['spec']), replicas: 8 };
  });

  await eventually('three replicas again', () => seen.has(6) && apiReplicas() === 3);
  unlisten();
  expect([...seen].slice(-3)).toEqual([8, 6, 3]);
  const reasons = theatre.world.list('events').map(({ reason }) => reason);
  expect(reasons).toEqual(expect.arrayContaining(['SuccessfulRescale', 'OperationCompleted']));
  expect(theatre.look('gaudi-hpu').state).toBe('firing');
});

it('has an API whose autoscaler knows what it uses, and is content', async () => {
  const scaler = () => theatre.world.get('horizontalpodautoscalers', namespace, 'gaudi3-scale-api-hpa');

  await eventually(
    'its metrics',
    () => scaler()?.status.currentMetrics?.[0]?.resource?.current.averageUtilization === 80,
  );

  expect(scaler()?.status.conditions).toContainEqual(
    expect.objectContaining({ type: 'ScalingActive', status: 'True', reason: 'ValidMetricFound' }),
  );
  expect(scaler()?.status).toMatchObject({ currentReplicas: 3, desiredReplicas: 3 });
});

it('puts an API with another image back, which Git does not say', async () => {
  const image = () =>
    theatre.world.get('deployments', namespace, 'gaudi3-scale-api')?.spec.template.spec.containers[0]?.image;
  theatre.world.change('deployments', namespace, 'gaudi3-scale-api', (deployment) => {
    const [container] = deployment.spec.template.spec.containers;
    if (container) container.image = 'gaudi3-scale/api:0.0.1';
    return deployment;
  });

  theatre.stories.reset('gaudi-hpu');

  expect(image()).toBe('gaudi3-scale/api:1.7.0');
});

it('is put back by reset, and can be started again', async () => {
  await breakIt();

  theatre.stories.reset('gaudi-hpu');

  await theatre.state('gaudi-hpu', 'calm');
  expect(theatre.look('gaudi-hpu').signal?.value).toBeLessThan(90);
  await breakIt();
});
