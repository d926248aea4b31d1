/**
 * Slack over Socket Mode: two sockets, so that one can be replaced while the other listens.
 *
 *   seat: open → listen → (asked to be replaced: open the next, the old one goes on until Slack closes it) → open …
 *         not to be had → wait (doubling, with jitter) → open …
 *
 * An envelope is acknowledged after its listener committed, on the socket that brought it. What people did while no
 * socket was open anywhere is lost, as Slack sends nothing again: `heard` tells the ledger until when we listened, and
 * answers with the gap when there was one.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { OperationError, describeError, invariant } from '../../domain/errors.ts';
import type { Clock, Log } from '../../flow/ports.ts';
import type { Gap, HeardSlack } from '../../flow/reconcile/reconcile-chat.ts';
import { repeat } from '../../flow/repeat.ts';
import type { SlackCall } from './client.ts';
import type { Dispatched, Dispatcher } from './dispatch.ts';
import { SlackRejection } from './errors.ts';
import { openConnection } from './socket-connection.ts';
import type { Envelope, SocketConnection } from './socket-connection.ts';

const seats = 2;
const backOffMinMs = 1_000;
const backOffMaxMs = 30_000;
/** One that Slack ends sooner counts as a failure: there may be too many (Slack allows 10 for each app). */
const shortLifeMs = 10_000;
/** Slack closes a socket about 10 s after it said so; this is for when it does not. */
const retiredMs = 30_000;
/** An envelope that came twice is looked for among this many. */
const rememberedMax = 1_000;

export type SocketState = { readonly sockets: number; readonly lastGap?: Gap };

export type SlackSocket = {
  /**
   * Resolves when the first socket is open, or could not be opened for now. Throws `config-invalid` when Slack refuses
   * the app-level token.
   */
  start(heard: HeardSlack): Promise<void>;
  state(): SocketState;
  /** Takes no new envelopes, acknowledges those that are being handled, and closes. */
  close(): Promise<void>;
};

/** A socket that is open, until it is closed. */
type Open = { readonly connection: SocketConnection; readonly answering: Set<Promise<void>>; leaveSeat(): void };

const Ticket = z.object({ url: z.string().regex(/^wss?:\/\//) });

export function createSlackSocket(options: {
  /** With the app-level token. */
  call: SlackCall;
  dispatch: Dispatcher['dispatch'];
  clock: Clock;
  log: Log;
  pingEveryMs?: number;
}): SlackSocket {
  const { call, dispatch, clock, log, pingEveryMs = 5_000 } = options;
  const open = new Set<Open>();
  const stopping = new AbortController();
  const keeping: Promise<void>[] = [];
  const recent = new Map<string, Promise<Dispatched>>();
  const timers = new Set<NodeJS.Timeout>();
  /** Since when at least one socket has been open without a break. */
  let listeningSince: Date | undefined;
  let lastGap: Gap | undefined;
  /** The newest try failed, and it was said. */
  let outage = false;
  let stopTelling: (() => Promise<void>) | undefined;
  let told: Promise<void> = Promise.resolve();
  let heard: HeardSlack = async () => undefined;

  const closing = (): boolean => stopping.signal.aborted;

  /** The same envelope on both sockets, or a second time, is handled once and acknowledged each time. */
  function handle(envelope: Envelope): Promise<Dispatched> {
    const { body, id, retryNum, retryReason } = envelope;
    const deliveryKey = typeof body['event_id'] === 'string' ? body['event_id'] : id;
    const known = recent.get(deliveryKey);
    if (known) return known;
    const handling = dispatch(body, {
      deliveryKey,
      ...(retryNum ? { retryNum } : {}),
      ...(retryReason ? { retryReason } : {}),
    });
    recent.set(deliveryKey, handling);
    if (recent.size > rememberedMax) recent.delete(recent.keys().next().value ?? '');
    void handling.then((outcome) => {
      if (outcome.kind === 'failed') recent.delete(deliveryKey);
    });
    return handling;
  }

  async function answer(connection: SocketConnection, envelope: Envelope): Promise<void> {
    const outcome = await handle(envelope);
    // Without an acknowledgement Slack tells the person, and sends an event again.
    if (outcome.kind === 'failed') return;
    const payload = envelope.acceptsPayload ? payloadOf(outcome.value) : undefined;
    if (!connection.acknowledge(envelope.id, payload)) {
      log.warn({ envelopeId: envelope.id }, 'slack socket closed before what it brought was acknowledged');
    }
  }

  /** Opens a socket. `ended` says why it should be replaced; the old one may live on for a while. */
  async function openOne(): Promise<{ promise: Promise<string> }> {
    const ticket = await call('apps.connections.open', {}, Ticket);
    invariant(ticket, 'apps.connections.open has no codes that are fine');
    const ended = Promise.withResolvers<string>();
    let mine: Open | undefined;
    await openConnection({
      url: ticket.url,
      clock,
      log,
      pingEveryMs,
      listener: {
        opened(connection) {
          mine = { connection, answering: new Set(), leaveSeat: () => ended.resolve('closing') };
          enter(mine);
          // It was asked for before it was time to stop.
          if (closing()) void shut(mine).finally(() => ended.resolve('closing'));
        },
        envelope(envelope) {
          if (closing() || !mine) return;
          const { answering, connection } = mine;
          const work: Promise<void> = answer(connection, envelope).finally(() => answering.delete(work));
          answering.add(work);
        },
        disconnect(reason) {
          if (reason === 'link_disabled') {
            log.error({}, 'Socket Mode was switched off for the app: switch it on in the app’s settings');
          } else log.info({ reason }, 'slack asks for a new socket');
          ended.resolve(reason);
          if (mine) closeLater(mine);
        },
        closed(why) {
          log.info({ why, sockets: open.size - 1 }, 'slack socket closed');
          if (mine) leave(mine);
          ended.resolve(why);
        },
      },
    });
    return ended;
  }

  const lastHeardAt = (): number => Math.max(...[...open].map(({ connection }) => connection.heardAt().getTime()));

  function enter(one: Open): void {
    const now = clock.now();
    // One that is still open may have been dead for a while, and nobody knows it yet.
    const alive = now.getTime() - lastHeardAt() < 2 * pingEveryMs;
    open.add(one);
    log.info({ sockets: open.size }, 'slack socket open');
    if (listeningSince && alive) return;
    listeningSince = now;
    void tell();
  }

  function leave(one: Open): void {
    open.delete(one);
    if (open.size > 0 || closing()) return;
    listeningSince = undefined;
    log.warn({}, 'no slack socket is open: what people do in Slack now is lost until one is');
  }

  function closeLater(one: Open): void {
    const timer = setTimeout(() => {
      timers.delete(timer);
      // The last one is kept for as long as Slack keeps it.
      if (open.size > 1) void shut(one);
      else closeLater(one);
    }, retiredMs);
    timers.add(timer);
  }

  async function shut(one: Open): Promise<void> {
    await Promise.allSettled(one.answering);
    await one.connection.close();
    if (open.has(one)) leave(one);
  }

  /** Keeps one socket open for ever. `first` is told how tries end; true says that whoever starts us gives up. */
  async function keepSeat(first: { opened(): void; failed(error: unknown): boolean }): Promise<void> {
    let failures = 0;
    while (!closing()) {
      const startedAt = clock.now().getTime();
      let waitMs = 0;
      try {
        const ended = await openOne();
        first.opened();
        outage = false;
        const reason = await ended.promise;
        if (closing()) return;
        const short = clock.now().getTime() - startedAt < shortLifeMs;
        failures = short || reason === 'link_disabled' ? failures + 1 : 0;
        // One that lived a while is replaced at once, and so is the first that did not.
        if (failures > 1) waitMs = backOff(failures - 1);
      } catch (error) {
        if (first.failed(error)) return;
        failures += 1;
        waitMs = Math.max(backOff(failures), error instanceof OperationError ? (error.retryAfterMs ?? 0) : 0);
        if (closing()) return;
        const fields = { why: describeError(isRefusal(error) ? refused(error) : error), sockets: open.size };
        const level = isRefusal(error) ? 'error' : 'warn';
        if (outage) log.debug({ ...fields, failures, waitMs }, 'slack socket still cannot be opened');
        else log[level](fields, 'slack socket cannot be opened; it is tried again until it can');
        outage = true;
      }
      // Rejects only when it is time to stop.
      if (waitMs > 0) await pause(waitMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }

  /** From half to the whole of 1 s, 2 s, 4 s … 30 s: processes that lost Slack together come back apart. */
  function backOff(failures: number): number {
    return Math.min(backOffMinMs * 2 ** (failures - 1), backOffMaxMs) * (0.5 + Math.random() / 2);
  }

  /** One at a time, as the first of them may find the gap. */
  function tell(): Promise<void> {
    told = told.then(async () => {
      if (!listeningSince) return;
      try {
        const at = new Date(Math.max(listeningSince.getTime(), lastHeardAt()));
        const gap = await heard({ since: listeningSince, at, now: clock.now() });
        if (!gap) return;
        lastGap = gap;
        log.warn(gap, 'nobody listened to slack for a while; incident channels are told when it is at most a week');
      } catch (error) {
        log.warn({ why: describeError(error) }, 'the ledger could not be told until when slack was heard');
      }
    });
    return told;
  }

  return {
    async start(tellLedger) {
      heard = tellLedger;
      try {
        await new Promise<void>((resolve, reject) => {
          let starting = true;
          const first = {
            opened() {
              starting = false;
              resolve();
            },
            failed(error: unknown) {
              if (starting && isRefusal(error)) {
                reject(refused(error));
                return true;
              }
              this.opened();
              return false;
            },
          };
          for (let seat = 0; seat < seats; seat++) keeping.push(keepSeat(first));
        });
      } catch (error) {
        stopping.abort();
        await Promise.all(keeping);
        throw error;
      }
      stopTelling = repeat(tell, pingEveryMs);
    },

    state: () => ({ sockets: open.size, ...(lastGap ? { lastGap } : {}) }),

    async close() {
      stopping.abort();
      await stopTelling?.();
      await tell();
      for (const timer of timers) clearTimeout(timer);
      for (const one of open) one.leaveSeat();
      await Promise.all([...open].map(shut));
      await Promise.all(keeping);
    },
  };
}

/** What the acknowledgement carries: a command's answer is a message, a form's is an action. */
function payloadOf(value: Extract<Dispatched, { kind: 'acknowledged' }>['value']): object | undefined {
  if (typeof value === 'string') return value === '' ? undefined : { text: value };
  return value;
}

const isRefusal = (error: unknown): error is SlackRejection => error instanceof SlackRejection;

function refused(cause: SlackRejection): OperationError {
  return new OperationError(
    'config-invalid',
    `Slack refuses SLACK_APP_TOKEN (${cause.slackCode}). Set it to an app-level token, xapp-…, that has the scope connections:write, and switch Socket Mode on in the app’s settings.`,
    { retryable: false, cause },
  );
}
