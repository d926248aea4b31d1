/**
 * Faults on request. Each one waits for the first request that fits, spoils it, and is gone.
 *
 * - `lost-reply`: the request does its work, then the connection breaks before any answer.
 * - `hang`: nothing is done and nothing is ever answered.
 * - `lost-in-time`: the work is done, and nothing is ever answered.
 * - `reset`: the connection breaks before any work.
 * - `status-500`: nothing is done; PagerDuty's own 500, code 2000.
 * - `not-json`: the work is done, then something on the way answers 502 with a page.
 * - `rate-limited`: nothing is done; 429, code 2020.
 */
export type FaultKind = 'lost-reply' | 'hang' | 'lost-in-time' | 'reset' | 'status-500' | 'not-json' | 'rate-limited';

export interface Fault {
  kind: FaultKind;
  /** Such as `PUT`; every one by default. */
  method?: string;
  /** Part of the path, or a pattern; every one by default. */
  path?: string | RegExp;
  /** Which request; by default the next one. */
  match?: (body: unknown) => boolean;
  /** For `rate-limited`, in `ratelimit-reset`; 1 by default. `null`: 429 without any header or body of PagerDuty's. */
  resetSeconds?: number | null;
  /** Called when it is taken out, before anything else happens. */
  onStrike?: () => void;
}

/** A fault that the request itself asks for (sentinels.ts). */
export type AskedFor = (method: string, path: string, body: unknown) => Fault | undefined;

export interface Faults {
  /** `remove` takes it back; nothing happens when it has struck. */
  add(fault: Fault): { remove(): void };
  /** Takes out the first waiting fault that fits. */
  take(method: string, path: string, body: unknown): Fault | undefined;
  /** Those that have not struck yet. */
  waiting(): readonly Fault[];
}

export function createFaults(askedFor: AskedFor = () => undefined): Faults {
  const waiting: Fault[] = [];
  const remove = (at: number): Fault | undefined => (at < 0 ? undefined : waiting.splice(at, 1)[0]);
  const fits = (fault: Fault, method: string, path: string, body: unknown): boolean => {
    if (fault.method !== undefined && fault.method !== method) return false;
    if (typeof fault.path === 'string' && !path.includes(fault.path)) return false;
    if (fault.path instanceof RegExp && !fault.path.test(path)) return false;
    return fault.match?.(body) ?? true;
  };
  return {
    add(fault) {
      waiting.push(fault);
      return { remove: () => void remove(waiting.indexOf(fault)) };
    },
    take(method, path, body) {
      const fault = remove(waiting.findIndex((one) => fits(one, method, path, body)));
      fault?.onStrike?.();
      return fault ?? askedFor(method, path, body);
    },
    waiting: () => waiting,
  };
}
