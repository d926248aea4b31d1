/** The two forms in which Slack sends bodies: JSON for events, URL-encoded for commands and interactions. */

export type SlackBody = Record<string, unknown>;

/** Undefined when it is neither. Interactions are JSON in the form field `payload`. */
export function parseSlackBody(contentType: string | undefined, rawBody: Buffer): SlackBody | undefined {
  const type = contentType?.split(';', 1)[0]?.trim().toLowerCase();
  const text = rawBody.toString('utf8');
  if (type === 'application/json') return jsonObject(text);
  if (type !== 'application/x-www-form-urlencoded') return undefined;
  const fields = new URLSearchParams(text);
  const payload = fields.get('payload');
  return payload === null ? Object.fromEntries(fields) : jsonObject(payload);
}

function jsonObject(text: string): SlackBody | undefined {
  try {
    const value: unknown = JSON.parse(text);
    // A JSON object has string keys, and that is all that the type says.
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as SlackBody) : undefined;
  } catch {
    return undefined;
  }
}
