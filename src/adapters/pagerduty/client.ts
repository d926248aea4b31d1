/**
 * One way to call PagerDuty's REST API: each call is one request under one time-out, and every answer is looked at.
 *
 * What `@pagerduty/pdjs` 2.2.4 does by itself, and what is done about it:
 * - its `requestTimeout` aborts nothing and keeps a timer: switched off, the call has a signal;
 * - it sends a 429 up to three times more, 20 s apart: the answer is seen on its request and ends the call;
 * - it resolves with 4xx and 5xx: the status is checked;
 * - it follows redirects, token and all: they are answers like any other;
 * - node's shared agent keeps connections open: a call has its own, which ends with it.
 */
import { Agent as HttpAgent, type ClientRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { z } from 'zod';
import { type Intent, PagerRejection, rateLimited, translateFailure, unanswered } from './errors.ts';

const callTimeoutMs = 8_000;
/** Of an answer; a page of 100 incidents is about 300 kB. */
const answerBytesMax = 16 * 1024 * 1024;

export type PagerRequest = {
  /** For people and logs, such as `to resolve the page`. */
  readonly operation: string;
  readonly method?: 'GET' | 'PUT' | 'POST';
  /** Begins with `/`; its parts are escaped. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: object;
  /** The e-mail address for the `From` header. */
  readonly from?: string | undefined;
};

/** Throws what errors.ts says. What is read is parsed; what is written is not, for it is done whatever the answer. */
type PagerCall = {
  read<T>(request: PagerRequest, answer: z.ZodType<T>): Promise<T>;
  write(request: PagerRequest): Promise<void>;
};

const ErrorBody = z.object({ error: z.object({ code: z.number().int(), errors: z.array(z.string()).catch([]) }) });
/** PagerDuty has also answered these two as details of 2001, "Invalid Input Provided". */
const codeOfDetail: ReadonlyMap<string, number> = new Map([
  ['Incident Already Resolved', 1001],
  ['Incident Already Acknowledged', 1002],
]);

/** What the library gives back, of either outcome: a Response, with the JSON it read. */
const Answer = z.object({ status: z.number(), data: z.unknown().optional() });

export function createPagerCall(options: {
  token: string;
  /** Without a slash at its end. */
  apiUrl: string;
  timeoutMs?: number;
}): PagerCall {
  const { token, apiUrl, timeoutMs = callTimeoutMs } = options;

  async function call(request: PagerRequest, intent: Intent): Promise<unknown> {
    const { operation, method = 'GET', path, query = {}, body, from } = request;
    // It takes 0.2 s to load, which a start without PagerDuty does not wait for.
    const { api } = await import('@pagerduty/pdjs');
    const timeout = AbortSignal.timeout(timeoutMs);
    const limited = new AbortController();
    let waits: (string | undefined)[] = [];
    const agent = agentThatShows(apiUrl, (response) => {
      if (response.statusCode !== 429) return;
      waits = [response.headers['retry-after'], headerText(response.headers['ratelimit-reset'])];
      limited.abort();
    });
    let result: unknown;
    let isJson = true;
    try {
      result = await api({
        url: `${apiUrl}${path}${queryText(query)}`,
        method,
        token,
        ...(body ? { data: body } : {}),
        ...(from === undefined ? {} : { headers: { from } }),
        signal: AbortSignal.any([timeout, limited.signal]),
        requestTimeout: 0,
        redirect: 'manual',
        // The library hands these to node-fetch, whose options its types leave out.
        ...({ agent, size: answerBytesMax } as object),
      });
    } catch (error) {
      if (limited.signal.aborted) throw rateLimited(operation, waits);
      if (timeout.aborted || !Answer.safeParse(error).success) {
        throw translateFailure(operation, intent, error, timeout.aborted);
      }
      // A Response that could not be read as JSON.
      result = error;
      isJson = false;
    }
    const { status, data } = Answer.parse(result);
    if (status >= 200 && status < 300 && (isJson || status === 204)) return data;
    if (!isJson) throw unanswered(operation, intent, `answered HTTP ${status} in a form that is not JSON`);
    if (status >= 500 || status === 408) throw unanswered(operation, intent, `had trouble of its own, HTTP ${status}`);
    throw new PagerRejection(operation, { status, pagerCode: codeIn(data) });
  }

  return {
    async read(request, answer) {
      const parsed = answer.safeParse(await call(request, 'read'));
      if (parsed.success) return parsed.data;
      throw unanswered(request.operation, 'read', 'answered in a form that is not documented', parsed.error);
    },
    async write(request) {
      await call(request, 'write');
    },
  };
}

function codeIn(data: unknown): number {
  const parsed = ErrorBody.safeParse(data);
  if (!parsed.success) return 0;
  const { code, errors } = parsed.data.error;
  const detail = errors.map((text) => codeOfDetail.get(text)).find((one) => one !== undefined);
  return detail ?? code;
}

function queryText(query: Readonly<Record<string, string | readonly string[]>>): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    (typeof value === 'string' ? [value] : value).map((one): [string, string] => [name, one]),
  );
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs).toString()}`;
}

const headerText = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value[0] : value;

/** `addRequest` is what node calls with each request; its types leave it out, though proxy agents rest on it. */
type RequestTaker = { addRequest(request: ClientRequest, ...rest: unknown[]): void };

/** An agent for one request, whose response is shown before the library sees it. */
function agentThatShows(url: string, show: (response: IncomingMessage) => void): HttpAgent {
  const agent = url.startsWith('https:') ? new HttpsAgent() : new HttpAgent();
  const taker = agent as unknown as RequestTaker;
  const addRequest = taker.addRequest.bind(agent);
  taker.addRequest = (request, ...rest) => {
    request.once('response', show);
    addRequest(request, ...rest);
  };
  return agent;
}
