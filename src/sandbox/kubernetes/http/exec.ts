/**
 * GET …/pods/NAME/exec as a WebSocket of `v5.channel.k8s.io`, with the refusals of API server and kubelet. Recorded
 * from 1.34: an empty message of channel 1 first, then the output, then a Status on channel 3.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { microTimestamp } from '../clock.ts';
import { statusFault } from '../faults.ts';
import type { Json } from '../json.ts';
import type { Pod } from '../objects.ts';
import type { Ended, Programs } from '../programs.ts';
import { resourceOf } from '../resources.ts';
import { badRequest, forbidden, notFound, StatusError } from '../status.ts';
import { account, askerOf, isDenied } from './asker.ts';
import { impersonatedUser, type ServerTools } from './server.ts';

type Tools = Pick<ServerTools, 'store' | 'clock' | 'audit' | 'faults' | 'denials' | 'token'> & {
  readonly programs: Programs;
};
type Wanted = { readonly namespace: string; readonly name: string; readonly query: URLSearchParams };

const protocol = 'v5.channel.k8s.io';

/** Returns a way to end what is still open. */
export function answerExec(server: Server, tools: Tools): () => void {
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => protocol });
  const open = new Set<Duplex>();
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    // A client that goes away is no defect of ours.
    socket.on('error', () => socket.destroy());
    const uri = request.url ?? '/';
    const received = tools.clock.now();
    const fault = tools.faults.take('GET', uri, undefined);
    if (fault?.kind === 'reset-before') socket.destroy();
    if (fault?.kind === 'reset-before' || fault?.kind === 'hang') return;
    const auditId = request.headers['audit-id']?.toString() ?? randomUUID();
    const wanted = wantedOf(uri);
    const audit = (code: number): void =>
      tools.audit.append({
        kind: 'Event',
        apiVersion: 'audit.k8s.io/v1',
        level: 'Metadata',
        auditID: auditId,
        stage: 'ResponseComplete',
        requestURI: uri,
        verb: 'get',
        user: { username: account },
        ...impersonatedUser(request),
        sourceIPs: ['127.0.0.1'],
        userAgent: request.headers['user-agent'] ?? '',
        ...(wanted && {
          objectRef: {
            resource: 'pods',
            namespace: wanted.namespace,
            name: wanted.name,
            apiVersion: 'v1',
            subresource: 'exec',
          },
        }),
        responseStatus: { metadata: {}, code },
        requestReceivedTimestamp: microTimestamp(received),
        stageTimestamp: microTimestamp(tools.clock.now()),
      });
    try {
      if (fault?.kind === 'status') throw statusFault(fault);
      if (!wanted) throw new StatusError(404, 'NotFound', 'the server could not find the requested resource', {});
      const run = prepare(tools, request, wanted);
      audit(101);
      if (fault?.kind === 'lost-reply') {
        run();
        socket.destroy();
        return;
      }
      sockets.handleUpgrade(request, socket, head, (stream) => say(stream, run()));
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      audit(error.code);
      refuse(socket, error);
    }
  });
  return () => {
    for (const socket of open) socket.destroy();
    sockets.close();
  };
}

function wantedOf(uri: string): Wanted | undefined {
  const url = new URL(uri, 'http://local');
  const [, namespace, name] = /^\/api\/v1\/namespaces\/([^/]+)\/pods\/([^/]+)\/exec$/.exec(url.pathname) ?? [];
  return namespace === undefined || name === undefined ? undefined : { namespace, name, query: url.searchParams };
}

/** Gives the end of the program, or the kubelet's message when it could not be started. */
function prepare(tools: Tools, request: IncomingMessage, wanted: Wanted): () => Ended | string {
  const { store, token, denials, programs } = tools;
  const { namespace, name, query } = wanted;
  const pods = resourceOf('pods');
  if (token !== undefined && request.headers.authorization !== `Bearer ${token}`) {
    throw new StatusError(401, 'Unauthorized', 'Unauthorized');
  }
  const asker = askerOf(request.headers, denials);
  if (isDenied(denials, { verb: 'get', resource: 'pods/exec', namespace }, asker)) {
    throw forbidden(pods, name, asker.user, 'get', namespace);
  }
  const pod = store.get('pods', namespace, name);
  if (!pod) throw notFound(pods, name);
  const container = chooseContainer(pod, query.get('container') ?? '');
  const argv = query.getAll('command');
  return () => {
    const status = pod.status.containerStatuses?.find((one) => one.name === container);
    if (!status?.state.running) return `unable to upgrade connection: container not found ("${container}")`;
    const ended = programs.run(pod, container, argv);
    return (
      ended ??
      `Internal error occurred: error executing command in container: failed to exec in container: failed to start exec "${'0'.repeat(64)}": OCI runtime exec failed: exec failed: unable to start container process: exec: ${JSON.stringify(argv[0] ?? '')}: executable file not found in $PATH: unknown`
    );
  };
}

function chooseContainer(pod: Pod, wanted: string): string {
  const names = pod.spec.containers.map(({ name }) => name);
  const inits = (pod.spec.initContainers ?? []).map(({ name }) => name);
  const [only] = names;
  if (wanted === '' && only !== undefined && names.length + inits.length === 1) return only;
  if (wanted === '') {
    throw badRequest(
      `a container name must be specified for pod ${pod.metadata.name}, choose one of: [${[...inits, ...names].join(' ')}]`,
    );
  }
  if (![...names, ...inits].includes(wanted)) {
    throw badRequest(`container ${wanted} is not valid for pod ${pod.metadata.name}`);
  }
  return wanted;
}

function say(stream: WebSocket, ended: Ended | string): void {
  const send = (channel: number, text: string): void => {
    stream.send(Buffer.concat([Buffer.from([channel]), Buffer.from(text)]));
  };
  stream.on('error', () => stream.terminate());
  send(1, '');
  if (typeof ended !== 'string') {
    if (ended.out) send(1, ended.out);
    if (ended.err) send(2, ended.err);
  }
  send(3, JSON.stringify(typeof ended === 'string' ? neverStarted(ended) : statusOf(ended.exitCode ?? 0)));
  stream.close(1000);
}

const statusOf = (exitCode: number): Json =>
  exitCode === 0
    ? { metadata: {}, status: 'Success' }
    : {
        metadata: {},
        status: 'Failure',
        message: `command terminated with non-zero exit code: command terminated with exit code ${exitCode}`,
        reason: 'NonZeroExitCode',
        details: { causes: [{ reason: 'ExitCode', message: String(exitCode) }] },
      };

const neverStarted = (message: string): Json => ({
  metadata: {},
  status: 'Failure',
  message: `Internal error occurred: ${message}`,
  reason: 'InternalError',
  details: { causes: [{ message }] },
  code: 500,
});

function refuse(socket: Duplex, error: StatusError): void {
  const body = `${JSON.stringify(error.body)}\n`;
  socket.end(
    `HTTP/1.1 ${error.code} Refused\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
