import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { continualMemory } from '../../../src/sandbox/story/continual-memory.ts';
import { eventually } from '../../eventually.ts';
import { openTheatre, restart, setVariable, type Theatre } from './theatre.ts';

const place = { namespace: 'continual', deployment: 'continual-trainer' };
let theatre: Theatre;

beforeEach(async () => {
  theatre = await openTheatre([continualMemory]);
});
afterEach(() => theatre.close());

const pods = () => theatre.world.pods('continual', { app: 'continual-trainer' });
const restarts = () => pods().map(({ status }) => status.containerStatuses?.[0]?.restartCount ?? 0);

async function breakIt(): Promise<void> {
  theatre.stories.start('continual-memory');
  await theatre.state('continual-memory', 'firing');
  await eventually('trainers killed', () => restarts().some((count) => count > 1));
}

function setImage(image: string): void {
  theatre.world.change('deployments', 'continual', 'continual-trainer', (deployment) => {
    const [container] = deployment.spec.template.spec.containers;
    if (container) container.image = image;
    return deployment;
  });
}

it('uses two thirds of its memory until it is started', async () => {
  await eventually('a full batch', () => theatre.look('continual-memory').signal?.value === 70.3);
  await theatre.ticks('continual-memory', 10);

  expect(theatre.look('continual-memory').state).toBe('calm');
  expect(restarts()).toEqual([0, 0]);
});

it('has its trainers killed by the kernel, and goes on firing while they wait to be started again', async () => {
  await breakIt();

  await theatre.ticks('continual-memory', 30);
  expect(theatre.look('continual-memory').state).toBe('firing');
  expect(theatre.world.list('events').map(({ reason }) => reason)).toContain('OOMKilling');
  expect(pods().map(({ status }) => status.containerStatuses?.[0]?.lastState.terminated?.reason)).toContain(
    'OOMKilled',
  );
});

it('clears when a batch fits, and fires again when that is taken back', async () => {
  await breakIt();

  setVariable(theatre, place, 'BATCH_SIZE', '16');
  await theatre.state('continual-memory', 'cleared');
  expect(restarts()).toEqual([0, 0]);

  setVariable(theatre, place, 'BATCH_SIZE', '32');
  await theatre.state('continual-memory', 'firing');
});

it('does not clear by a restart', async () => {
  await breakIt();
  const old = pods().map(({ metadata }) => metadata.name);

  restart(theatre, place);
  await eventually('only new pods', () => !pods().some(({ metadata }) => old.includes(metadata.name)));
  await eventually('new pods killed', () => restarts().some((count) => count > 1));

  expect(theatre.look('continual-memory').state).toBe('firing');
});

it('does not clear by an image that is missing, which can be taken back', async () => {
  await breakIt();

  setImage('continual/tiny-transformer:1.4-missing');
  await eventually('a pod that cannot pull', () =>
    pods().some(({ status }) => status.containerStatuses?.[0]?.state.waiting?.reason === 'ImagePullBackOff'),
  );
  await theatre.ticks('continual-memory', 30);
  expect(theatre.look('continual-memory').state).toBe('firing');

  setImage('continual/tiny-transformer:1.3');
  setVariable(theatre, place, 'BATCH_SIZE', '16');
  await theatre.state('continual-memory', 'cleared');
});

it('is put back by reset, and can be started again', async () => {
  await breakIt();

  theatre.stories.reset('continual-memory');

  await theatre.state('continual-memory', 'calm');
  expect(restarts()).toEqual([0, 0]);
  await breakIt();
});
