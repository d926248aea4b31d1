import { get, request as httpRequest } from 'node:http';
import type { Outcome, Patch } from '../../../src/sandbox/demo/protocol.ts';

/** One open `/live`, as the page reads it. */
export type Watching = {
  readonly status: number;
  /** Every patch so far, oldest first. */
  readonly patches: readonly Patch[];
  /** What the patches amount to. */
  readonly table: ReadonlyMap<string, unknown>;
  /** Of an answer that is no stream. */
  readonly text: string;
  /** Resolves with the first truthy result of `look`, tried after each patch; rejects after 5 s. */
  until<Result>(look: (table: ReadonlyMap<string, unknown>) => Result): Promise<Result>;
  /** Resolves when the server has ended it. */
  readonly ended: Promise<void>;
  close(): void;
};

/** @param as undefined: whoever the server shows first */
export function watch(url: string, as?: string): Promise<Watching> {
  return new Promise((resolve, reject) => {
    const request = get(`${url}live${as === undefined ? '' : `?as=${as}`}`, { agent: false }, (response) => {
      const patches: Patch[] = [];
      const table = new Map<string, unknown>();
      const listeners = new Set<() => void>();
      let text = '';
      let open = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
        const events = (open + chunk).split('\n\n');
        open = events.pop() ?? '';
        for (const event of events.filter((one) => one.startsWith('event: patch\n'))) {
          // The server sends patches as its protocol says; a test checks their content.
          const patch = JSON.parse(event.slice('event: patch\ndata: '.length)) as Patch;
          patches.push(patch);
          for (const [key, value] of Object.entries(patch.set)) table.set(key, value);
          for (const key of patch.gone) table.delete(key);
        }
        for (const listener of listeners) listener();
      });
      response.on('error', () => undefined);
      const ended = new Promise<void>((resolveEnd) => {
        response.on('close', resolveEnd);
      });
      resolve({
        status: response.statusCode ?? 0,
        patches,
        table,
        get text() {
          return text;
        },
        ended,
        close: () => request.destroy(),
        until: (look) =>
          new Promise((found, missed) => {
            const timer = setTimeout(() => {
              listeners.delete(attempt);
              missed(new Error(`No patch within 5 s satisfied ${look.toString()}`));
            }, 5000);
            const attempt = (): void => {
              const result = look(table);
              if (!result) return;
              clearTimeout(timer);
              listeners.delete(attempt);
              found(result);
            };
            listeners.add(attempt);
            attempt();
          }),
      });
    });
    request.on('error', reject);
  });
}

type Sent = { method?: string; headers?: Record<string, string>; body?: string };

/** One request with exactly these headers, which `fetch` would not send. */
export function ask(url: string, path: string, { method = 'GET', headers = {}, body }: Sent = {}) {
  const { hostname, port } = new URL(url);
  return new Promise<{ status: number; headers: Record<string, unknown>; text: string }>((resolve, reject) => {
    // `path` goes out as it is; a URL would be cleaned of its dots.
    const request = httpRequest({ hostname, port, path, method, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** What the page's `act` does. */
export async function act(url: string, gesture: object): Promise<Outcome> {
  const headers = { 'content-type': 'application/json' };
  const { text } = await ask(url, '/do', { method: 'POST', headers, body: JSON.stringify(gesture) });
  // The server answers every POST with an outcome.
  return JSON.parse(text) as Outcome;
}
