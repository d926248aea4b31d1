/** Leads whoever started a story to its incident once there is one. No DOM in here. */
import type { StoryLook } from '../protocol.ts';

export type AwaitedStories = {
  started(story: string): void;
  putBack(story: string): void;
  /**
   * The channel of a story that was started here and fires by now, once for each start.
   *
   * @param known the channels that can be seen: a story may name its channel a moment before
   */
  arrived(stories: readonly StoryLook[], known: ReadonlySet<string>): string | undefined;
};

export function createAwaitedStories(): AwaitedStories {
  const awaited = new Set<string>();
  return {
    started: (story) => void awaited.add(story),
    putBack: (story) => void awaited.delete(story),
    arrived(stories, known) {
      let found: string | undefined;
      for (const { id, state, channel } of stories) {
        // An incident that is open still may be used again, so its channel alone tells nothing.
        if (state !== 'firing' || channel === undefined || !known.has(channel)) continue;
        if (awaited.delete(id)) found ??= channel;
      }
      return found;
    },
  };
}
