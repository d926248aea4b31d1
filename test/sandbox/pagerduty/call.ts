import type { SandboxPagerDuty } from '../../../src/sandbox/pagerduty/start.ts';

type Called = { status: number; body: Record<string, unknown>; headers: Headers };

/** One request as any client would send it. */
export async function call(
  pagerduty: SandboxPagerDuty,
  method: string,
  path: string,
  { body, headers }: { body?: unknown; headers?: Record<string, string> } = {},
): Promise<Called> {
  const answer = await fetch(`${pagerduty.apiUrl}${path}`, {
    method,
    headers: {
      authorization: `Token token=${pagerduty.token}`,
      accept: 'application/vnd.pagerduty+json;version=2',
      from: 'alice@example.com',
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, body: text === '' ? {} : JSON.parse(text), headers: answer.headers };
}
