/**
 * The lock file names the optional packages of every platform, or `npm ci` refuses it. A registry that lacks some of them
 * makes `npm install` leave them out without a word; `node test/lock.ts` puts them back.
 */
import { readFileSync, writeFileSync } from 'node:fs';

type Entry = {
  version?: string;
  dev?: boolean;
  optional?: boolean;
  os?: string[];
  cpu?: string[];
  libc?: string[];
  optionalDependencies?: Readonly<Record<string, string>>;
};
export type Lock = { packages: Record<string, Entry> };

const systems = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32'];
const processors = ['arm', 'arm64', 'ia32', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64'];

/** Paths that the lock should have and has not, with what they should say. */
export function missingFrom({ packages }: Lock): Record<string, Entry> {
  const missing: Record<string, Entry> = {};
  for (const [path, entry] of Object.entries(packages)) {
    for (const [name, range] of Object.entries(entry.optionalDependencies ?? {})) {
      if (packages[`node_modules/${name}`] || packages[`${path}/node_modules/${name}`]) continue;
      missing[`node_modules/${name}`] = entryFor(name, range, entry.dev === true);
    }
  }
  return missing;
}

/** A package for one platform says in its name which; npm then leaves it out everywhere else. */
function entryFor(name: string, range: string, dev: boolean): Entry {
  const words = name.split(/[/-]/);
  const [os, cpu] = [systems, processors].map((known) => known.filter((word) => words.includes(word)));
  const libc = words.some((word) => word.startsWith('musl'))
    ? ['musl']
    : words.some((word) => word.startsWith('gnu'))
      ? ['glibc']
      : [];
  return {
    version: range.replace(/^[\^~]/, ''),
    ...(cpu?.length ? { cpu } : {}),
    ...(dev ? { dev } : {}),
    ...(libc.length > 0 ? { libc } : {}),
    optional: true,
    ...(os?.length ? { os } : {}),
  };
}

const lockFile = new URL('../package-lock.json', import.meta.url);
// npm writes this file.
export const readLock = (): Lock => JSON.parse(readFileSync(lockFile, 'utf8')) as Lock;

if (import.meta.main) {
  const lock = readLock();
  const packages = Object.entries({ ...lock.packages, ...missingFrom(lock) }).toSorted(([a], [b]) => (a < b ? -1 : 1));
  writeFileSync(lockFile, `${JSON.stringify({ ...lock, packages: Object.fromEntries(packages) }, null, 2)}\n`);
}
