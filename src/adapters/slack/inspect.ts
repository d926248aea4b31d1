/** What `doctor` asks Slack: whose token this is and what it may do. */
import { z } from 'zod';
import { OperationError } from '../../domain/errors.ts';

export type SlackFacts =
  | {
      readonly kind: 'accepted';
      readonly team: string;
      readonly botUser: string;
      /** Granted to the token; undefined when Slack does not say. */
      readonly scopes?: readonly string[];
      /** Slack's clock. */
      readonly now?: Date;
    }
  /** Slack's own code, such as `invalid_auth`. */
  | { readonly kind: 'refused'; readonly code: string };

const patienceMs = 5_000;
const Answer = z.union([
  z.object({ ok: z.literal(true), team: z.string().optional(), user: z.string().optional() }),
  z.object({ ok: z.literal(false), error: z.string().regex(/^[a-z0-9_]{1,80}$/) }),
]);

/** `auth.test` with the bot token. Throws `chat-unavailable`. */
export async function inspectBotToken(options: { token: string; apiUrl?: string }): Promise<SlackFacts> {
  const { answer, headers } = await ask('auth.test', options);
  if (!answer.ok) return { kind: 'refused', code: answer.error };
  const scopes = headers
    .get('x-oauth-scopes')
    ?.split(',')
    .map((scope) => scope.trim());
  const date = Date.parse(headers.get('date') ?? '');
  return {
    kind: 'accepted',
    team: answer.team ?? 'an unnamed workspace',
    botUser: answer.user ?? 'an unnamed bot',
    ...(scopes === undefined ? {} : { scopes: scopes.filter((scope) => scope !== '') }),
    ...(Number.isNaN(date) ? {} : { now: new Date(date) }),
  };
}

/** Asks for a socket's address and does not connect to it. Undefined: the app token works. Throws `chat-unavailable`. */
export async function inspectAppToken(options: { token: string; apiUrl?: string }): Promise<string | undefined> {
  const { answer } = await ask('apps.connections.open', options);
  return answer.ok ? undefined : answer.error;
}

async function ask(method: string, { token, apiUrl = 'https://slack.com/api/' }: { token: string; apiUrl?: string }) {
  try {
    const response = await fetch(new URL(method, apiUrl), {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(patienceMs),
    });
    return { answer: Answer.parse(await response.json()), headers: response.headers };
  } catch (cause) {
    throw new OperationError('chat-unavailable', `Slack does not answer ${method} at ${new URL(apiUrl).origin}.`, {
      retryable: true,
      cause,
    });
  }
}
