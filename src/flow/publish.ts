/**
 * The outbox: sends a message or brings it up to date. Handles `publish`.
 *
 *   not our turn → the chat says when it is; nothing was noted and nothing was sent, and the work is due again then
 *   first send   → noted in the ledger, then sent; when the answer is lost it is looked for in the history before it is
 *                  sent again, so nothing is posted twice
 *   later        → the newest state; several changes meanwhile are one update
 *
 *   deleted      → noted once; whoever deletes a message may have had a reason, so it is neither drawn nor posted again
 *   archived     → (or the whole channel deleted) left as it is; what was not posted goes to the channel in which the
 *                  incident is reopened
 *
 * Whoever drew an old state and cannot know whether it arrived, or arrived late, asks for the message to be drawn again.
 */
import type { Message } from '../domain/posting.ts';
import type { View } from '../domain/view.ts';
import type { Ledger } from './ledger.ts';
import type { Lane } from '../domain/work.ts';
import { OperationError } from '../domain/errors.ts';
import type { Chat, Clock, Failpoint, Log } from './ports.ts';
import type { Views } from './views.ts';
import type { Handler } from './work.ts';

/** A reply looks for the message it belongs under, less often the longer it waits, and not for ever. */
const threadWaitMinMs = 250;
const threadWaitMaxMs = 5_000;
const threadPatienceMs = 24 * 60 * 60_000;

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
  log,
}: {
  ledger: Ledger;
  chat: Chat;
  views: Views;
  clock: Clock;
  failpoint: Failpoint;
  log: Log;
}): Publish {
  const load = (key: string): Promise<Loaded | undefined> =>
    ledger.transaction(async (tx) => {
      const message = await tx.message(key);
      const view = message && (await views(tx, message));
      if (!message || !view) return undefined;
      const parent = message.threadKey ? await tx.message(message.threadKey) : undefined;
      return { message, view, threadTs: parent?.ts, waiting: parent !== undefined && parent.ts === undefined };
    });

  async function send({ message, view, threadTs }: Loaded, lane: Lane): Promise<string> {
    const { channel, key } = message;
    const where = { channel, key, lane, ...(threadTs ? { threadTs } : {}) };
    const found = message.askedAt ? await chat.findMessage(where) : undefined;
    if (found) {
      await chat.update({ channel, ts: found.ts, view, lane });
      return found.ts;
    }
    const beforeSend = async (): Promise<void> => {
      if (!message.askedAt) {
        await ledger.transaction(async (tx) => tx.updateMessage(key, { askedAt: await tx.now() }));
      }
      failpoint('publish:before-send');
    };
    const { ts } = await chat.post({ ...where, view, beforeSend });
    failpoint('publish:after-send');
    return ts;
  }

  const handler: Handler = async (work, signal) => {
    const loaded = await load(work.subject);
    if (!loaded) return async () => undefined;
    const { message, view } = loaded;
    if (message.goneAt || (message.ts && message.publishedRevision >= message.revision)) return async () => undefined;
    if (loaded.waiting) {
      const waitedMs = clock.now().getTime() - message.createdAt.getTime();
      if (waitedMs > threadPatienceMs) throw orphaned(message.key);
      const againInMs = Math.min(threadWaitMaxMs, Math.max(threadWaitMinMs, waitedMs / 4));
      return async () => ({ againInMs });
    }

    const { channel, key } = message;
    let ts = message.ts;
    try {
      if (ts) await chat.update({ channel, ts, view, lane: work.lane });
      else ts = await send(loaded, work.lane);
    } catch (error) {
      if (isCode(error, 'chat-message-gone') && ts) {
        log.warn({ key, channel }, 'somebody deleted a message; it is not drawn any more');
        return async (tx) => tx.updateMessage(key, { goneAt: await tx.now() });
      }
      if (!(await isForDeadChannel(error, channel))) throw error;
      log.warn({ key, channel }, 'a message was not drawn: its channel is archived or gone');
      return async () => undefined;
    }
    // Somebody else took over, and may have drawn something newer before this arrived.
    if (signal.aborted) await ledger.transaction((tx) => tx.touchMessage(message.key, work.lane));
    return async (tx) => tx.updateMessage(message.key, { ts, publishedRevision: message.revision });
  };

  /** Slack does not always say why a message cannot be changed. */
  const isForDeadChannel = async (error: unknown, channel: string): Promise<boolean> =>
    isCode(error, 'chat-channel-gone') || (isCode(error, 'chat-rejected') && !(await chat.isLive(channel)));

  async function redraw(key: string): Promise<void> {
    const loaded = await load(key);
    if (!loaded?.message.ts || loaded.message.goneAt) return;
    const { message, view } = loaded;
    try {
      await chat.update({ channel: message.channel, ts: loaded.message.ts, view });
    } catch (error) {
      // It may yet arrive, after something newer that the queue draws.
      if (isCode(error, 'chat-ambiguous')) await ledger.transaction((tx) => tx.touchMessage(key, 'decision'));
      throw error;
    }
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

const isCode = (error: unknown, code: OperationError['code']): boolean =>
  error instanceof OperationError && error.code === code;

const orphaned = (key: string): OperationError =>
  new OperationError('chat-rejected', `${key} belongs under a message that was never posted`, { retryable: false });
