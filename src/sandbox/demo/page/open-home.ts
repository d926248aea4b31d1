/** Slack tells the app when somebody opens its home. The app may be starting still, so it is told again. */
import type { Outcome } from '../protocol.ts';

const againAfterMs = 2_000;
/** A start takes some seconds; after two minutes there is another reason. */
const attemptsMax = 60;

export type HomeOpener = {
  /** Called at every drawing. @param person who looks at the home, undefined when nobody does */
  look(person: string | undefined): void;
};

/**
 * @param tell says to Slack that the person who is acted as opened the home
 * @param refused hears the first refusal of a visit, and none after it
 */
export function createHomeOpener(
  tell: () => Promise<Outcome>,
  refused: (text: string) => void,
  waitMs = againAfterMs,
): HomeOpener {
  let visitor: string | undefined;
  let visit = 0;

  async function open(mine: number, attempt: number): Promise<void> {
    const outcome = await tell();
    if (outcome.ok || mine !== visit) return;
    if (attempt === 1) refused(outcome.text);
    if (attempt === attemptsMax) return;
    setTimeout(() => {
      if (mine === visit) void open(mine, attempt + 1);
    }, waitMs);
  }

  return {
    look(person) {
      if (person === visitor) return;
      visitor = person;
      visit += 1;
      if (person !== undefined) void open(visit, 1);
    },
  };
}
