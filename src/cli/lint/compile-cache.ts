/** Compiled runbooks by content, so that linting a folder again costs only what was edited. */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Runbook } from '../../domain/runbook.ts';
import { compileRunbook } from '../../runbook/compile.ts';

type Compile = (text: string, path: string) => Promise<Runbook>;

/** A cache that cannot be read or written costs time and nothing else. */
export async function createCompileCache({ enabled }: { readonly enabled: boolean }): Promise<Compile> {
  if (!enabled) return (text, path) => Promise.resolve(compileRunbook(text, { path }));
  const folder = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'firebreak', 'compiled');
  const compiler = await compilerDigest();
  return async (text, path) => {
    const file = join(
      folder,
      `${createHash('sha256').update(`${compiler}\0${path}\0`).update(text).digest('hex')}.json`,
    );
    try {
      const kept: unknown = JSON.parse(await readFile(file, 'utf8'));
      if (isRunbook(kept)) return kept;
    } catch {
      // Compiled below.
    }
    const runbook = compileRunbook(text, { path });
    await keep(folder, file, runbook).catch(() => undefined);
    return runbook;
  };
}

/** It is written by this program alone, and named by the digest of what it is made from; a cut or foreign file is none. */
const isRunbook = (value: unknown): value is Runbook =>
  typeof value === 'object' &&
  value !== null &&
  'path' in value &&
  typeof value.path === 'string' &&
  'procedures' in value &&
  Array.isArray(value.procedures);

async function keep(folder: string, file: string, runbook: Runbook): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const partial = `${file}.${randomUUID()}`;
  await writeFile(partial, JSON.stringify(runbook));
  await rename(partial, file);
}

/** Over the compiler's own sources and the versions of its libraries, so that a newer one never answers from an older one's cache. */
async function compilerDigest(): Promise<string> {
  const hash = createHash('sha256').update(await readFile(new URL('../../../package.json', import.meta.url)));
  for (const part of ['../../runbook', '../../domain']) {
    const folder = fileURLToPath(new URL(part, import.meta.url));
    const names = await readdir(folder, { recursive: true });
    for (const name of names.filter((each) => each.endsWith('.ts')).sort()) {
      hash.update(`${name}\0`).update(await readFile(join(folder, name)));
    }
  }
  return hash.digest('hex');
}
