/**
 * Server-sent events: each connection gets everything once, then what changed for its person. What was sent last is
 * kept by key, so that a slow reader gets the newest state later and never a queue.
 */
import type { ServerResponse } from 'node:http';
import type { User } from '../slack/workspace.ts';
import type { Sight, Sights } from './sight.ts';

export const connectionsMax = 16;
/** At most ten patches a second. */
const patchEveryMs = 100;
const heartBeatMs = 15_000;

type Connection = { readonly user: User; readonly response: ServerResponse; sent: Sight };

export function createLive(createSights: (changed: () => void) => Sights) {
  const connections = new Set<Connection>();
  let timer: NodeJS.Timeout | undefined;
  let lastAtMs = -Infinity;
  const sights = createSights(schedule);

  /** The first change after a pause is told at once. */
  function schedule(): void {
    if (timer || connections.size === 0) return;
    timer = setTimeout(tell, Math.max(1, lastAtMs + patchEveryMs - performance.now()));
  }

  function tell(): void {
    timer = undefined;
    lastAtMs = performance.now();
    const now = sights.now();
    for (const connection of connections) send(connection, now.of(connection.user));
  }

  function send(connection: Connection, sight: Sight): void {
    if (connection.response.writableNeedDrain) return;
    const patch = patchBetween(connection.sent, sight);
    connection.sent = sight;
    if (patch !== undefined) connection.response.write(`event: patch\ndata: ${patch}\n\n`);
  }

  const heart = setInterval(() => {
    for (const { response } of connections) if (!response.writableNeedDrain) response.write(': still here\n\n');
  }, heartBeatMs);

  return {
    /** Whether one more may look. */
    hasRoom: () => connections.size < connectionsMax,
    add(user: User, response: ServerResponse): void {
      const connection: Connection = { user, response, sent: new Map() };
      connections.add(connection);
      response.on('close', () => connections.delete(connection));
      response.on('drain', schedule);
      response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
      response.write('retry: 1000\n\n');
      send(connection, sights.now().of(user));
    },
    /** Ends every connection. */
    stop(): void {
      clearInterval(heart);
      clearTimeout(timer);
      sights.stop();
      for (const { response } of connections) response.end();
      connections.clear();
    },
  };
}

/** A `Patch` as JSON; undefined when nothing changed. */
export function patchBetween(before: Sight, after: Sight): string | undefined {
  const set = [...after].filter(([key, json]) => before.get(key) !== json);
  const gone = [...before.keys()].filter((key) => !after.has(key));
  if (set.length === 0 && gone.length === 0) return undefined;
  const fields = set.map(([key, json]) => `${JSON.stringify(key)}:${json}`);
  return `{"set":{${fields.join(',')}},"gone":${JSON.stringify(gone)}}`;
}
