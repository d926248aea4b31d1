/** HTTP requests of runbook steps: reads like curl and wget, and requests that change something, sent once. */
import { invariant } from '../../domain/errors.ts';
import type { HttpSendAction } from '../../domain/change-action.ts';
import { describeError, OperationError } from '../../domain/errors.ts';
import { hostPort, type HttpUrl } from '../../domain/http-url.ts';
import { maskText } from '../../domain/masking.ts';
import type { HttpReadAction } from '../../domain/read-action.ts';
import type { Actor, EffectAnswer, EffectPlan, Reader, Resolution } from '../../flow/ports.ts';
import { addressesOf, allowedUrl, type HttpPolicy, type LookUp, systemLookUp } from './address.ts';
import { exchange, type Exchange, type Limits } from './exchange.ts';
import { neverSent, unresolved } from './failure.ts';
import { printed } from './printed.ts';

export type HttpProbe = Reader<HttpReadAction<string>> & Actor<HttpSendAction<string>>;

type HttpAction = HttpReadAction<string> | HttpSendAction<string>;

/** Of an answer to a change, which people see. */
const outputMax = 64 * 1024;

export function createHttpProbe({ policy, lookUp = systemLookUp }: { policy: HttpPolicy; lookUp?: LookUp }): HttpProbe {
  /** Throws `not-configured` for what may not be asked. */
  async function ask(action: HttpAction, limits: { signal: AbortSignal; keep: number }): Promise<Exchange> {
    const url = allowedUrl(action.url, policy);
    const startedAt = performance.now();
    let addresses;
    try {
      addresses = await Promise.race([addressesOf(url, policy, lookUp), whenAborted(limits.signal)]);
    } catch (error) {
      if (error instanceof OperationError) throw error;
      return nothing(url, startedAt);
    }
    // A resolver may take longer than anybody waits; the exchange then ends before it begins.
    return exchange({ ...action, url }, addresses ?? [], { ...limitsOf(action), ...limits }, startedAt);
  }

  function sent(plan: EffectPlan): HttpSendAction<string> {
    invariant(plan.action.type === 'http-send', 'only HTTP requests come here');
    return plan.action;
  }

  return {
    async read(action, { signal, textLimit }) {
      const seconds = action.program === 'curl' ? action.timeoutSeconds : undefined;
      const signals = seconds === undefined ? [signal] : [signal, AbortSignal.timeout(seconds * 1000)];
      return printed(action, await ask(action, { signal: AbortSignal.any(signals), keep: textLimit }));
    },

    async resolve(action) {
      const url = allowedUrl(action.url, policy);
      try {
        await addressesOf(url, policy, lookUp);
      } catch (error) {
        if (error instanceof OperationError) throw error;
        return { kind: 'refused', text: `There is no host ${url.host}. Correct the address.` };
      }
      return planned(action, url);
    },

    async prepare(plan) {
      const { method, url, headers, body = '' } = sent(plan);
      const parts = allowedUrl(url, policy);
      try {
        await addressesOf(parts, policy, lookUp);
      } catch (error) {
        return {
          kind: 'refused',
          text: error instanceof OperationError ? error.message : `There is no host ${parts.host}.`,
        };
      }
      const contentType = headers.find(({ name }) => name.toLowerCase() === 'content-type')?.value ?? '';
      return { kind: 'ready', request: { method, path: url, contentType, body } };
    },

    async send(plan, request, { timeoutMs }) {
      const { method, path, body } = request;
      const action = sent(plan);
      // What was stored before the send is what goes out.
      if (method !== action.method || path !== action.url || body !== (action.body ?? '')) {
        return { kind: 'rejected', status: 0, text: 'The stored request is not the plan’s. Nothing was sent.' };
      }
      const ms = Math.min(timeoutMs, (action.timeoutSeconds ?? Infinity) * 1000);
      try {
        return outcomeOf(action, await ask(action, { signal: AbortSignal.timeout(ms), keep: outputMax }));
      } catch (error) {
        // Only what may not be asked throws, before anything is sent.
        return { kind: 'rejected', status: 0, text: describeError(error) };
      }
    },

    // A request leaves nothing that could be looked for.
    async readBack(plan) {
      return { kind: 'moved', text: `${sent(plan).url} cannot say whether it took the request` };
    },

    async observe() {
      return {
        state: 'done',
        text: 'The request was answered; nothing that follows it is watched.',
        ready: 0,
        wanted: 0,
      };
    },
  };
}

const whenAborted = (signal: AbortSignal): Promise<undefined> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });

function limitsOf(action: HttpAction): Pick<Limits, 'connectTimeoutMs' | 'idleTimeoutMs'> {
  const { program, connectTimeoutSeconds, timeoutSeconds } = action;
  if (program === 'wget') {
    if (timeoutSeconds === undefined) return {};
    return { connectTimeoutMs: timeoutSeconds * 1000, idleTimeoutMs: timeoutSeconds * 1000 };
  }
  return connectTimeoutSeconds === undefined ? {} : { connectTimeoutMs: connectTimeoutSeconds * 1000 };
}

function nothing(url: HttpUrl, startedAt: number): Exchange {
  const total = (performance.now() - startedAt) / 1000;
  return {
    head: '',
    contentType: '',
    body: Buffer.alloc(0),
    bodyBytes: 0,
    truncated: false,
    times: { lookUp: 0, connect: 0, tls: 0, firstByte: 0, total },
    failure: unresolved(url.host, total),
  };
}

function planned(action: HttpSendAction<string>, url: HttpUrl): Resolution {
  const { method, headers, body } = action;
  const line = (label: string, after: string) => ({ path: `/${label}`, label, after: maskText(after) });
  return {
    kind: 'resolved',
    facts: {
      target: {
        cluster: hostPort(url),
        clusterUid: 'none',
        apiVersion: 'http',
        kind: method,
        resource: 'requests',
        name: action.url,
        uid: 'none',
      },
      changes: [
        line('request', `${method} ${action.url}`),
        ...headers.map(({ name, value }) => line(`header ${name}`, value)),
        ...(body === undefined ? [] : [line('body', body)]),
      ],
      affected: { pods: 0, podNames: [], budgets: [] },
      class: 'destructive',
      classReason: 'what the request does is the server’s business: nobody here can tell or undo it',
      warnings: [],
      undo: { kind: 'none', why: 'an HTTP request cannot be taken back' },
      preview: { kind: 'none', why: 'an HTTP server has no dry run' },
    },
  };
}

/** RFC 9110: a 4xx was not fulfilled; 301, 307 and 308 ask to send it elsewhere; 303 says where its result is. */
function outcomeOf(action: HttpSendAction<string>, answer: Exchange): EffectAnswer {
  const { status, failure, location } = answer;
  if (failure && neverSent(failure)) return { kind: 'rejected', status: 0, text: `Nothing was sent: ${failure.text}.` };
  const { text, exitCode } = printed(action, answer);
  if (status === undefined) return { kind: 'ambiguous', text: failure?.text || 'the server did not answer in time' };
  if (status >= 500 || status === 408 || status === 302) {
    return { kind: 'ambiguous', status, text: `the server answered ${status}` };
  }
  if (status >= 400 || status === 301 || status === 307 || status === 308) {
    const where = status < 400 ? ` and asks for ${location ?? 'another address'}, which is not followed` : '';
    const said = maskText(answer.body.toString('utf8').slice(0, 300)).trim();
    return {
      kind: 'rejected',
      status,
      text: `The server answered ${status}${where}${said === '' ? '.' : `: ${said}`}`,
    };
  }
  return { kind: 'accepted', status, differences: [], output: { text: maskText(text), exitCode } };
}
