/** What the parts of the page that show Slack are given by the page around them. */
import type { Gesture, Outcome, Person, Single } from '../../protocol.ts';

/** A gesture of the person whose eyes these are; the page adds who that is. */
export type GestureWithoutAs = Gesture extends infer One ? (One extends Gesture ? Omit<One, 'as'> : never) : never;

export type SlackContext = {
  readonly people: Single['people'];
  readonly groups: Single['groups'];
  readonly me: Person;
  /** Names of the channels that I see, by id. */
  readonly channels: Readonly<Record<string, string>>;
  now(): Date;
  /** Resolves with what Slack or the page's server said; rejects when the server could not be reached. */
  act(gesture: GestureWithoutAs): Promise<Outcome>;
  openChannel(id: string): void;
  openThread(channel: string, ts: string): void;
  /** Said by a screen reader when it has time (an `aria-live` region). */
  announce(text: string): void;
  /** Draws the page again: something changed that the server knows nothing of. */
  changed(): void;
};
