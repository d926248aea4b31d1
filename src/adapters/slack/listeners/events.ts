/** Events that Slack sends: recorded, so that nothing accepted is unseen. Sent again by Slack until answered with 200. */
import type { App } from '@slack/bolt';
import { z } from 'zod';
import { DeliveryKey } from './listening.ts';
import type { Listening } from './listening.ts';

/** Fields have many shapes over the kinds of events; only these are looked at. */
const Event = z.object({
  type: z.string(),
  user: z
    .union([z.string(), z.object({ id: z.string() }).transform((user) => user.id)])
    .optional()
    .catch(undefined),
  channel: z
    .union([z.string(), z.object({ id: z.string() }).transform((channel) => channel.id)])
    .optional()
    .catch(undefined),
  tab: z.string().optional().catch(undefined),
});

export function listenToEvents(app: App, { interactions }: Listening): void {
  app.event(/.*/, async ({ event, context }) => {
    const { type, user, channel, tab } = Event.parse(event);
    const { deliveryKey } = DeliveryKey.parse(context);
    const gesture = { user: user ?? '', channel: channel ?? '', deliveryKey };
    // The same event comes for the app's messages tab.
    if (type === 'app_home_opened' && tab !== 'messages' && user) await interactions().openHome(gesture);
    else await interactions().note({ ...gesture, event: type });
  });
}
