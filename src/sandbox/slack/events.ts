import type { Answer, Delivery, DeliveryOptions } from './delivery.ts';
import type { JsonObject, Workspace } from './workspace.ts';

/** Slack sends an event that was not answered with 2xx again at once, after 1 min and after 5 min. */
const retryAfterMs = [0, 60_000, 300_000];

export interface Events {
  /** Wraps an event in its envelope and sends it, with retries if need be. Answers with the first attempt. */
  send: (event: JsonObject & { type: string }, options?: DeliveryOptions & { eventId?: string }) => Promise<Answer>;
  /** Whether the app subscribed to this type, such as `message.channels`. */
  subscribed(type: string): boolean;
  stop(): void;
}

/** @param timeScale how many seconds of Slack's waiting pass in one second here */
export function createEvents(parts: {
  workspace: Workspace;
  delivery: Delivery;
  subscriptions: readonly string[];
  timeScale: number;
  verificationToken: string;
}): Events {
  const { workspace, delivery, timeScale } = parts;
  const timers = new Set<NodeJS.Timeout>();

  function retry(envelope: JsonObject, failed: Answer, num: number): void {
    const waitMs = retryAfterMs[num - 1];
    if (waitMs === undefined || (failed.status >= 200 && failed.status < 300)) return;
    const reason =
      failed.failure === 'operation_timeout' ? 'http_timeout' : (failed.failure ?? ('http_error' as const));
    const timer = setTimeout(() => {
      timers.delete(timer);
      void delivery
        .send('event', envelope, { retry: { num, reason } })
        .then((answer) => retry(envelope, answer, num + 1));
    }, waitMs / timeScale);
    timers.add(timer);
  }

  return {
    subscribed: (type) => parts.subscriptions.includes(type),
    async send(event, { eventId = workspace.nextId('Ev'), ...options } = {}) {
      const envelope = {
        token: parts.verificationToken,
        team_id: workspace.team.id,
        api_app_id: workspace.app.id,
        event: { event_ts: workspace.nextTs(), ...event },
        type: 'event_callback',
        event_id: eventId,
        event_time: Math.floor(workspace.now() / 1000),
        authorizations: [
          {
            enterprise_id: null,
            team_id: workspace.team.id,
            user_id: workspace.app.botUserId,
            is_bot: true,
            is_enterprise_install: false,
          },
        ],
        is_ext_shared_channel: false,
      };
      const answer = await delivery.send('event', envelope, options);
      retry(envelope, answer, 1);
      return answer;
    },
    stop() {
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
    },
  };
}
