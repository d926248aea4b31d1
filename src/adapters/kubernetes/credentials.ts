/** Where the server is and who we are: client-node reads kubeconfigs and does certificates, tokens, exec plug-ins and OIDC. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { ConnectionOptions as TlsOptions } from 'node:tls';
import type { KubeConfig } from '@kubernetes/client-node';
import { Agent, ProxyAgent, type Dispatcher } from 'undici';
import { OperationError } from '../../domain/errors.ts';

export type ConnectionOptions = {
  /** The cluster's name in firebreak.yaml, for messages. */
  readonly name: string;
  /** A path; it wins over `$KUBECONFIG`, which wins over the pod's own account. */
  readonly kubeconfig?: string;
  /** The file's content instead of a path. */
  readonly kubeconfigText?: string;
  /** Instead of the file's current context. */
  readonly context?: string;
  /** How long a request may take whose caller does not say; 15 s. */
  readonly timeoutMs?: number;
};

/** What `tls.connect` takes of a kubeconfig. */
export type ConnectionTls = Pick<
  TlsOptions,
  'ca' | 'cert' | 'key' | 'passphrase' | 'rejectUnauthorized' | 'servername'
>;

export type Authentication = {
  readonly dispatcher: Dispatcher;
  readonly origin: string;
  readonly basePath: string;
  readonly headers: Readonly<Record<string, string>>;
  /** For sockets that are not the dispatcher's. */
  readonly tls: ConnectionTls;
  readonly isProxied: boolean;
  readonly tlsKey: string;
  readonly readAt: number;
};

/** Throws `config-invalid` with what to correct. */
export async function loadConfig(options: ConnectionOptions): Promise<KubeConfig> {
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  const path = options.kubeconfig ?? process.env['KUBECONFIG'];
  try {
    if (options.kubeconfigText !== undefined) config.loadFromString(options.kubeconfigText);
    else if (path !== undefined && path.includes(':')) loadSeveral(config, path, KubeConfig);
    else if (path !== undefined && path !== '') {
      await readFile(path); // says ENOENT or EACCES before the library does
      config.loadFromFile(path);
    } else if (existsSync('/var/run/secrets/kubernetes.io/serviceaccount/token')) config.loadFromCluster();
    else {
      throw new OperationError(
        'config-invalid',
        `Cluster ${options.name} has no kubeconfig. Name a file in firebreak.yaml or in KUBECONFIG, or run in the cluster.`,
        { retryable: false },
      );
    }
  } catch (error) {
    if (error instanceof OperationError) throw error;
    throw new OperationError(
      'config-invalid',
      `The kubeconfig of cluster ${options.name} cannot be read. Check that ${path ?? 'its text'} is there and is a kubeconfig.`,
      { retryable: true, cause: error },
    );
  }
  if (options.context !== undefined) {
    if (config.getContextObject(options.context) === null) {
      throw new OperationError(
        'config-invalid',
        `The kubeconfig of cluster ${options.name} has no context ${options.context}. Choose one that it has.`,
        { retryable: false },
      );
    }
    config.setCurrentContext(options.context);
  }
  return config;
}

/** `$KUBECONFIG` may be a list of files, merged in order as kubectl does; files that are not there are skipped. */
function loadSeveral(config: KubeConfig, list: string, KubeConfigClass: new () => KubeConfig): void {
  const files = list.split(':').filter((file) => file !== '' && existsSync(file));
  const [first, ...others] = files;
  if (first === undefined) throw new Error('none of the files is there');
  config.loadFromFile(first);
  for (const file of others) {
    const other = new KubeConfigClass();
    other.loadFromFile(file);
    config.mergeConfig(other, true);
  }
}

/** Keeps the dispatcher of `before` while the certificates are the same. */
export async function authenticate(
  config: KubeConfig,
  name: string,
  before: Authentication | undefined,
): Promise<Authentication> {
  const cluster = config.getCurrentCluster();
  if (cluster === null) {
    throw new OperationError('config-invalid', `The kubeconfig of cluster ${name} names no cluster. Set its context.`, {
      retryable: false,
    });
  }
  const server = new URL(cluster.server);
  const secured: Parameters<KubeConfig['applyToHTTPSOptions']>[0] = {};
  if (server.protocol === 'http:' && !isLoopback(server.hostname)) {
    throw new OperationError(
      'config-invalid',
      `Cluster ${name} is addressed by plain http, which would show its credentials. Use an https address.`,
      { retryable: false },
    );
  }
  // The library insists on this word for plain http; there is no certificate to verify.
  if (server.protocol === 'http:') {
    config.clusters = config.clusters.map((one) => (one.name === cluster.name ? { ...one, skipTLSVerify: true } : one));
  }
  try {
    await config.applyToHTTPSOptions(secured);
  } catch (error) {
    throw new OperationError(
      'cluster-denied',
      `The credentials for cluster ${name} cannot be had. Check the user of its kubeconfig context.`,
      { retryable: true, cause: error },
    );
  }
  const headers: Record<string, string> = {};
  for (const [key, value] of Object.entries(secured.headers ?? {})) headers[key.toLowerCase()] = String(value);
  if ('auth' in secured && typeof secured.auth === 'string') headers['authorization'] = `Basic ${btoa(secured.auth)}`;

  const tls: ConnectionTls = {
    ...(secured.ca === undefined ? {} : { ca: secured.ca }),
    ...(secured.cert === undefined ? {} : { cert: secured.cert }),
    ...(secured.key === undefined ? {} : { key: secured.key }),
    ...(secured.passphrase === undefined ? {} : { passphrase: secured.passphrase }),
    ...(secured.rejectUnauthorized === undefined ? {} : { rejectUnauthorized: secured.rejectUnauthorized }),
    // The WebSocket half of the library's union type does not know `servername`; kubeconfig's tls-server-name sets it.
    ...('servername' in secured && typeof secured.servername === 'string' ? { servername: secured.servername } : {}),
  };
  const tlsKey = JSON.stringify([cluster.proxyUrl, tls], (_, value: unknown) =>
    Buffer.isBuffer(value) ? value.toString('base64') : value,
  );
  return {
    dispatcher: before?.tlsKey === tlsKey ? before.dispatcher : openDispatcher(cluster.proxyUrl, tls, name),
    origin: server.origin,
    basePath: server.pathname.replace(/\/+$/, ''),
    headers,
    tls,
    isProxied: cluster.proxyUrl !== undefined,
    tlsKey,
    readAt: performance.now(),
  };
}

function openDispatcher(proxyUrl: string | undefined, tls: object, name: string): Dispatcher {
  const pool = {
    // HTTP/1.1 without pipelining: one request on a socket at a time, so a broken socket leaves exactly one in doubt.
    allowH2: false,
    pipelining: 1,
    connections: 16,
    keepAliveTimeout: 30_000,
    keepAliveMaxTimeout: 300_000,
    headersTimeout: 0, // the request's own time-out covers all of it
    bodyTimeout: 0,
  };
  if (proxyUrl === undefined) {
    return new Agent({ ...pool, connect: { ...tls, timeout: 5_000, keepAlive: true, keepAliveInitialDelay: 30_000 } });
  }
  if (!proxyUrl.startsWith('http')) {
    throw new OperationError(
      'config-invalid',
      `The proxy-url of cluster ${name} is not an HTTP proxy. Only http and https proxies are supported.`,
      { retryable: false },
    );
  }
  return new ProxyAgent({ ...pool, uri: proxyUrl, requestTls: tls });
}

const isLoopback = (host: string): boolean => host === 'localhost' || host === '[::1]' || /^127(\.\d+){3}$/.test(host);
