/**
 * Faults on request. Each one waits for the first call that fits, spoils it, and is gone.
 *
 * - `lost-reply`: the method does its work, then the connection breaks before any answer.
 * - `hang`: the method does nothing and never answers.
 * - `reset`: nothing is done; the connection breaks.
 * - `status-500`: nothing is done; status 500 with a body that is not JSON.
 * - `done-500`: the method does its work, then the same status 500.
 * - `rate-limited`: nothing is done; 429 with `Retry-After`.
 * - `error:<code>`: nothing is done; `{ ok: false, error: code }`.
 * - `name-taken`: a colleague makes a channel of that name a moment before `conversations.create` is carried out.
 * - `double-create`: one `conversations.create` succeeds although the name is taken, as two concurrent ones
 *   may at Slack.
 */
export type FaultKind =
  | 'lost-reply'
  | 'hang'
  | 'reset'
  | 'status-500'
  | 'done-500'
  | 'rate-limited'
  | 'name-taken'
  | 'double-create'
  | `error:${string}`;

export interface Fault {
  kind: FaultKind;
  /** A Web API method, such as `chat.postMessage`. */
  method: string;
  /** Which call; by default the next one. Arguments are as sent, JSON already read. */
  match?: (args: Record<string, unknown>) => boolean;
  /** For `rate-limited`; 1 by default. */
  retryAfterSeconds?: number;
  /** Called when it is taken out, before anything else happens. */
  onStrike?: () => void;
}

/** A fault that the call itself asks for (sentinels.ts). */
export type AskedFor = (method: string, args: Record<string, unknown>) => Fault | undefined;

export interface Faults {
  /** `remove` takes it back; nothing happens when it has struck. */
  add(fault: Fault): { remove(): void };
  /** Takes out the first waiting fault that fits this call. */
  take(method: string, args: Record<string, unknown>): Fault | undefined;
  /** Takes out a waiting `double-create`. */
  takeDoubleCreate(): boolean;
  /** Those that have not struck yet. */
  waiting(): readonly Fault[];
}

export function createFaults(askedFor: AskedFor = () => undefined): Faults {
  const waiting: Fault[] = [];
  const remove = (at: number): Fault | undefined => (at < 0 ? undefined : waiting.splice(at, 1)[0]);
  const takeWhere = (fits: (fault: Fault) => boolean) => {
    const fault = remove(waiting.findIndex(fits));
    fault?.onStrike?.();
    return fault;
  };
  return {
    add(fault) {
      waiting.push(fault);
      return { remove: () => void remove(waiting.indexOf(fault)) };
    },
    take: (method, args) =>
      takeWhere(
        (fault) => fault.kind !== 'double-create' && fault.method === method && (fault.match?.(args) ?? true),
      ) ?? askedFor(method, args),
    takeDoubleCreate: () => takeWhere((fault) => fault.kind === 'double-create') !== undefined,
    waiting: () => waiting,
  };
}
