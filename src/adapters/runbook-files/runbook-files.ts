import { isUtf8 } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import { isAbsolute, relative } from 'node:path';
import type { Runbook } from '../../domain/runbook.ts';
import type { Log, Runbooks } from '../../flow/ports.ts';
import type { Service } from '../../domain/policy.ts';
import { compileRunbook } from '../../runbook/compile.ts';
import { type CompilePolicy, defaultCompilePolicy, policyDigestText } from '../../runbook/compile-policy.ts';
import { describeFileError, findRunbookFiles } from './find.ts';
import type { RunbookFile } from './find.ts';

const bytesMax = 1024 * 1024;
/** Compiled files kept, all services together. */
const cacheMax = 5_000;

type Cached = { readonly version: string; readonly result: Runbook | Problem };
type Problem = { readonly problem: string };

/**
 * The runbooks of a service, from its files and folders. Each file is looked at again on every call and compiled
 * again when it changed, so an edited runbook needs no restart. A file that cannot be used is named in `problems`
 * and leaves the others as they are. Paths inside `root` (the folder of firebreak.yaml) are shown relative to it.
 */
export function createRunbookFiles({
  root,
  log,
  compile = compileRunbook,
  policyOf = () => defaultCompilePolicy,
}: {
  root: string;
  log: Log;
  compile?: (text: string, options: { path: string; policy: CompilePolicy }) => Runbook;
  policyOf?: (service: Service) => CompilePolicy;
}): Runbooks {
  const cache = new Map<string, Cached>();

  const show = (path: string): string => {
    const inside = relative(root, path);
    return inside === '' || inside.startsWith('..') || isAbsolute(inside) ? path : inside;
  };

  /** The file's bytes, or why they cannot be used. */
  async function read(file: RunbookFile): Promise<Buffer | Problem> {
    const path = show(file.path);
    try {
      // Looked at before and after: it may have grown in between.
      const bytes = file.size > bytesMax ? undefined : await readFile(file.path);
      if (bytes !== undefined && bytes.length <= bytesMax) {
        return isUtf8(bytes) ? bytes : { problem: `${path} is not UTF-8 text: save it as UTF-8.` };
      }
      return { problem: `${path} is larger than 1 MiB: split it into several runbooks.` };
    } catch (error) {
      return { problem: `${path} ${describeFileError(error)}` };
    }
  }

  function compileFile(text: string, path: string, policy: CompilePolicy): Runbook | Problem {
    try {
      return compile(text, { path, policy });
    } catch (error) {
      // A bug of the compiler in one file must not take away the other runbooks in the middle of an incident.
      log.error({ err: error, path }, 'compiling a runbook failed');
      return { problem: `${path} could not be compiled; the log has the details.` };
    }
  }

  async function load(file: RunbookFile, policy: CompilePolicy): Promise<Runbook | Problem> {
    // Two services may read one file by different policies.
    const key = `${file.path}\0${policyDigestText(policy)}`;
    const known = cache.get(key);
    if (known?.version === file.version) return known.result;
    const bytes = await read(file);
    if ('problem' in bytes) return bytes;
    const result = compileFile(bytes.toString('utf8'), show(file.path), policy);
    cache.delete(key);
    cache.set(key, { version: file.version, result });
    for (const oldest of cache.keys()) {
      if (cache.size <= cacheMax) break;
      cache.delete(oldest);
    }
    return result;
  }

  return {
    async of(service) {
      const { files, problems } = await findRunbookFiles(service.runbooks, show);
      const policy = policyOf(service);
      const runbooks: Runbook[] = [];
      const found = [...problems];
      for (const file of files) {
        const result = await load(file, policy);
        if ('problem' in result) found.push(result.problem);
        else runbooks.push(result);
      }
      return { runbooks, problems: found };
    },
  };
}
