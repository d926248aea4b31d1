/** Tells the newest state of something until it is taken: what Alertmanager and monitoring agents do with webhooks. */
import { exchange } from '../exchange.ts';

/** One request with its answer. */
export type Notification = {
  readonly status: 'firing' | 'resolved';
  /** HTTP status of the answer; 0 when none came. */
  readonly code: number;
  readonly tookMs: number;
};

export type NotifierTimes = {
  /** Before the first news of a group, so that its alerts come together. */
  readonly groupWaitMs: number;
  /** Between news of one group that were taken. */
  readonly groupIntervalMs: number;
  /** Before a request that was not taken is sent again; doubles up to 16 times this. */
  readonly retryMs: number;
};

export type Sent = {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
};

const answerMs = 10_000;
const doublingsMax = 4;

/**
 * `request` gives what to send for a state, or undefined while there is nowhere to send it. A 2xx answer takes it;
 * anything else, and no answer, is sent again for as long as it is the newest state.
 */
export function createNotifier<State extends { readonly status: Notification['status'] }>(options: {
  readonly times: NotifierTimes;
  readonly request: (state: State) => Sent | undefined;
  readonly onSent: (notification: Notification) => void;
}) {
  const { times } = options;
  const stopped = new AbortController();
  let wanted: State | undefined;
  let told: State | undefined;
  let failures = 0;
  let timer: NodeJS.Timeout | undefined;
  let sending: Promise<void> | undefined;

  const arm = (afterMs: number): void => {
    clearTimeout(timer);
    timer = stopped.signal.aborted ? undefined : setTimeout(send, afterMs);
  };
  const again = (): void => arm(times.retryMs * 2 ** Math.min(doublingsMax, failures++));

  function send(): void {
    timer = undefined;
    const state = wanted;
    if (state === undefined || state === told) return;
    // Nobody heard that it began, so nobody is told that it is over.
    if (state.status === 'resolved' && told?.status !== 'firing') return;
    const request = options.request(state);
    if (request === undefined) return again();
    sending = post(request, state).finally(() => (sending = undefined));
  }

  async function post({ url, headers, body }: Sent, state: State): Promise<void> {
    const sentAt = performance.now();
    const { status: code } = await exchange(
      url,
      { headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) },
      { timeout: AbortSignal.timeout(answerMs), stopped: stopped.signal },
    );
    if (stopped.signal.aborted) return;
    const isTaken = code >= 200 && code < 300;
    if (isTaken) {
      told = state;
      failures = 0;
      arm(times.groupIntervalMs);
    } else again();
    options.onSent({ status: state.status, code, tookMs: Math.round(performance.now() - sentAt) });
  }

  return {
    /** The newest state; what was not told yet is not told any more. */
    put(state: State): void {
      wanted = state;
      if (timer === undefined && sending === undefined) arm(told === undefined ? times.groupWaitMs : 0);
    },
    async stop(): Promise<void> {
      stopped.abort();
      clearTimeout(timer);
      await sending;
    },
  };
}
