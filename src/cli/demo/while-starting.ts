/** The stories while Firebreak starts: they can be looked at, and one that is started begins when somebody can be paged. */
import type { StoryControl } from '../../sandbox/demo/host.ts';
import { StoryRefused } from '../../sandbox/story/story.ts';
import { createListeners } from '../../sandbox/listeners.ts';

export type HeldStories = StoryControl & {
  /** Firebreak is ready: what was started meanwhile begins. */
  release(): void;
  /** It never will be, and why. */
  fail(why: string): void;
};

const waitingNote = 'Waits for Firebreak: it begins as soon as it is ready.';

export function holdStories(stories: StoryControl): HeldStories {
  const listeners = createListeners();
  const waiting = new Set<string>();
  let state: 'starting' | 'ready' | { readonly failed: string } = 'starting';
  const guideText = (): string | undefined => {
    if (state === 'ready') return undefined;
    if (state !== 'starting') return state.failed;
    const then = waiting.size > 0 ? 'Then your story begins.' : 'Pick a story meanwhile.';
    return `Firebreak is still starting; its database takes a few seconds. ${then}`;
  };
  return {
    look: () =>
      stories.look().map((story) => (waiting.has(story.id) ? { ...story, state: 'broken', note: waitingNote } : story)),
    onChange(listener) {
      const stops = [listeners.add(listener), stories.onChange(listener)];
      return () => stops.forEach((stop) => stop());
    },
    start(id) {
      if (state === 'ready') return stories.start(id);
      if (state !== 'starting') throw new StoryRefused(state.failed);
      waiting.add(id);
      listeners.tell();
    },
    reset(id) {
      if (waiting.delete(id)) listeners.tell();
      else stories.reset(id);
    },
    guide(personId) {
      const text = guideText();
      return text === undefined ? stories.guide(personId) : { text, step: 0, steps: 0 };
    },
    release() {
      state = 'ready';
      for (const id of waiting) stories.start(id);
      waiting.clear();
      listeners.tell();
    },
    fail(why) {
      state = { failed: why };
      waiting.clear();
      listeners.tell();
    },
  };
}
