import type { SandboxSlack } from '../../../src/sandbox/slack/start.ts';

/** Calls a Web API method as web-api does: form fields, nested values as JSON text. */
export async function call(
  slack: Pick<SandboxSlack, 'apiUrl' | 'botToken'>,
  method: string,
  args: Record<string, string | number | boolean | object | undefined> = {},
  headers: Record<string, string> = { authorization: `Bearer ${slack.botToken}` },
) {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(args)) {
    if (value !== undefined) form.set(name, typeof value === 'object' ? JSON.stringify(value) : String(value));
  }
  const response = await fetch(`${slack.apiUrl}${method}`, { method: 'POST', headers, body: form });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: readJson(text) };
}

// A test reads whatever fields the method documents, so the answer stays open here.
function readJson(text: string): Record<string, unknown> {
  return text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : { text };
}
