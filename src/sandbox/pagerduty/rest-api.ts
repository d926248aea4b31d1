/** The REST API: who asks, how often, which operation, and what goes wrong on the way. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Account, User } from './account.ts';
import type { Fault, Faults } from './faults.ts';
import type { Incidents } from './incidents.ts';
import type { RateLimit } from './rate-limits.ts';
import { PagerDutyRefusal } from './refusal.ts';
import { incidentOperations } from './rest/incidents.ts';
import { isObject, type Operation } from './rest/operation.ts';
import { keepNewest } from '../newest.ts';
import { peopleOperations } from './rest/people.ts';
import { subscriptionOperations } from './rest/subscriptions.ts';
import type { Webhooks } from './webhooks.ts';

/** One request as the stand-in saw it. */
export interface AuditEntry {
  method: string;
  /** Without the query. */
  path: string;
  /** Each name with all its values. */
  query: Record<string, string[]>;
  /** The headers `From`, `Accept` and `Content-Type`. */
  from: string | undefined;
  accept: string | undefined;
  contentType: string | undefined;
  /** Parsed, or undefined. */
  body: unknown;
  atMs: number;
  /** `ok`, PagerDuty's error code, `status-<n>`, `lost` (done, no answer), `hung`, `reset`; undefined: under way. */
  answered: string | undefined;
  status: number | undefined;
}

interface RestApi {
  audit: AuditEntry[];
  answer(request: IncomingMessage, response: ServerResponse, url: URL, bytes: Buffer): void;
}

const operations: readonly Operation[] = [...incidentOperations, ...peopleOperations, ...subscriptionOperations];

export function createRestApi(parts: {
  account: Account;
  incidents: Incidents;
  webhooks: Webhooks;
  faults: Faults;
  rateLimit: RateLimit;
  token: string;
}): RestApi {
  const { account, faults, rateLimit } = parts;
  const audit: AuditEntry[] = [];

  function requester(address: string | undefined): User {
    const user = [...account.users.values()].find(({ email }) => email.toLowerCase() === address?.toLowerCase());
    if (!user) throw new PagerDutyRefusal(1008);
    return user;
  }

  function run(entry: AuditEntry, url: URL): { status: number; body?: object } {
    const { method, path } = entry;
    const operation = operations.find((one) => one.method === method && one.path.test(path));
    if (!operation) throw new PagerDutyRefusal(2100);
    return operation.run({
      ...parts,
      query: url.searchParams,
      id: decodeURIComponent(operation.path.exec(path)?.[1] ?? ''),
      body: isObject(entry.body) ? entry.body : {},
      from: () => requester(entry.from),
    });
  }

  function answer(request: IncomingMessage, response: ServerResponse, url: URL, bytes: Buffer): void {
    const entry: AuditEntry = {
      method: request.method ?? 'GET',
      path: url.pathname,
      query: Object.fromEntries([...url.searchParams.keys()].map((name) => [name, url.searchParams.getAll(name)])),
      from: request.headers.from,
      accept: request.headers.accept,
      contentType: request.headers['content-type'],
      body: readJson(bytes),
      atMs: account.now(),
      answered: undefined,
      status: undefined,
    };
    keepNewest(audit, entry);

    const close = (answered: string, status?: number) => {
      entry.answered = answered;
      entry.status = status;
      account.changed();
    };
    let headers: Record<string, string> = {};
    const send = (status: number, body: object | undefined, answered = 'ok') => {
      response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
      response.end(body && JSON.stringify(body));
      close(answered, status);
    };
    const refuse = (refusal: PagerDutyRefusal) => send(refusal.status, refusal.body(), String(refusal.code));

    /** True: it struck, and nothing is to be done. */
    function strikeBefore(fault: Fault | undefined): boolean {
      if (fault?.kind === 'hang') close('hung');
      else if (fault?.kind === 'reset') {
        response.destroy();
        close('reset');
      } else if (fault?.kind === 'status-500') refuse(new PagerDutyRefusal(2000));
      else if (fault?.kind === 'rate-limited' && fault.resetSeconds === null) {
        response.writeHead(429, { 'content-type': 'text/plain' }).end('slow down');
        close('status-429', 429);
      } else if (fault?.kind === 'rate-limited') {
        headers = { ...headers, 'ratelimit-remaining': '0', 'ratelimit-reset': String(fault.resetSeconds ?? 1) };
        refuse(new PagerDutyRefusal(2020));
      } else return false;
      return true;
    }

    try {
      if (request.headers.authorization !== `Token token=${parts.token}`) throw new PagerDutyRefusal(2006);
      const { allowed, limit, remaining, resetSeconds } = rateLimit.count(parts.token);
      headers = {
        'ratelimit-limit': String(limit),
        'ratelimit-remaining': String(remaining),
        'ratelimit-reset': String(resetSeconds),
      };
      if (!allowed) throw new PagerDutyRefusal(2020);
      const fault = faults.take(entry.method, entry.path, entry.body);
      if (strikeBefore(fault)) return;
      const result = run(entry, url);
      if (fault?.kind === 'lost-in-time') return close('lost');
      if (fault?.kind === 'lost-reply') {
        response.destroy();
        return close('lost');
      }
      if (fault?.kind === 'not-json') {
        response.writeHead(502, { 'content-type': 'text/html' }).end('<html>Bad Gateway</html>');
        return close('status-502', 502);
      }
      send(result.status, result.body);
    } catch (error) {
      if (!(error instanceof PagerDutyRefusal)) throw error;
      refuse(error);
    }
  }

  return { audit, answer };
}

export function readJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}
