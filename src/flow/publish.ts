/**
 * The outbox: sends a message or brings it up to date. A send whose answer was lost is looked for in the history
 * before it is sent again, so nothing is posted twice. Handles `publish`.
 */
import type { Message } from '../domain/posting.ts';
import type { View } from '../domain/view.ts';
import type { Ledger } from './ledger.ts';
import { OperationError } from '../domain/errors.ts';
import type { Chat, Clock, Failpoint } from './ports.ts';
import type { Views } from './views.ts';
import type { Handler } from './work.ts';

/** A reply is looked at this often until the message it belongs under is there, and not for ever. */
const threadWaitMs = 250;
const threadWaitMaxMs = 15 * 60_000;

type Loaded = {
  readonly message: Message;
  readonly view: View;
  readonly threadTs: string | undefined;
  readonly waiting: boolean;
};

export type Publish = {
  readonly handler: Handler;
  /** Redraws messages that are already there; what fails is left to the queue. */
  readonly refresh: (keys: readonly string[]) => Promise<void>;
};

export function createPublish({
  ledger,
  chat,
  views,
  clock,
  failpoint,
}: {
  ledger: Ledger;
  chat: Chat;
  views: Views;
  clock: Clock;
  failpoint: Failpoint;
}): Publish {
  const load = (key: string): Promise<Loaded | undefined> =>
    ledger.transaction(async (tx) => {
      const message = await tx.message(key);
      const view = message && (await views(tx, message));
      if (!message || !view) return undefined;
      const parent = message.threadKey ? await tx.message(message.threadKey) : undefined;
      return { message, view, threadTs: parent?.ts, waiting: parent !== undefined && parent.ts === undefined };
    });

  async function send({ message, view, threadTs }: Loaded): Promise<string> {
    const { channel, key } = message;
    const where = { channel, key, ...(threadTs ? { threadTs } : {}) };
    if (message.askedAt) {
      const found = await chat.findMessage(where);
      if (found) {
        await chat.update({ channel, ts: found.ts, view });
        return found.ts;
      }
    } else {
      await ledger.transaction(async (tx) => tx.updateMessage(key, { askedAt: await tx.now() }));
    }
    failpoint('publish:before-send');
    const { ts } = await chat.post({ ...where, view });
    failpoint('publish:after-send');
    return ts;
  }

  const handler: Handler = async (work) => {
    const loaded = await load(work.subject);
    if (!loaded) return async () => undefined;
    const { message, view } = loaded;
    if (message.ts && message.publishedRevision >= message.revision) return async () => undefined;
    if (loaded.waiting) {
      const waitedMs = clock.now().getTime() - message.createdAt.getTime();
      if (waitedMs > threadWaitMaxMs) throw orphaned(message.key);
      return async () => ({ againInMs: threadWaitMs });
    }

    let ts = message.ts;
    if (ts) await chat.update({ channel: message.channel, ts, view });
    else ts = await send(loaded);
    return async (tx) => tx.updateMessage(message.key, { ts, publishedRevision: message.revision });
  };

  async function redraw(key: string): Promise<void> {
    const loaded = await load(key);
    if (!loaded?.message.ts) return;
    const { message, view } = loaded;
    await chat.update({ channel: message.channel, ts: loaded.message.ts, view });
    await ledger.transaction(async (tx) => {
      const now = await tx.message(key);
      if (now?.revision === message.revision) await tx.updateMessage(key, { publishedRevision: message.revision });
      // The queue drew something newer while we drew this: draw once more.
      else await tx.touchMessage(key, 'decision');
    });
  }

  return {
    handler,
    async refresh(keys) {
      await Promise.allSettled(keys.map(redraw));
    },
  };
}

const orphaned = (key: string): OperationError =>
  new OperationError('chat-rejected', `${key} belongs under a message that was never posted`, { retryable: false });
