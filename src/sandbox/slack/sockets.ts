import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { isObject } from './block-kit/check.ts';
import type { JsonObject } from './workspace.ts';

/**
 * Socket Mode (Slack's "Using Socket Mode"): an app-level token buys a ticket, the ticket opens one WebSocket, and each
 * delivery goes to one of the open ones, by turns. A delivery is answered when its envelope_id comes back; Slack sends
 * nothing again that nobody could hear, but for events.
 */
export interface Sockets {
  /** The address that one WebSocket may open, once. */
  ticket(origin: string): string;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Whether a socket was ever open: then the app is one that uses Socket Mode. */
  used(): boolean;
  /** Sends an envelope to the next open socket; undefined when there is none. */
  deliver(envelope: Envelope, answerMs: number): Promise<Acknowledgement> | undefined;
  control: SocketControl;
  stop(): void;
}

/** What a test may do to the connections. */
export interface SocketControl {
  /** How many are open. */
  open(): number;
  /** Breaks all of them, or so many of the oldest, without a word. */
  cut(count?: number): void;
  /** Stops hearing and speaking on all of them, without closing: a peer behind a dead router. */
  freeze(): void;
  /** Announces the end of the oldest socket, or of all, and closes it after that time; until another is open it is used. */
  announceEnd(
    reason: 'warning' | 'refresh_requested' | 'link_disabled',
    options: { closeAfterMs: number; all?: boolean },
  ): void;
  /** The next so many acknowledgements are not heard. */
  loseAcknowledgements(count: number): void;
}

export interface Envelope extends JsonObject {
  envelope_id: string;
  type: 'events_api' | 'interactive' | 'slash_commands';
  payload: JsonObject;
  accepts_response_payload: boolean;
}

export interface Acknowledgement {
  /** Absent: none came, because it took too long or the socket was closed. */
  payload?: JsonObject | undefined;
  failure: 'operation_timeout' | 'connection_failed' | undefined;
}

const socketsMax = 10;
const pingEveryMs = 10_000;

export function createSockets(parts: { appId: string; changed: () => void }): Sockets {
  const server = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  const tickets = new Set<string>();
  /** Oldest first; deliveries take turns. */
  let open: WebSocket[] = [];
  const waiting = new Set<{ id: string; socket: WebSocket; end: (ack: Acknowledgement) => void }>();
  const timers = new Set<NodeJS.Timeout>();
  let everOpen = false;
  let turn = 0;
  let deafFor = 0;
  const frozen = new WeakSet<WebSocket>();
  const ending = new WeakSet<WebSocket>();

  function later(act: () => void, ms: number): NodeJS.Timeout {
    const timer = setTimeout(() => {
      timers.delete(timer);
      act();
    }, ms);
    timers.add(timer);
    return timer;
  }

  function welcome(socket: WebSocket): void {
    if (open.length >= socketsMax) {
      say(socket, { type: 'disconnect', reason: 'too_many_websockets', debug_info: { host: 'sandbox' } });
      socket.close(1000);
      return;
    }
    everOpen = true;
    open.push(socket);
    const pinging = setInterval(() => {
      if (!frozen.has(socket)) socket.ping('Ping from the sandbox');
    }, pingEveryMs);
    socket.on('message', (data) => hear(socket, Buffer.isBuffer(data) ? data.toString() : ''));
    // A reset is followed by `close`.
    socket.on('error', () => undefined);
    socket.once('close', () => {
      clearInterval(pinging);
      open = open.filter((one) => one !== socket);
      for (const one of waiting) if (one.socket === socket) one.end({ failure: 'connection_failed' });
      parts.changed();
    });
    say(socket, {
      type: 'hello',
      num_connections: open.length,
      connection_info: { app_id: parts.appId },
      debug_info: {
        host: 'sandbox',
        started: '2020-10-11 12:12:12.120',
        build_number: 1,
        approximate_connection_time: 18_060,
      },
    });
    parts.changed();
  }

  function hear(socket: WebSocket, text: string): void {
    const message: unknown = JSON.parse(text);
    if (!isObject(message)) return;
    const one = [...waiting].find(({ id, socket: asked }) => id === message.envelope_id && asked === socket);
    if (!one) return;
    if (deafFor > 0) deafFor -= 1;
    else one.end({ failure: undefined, payload: isObject(message.payload) ? message.payload : undefined });
  }

  return {
    ticket(origin) {
      const ticket = randomUUID();
      tickets.add(ticket);
      return `${origin.replace('http', 'ws')}/link/?ticket=${ticket}&app_id=${parts.appId}`;
    },

    upgrade(request, socket, head) {
      const ticket = new URL(request.url ?? '/', 'http://sandbox').searchParams.get('ticket') ?? '';
      if (!tickets.delete(ticket)) {
        socket.end('HTTP/1.1 403 Forbidden\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
        return;
      }
      server.handleUpgrade(request, socket, head, welcome);
    },

    used: () => everOpen,

    deliver(envelope, answerMs) {
      turn += 1;
      const staying = open.filter((one) => !ending.has(one));
      const usable = staying.length > 0 ? staying : open;
      const socket = usable[turn % usable.length];
      if (!socket) return undefined;
      return new Promise((resolve) => {
        const one = {
          id: envelope.envelope_id,
          socket,
          end(ack: Acknowledgement) {
            waiting.delete(one);
            clearTimeout(late);
            timers.delete(late);
            resolve(ack);
          },
        };
        const late = later(() => one.end({ failure: 'operation_timeout' }), answerMs);
        waiting.add(one);
        say(socket, envelope);
      });
    },

    control: {
      open: () => open.length,
      cut(count = open.length) {
        for (const socket of open.slice(0, count)) socket.terminate();
      },
      freeze() {
        for (const socket of open.splice(0)) {
          frozen.add(socket);
          socket.pause();
        }
      },
      announceEnd(reason, { closeAfterMs, all = false }) {
        for (const socket of open.slice(0, all ? undefined : 1)) {
          ending.add(socket);
          say(socket, { type: 'disconnect', reason, debug_info: { host: 'sandbox' } });
          later(() => socket.close(1000), closeAfterMs);
        }
      },
      loseAcknowledgements(count) {
        deafFor += count;
      },
    },

    stop() {
      for (const one of waiting) one.end({ failure: 'connection_failed' });
      for (const timer of timers) clearTimeout(timer);
      for (const socket of server.clients) socket.terminate();
      server.close();
    },
  };
}

function say(socket: WebSocket, message: JsonObject): void {
  socket.send(JSON.stringify(message));
}
