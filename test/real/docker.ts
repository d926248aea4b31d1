/**
 * A Docker Engine of the tests' own, and a base image made of this machine's Node: no registry of images is asked.
 * `DOCKER_HOST` names another engine. Containers share the host's network, because the engine here makes none.
 */
import { execFile, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from '../eventually.ts';

const run = promisify(execFile);
export const baseImage = 'firebreak-test-base';

export type Docker = {
  /** `unix://…`, as in DOCKER_HOST. */
  readonly host: string;
  /** Standard output and error together; rejects when docker's exit code is not 0. */
  run(...args: string[]): Promise<string>;
  close(): Promise<void>;
};

export async function startDocker(): Promise<Docker> {
  const folder = mkdtempSync(join(tmpdir(), 'firebreak-docker-'));
  const given = process.env['DOCKER_HOST'];
  const host = given ?? `unix://${folder}/docker.sock`;
  // The classic builder needs no plugin.
  const env = { ...process.env, DOCKER_HOST: host, DOCKER_BUILDKIT: '0' };
  const docker = async (...args: string[]): Promise<string> => {
    const { stdout, stderr } = await run('docker', args, { env, maxBuffer: 32 * 1024 * 1024 });
    return stdout + stderr;
  };
  const engine = given === undefined ? startEngine(folder, host) : undefined;
  await eventually('the Docker Engine answers', () => docker('version').then(Boolean, () => false), 30_000);
  return {
    host,
    run: docker,
    async close() {
      await engine?.();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function startEngine(folder: string, host: string): () => Promise<void> {
  const program = existsSync('/usr/sbin/dockerd') ? '/usr/sbin/dockerd' : 'dockerd';
  const state = ['--data-root', join(folder, 'data'), '--exec-root', join(folder, 'exec')];
  const alone = ['--iptables=false', '--ip6tables=false', '--bridge=none'];
  const engine = spawn(program, ['-H', host, '--pidfile', join(folder, 'pid'), ...state, ...alone], {
    stdio: 'ignore',
  });
  const ended = new Promise((resolve) => engine.once('exit', resolve).once('error', resolve));
  return async () => {
    engine.kill('SIGTERM');
    await ended;
    // The engine leaves this mounted, and a mounted folder cannot be removed.
    await run('umount', [join(folder, 'exec/netns/default')]).catch(() => undefined);
  };
}

/** Node, npm, their libraries and a shell: what the Dockerfile's base image has to have. */
export async function makeBaseImage(docker: Docker): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'firebreak-base-'));
  try {
    const put = (from: string, to = from): void => {
      mkdirSync(dirname(join(root, to)), { recursive: true });
      cpSync(realpathSync(from), join(root, to), { recursive: true, dereference: true });
    };
    put(process.execPath, '/usr/local/bin/node');
    const { stdout } = await run('ldd', [process.execPath]);
    for (const [library] of stdout.matchAll(/\/\S+/g)) put(library);
    put('/bin/busybox');
    const npm = (await run('npm', ['root', '--global'])).stdout.trim();
    put(join(npm, 'npm'), '/usr/local/lib/node_modules/npm');
    put('/etc/ssl/certs/ca-certificates.crt');
    // Where packages come from is this machine's business.
    const settings = ['/usr/etc/npmrc', join(process.env['HOME'] ?? '/root', '.npmrc')].filter((path) =>
      existsSync(path),
    );
    mkdirSync(join(root, 'usr/local/etc'), { recursive: true });
    writeFileSync(join(root, 'usr/local/etc/npmrc'), settings.map((path) => readFileSync(path, 'utf8')).join('\n'));
    writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0::/root:/bin/sh\n');
    writeFileSync(
      join(root, 'Dockerfile'),
      [
        'FROM scratch',
        'COPY . /',
        'ENV PATH=/usr/local/bin:/usr/bin:/bin HOME=/root',
        'RUN ["/bin/busybox", "--install", "-s", "/bin"]',
        'RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm && mkdir -p /usr/bin /tmp && ln -s /bin/env /usr/bin/env && chmod 1777 /tmp',
        '',
      ].join('\n'),
    );
    await docker.run('build', '--network', 'none', '-t', baseImage, root);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
