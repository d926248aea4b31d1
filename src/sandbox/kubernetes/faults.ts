/** Trouble on demand. A fault is used up after `times` requests that match it. */
import type { JsonObject } from './json.ts';
import type { ResourceName } from './objects.ts';
import { StatusError } from './status.ts';

type FaultMatch = {
  /** `PATCH`, or several; absent: every method. */
  readonly method?: string | readonly string[];
  /** Part of the path and query, or a pattern. Absent: every path. */
  readonly path?: string | RegExp;
  /** true: dry runs only; false: all but dry runs; absent: both. */
  readonly dryRun?: boolean;
  /** How often; 1 unless told. */
  readonly times?: number;
  /** Called each time it strikes, before anything else happens. */
  readonly onStrike?: () => void;
};
export type Fault = FaultMatch &
  (
    | { /** Does the work, then destroys the connection. */ readonly kind: 'lost-reply' }
    | { /** Destroys the connection before any work. */ readonly kind: 'reset-before' }
    | {
        /** Never answers; `afterEffect`: does the work first. */ readonly kind: 'hang';
        readonly afterEffect?: boolean;
      }
    | {
        /** Answers with this code without doing the work. */
        readonly kind: 'status';
        readonly code: 403 | 409 | 410 | 422 | 429 | 500 | 503 | 504;
        readonly message?: string;
        readonly retryAfterSeconds?: number;
      }
    | {
        /** A mutating webhook. Matches every write unless told; stays until removed unless `times` is given. */
        readonly kind: 'mutate';
        readonly resource?: ResourceName;
        readonly change: (object: JsonObject) => void;
      }
  );

/** Faults that act on the request as a whole. */
export type RequestFault = Exclude<Fault, { kind: 'mutate' }>;
/** A fault that the request itself asks for (sentinels.ts). */
export type AskedFor = (method: string, uri: string, body: string | undefined) => RequestFault | undefined;

type Armed = { fault: Fault; left: number; hits: number };

export function createFaults(askedFor: AskedFor = () => undefined) {
  const armed = new Set<Armed>();

  const fits = ({ fault }: Armed, method: string, uri: string): boolean => {
    if (fault.method !== undefined && ![fault.method].flat().includes(method)) return false;
    if (typeof fault.path === 'string' && !uri.includes(fault.path)) return false;
    if (fault.path instanceof RegExp && !fault.path.test(uri)) return false;
    return fault.dryRun === undefined || fault.dryRun === uri.includes('dryRun=All');
  };
  const use = (entry: Armed): void => {
    entry.hits++;
    if (--entry.left <= 0) armed.delete(entry);
    entry.fault.onStrike?.();
  };

  return {
    /** Arms a fault. `hits` counts the requests that met it. */
    add(fault: Fault): { hits(): number; remove(): void } {
      const entry: Armed = {
        fault,
        left: fault.times ?? (fault.kind === 'mutate' ? Number.POSITIVE_INFINITY : 1),
        hits: 0,
      };
      armed.add(entry);
      return { hits: () => entry.hits, remove: () => armed.delete(entry) };
    },
    clear: (): void => armed.clear(),
    /** The first armed fault that meets the request (webhooks aside), used up by one; or what the request asks for. */
    take(method: string, uri: string, body?: string): RequestFault | undefined {
      for (const entry of armed) {
        if (entry.fault.kind === 'mutate' || !fits(entry, method, uri)) continue;
        use(entry);
        return entry.fault;
      }
      return askedFor(method, uri, body);
    },
    /** Runs the armed webhooks on an object. */
    mutate(object: JsonObject, resource: ResourceName, method: string, uri: string): void {
      for (const entry of armed) {
        if (entry.fault.kind !== 'mutate' || !fits(entry, method, uri)) continue;
        if (entry.fault.resource !== undefined && entry.fault.resource !== resource) continue;
        use(entry);
        entry.fault.change(object);
      }
    },
  };
}

export type Faults = ReturnType<typeof createFaults>;

const reasons = {
  403: ['Forbidden', 'forbidden: refused on purpose'],
  409: ['Conflict', 'the object has been modified; please apply your changes to the latest version and try again'],
  410: ['Expired', 'The provided continue parameter is too old to display a consistent list result.'],
  422: ['Invalid', 'the server rejected our request due to an error in our request'],
  429: ['TooManyRequests', 'The server is currently handling too many requests. Please try again later.'],
  500: ['InternalError', 'Internal error occurred: failed on purpose'],
  503: ['ServiceUnavailable', 'the server is currently unable to handle the request'],
  504: ['Timeout', 'Timeout: request did not complete within requested timeout - context deadline exceeded'],
} as const;

/** The body for a `status` fault, as the server words that code. */
export function statusFault(fault: Extract<Fault, { kind: 'status' }>): StatusError {
  const [reason, message] = reasons[fault.code];
  const retryAfter = fault.retryAfterSeconds ?? (fault.code === 429 ? 1 : undefined);
  return new StatusError(
    fault.code,
    reason,
    fault.message ?? message,
    retryAfter === undefined ? {} : { retryAfterSeconds: retryAfter },
    retryAfter === undefined ? {} : { 'Retry-After': String(retryAfter) },
  );
}
