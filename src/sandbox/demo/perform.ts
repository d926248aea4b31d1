/** Carries out what a person did on the page, and says what Slack would say to them. */
import { type Answer, AppUnknown } from '../slack/delivery.ts';
import { SlackRefusal } from '../slack/methods/refusal.ts';
import type { Person } from '../slack/person.ts';
import { ElementMissing, PersonRefused } from '../slack/refused.ts';
import { StoryRefused } from '../story/story.ts';
import type { Alarms } from './alarms.ts';
import { failureOf } from './answer-failure.ts';
import { invite } from './invite.ts';
import type { DemoHost } from './host.ts';
import { done, refused } from './outcome.ts';
import type { Gesture, JournalLook, Outcome, Place } from './protocol.ts';
import { say } from './say.ts';
import { whyUnseen } from './unseen.ts';

type Parts = { readonly host: DemoHost; readonly alarms: Alarms };

/** Never throws what a person can be told. */
export async function perform(parts: Parts, gesture: Gesture): Promise<Outcome> {
  const { host, alarms } = parts;
  const user = host.slack.workspace.users.get(gesture.as);
  if (!user || host.cast[user.id] === undefined) return refused(`Nobody can act as ${gesture.as} here.`);
  const unseen = whyUnseen(host.slack.workspace, user, gesture);
  if (unseen !== undefined) return refused(unseen);
  try {
    return await act(parts, gesture, host.slack.as(user.id));
  } catch (error) {
    if (error instanceof ElementMissing)
      return refused('That button is gone: the message has changed. Look at it again.');
    if (error instanceof PersonRefused || error instanceof StoryRefused) return refused(error.message);
    if (error instanceof AppUnknown) return refused('The app is still starting. Try again in a few seconds.');
    if (!(error instanceof SlackRefusal)) throw error;
    alarms.raise(`The app’s answer to “${gesture.do}”`, error);
    return refused(`We had some trouble connecting. Try again? Slack would not take the app’s answer: ${error.code}.`);
  }
}

async function act({ host, alarms }: Parts, gesture: Gesture, person: Person): Promise<Outcome> {
  switch (gesture.do) {
    case 'click':
      return click(person, gesture);
    case 'select':
      return answered(await person.select(placeOf(gesture.place), elementOf(gesture), gesture.value));
    case 'options': {
      const answer = await person.options(placeOf(gesture.place), elementOf(gesture), gesture.typed);
      const outcome = answered(answer);
      return outcome.ok ? { ok: true, options: answer.options } : outcome;
    }
    case 'submit':
      return submit(person, gesture);
    case 'close':
      return answered(await person.close({ id: gesture.view }));
    case 'say':
      return say(host, person, gesture);
    case 'home':
      return answered(await person.openHome());
    case 'invite':
      return invite(host.slack.workspace, gesture);
    case 'start-story':
    case 'reset-story': {
      const { story } = gesture;
      if (!host.stories.look().some(({ id }) => id === story)) return refused(`There is no story ${story}.`);
      if (gesture.do === 'start-story') host.stories.start(story);
      else host.stories.reset(story);
      return done;
    }
    case 'arm-fault':
    case 'disarm-fault': {
      const { fault } = gesture;
      if (!host.faults.look().some(({ id }) => id === fault)) return refused(`There is no fault ${fault}.`);
      if (gesture.do === 'arm-fault') host.faults.arm(fault);
      else host.faults.disarm(fault);
      return done;
    }
    case 'dismiss-alarm':
      return alarms.dismiss(gesture.alarm) ? done : refused('This alarm was dismissed already.');
    case 'verify-journal':
      await host.journal.verify();
      return { ok: true, said: verdictOf(host.journal.look()) };
  }
}

const placeOf = (place: Place) => ('view' in place ? { id: place.view } : place);
const elementOf = ({ action, block }: { action: string; block: string }) => ({ action, blockId: block });

/** Slack names the blocks of a message anew with each update, and one may come while the finger is on its way. */
async function click(person: Person, gesture: Gesture & { do: 'click' }): Promise<Outcome> {
  const place = placeOf(gesture.place);
  const { action, value } = gesture;
  try {
    return answered(await person.click(place, elementOf(gesture)));
  } catch (error) {
    if (!(error instanceof ElementMissing) || value === undefined) throw error;
    return answered(await person.click(place, { action, value }));
  }
}

async function submit(person: Person, { view, values }: Gesture & { do: 'submit' }): Promise<Outcome> {
  const { errors, trouble } = await person.submit({ id: view }, values);
  if (trouble !== undefined) return refused(`We had some trouble connecting. Try again? (${trouble})`);
  return Object.keys(errors).length > 0 ? { ok: true, errors } : done;
}

function verdictOf({ verified: { ok, sealed, trouble } }: JournalLook): string {
  if (ok) return sealed === 0 ? 'Nothing is sealed yet.' : `Checked again: the chain holds to row ${sealed}.`;
  return `Checked again: the chain is broken.${trouble === undefined ? '' : ` ${trouble}`}`;
}

/** An app that was told nothing cannot have failed. */
function answered(answer: Answer | undefined): Outcome {
  const failure = answer && failureOf(answer);
  return failure === undefined ? done : refused(failure);
}
