import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { hdcCuda } from '../../../src/sandbox/story/hdc-cuda.ts';
import { eventually } from '../../eventually.ts';
import { openTheatre, restart, setVariable, type Theatre } from './theatre.ts';

const hdc = { namespace: 'hdc', deployment: 'hdc-gpu' };
let theatre: Theatre;

beforeEach(async () => {
  theatre = await openTheatre([hdcCuda]);
});
afterEach(() => theatre.close());

const logs = async (pod: string): Promise<string> =>
  (await fetch(`${theatre.kubernetes.url}/api/v1/namespaces/hdc/pods/${pod}/log`)).text();
const pods = () => theatre.world.pods('hdc', { app: 'hdc-gpu' });

it('is quiet until it is started, and fires then', async () => {
  await theatre.ticks('hdc-cuda', 10);
  expect(theatre.look('hdc-cuda')).toMatchObject({ state: 'calm', signal: { value: 33, limit: 40 } });
  expect(theatre.heard()).toEqual([]);

  theatre.stories.start('hdc-cuda');

  await theatre.state('hdc-cuda', 'firing');
  await eventually('the webhook', () => theatre.heard().length > 0);
  expect(theatre.heard()[0]).toMatchObject({
    status: 'firing',
    alerts: [{ labels: { alertname: 'HDC_CudaOutOfMemory', namespace: 'hdc' } }],
  });
  expect(await logs(pods()[0]?.metadata.name ?? '')).toContain('CUDA out of memory, 16.0 GiB too little');
});

it('does not clear by a restart: the new pods fail as the old ones did', async () => {
  theatre.stories.start('hdc-cuda');
  await theatre.state('hdc-cuda', 'firing');
  const old = pods().map(({ metadata }) => metadata.name);

  restart(theatre, hdc);
  const fresh = await eventually('only new pods', () => {
    const names = pods().map(({ metadata }) => metadata.name);
    return names.length === 3 && names.every((name) => !old.includes(name)) ? names : undefined;
  });

  await eventually('the same lines in a new pod', async () => (await logs(fresh[0] ?? '')).includes('out of memory'));
  await theatre.ticks('hdc-cuda', 15);
  expect(theatre.look('hdc-cuda').state).toBe('firing');
});

it('does not clear by more replicas: there are four GPUs, so that pods stay pending', async () => {
  theatre.stories.start('hdc-cuda');
  await theatre.state('hdc-cuda', 'firing');

  theatre.world.edit('deployments', 'hdc', 'hdc-gpu', (object) => {
    object['spec'] = { ...Object(object['spec']), replicas: 6 };
  });
  await eventually('two pods pending', () => pods().filter(({ status }) => status.phase === 'Pending').length === 2);

  await theatre.ticks('hdc-cuda', 15);
  expect(theatre.look('hdc-cuda').state).toBe('firing');
});

it('clears when batches fit, and stays quiet with the old batch size once the backlog is worked off', async () => {
  theatre.stories.start('hdc-cuda');
  await theatre.state('hdc-cuda', 'firing');

  setVariable(theatre, hdc, 'HDC_GPU_BATCH_SIZE', '50');

  await theatre.state('hdc-cuda', 'cleared');
  await eventually('the webhook', () => theatre.heard().length > 1);
  expect(theatre.heard().map(({ status }) => status)).toEqual(['firing', 'resolved']);
  await eventually('the backlog worked off', () => theatre.look('hdc-cuda').signal?.value === 16.5);
  setVariable(theatre, hdc, 'HDC_GPU_BATCH_SIZE', '100');
  await eventually('batches of 100 again', () => theatre.look('hdc-cuda').signal?.value === 33);
  expect(theatre.look('hdc-cuda').state).toBe('cleared');
});

it('fires again when the change is taken back too early', async () => {
  theatre.stories.start('hdc-cuda');
  await theatre.state('hdc-cuda', 'firing');
  setVariable(theatre, hdc, 'HDC_GPU_BATCH_SIZE', '1');
  await theatre.state('hdc-cuda', 'cleared');

  setVariable(theatre, hdc, 'HDC_GPU_BATCH_SIZE', '100');

  await theatre.state('hdc-cuda', 'firing');
  expect(theatre.look('hdc-cuda').signal?.value).toBe(56);
});

it('crashes with a batch size that is no number', async () => {
  setVariable(theatre, hdc, 'HDC_GPU_BATCH_SIZE', 'fifty');

  const crashed = await eventually('a crash', () =>
    pods().find(({ status }) => (status.containerStatuses?.[0]?.restartCount ?? 0) > 0),
  );
  expect(await logs(crashed.metadata.name)).toContain('must be a whole number');
});

it('is put back by reset, and its alert clears by itself', async () => {
  theatre.stories.start('hdc-cuda');
  await theatre.state('hdc-cuda', 'firing');
  setVariable(theatre, hdc, 'HDC_GPU_BATCH_SIZE', '99');

  theatre.stories.reset('hdc-cuda');

  await theatre.state('hdc-cuda', 'calm');
  await eventually('the deployment as it was', () => theatre.look('hdc-cuda').signal?.value === 33);
  expect(pods().map(({ spec }) => spec.containers[0]?.env)).toContainEqual([
    { name: 'HDC_GPU_BATCH_SIZE', value: '100' },
  ]);
  theatre.stories.start('hdc-cuda');
  await theatre.state('hdc-cuda', 'firing');
});
