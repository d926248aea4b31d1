/** The HTTP side: reads a request, meets faults, answers, and writes the audit line before the answer. */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Audit, AuditEvent } from '../audit.ts';
import { microTimestamp } from '../clock.ts';
import { type Faults, statusFault } from '../faults.ts';
import type { Json } from '../json.ts';
import { badRequest, forbidden, noSuchPath, StatusError } from '../status.ts';
import type { Usage } from '../usage.ts';
import type { Answer } from './answer.ts';
import { reviewAccess } from './access-review.ts';
import { account, type Asker, askerOf, type Denial, impersonatedBy, isDenied } from './asker.ts';
import { discover } from './discovery.ts';
import { dispatch, type DispatchTools } from './dispatch.ts';
import { metrics } from './metrics.ts';
import { cleanPath, parseRoute, type Route } from './route.ts';

export type ServerTools = Omit<DispatchTools, 'admission'> & {
  /** Admission with the webhooks that meet this request. */
  readonly admissionFor: (method: string, uri: string) => DispatchTools['admission'];
  readonly audit: Audit;
  readonly faults: Faults;
  readonly denials: readonly Denial[];
  /** When set, a request needs this bearer token. */
  readonly token: string | undefined;
  /** Undefined: no metrics server. */
  readonly usage: Usage | undefined;
};

/** The API server's own limit for a request body. */
const bodyBytesMax = 3 * 1024 * 1024;

export function createHttpServer(tools: ServerTools): Server {
  return createServer((request, response) => {
    answer(tools, request, response).catch((error: unknown) => {
      // A client that went away in the middle of its request: nothing was done, and nobody waits.
      if (!request.complete) return;
      // A defect of the stand-in itself: loud, and the client is not left waiting.
      process.emitWarning(error instanceof Error ? error : String(error));
      if (!response.headersSent)
        send(
          response,
          {
            code: 500,
            body: { kind: 'Status', apiVersion: 'v1', status: 'Failure', message: String(error), code: 500 },
          },
          {},
        );
      else response.destroy();
    });
  });
}

type Outcome = { answer: Answer; headers: Record<string, string> };

async function answer(tools: ServerTools, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const received = tools.clock.now();
  const method = request.method ?? 'GET';
  const uri = request.url ?? '/';
  const body = await readBody(request);
  const fault = tools.faults.take(method, uri, body);
  if (fault?.kind === 'reset-before' || (fault?.kind === 'hang' && fault.afterEffect !== true)) {
    // Hanging: nothing is written; the connection ends when the client or `stop` closes it.
    if (fault.kind === 'reset-before') request.socket.destroy();
    return;
  }
  const auditId = request.headers['audit-id']?.toString() ?? randomUUID();
  const url = new URL(uri, 'http://local');
  const moved = cleanPath(url.pathname);
  const route = moved === undefined ? parseRoute(method, url) : undefined;
  const outcome: Outcome =
    fault?.kind === 'status'
      ? failure(statusFault(fault))
      : moved === undefined
        ? handle(tools, { method, uri, url, route, body, request })
        : { answer: { code: 200, text: '' }, headers: { Location: moved + url.search } };
  const code = moved === undefined ? outcome.answer.code : 307;
  tools.audit.append(auditEvent(request, { auditId, route, uri, code, body, received, answered: tools.clock.now() }));
  if (fault?.kind === 'lost-reply') request.socket.destroy();
  if (fault?.kind === 'lost-reply' || fault?.kind === 'hang') return;
  send(response, outcome.answer, { 'Audit-Id': auditId, ...outcome.headers }, code);
}

type Request = {
  method: string;
  uri: string;
  url: URL;
  route: Route | undefined;
  body: string | undefined;
  request: IncomingMessage;
};

function handle(tools: ServerTools, { method, uri, url, route, body, request }: Request): Outcome {
  try {
    if (tools.token !== undefined && request.headers.authorization !== `Bearer ${tools.token}`) {
      throw new StatusError(401, 'Unauthorized', 'Unauthorized');
    }
    if (body === undefined)
      throw new StatusError(413, 'RequestEntityTooLarge', 'Request entity too large: limit is 3145728');
    const found = method === 'GET' ? readOnly(tools, url, request.headers.host ?? '') : undefined;
    if (found) return { answer: found, headers: {} };
    const asker = askerOf(request.headers, tools.denials);
    const review = reviewAccess({ method, url, body }, asker, (wanted) => isDenied(tools.denials, wanted, asker));
    if (review) return { answer: review, headers: {} };
    if (!route) throw noSuchPath();
    refuseDenied(tools.denials, route, asker);
    const {
      accept = '*/*',
      'content-type': contentType = 'application/json',
      'user-agent': userAgent = 'unknown',
    } = request.headers;
    if (contentType.startsWith('application/vnd.kubernetes.protobuf')) {
      throw new StatusError(
        415,
        'UnsupportedMediaType',
        'the body of the request was in an unknown format - accepted media types include: application/json',
        {},
      );
    }
    const admission = tools.admissionFor(method, uri);
    const answer = dispatch({ ...tools, admission }, { route, body, contentType, userAgent }, accept);
    const warnings = 'warnings' in answer ? (answer.warnings ?? []) : [];
    const warning = warnings.map((text) => `299 - ${JSON.stringify(text)}`).join(', ');
    return { answer, headers: warning === '' ? {} : { Warning: warning } };
  } catch (error) {
    if (error instanceof URIError) return failure(badRequest('invalid URL escape'));
    if (error instanceof StatusError) return failure(error);
    throw error;
  }
}

/** What is served without being stored. */
function readOnly(tools: ServerTools, url: URL, address: string): Answer | undefined {
  const { store, clock, usage } = tools;
  const found = discover(url.pathname.replace(/(.)\/$/, '$1'), { address, metrics: usage !== undefined });
  return found ?? (usage && metrics({ store, clock, usage }, url));
}

const failure = (error: StatusError): Outcome => ({
  answer: { code: error.code, body: error.body },
  headers: { ...error.headers },
});

function refuseDenied(denials: readonly Denial[], route: Route, asker: Asker): void {
  const name = route.subresource === '' ? route.resource.name : `${route.resource.name}/${route.subresource}`;
  const denied = isDenied(denials, { verb: route.verb, resource: name, namespace: route.namespace }, asker);
  if (denied) throw forbidden(route.resource, route.name, asker.user, route.verb, route.namespace);
}

/** Undefined when it is longer than the server takes. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    // Without an encoding, a request gives Buffers.
    const bytes = chunk as Buffer;
    size += bytes.length;
    if (size <= bodyBytesMax) chunks.push(bytes);
  }
  return size > bodyBytesMax ? undefined : Buffer.concat(chunks).toString('utf8');
}

function send(
  response: ServerResponse,
  answer: Answer,
  headers: Record<string, string>,
  code: number = answer.code,
): void {
  const common = { 'Cache-Control': 'no-cache, private', ...headers };
  if ('body' in answer) {
    response.writeHead(code, { 'Content-Type': 'application/json', ...common });
    response.end(`${JSON.stringify(answer.body)}\n`);
  } else if ('text' in answer) {
    response.writeHead(code, { 'Content-Type': 'text/plain', ...common });
    response.end(answer.text);
  } else {
    response.writeHead(code, { 'Content-Type': answer.contentType, 'Transfer-Encoding': 'chunked', ...common });
    response.flushHeaders();
    const write = (text: string): void => {
      if (text !== '' && !response.writableEnded) response.write(text);
    };
    const leave = answer.stream(write, () => response.end());
    response.on('close', leave);
  }
}

function auditEvent(
  request: IncomingMessage,
  about: {
    auditId: string;
    route: Route | undefined;
    uri: string;
    code: number;
    body: string | undefined;
    received: number;
    answered: number;
  },
): AuditEvent {
  const { route, body } = about;
  const verb = route?.verb ?? (request.method ?? 'GET').toLowerCase();
  const isWrite = body !== undefined && body !== '' && request.method !== 'GET';
  return {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: isWrite ? 'Request' : 'Metadata',
    auditID: about.auditId,
    stage: 'ResponseComplete',
    requestURI: about.uri,
    verb,
    user: { username: account },
    ...impersonatedUser(request),
    sourceIPs: ['127.0.0.1'],
    userAgent: request.headers['user-agent'] ?? '',
    ...(route ? { objectRef: objectRef(route) } : {}),
    responseStatus: { metadata: {}, code: about.code },
    ...(isWrite ? { requestObject: parsed(body) } : {}),
    requestReceivedTimestamp: microTimestamp(about.received),
    stageTimestamp: microTimestamp(about.answered),
  };
}

export function impersonatedUser({ headers }: IncomingMessage): Pick<AuditEvent, 'impersonatedUser'> {
  const other = impersonatedBy(headers);
  return other ? { impersonatedUser: { username: other.user, groups: other.groups } } : {};
}

function objectRef({ resource, namespace, name, subresource }: Route): NonNullable<AuditEvent['objectRef']> {
  return {
    resource: resource.name,
    ...(namespace === '' ? {} : { namespace }),
    ...(name === '' ? {} : { name }),
    ...(resource.group === '' ? {} : { apiGroup: resource.group }),
    apiVersion: resource.version,
    ...(subresource === '' ? {} : { subresource }),
  };
}

function parsed(body: string): Json {
  try {
    // JSON.parse of anything it accepts gives JSON.
    return JSON.parse(body) as Json;
  } catch {
    return body;
  }
}
