import { isNativeError } from 'node:util/types';
import { pino, stdTimeFunctions } from 'pino';
import type { DestinationStream } from 'pino';
import type { LogLevel } from './environment.ts';
import type { Log } from './flow/ports.ts';

const hidden = '[redacted]';

/** Keys whose value is never written, at the first three levels of a log line's fields. */
const secretKeys = [
  'authorization',
  'Authorization',
  'cookie',
  'password',
  'token',
  'secret',
  'signingSecret',
  'botToken',
  'apiKey',
  'nonce',
  'databaseUrl',
  'redisUrl',
];

/** What a secret looks like, wherever it stands in the finished line. Each pattern is bounded, so a line costs linear time. */
const secretPatterns: readonly (readonly [RegExp, string])[] = [
  // Slack's tokens: bot, user, refresh, app-level (Slack documentation, "Token types").
  [/\bx(?:ox[a-z]|app)(?:\.xox[a-z])?-[A-Za-z0-9-]{4,}/g, hidden],
  [/\b(Bearer|Basic|Token token=)(\s+|\s*\\")?[A-Za-z0-9._~+/=-]{6,}/gi, `$1 ${hidden}`],
  [/(:\/\/[^\s:/?#@"\\]{0,256}):[^\s@"\\]{1,512}@/g, `$1:${hidden}@`],
  [/\b(password|passwd|secret|token|api[-_]?key)=[^\s&"\\,;]{1,512}/gi, `$1=${hidden}`],
  // JSON web tokens, such as a Kubernetes service account's.
  [/\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]{4,}/g, hidden],
];

/**
 * A logger: JSON lines, fields first and a constant message. `to` is stdout for `serve`, whose log is its output, and
 * stderr for commands, whose output is an answer. `secrets` are values known at start; they are hidden everywhere.
 * error: a person should look · warn: recovered · info: one line per arrow · debug: the rest.
 */
export function createLog(options: {
  level: LogLevel;
  to: 'stdout' | 'stderr' | DestinationStream;
  secrets?: readonly string[];
}): Log {
  const { to } = options;
  // Written at once, so that kill -9 loses no line.
  const stream = typeof to === 'string' ? pino.destination({ dest: to === 'stdout' ? 1 : 2, sync: true }) : to;
  const secrets = (options.secrets ?? [])
    .filter((value) => value.length >= 6)
    .map((value) => JSON.stringify(value).slice(1, -1));
  const logger = pino(
    {
      level: options.level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }) },
      serializers: { err: errorFields, error: errorFields, cause: errorFields },
      redact: { paths: secretKeys.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]), censor: hidden },
      hooks: { streamWrite: (line) => redact(line, secrets) },
    },
    stream,
  );
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
  };
}

/** Hides what looks like a secret, and the given values, in text on its way out. */
export function redact(text: string, secrets: readonly string[] = []): string {
  let safe = text;
  for (const secret of secrets) safe = safe.replaceAll(secret, hidden);
  for (const [pattern, instead] of secretPatterns) safe = safe.replace(pattern, instead);
  return safe;
}

const messageMax = 500;
const causesMax = 4;

/**
 * An error as plain fields. Libraries hang requests, headers and bodies on their errors (client-node's ApiException
 * even puts the body into its message), so only these few properties are taken.
 */
function errorFields(error: unknown, depth = 0): unknown {
  // A DOMException (a time-out) is no native error; an error of another realm is no instance of ours.
  if (!isNativeError(error) && !(error instanceof Error)) return typeof error === 'string' ? clip(error) : typeof error;
  const code = 'code' in error ? error.code : undefined;
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return {
    type: error.name,
    message: clip(error.message),
    ...((typeof code === 'string' || typeof code === 'number') && { code }),
    stack: frames.slice(0, 10).map((line) => line.trim()),
    ...(error.cause !== undefined && depth < causesMax && { cause: errorFields(error.cause, depth + 1) }),
  };
}

const clip = (message: string): string =>
  message
    .split(/\n(?:Body|Headers):/, 1)
    .join('')
    .slice(0, messageMax);
