/** A read of ours and the real kubectl's, on the same objects at almost the same moment. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect } from '@jest/globals';
import type { ClusterRead } from '../../src/domain/read-action.ts';
import type { Cluster } from '../../src/flow/ports.ts';

const kubectlPath = process.env['KUBECTL'] ?? 'kubectl';
/** Ages tick and pods crash between the two looks: a difference has to stay. */
const looksMax = 8;

export type Ran = { readonly out: string; readonly status: number | null };

/** Output, then errors. `kubeconfig` is a path; absent: that of the environment. */
export async function runKubectl(args: readonly string[], kubeconfig?: string): Promise<Ran> {
  const env = kubeconfig === undefined ? process.env : { ...process.env, KUBECONFIG: kubeconfig };
  const child = spawn(kubectlPath, [...args], { stdio: ['ignore', 'pipe', 'pipe'], env });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  await once(child, 'close');
  return { out: stdout + stderr, status: child.exitCode };
}

type Sides = {
  readonly cluster: Cluster;
  readonly namespace: string;
  readonly kubeconfig?: string;
  /** What is compared of each text: a thousand ages are never the same twice. Absent: all of it. */
  readonly masked?: (text: string) => string;
};

/** Byte for byte, and the exit code. */
export async function expectSame(
  { cluster, namespace, kubeconfig, masked = (text) => text }: Sides,
  args: readonly string[],
  action: ClusterRead,
): Promise<void> {
  const scoped = args.includes('-n') ? args : [...args, '-n', namespace];
  const context = { defaultNamespace: namespace, signal: AbortSignal.timeout(30_000), textLimit: 10_000_000 };
  let theirs = await runKubectl(scoped, kubeconfig);
  let ours = await cluster.read(action, context);
  for (let look = 1; look < looksMax && masked(ours.text) !== masked(theirs.out); look++) {
    theirs = await runKubectl(scoped, kubeconfig);
    ours = await cluster.read(action, context);
  }

  expect(masked(ours.text)).toBe(masked(theirs.out));
  expect(ours.exitCode).toBe(theirs.status);
}
