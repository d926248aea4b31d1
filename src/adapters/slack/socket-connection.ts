/**
 * One WebSocket of Socket Mode (Slack documentation, "Using Socket Mode").
 *
 *   connecting → hello → open → (Slack asks for another: `disconnect`) → closed
 *
 * Slack's own client closes a socket as soon as it is asked to replace it, and what was being answered on it is lost;
 * here whoever holds the connection opens the next one first. A peer that went silent is found by our own pings.
 */
import { WebSocket } from 'ws';
import { z } from 'zod';
import { OperationError } from '../../domain/errors.ts';
import type { Clock, Log } from '../../flow/ports.ts';
import type { SlackBody } from './slack-body.ts';

const helloWithinMs = 10_000;
/** Three pings without any sign of life and the socket is given up. */
const silentAfterPings = 3;
/** Slack leaves the TCP connection open after the closing handshake. */
const goodbyeMs = 1_000;
const messageBytesMax = 1024 * 1024;

/** A delivery, as it came. */
export type Envelope = {
  readonly id: string;
  readonly body: SlackBody;
  /** The acknowledgement may carry an answer, such as a command's text or a form's errors. */
  readonly acceptsPayload: boolean;
  readonly retryNum?: number;
  readonly retryReason?: string;
};

export type SocketConnection = {
  /** When Slack last gave a sign of life. */
  readonly heardAt: () => Date;
  /** False when the socket is closed: the acknowledgement is lost. */
  acknowledge(envelopeId: string, payload?: object): boolean;
  close(): Promise<void>;
};

export type SocketListener = {
  /** Said hello; envelopes may follow before `openConnection` resolves. */
  opened(connection: SocketConnection): void;
  envelope(envelope: Envelope): void;
  /** Slack is going to close this one: `warning`, `refresh_requested`, `link_disabled`, `too_many_websockets`. */
  disconnect(reason: string): void;
  /** Not called when it never opened, nor after `close()`. */
  closed(why: string): void;
};

const Message = z.object({
  type: z.string(),
  reason: z.string().optional(),
  envelope_id: z.string().optional(),
  payload: z.record(z.string(), z.unknown()).optional(),
  accepts_response_payload: z.boolean().optional(),
  retry_attempt: z.number().optional(),
  retry_reason: z.string().optional(),
});
type Message = z.infer<typeof Message>;

/** Resolves when Slack has said hello, after `opened`. Throws a retryable `chat-unavailable` when it does not. */
export function openConnection(options: {
  /** From apps.connections.open: holds a ticket, so it is never logged. */
  url: string;
  clock: Clock;
  log: Log;
  listener: SocketListener;
  pingEveryMs: number;
}): Promise<void> {
  const { url, clock, log, listener, pingEveryMs } = options;
  const socket = new WebSocket(url, {
    handshakeTimeout: helloWithinMs,
    maxPayload: messageBytesMax,
    perMessageDeflate: false,
  });
  let state: 'connecting' | 'open' | 'closing' = 'connecting';
  let heardAt = clock.now();
  let trouble = '';

  return new Promise<void>((resolve, reject) => {
    const late = setTimeout(() => end('no hello came'), helloWithinMs);
    const pinging = setInterval(() => {
      if (clock.now().getTime() - heardAt.getTime() > silentAfterPings * pingEveryMs)
        end('nothing was heard from Slack');
      else if (socket.readyState === WebSocket.OPEN) socket.ping();
    }, pingEveryMs);
    const gone = new Promise<void>((left) => socket.once('close', () => left()));

    function end(why: string): void {
      trouble ||= why;
      socket.terminate();
    }

    async function close(): Promise<void> {
      state = 'closing';
      const timer = setTimeout(() => socket.terminate(), goodbyeMs);
      socket.close(1000);
      await gone;
      clearTimeout(timer);
    }

    function acknowledge(envelopeId: string, payload?: object): boolean {
      if (socket.readyState !== WebSocket.OPEN) return false;
      socket.send(JSON.stringify({ envelope_id: envelopeId, ...(payload ? { payload } : {}) }));
      return true;
    }

    function receive(message: Message): void {
      if (message.type === 'hello') {
        clearTimeout(late);
        state = 'open';
        listener.opened({ heardAt: () => heardAt, acknowledge, close });
        resolve();
      } else if (message.type === 'disconnect') {
        const reason = message.reason ?? 'no reason';
        if (state === 'connecting') end(`Slack turned it away: ${reason}`);
        else listener.disconnect(reason);
      } else if (message.envelope_id && message.payload) {
        listener.envelope({
          id: message.envelope_id,
          body: message.payload,
          acceptsPayload: message.accepts_response_payload ?? false,
          ...(message.retry_attempt ? { retryNum: message.retry_attempt } : {}),
          ...(message.retry_reason ? { retryReason: message.retry_reason } : {}),
        });
      } else {
        log.debug({ type: message.type }, 'slack socket message without an envelope');
      }
    }

    const heard = (): void => {
      heardAt = clock.now();
    };
    socket.on('ping', heard);
    socket.on('pong', heard);
    socket.on('message', (data) => {
      heard();
      const message = parse(data);
      if (message) receive(message);
      else log.warn({}, 'slack socket message that is not as documented was ignored');
    });
    socket.on('error', (error) => {
      trouble ||= codeOf(error);
    });
    socket.once('close', (code) => {
      clearTimeout(late);
      clearInterval(pinging);
      const why = trouble || `closed with code ${code}`;
      if (state === 'open') listener.closed(why);
      else if (state === 'connecting') reject(cannotOpen(why));
    });
  });
}

function parse(data: unknown): Message | undefined {
  try {
    return Message.parse(JSON.parse(String(data)));
  } catch {
    return undefined;
  }
}

/** Never the message: a library may put the address, and so the ticket, into it. */
function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : 'the handshake was refused';
}

function cannotOpen(why: string): OperationError {
  return new OperationError('chat-unavailable', `A Slack socket could not be opened: ${why}.`, { retryable: true });
}
