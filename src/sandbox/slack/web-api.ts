import type { IncomingMessage, ServerResponse } from 'node:http';
import { plainArguments, readSent } from './body.ts';
import type { Faults } from './faults.ts';
import { readArguments } from './methods/arguments.ts';
import type { Method } from './methods/method.ts';
import { complaintsOf, SlackRefusal } from './methods/refusal.ts';
import { methods } from './methods/table.ts';
import type { RateLimits } from './rate-limits.ts';
import type { Triggers } from './triggers.ts';
import { addChannel, type JsonObject, type Workspace } from './workspace.ts';
import { createListeners } from '../listeners.ts';
import { keepNewest } from '../newest.ts';

/** One Web API call as the stand-in saw it. */
export interface ApiRequest {
  method: string;
  /** As sent, nested JSON read, without the token. */
  args: Record<string, unknown>;
  atMs: number;
  /** `ok`, Slack's error code, `lost` (done, but the answer never left), `hung`, `reset`; undefined while under way. */
  answered: string | undefined;
  status: number | undefined;
  /** What a refusal says in `response_metadata.messages`; absent without any. */
  complaints?: string[];
}

export interface WebApi {
  /** The newest 2,000 or a few more, oldest first. */
  requests: ApiRequest[];
  /** Calls back when a call has its answer, or will never have one; until the returned function is called. */
  onAnswered(listener: (request: ApiRequest) => void): () => void;
  /** Answers `POST /api/<method>`. */
  answer(request: IncomingMessage, response: ServerResponse, url: URL, bytes: Buffer): Promise<void>;
}

/** Whole messages with their blocks. */
const requestsMax = 2000;

export function createWebApi(parts: {
  workspace: Workspace;
  triggers: Triggers;
  faults: Faults;
  rateLimits: RateLimits;
  scopes: ReadonlySet<string>;
  botToken: string;
  appToken: string;
  socketUrl: () => string;
  origin: () => string;
}): WebApi {
  const { workspace, triggers, faults, rateLimits, scopes, botToken, appToken, socketUrl } = parts;
  const requests: ApiRequest[] = [];
  const listeners = createListeners<ApiRequest>();

  /** Who may call what, before anything is counted or done. */
  function authorize(name: string, sent: ReadonlyMap<string, unknown>, header: string | undefined): Method {
    const token = header?.replace(/^Bearer /i, '') ?? sent.get('token');
    const method = methods.get(name);
    if (!method) throw new SlackRefusal('unknown_method', { req_method: name });
    if (token === undefined || token === '') throw new SlackRefusal('not_authed');
    if (token !== botToken && token !== appToken) throw new SlackRefusal('invalid_auth');
    if ((token === appToken) !== (method.appLevel ?? false)) throw new SlackRefusal('not_allowed_token_type');
    if (method.scopes.length > 0 && !method.scopes.some((scope) => scopes.has(scope))) {
      throw new SlackRefusal('missing_scope', { needed: method.scopes.join(','), provided: [...scopes].join(',') });
    }
    return method;
  }

  async function answer(request: IncomingMessage, response: ServerResponse, url: URL, bytes: Buffer): Promise<void> {
    const name = url.pathname.slice('/api/'.length);
    const entry: ApiRequest = { method: name, args: {}, atMs: workspace.now(), answered: undefined, status: undefined };
    keepNewest(requests, entry, requestsMax);
    const settle = (answered: string): void => {
      entry.answered = answered;
      listeners.tell(entry);
      workspace.changed();
    };
    const finish = (status: number, body: JsonObject | string, headers: Record<string, string> = {}) => {
      entry.status = status;
      const type = typeof body === 'string' ? 'text/html' : 'application/json; charset=utf-8';
      response.writeHead(status, { 'content-type': type, ...headers });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
      settle(typeof body === 'string' ? `status-${status}` : body.ok === true ? 'ok' : String(body.error));
    };
    const tooMany = (wait: number) => finish(429, { ok: false, error: 'ratelimited' }, { 'retry-after': String(wait) });
    const oauth: Record<string, string> = { 'x-oauth-scopes': [...scopes].join(',') };

    try {
      const sent = await readSent(request, url, bytes);
      entry.args = plainArguments(sent);
      if (name === 'api.test') return finish(200, apiTest(entry.args));
      const method = authorize(name, sent, request.headers.authorization);
      oauth['x-accepted-oauth-scopes'] = method.scopes.join(',');

      const wait = rateLimits.count(name, method.perMinute, textOr(entry.args.channel));
      if (wait !== undefined) return tooMany(wait);
      const fault = faults.take(name, entry.args);
      if (fault?.kind === 'rate-limited') return tooMany(fault.retryAfterSeconds ?? 1);
      if (fault?.kind === 'status-500') return finish(500, '<html>Server Error</html>');
      if (fault?.kind.startsWith('error:')) throw new SlackRefusal(fault.kind.slice('error:'.length));
      if (fault?.kind === 'hang' || fault?.kind === 'reset') {
        if (fault.kind === 'reset') response.destroy();
        return settle(fault.kind === 'hang' ? 'hung' : 'reset');
      }

      const args = readArguments(sent, method.arguments);
      if (fault?.kind === 'name-taken') takeName(workspace, args.text('name'));
      const result = method.run({ workspace, args, triggers, faults, scopes, origin: parts.origin(), socketUrl });
      if (fault?.kind === 'lost-reply') {
        response.destroy();
        return settle('lost');
      }
      if (fault?.kind === 'done-500') return finish(500, '<html>Server Error</html>');
      finish(200, { ok: true, ...result }, oauth);
    } catch (error) {
      if (!(error instanceof SlackRefusal)) throw error;
      const complaints = complaintsOf(error);
      if (complaints.length > 0) entry.complaints = complaints;
      finish(200, { ok: false, error: error.code, ...error.extra }, oauth);
    }
  }

  return {
    requests,
    onAnswered: listeners.add,
    answer,
  };
}

/** Somebody else was faster. */
function takeName(workspace: Workspace, name: string | undefined): void {
  const colleague = [...workspace.users.values()].find((user) => !user.isBot && !user.deleted)?.id;
  if (name === undefined || !/^[a-z0-9_-]{1,80}$/.test(name) || colleague === undefined) return;
  addChannel(workspace, { name, creator: colleague, members: [colleague] });
}

/** `api.test` gives back what it got, and fails with the error it was asked for. */
function apiTest(args: Record<string, unknown>): JsonObject {
  return typeof args.error === 'string' && args.error !== ''
    ? { ok: false, error: args.error, args }
    : { ok: true, args };
}

function textOr(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
