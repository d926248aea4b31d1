import { describe, expect, it } from '@jest/globals';
import { createLog, redact } from '../src/log.ts';
import type { LogLevel } from '../src/environment.ts';

function logger(options: { level?: LogLevel; secrets?: string[] } = {}) {
  const lines: string[] = [];
  const log = createLog({
    level: options.level ?? 'debug',
    to: { write: (line) => void lines.push(line) },
    ...(options.secrets && { secrets: options.secrets }),
  });
  return { log, lines };
}

describe('the log', () => {
  it('writes one JSON line with the fields, the level as a word and the message', () => {
    const { log, lines } = logger();

    log.warn({ incidentId: 'inc-1', stepId: 'INC-002/1' }, 'step failed');

    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      level: 'warn',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      incidentId: 'inc-1',
      stepId: 'INC-002/1',
      msg: 'step failed',
    });
  });

  it.each<[LogLevel, number]>([
    ['debug', 4],
    ['info', 3],
    ['warn', 2],
    ['error', 1],
    ['silent', 0],
  ])('writes at level %s only what is as grave', (level, count) => {
    const { log, lines } = logger({ level });

    for (const at of ['debug', 'info', 'warn', 'error'] as const) log[at]({}, 'something');

    expect(lines).toHaveLength(count);
  });

  it('hides secret keys by their path', () => {
    const { log, lines } = logger();

    log.info({ token: 'aaa1', request: { headers: { authorization: 'bbb1' } }, slack: { signingSecret: 'ccc1' } }, 'x');

    expect(lines[0]).not.toMatch(/aaa1|bbb1|ccc1/);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ request: { headers: { authorization: '[redacted]' } } });
  });

  it('hides known values wherever they stand, also those that JSON escapes', () => {
    const { log, lines } = logger({ secrets: ['pa"ss\\word', 'plain-secret'] });

    log.info({ note: 'it is pa"ss\\word or plain-secret' }, 'plain-secret said');

    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      note: 'it is [redacted] or [redacted]',
      msg: '[redacted] said',
    });
  });

  it('writes of an error only its type, message, code, frames and causes', () => {
    const { log, lines } = logger();
    const cause = Object.assign(new Error('HTTP-Code: 422\nMessage: no\nBody: {"data":{"key":"hunter2"}}'), {
      body: 'hunter2',
      headers: { cookie: 'hunter2' },
    });

    log.error({ err: Object.assign(new Error('it failed', { cause }), { code: 'cluster-rejected' }) }, 'failed');

    expect(lines[0]).not.toContain('hunter2');
    expect(JSON.parse(lines[0] ?? '').err).toEqual({
      type: 'Error',
      message: 'it failed',
      code: 'cluster-rejected',
      stack: expect.arrayContaining([expect.stringMatching(/^at .*log\.test\.ts/)]),
      cause: { type: 'Error', message: 'HTTP-Code: 422\nMessage: no', stack: expect.any(Array) },
    });
  });

  it('ends on an error that is its own cause', () => {
    const { log, lines } = logger();
    const error = new Error('round');
    error.cause = error;

    log.error({ err: error }, 'failed');

    expect(lines).toHaveLength(1);
  });
});

describe('redaction by pattern', () => {
  it.each<[string, string]>([
    ['token xoxb-123-456-AbC was refused', 'token [redacted] was refused'],
    ['xapp-1-A0-99-ff', '[redacted]'],
    ['xoxe.xoxp-1-Mi0yLTU', '[redacted]'],
    ['{"h":"Bearer abc.def-123"}', '{"h":"Bearer [redacted]"}'],
    ['Token token=y_NbAkKc66ryYTWUXYEu', 'Token token= [redacted]'],
    ['at postgres://app:hunter2@db:5432/x', 'at postgres://app:[redacted]@db:5432/x'],
    ['redis://:hunter2@redis:6379', 'redis://:[redacted]@redis:6379'],
    ['?password=hunter2&x=1', '?password=[redacted]&x=1'],
    ['eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJrdWJl.c2lnbmF0dXJl', '[redacted]'],
  ])('hides the secret in %j', (text, expected) => {
    expect(redact(text)).toBe(expected);
  });

  it.each([
    'http://web:8000/path',
    'namespace largeforge, pod api-7f9c',
    'http://grafana/d/1?from=now',
    'alice@example.com',
  ])('leaves %j as it is', (text) => {
    expect(redact(text)).toBe(text);
  });

  it('costs time linear in the length of hostile text', () => {
    const cost = (text: string): number => {
      const start = performance.now();
      redact(text);
      return performance.now() - start;
    };
    const hostile = ['://a:', 'password=', 'eyJ', 'Bearer ', 'xoxb-', 'xoxe.'];

    for (const piece of hostile) expect(cost(piece.repeat(100_000))).toBeLessThan(2_000);
  });
});
