/** Which story the page is about at the moment. No DOM in here. */
import type { StoryLook } from '../protocol.ts';

/** The one whose channel is open, else the one that the guide speaks of, else one that was started. */
export function focusStory(
  stories: readonly StoryLook[],
  middle: string,
  guided: string | undefined,
): StoryLook | undefined {
  const started = stories.filter((story) => story.state !== 'calm');
  return (
    stories.find((story) => story.channel === middle) ??
    started.find((story) => story.id === guided) ??
    started.find((story) => story.state !== 'cleared') ??
    started[0]
  );
}
