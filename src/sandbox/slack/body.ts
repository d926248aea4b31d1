import type { IncomingMessage } from 'node:http';
import { SlackRefusal } from './methods/refusal.ts';

/** Request bodies larger than this are cut off; only uploads come near it. */
const bodyBytesMax = 64 * 1024 * 1024;

export async function readBytes(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) continue;
    length += chunk.length;
    if (length > bodyBytesMax) throw new Error('The request body is larger than the stand-in for Slack takes.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/**
 * The arguments of a Web API call: query, then form, multipart or JSON body.
 * Throws `SlackRefusal` with Slack's codes for bodies that it cannot read.
 */
export async function readSent(request: IncomingMessage, url: URL, bytes: Buffer): Promise<Map<string, unknown>> {
  const sent = new Map<string, unknown>(url.searchParams);
  if (bytes.length === 0) return sent;
  const type = request.headers['content-type'];
  if (type === undefined) throw new SlackRefusal('missing_post_type');
  if (type.startsWith('application/json')) {
    for (const [name, value] of Object.entries(readJsonObject(bytes.toString()))) sent.set(name, value);
  } else if (type.startsWith('application/x-www-form-urlencoded')) {
    for (const [name, value] of new URLSearchParams(bytes.toString())) sent.set(name, value);
  } else if (type.startsWith('multipart/form-data')) {
    for (const [name, value] of await readMultipart(bytes, type)) sent.set(name, value);
  } else {
    throw new SlackRefusal('invalid_post_type');
  }
  return sent;
}

function readJsonObject(text: string): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new SlackRefusal('invalid_json');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new SlackRefusal('json_not_object');
  return value;
}

async function readMultipart(bytes: Buffer, type: string): Promise<[string, unknown][]> {
  try {
    const form = await new Response(new Uint8Array(bytes), { headers: { 'content-type': type } }).formData();
    return [...form.entries()];
  } catch {
    throw new SlackRefusal('invalid_form_data');
  }
}

/** The file in an upload: the first file of a multipart form, or the raw body. */
export async function readUpload(request: IncomingMessage, bytes: Buffer): Promise<Buffer> {
  const type = request.headers['content-type'] ?? '';
  if (!type.startsWith('multipart/form-data')) return bytes;
  for (const [, value] of await readMultipart(bytes, type)) {
    if (value instanceof Blob) return Buffer.from(await value.arrayBuffer());
  }
  return Buffer.alloc(0);
}

/** Arguments as a test wants to see them: nested JSON read, the token left out. */
export function plainArguments(sent: ReadonlyMap<string, unknown>): Record<string, unknown> {
  const plain: Record<string, unknown> = {};
  for (const [name, value] of sent) if (name !== 'token') plain[name] = readNested(value);
  return plain;
}

function readNested(value: unknown): unknown {
  if (typeof value !== 'string' || !/^[[{]/.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
