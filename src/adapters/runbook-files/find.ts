import { readdir, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';

/** What is known of a file without reading it; `version` changes whenever its bytes may have. */
export type RunbookFile = { readonly path: string; readonly size: number; readonly version: string };

export type Found = { readonly files: readonly RunbookFile[]; readonly problems: readonly string[] };

const extensions: readonly string[] = ['.md', '.markdown', '.txt'];
const depthMax = 8;
const filesMax = 2_000;

const isRunbook = (path: string): boolean => extensions.includes(extname(path).toLowerCase());

/**
 * The runbook files that the given files and folders stand for, each once, folders in alphabetical order. Within a
 * folder other kinds of files are passed over; hidden entries are too (a mounted ConfigMap keeps its real files
 * behind `..data`), and so are links to folders, which may go round in a circle. `show` names a path for people.
 */
export async function findRunbookFiles(paths: readonly string[], show: (path: string) => string): Promise<Found> {
  const files = new Map<string, RunbookFile>();
  const problems: string[] = [];
  let full = false;

  async function look(path: string, depth: number): Promise<void> {
    const entry = await stat(path, { bigint: true });
    if (entry.isDirectory()) {
      if (depth >= depthMax) problems.push(`${show(path)} is more than ${depthMax} folders deep, so it was not read.`);
      else await list(path, depth);
    } else if (!entry.isFile()) {
      problems.push(`${show(path)} is neither a file nor a folder, so it was not read.`);
    } else if (!isRunbook(path)) {
      problems.push(`${show(path)} was not read: runbooks end in ${extensions.join(', ')}.`);
    } else if (files.size < filesMax) {
      const version = [entry.ino, entry.size, entry.mtimeNs, entry.ctimeNs].join(':');
      files.set(path, { path, size: Number(entry.size), version });
    } else if (!files.has(path)) {
      if (!full) problems.push(`${show(path)} and what follows was not read: a service has at most ${filesMax} files.`);
      full = true;
    }
  }

  async function list(folder: string, depth: number): Promise<void> {
    const entries = await readdir(folder, { withFileTypes: true });
    for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(folder, entry.name);
      const wanted = entry.isDirectory() || ((entry.isFile() || entry.isSymbolicLink()) && isRunbook(path));
      if (entry.name.startsWith('.') || entry.name === 'node_modules' || !wanted) continue;
      await attempt(path, depth + 1);
    }
  }

  async function attempt(path: string, depth: number): Promise<void> {
    try {
      await look(path, depth);
    } catch (error) {
      problems.push(`${show(path)} ${describeFileError(error)}`);
    }
  }

  for (const path of paths) {
    const problemsBefore = problems.length;
    await attempt(path, 0);
    const holdsSome = [...files.keys()].some((file) => file === path || file.startsWith(join(path, '/')));
    if (!holdsSome && problems.length === problemsBefore) {
      problems.push(`${show(path)} holds no runbooks: none of its files ends in ${extensions.join(', ')}.`);
    }
  }
  return { files: [...files.values()], problems };
}

/** The end of a sentence that begins with the file's name. */
export function describeFileError(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'ENOENT':
      return 'is not there: correct its path in firebreak.yaml or on the command line, or put the file there.';
    case 'EACCES':
    case 'EPERM':
      return 'may not be read by this user: change its permissions.';
    case 'ELOOP':
      return 'is a link that leads back to itself: correct the link.';
    default:
      return `cannot be read (${typeof code === 'string' ? code : 'unknown error'}).`;
  }
}
