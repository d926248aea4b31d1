/** A process that is killed at one place after another and comes back each time. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { freePort } from '../free-port.ts';
import type { FailpointName } from '../../src/flow/ports.ts';

const startDeadlineMs = 60_000;
/** Nineteen starts of the same program. */
const compileCache = join(import.meta.dirname, '../../node_modules/.cache/firebreak/compiled');

export type Mortal = {
  readonly url: string;
  /** Places it died at so far. */
  readonly deaths: readonly FailpointName[];
  /** The last lines it logged. */
  log(): string;
  /** Ends it with SIGTERM and waits; rejects when it did not end by itself. */
  stop(): Promise<void>;
};

/** Starts it, armed with the first name; at each death it is started again, armed with the next. */
export async function startMortal(
  names: readonly FailpointName[],
  env: Readonly<Record<string, string>>,
): Promise<Mortal> {
  const port = await freePort();
  const deaths: FailpointName[] = [];
  const lines: string[] = [];
  let stopping = false;
  let broken: Error | undefined;
  let current = await start();

  async function start(): Promise<ChildProcess> {
    const armed = names[deaths.length];
    const child = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, 'child.ts')],
      {
        env: {
          PATH: process.env['PATH'] ?? '',
          HOME: process.env['HOME'] ?? '',
          NODE_COMPILE_CACHE: compileCache,
          ...env,
          PORT: String(port),
          ...(armed ? { FAILPOINT: armed } : {}),
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    const keep = (chunk: Buffer): void => {
      lines.push(...chunk.toString('utf8').split('\n').filter(Boolean));
      lines.splice(0, Math.max(0, lines.length - 200));
    };
    child.stderr.on('data', keep);
    child.once('exit', (code, signal) => {
      if (stopping) return;
      if (signal === 'SIGKILL' && armed) {
        deaths.push(armed);
        start().then(
          (next) => {
            current = next;
          },
          (error: unknown) => {
            broken = error instanceof Error ? error : new Error(String(error));
          },
        );
      } else broken = new Error(`the process ended by itself with ${code ?? signal}:\n${lines.join('\n')}`);
    });
    // It may die before it is ready: then the next one counts.
    const ready = once(child.stdout, 'data', { signal: AbortSignal.timeout(startDeadlineMs) });
    await Promise.race([ready, once(child, 'exit')]);
    return child;
  }

  return {
    url: `http://127.0.0.1:${port}`,
    deaths,
    log: () => lines.join('\n'),
    async stop() {
      stopping = true;
      if (broken) throw broken;
      if (current.exitCode !== null || current.signalCode !== null) return;
      const ended = once(current, 'exit');
      current.kill('SIGTERM');
      const [code] = await ended;
      if (code !== 0) throw new Error(`SIGTERM ended it with ${String(code)}:\n${lines.join('\n')}`);
    },
  };
}
