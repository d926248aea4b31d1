/** What one command does: the requests that write, in their order, and what has become of the objects. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';
import { connectCluster } from '../../../src/adapters/kubernetes/cluster.ts';
import { OperationError } from '../../../src/domain/errors.ts';
import type { Action } from '../../../src/domain/action.ts';
import type { Cluster } from '../../../src/flow/ports.ts';
import { newId } from '../../../src/flow/new-id.ts';
import { createOperator, isReadAction } from '../../../src/flow/operate.ts';
import { type AuditEvent, isEffect } from '../../../src/sandbox/kubernetes/audit.ts';
import type { SandboxKubernetes } from '../../../src/sandbox/kubernetes/start.ts';
import { createRecordingLog } from '../../adapters/recording-log.ts';
import { type Changed, createState } from './state.ts';
import { startWorld } from './world.ts';

/** Nothing here waits for anything; a command that takes this long never ends. */
const kubectlMs = 20_000;

export type Ran = {
  readonly out: string;
  readonly err: string;
  /** Null: it was stopped. */
  readonly exit: number | null;
  /** `patch deployments shop/web`: what the server was asked to write, dry runs aside, and took. */
  readonly writes: readonly string[];
  /** The objects that are another than before, masked; null: gone. */
  readonly changed: Changed;
  /** `shop/lone lone: ls -l /`: what was to be run in a container; the stand-in runs nothing. */
  readonly executed: readonly string[];
};

export type OursRan = Ran & {
  /** What kind of end it was: a read, a change that was carried out, or a sentence of why not. */
  readonly end: 'read' | 'done' | 'no-change' | 'refused' | 'failed';
};

/** `podsEnd`: a pod that is deleted is gone soon, for commands that wait for it; else it stays as the request left it. */
export type RunOptions = { readonly podsEnd?: boolean };

/** One server with one world, used by one command at a time. */
export type Recorder = {
  readonly sandbox: SandboxKubernetes;
  /** Run by bash, with `kubectl` and `oc` on its path. */
  theirs(
    script: string,
    namespace: string,
    options?: RunOptions & { env?: Readonly<Record<string, string>> },
  ): Promise<Ran>;
  ours(action: Action, namespace: string, options?: RunOptions): Promise<OursRan>;
  close(): Promise<void>;
};

export async function openRecorder(): Promise<Recorder> {
  const sandbox = await startWorld();
  const folder = await mkdtemp(join(tmpdir(), 'recording-'));
  const kubectl = await kubectlPath();
  await mkdir(join(folder, 'bin'));
  await symlink(kubectl, join(folder, 'bin', 'kubectl'));
  await writeFile(join(folder, 'bin', 'oc'), '#!/bin/sh\nexec kubectl "$@"\n', { mode: 0o755 });
  const clusters = new Map<string, Cluster>();
  const state = createState(sandbox);
  const putBack = sandbox.world.keep();

  async function recorded<T extends object>(run: () => Promise<T>, { podsEnd = false }: RunOptions = {}) {
    const events: AuditEvent[] = [];
    const timer = podsEnd ? setInterval(() => endPods(sandbox), 20) : undefined;
    const stop = sandbox.onRequest(() => {
      const event = sandbox.audit.at(-1);
      if (event) events.push(event);
    });
    try {
      const ran = await run();
      if (podsEnd) endPods(sandbox);
      const writes = events.filter((event) => isEffect(event) && event.responseStatus.code < 300).map(writeText);
      const executed = new Set(events.map(executedText).filter((text) => text !== ''));
      return {
        ...ran,
        writes: writes.filter((text) => text !== ''),
        executed: [...executed],
        changed: state.changed(),
      };
    } finally {
      clearInterval(timer);
      stop();
      putBack();
    }
  }

  return {
    sandbox,
    async theirs(script, namespace, { env = {}, ...options } = {}) {
      const kubeconfig = join(folder, `kubeconfig-${namespace}`);
      await writeFile(kubeconfig, sandbox.kubeconfig(namespace));
      return recorded(async () => {
        const child = spawn('bash', ['-c', script], {
          cwd: folder,
          stdio: ['ignore', 'pipe', 'pipe'],
          env: {
            PATH: `${join(folder, 'bin')}:/usr/local/bin:/usr/bin:/bin`,
            HOME: folder,
            KUBECONFIG: kubeconfig,
            // A run ends before its garbage matters: a third of its time.
            GOGC: 'off',
            GOMAXPROCS: '1',
            ...(process.env['TZ'] === undefined ? {} : { TZ: process.env['TZ'] }),
            ...(process.env['LANG'] === undefined ? {} : { LANG: process.env['LANG'] }),
            ...env,
          },
          // A group of its own: what bash has started ends with it.
          detached: true,
        });
        const timer = setTimeout(() => child.pid !== undefined && process.kill(-child.pid, 'SIGKILL'), kubectlMs);
        let [out, err] = ['', ''];
        child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
        child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
        await once(child, 'close');
        clearTimeout(timer);
        return { out, err, exit: child.exitCode };
      }, options);
    },
    async ours(action, namespace, options) {
      const cluster = clusters.get(namespace) ?? connect(sandbox, namespace);
      clusters.set(namespace, cluster);
      return recorded(() => inTime(carryOut(cluster, action, namespace)), options);
    },
    async close() {
      await Promise.all([...clusters.values()].map((cluster) => cluster.close()));
      await sandbox.stop();
      await rm(folder, { recursive: true });
    },
  };
}

function endPods({ world }: SandboxKubernetes): void {
  for (const { metadata } of world.list('pods')) {
    if (metadata.deletionTimestamp !== undefined) world.remove('pods', metadata.namespace ?? '', metadata.name);
  }
}

/** A run of ours that waits for what never happens here is a defect of the table, said at once. */
async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`ours did not end within ${kubectlMs} ms`)), kubectlMs);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

const connect = (sandbox: SandboxKubernetes, namespace: string): Cluster =>
  connectCluster({
    name: 'recorded',
    kubeconfigText: sandbox.kubeconfig(namespace),
    log: createRecordingLog(),
  });

/** As `firebreak apply --yes` does. Throws what is a defect. */
async function carryOut(
  cluster: Cluster,
  action: Action,
  namespace: string,
): Promise<Pick<OursRan, 'end' | 'out' | 'err' | 'exit'>> {
  const operator = createOperator({
    cluster,
    clock: { now: () => new Date() },
    newId,
    journal: { started: async () => undefined, ended: async () => undefined },
  });
  try {
    if (isReadAction(action)) {
      const { text, errorText = '', exitCode } = await operator.read(action, namespace);
      return { end: 'read', out: text.slice(0, text.length - errorText.length), err: errorText, exit: exitCode };
    }
    // kubectl waits for nothing between two pods.
    const asKubectl =
      action.type === 'each' || action.type === 'several' ? { ...action, waves: 'all' as const } : action;
    const planned = await operator.plan(asKubectl, namespace);
    if (planned.kind !== 'planned') {
      return { end: planned.kind, out: '', err: planned.text, exit: planned.kind === 'no-change' ? 0 : 1 };
    }
    const run = await operator.apply(planned.plan);
    const differences = run.differences.map((difference) => `${difference}\n`).join('');
    return {
      end: run.outcome === 'succeeded' ? 'done' : 'failed',
      out: '',
      err: `${run.text}\n${differences}`,
      exit: run.exitCode,
    };
  } catch (error) {
    if (error instanceof OperationError) return { end: 'failed', out: '', err: error.message, exit: 1 };
    throw error;
  }
}

/** kubectl scales by the sub-resource and replaces where we patch: the object and what becomes of it count. */
function writeText({ verb, objectRef, requestObject }: AuditEvent): string {
  // Reviews of rights are asked by POST and store nothing.
  if (!objectRef) return '';
  const { resource, namespace = '', subresource = '' } = objectRef;
  // The shape of any object; of an eviction too.
  const body = requestObject as
    | { metadata?: { name?: string; generateName?: string }; deleteOptions?: { gracePeriodSeconds?: number } }
    | undefined;
  const name = objectRef.name ?? body?.metadata?.name ?? `${body?.metadata?.generateName ?? ''}*`;
  const operation =
    verb === 'update'
      ? 'patch'
      : subresource === 'eviction'
        ? `evict(${body?.deleteOptions?.gracePeriodSeconds ?? ''})`
        : verb;
  const below = subresource === '' || subresource === 'scale' || subresource === 'eviction' ? '' : `/${subresource}`;
  return `${operation} ${resource}${below} ${namespace}/${name}`;
}

/** kubectl asks twice, for a WebSocket and then for SPDY, of a server that has neither. */
function executedText({ requestURI }: AuditEvent): string {
  const url = new URL(requestURI, 'http://local');
  const [, namespace, pod] = /^\/api\/v1\/namespaces\/([^/]+)\/pods\/([^/]+)\/exec$/.exec(url.pathname) ?? [];
  if (namespace === undefined || pod === undefined) return '';
  const words = url.searchParams.getAll('command').map((word) => JSON.stringify(word));
  return `${namespace}/${pod} ${url.searchParams.get('container') ?? ''}: ${words.join(' ')}`;
}

/** `$KUBECTL`, else the one on the path: bash gets it under two names. */
async function kubectlPath(): Promise<string> {
  const given = process.env['KUBECTL'] ?? 'kubectl';
  const places = isAbsolute(given)
    ? [given]
    : (process.env['PATH'] ?? '').split(delimiter).map((at) => join(at, given));
  for (const place of places) {
    try {
      await access(place);
      return place;
    } catch {
      // the next one
    }
  }
  throw new Error(`There is no ${given}: set KUBECTL.`);
}
