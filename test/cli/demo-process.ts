/** The demo as a process of its own, in folders where everything that it leaves is seen. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { eventually } from '../eventually.ts';

const root = resolve(import.meta.dirname, '../..');

export type Ended = {
  readonly code: number | null;
  readonly signal: string | null;
  readonly out: string;
  readonly err: string;
};

export type DemoProcess = {
  out(): string;
  err(): string;
  /** The URL that stands on a line of its own. */
  url(): Promise<string>;
  /** Firebreak listens. */
  ready(): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  ended(): Promise<Ended>;
};

export type Place = {
  /** For what the demo is told to keep. */
  readonly folder: string;
  start(args: readonly string[]): DemoProcess;
  /** Starts it and waits for its end. */
  run(args: readonly string[], nodeFlags?: readonly string[]): Promise<Ended>;
  /** Names of what was left in the folder where it stood, and in its folder for temporary files. */
  left(): { readonly cwd: readonly string[]; readonly temporary: readonly string[] };
  /** Ends what still runs and removes the folders. */
  close(): Promise<void>;
};

export function openPlace(): Place {
  const folder = mkdtempSync(join(tmpdir(), 'firebreak-demo-'));
  /** Where the command stands: a folder that it may not write to. */
  const cwd = join(folder, 'here');
  const temporary = join(folder, 'temporary');
  for (const path of [cwd, temporary]) mkdirSync(path);
  chmodSync(cwd, 0o555);
  const children = new Set<ChildProcess>();

  function start(args: readonly string[], nodeFlags: readonly string[] = []): DemoProcess {
    const child = spawn(
      join(root, 'node_modules/.bin/node'),
      [...nodeFlags, join(root, 'src/main.ts'), 'demo', ...args],
      {
        cwd,
        // Node's own cache of compiled sources, which main.ts asks for, would be in the folder too.
        env: { PATH: process.env['PATH'] ?? '', TMPDIR: temporary, NODE_DISABLE_COMPILE_CACHE: '1' },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    children.add(child);
    let out = '';
    let err = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
    const closed = once(child, 'close').finally(() => children.delete(child));
    const see = (what: string, pattern: RegExp): Promise<RegExpExecArray> =>
      eventually(
        what,
        () => {
          if (child.exitCode !== null) throw new Error(`the demo ended with ${child.exitCode}:\n${out}\n${err}`);
          return pattern.exec(out) ?? undefined;
        },
        110_000,
      );
    return {
      out: () => out,
      err: () => err,
      url: async () =>
        (await see('a URL on a line of its own', /^http:\/\/127\.0\.0\.1:\d+\/(\?key=[0-9a-f]{48})?$/m))[0],
      async ready() {
        await see('that everything is ready', /Everything is ready/);
      },
      kill: (signal) => child.kill(signal),
      async ended() {
        await closed;
        return { code: child.exitCode, signal: child.signalCode, out, err };
      },
    };
  }

  return {
    folder,
    start,
    run: (args, nodeFlags) => start(args, nodeFlags).ended(),
    left: () => ({ cwd: readdirSync(cwd), temporary: readdirSync(temporary) }),
    async close() {
      for (const child of children) {
        child.kill('SIGKILL');
        if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
