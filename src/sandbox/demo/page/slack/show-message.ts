/** Brings a message into view, as a click on a link to it does. */
import type { SlackContext } from './context.ts';

/** The same message may stand in its channel and at the head of its thread. */
export type Frame = 'channel' | 'thread' | 'home' | 'modal';

export function messageDomId(frame: Frame, channel: string, ts: string): string {
  return `sl-${frame}-${channel}-${ts}`;
}

/** Until it is drawn: a channel that was not open comes with the next frames. */
const framesMax = 60;

/** Opens the channel, scrolls to the message and moves the focus there. */
export function showMessage(context: Pick<SlackContext, 'openChannel'>, channel: string, ts: string): void {
  context.openChannel(channel);
  let left = framesMax;
  const look = () => {
    const found = document.getElementById(messageDomId('channel', channel, ts));
    left -= 1;
    if (!found) {
      if (left > 0) requestAnimationFrame(look);
      return;
    }
    found.scrollIntoView({ block: 'center' });
    found.focus({ preventScroll: true });
    found.classList.remove('sl-shown');
    // Read once, so that the highlight begins anew when it is shown twice.
    void found.offsetWidth;
    found.classList.add('sl-shown');
  };
  requestAnimationFrame(look);
}
