/** Events of the chat: a person opens their App Home, and everything else, which is recorded and let pass. */
import { drawHome } from '../home/draw-home.ts';
import type { Interactions } from '../interactions.ts';
import type { Door } from './door.ts';

export function createHomeGestures({ door }: { door: Door }): Pick<Interactions, 'openHome' | 'note'> {
  return {
    async openHome(gesture) {
      await door.once(gesture, 'app_home_opened', async (tx) => {
        await tx.seeHome(gesture.user);
        await drawHome(tx, gesture.user);
      });
    },
    async note(gesture) {
      await door.once(gesture, gesture.event.slice(0, 100), async () => undefined);
    },
  };
}
