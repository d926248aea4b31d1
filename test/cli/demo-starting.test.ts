import { expect, it } from '@jest/globals';
import { holdStories } from '../../src/cli/demo/while-starting.ts';
import type { StoryControl } from '../../src/sandbox/demo/host.ts';
import type { StoryLook } from '../../src/sandbox/demo/protocol.ts';
import { StoryRefused } from '../../src/sandbox/story/story.ts';

const calm: StoryLook = {
  id: 'hdc-cuda',
  system: 'HD-Compute-Toolkit',
  title: 'CUDA out of memory',
  summary: '',
  via: 'Alertmanager',
  namespace: 'hdc',
  state: 'calm',
  signal: null,
};

function held() {
  const begun: string[] = [];
  const control: StoryControl = {
    look: () => [calm],
    onChange: () => () => undefined,
    start: (id) => void begun.push(id),
    reset: (id) => void begun.push(`reset ${id}`),
    guide: () => ({ text: 'the story’s own', step: 1, steps: 8 }),
  };
  return { begun, stories: holdStories(control) };
}

it('begins a story that was started early once Firebreak is ready, once', () => {
  const { begun, stories } = held();

  stories.start('hdc-cuda');
  stories.start('hdc-cuda');

  expect(begun).toEqual([]);
  expect(stories.look()[0]).toMatchObject({ state: 'broken', note: expect.stringContaining('Waits for Firebreak') });
  expect(stories.guide('U0ALICE').text).toContain('Then your story begins.');
  stories.release();
  expect(begun).toEqual(['hdc-cuda']);
  expect(stories.look()[0]).toEqual(calm);
  expect(stories.guide('U0ALICE').text).toBe('the story’s own');
});

it('forgets a story that was started early and reset before Firebreak was ready', () => {
  const { begun, stories } = held();

  stories.start('hdc-cuda');
  stories.reset('hdc-cuda');
  stories.release();

  expect(begun).toEqual([]);
});

it('says why nothing begins when Firebreak cannot be started', () => {
  const { stories } = held();

  stories.fail('The disk is full.');

  expect(() => stories.start('hdc-cuda')).toThrow(new StoryRefused('The disk is full.'));
  expect(stories.guide('U0ALICE').text).toBe('The disk is full.');
});
