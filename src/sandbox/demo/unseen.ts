/** What a page that lags behind still shows, or shows to the wrong person: said without the names that only programs use. */
import { canSee } from '../slack/places.ts';
import { findChannel, findMessage, findView, isEphemeral, type User, type Workspace } from '../slack/workspace.ts';
import type { Gesture, Place } from './protocol.ts';

/** Undefined: this person has in front of them what they want to use. */
export function whyUnseen(workspace: Workspace, user: User, gesture: Gesture): string | undefined {
  if ('place' in gesture) return whyNotAt(workspace, user, gesture.place);
  if ('view' in gesture) {
    if (!isOpen(workspace, user, gesture.view)) return closed;
    const inFront = workspace.modals.get(user.id)?.at(-1)?.id;
    if (gesture.do === 'submit' && inFront !== gesture.view)
      return 'Another form is in front of this one. Finish that one first.';
  }
  if (gesture.do === 'say') {
    const channel = findChannel(workspace, gesture.channel);
    if (!channel || !canSee(channel, user)) return noChannel;
  }
  return undefined;
}

const closed = 'This form is closed already.';
const noChannel = 'There is no such channel.';

const isOpen = (workspace: Workspace, user: User, view: string): boolean =>
  findView(workspace, view)?.userId === user.id;

function whyNotAt(workspace: Workspace, user: User, place: Place): string | undefined {
  if ('view' in place) return isOpen(workspace, user, place.view) ? undefined : closed;
  const found = findMessage(workspace, place);
  if (!found) return 'This message is gone.';
  if (!canSee(found.channel, user)) return noChannel;
  const { message } = found;
  return isEphemeral(message) && message.shownTo !== user.id ? 'This message is gone.' : undefined;
}
