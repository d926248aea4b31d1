/**
 * The page's files: what stands in `page/`, its TypeScript with the types stripped, and lit-html as it was installed.
 * Every path is matched as a whole, letter by letter, so that none can leave its folder.
 */
import { readFile, stat } from 'node:fs/promises';
import { findPackageJSON, stripTypeScriptTypes } from 'node:module';
import { dirname, join } from 'node:path';

export type PageFile = { readonly type: string; readonly text: string };

const names = '[a-z0-9]+(?:[-.][a-z0-9]+)*';
const ownPath = new RegExp(`^/page/((?:${names}/)*${names}\\.(ts|css|svg))$`);
const libraryPath = new RegExp(`^/vendor/lit-html/((?:directives/)?${names}\\.js)$`);

const types = {
  ts: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml; charset=utf-8',
} as const;

/** @param folder where the page's files are */
export function createPageFiles(folder = join(import.meta.dirname, 'page')) {
  const cache = new Map<string, PageFile & { readonly mtimeMs: number }>();
  const library = libraryFolder();

  async function load(path: string, type: string, change: (text: string) => string): Promise<PageFile | undefined> {
    const found = await stat(path).catch(() => undefined);
    if (!found?.isFile()) return undefined;
    const known = cache.get(path);
    if (known?.mtimeMs === found.mtimeMs) return known;
    const file = { type, text: change(await readFile(path, 'utf8')), mtimeMs: found.mtimeMs };
    cache.set(path, file);
    return file;
  }

  return {
    /** The page itself; `__NONCE__` in it is replaced. */
    async index(nonce: string): Promise<PageFile | undefined> {
      const file = await load(join(folder, 'index.html'), 'text/html; charset=utf-8', asItIs);
      return file && { ...file, text: file.text.replaceAll('__NONCE__', nonce) };
    },
    /** Undefined when there is no such file, or none that the page may have. */
    async file(path: string): Promise<PageFile | undefined> {
      const [, own, ending] = ownPath.exec(path) ?? [];
      if (own !== undefined) {
        // The pattern has these three endings alone.
        const type = types[ending as keyof typeof types];
        return load(join(folder, own), type, ending === 'ts' ? stripped : asItIs);
      }
      const [, ofLibrary] = libraryPath.exec(path) ?? [];
      return ofLibrary === undefined ? undefined : load(join(library, ofLibrary), types.ts, asItIs);
    },
  };
}

const asItIs = (text: string): string => text;
const stripped = (text: string): string => stripTypeScriptTypes(text, { mode: 'strip' });

/** Its main entry, as a browser takes it, stands beside its package.json. */
function libraryFolder(): string {
  const found = findPackageJSON('lit-html', import.meta.url);
  if (found === undefined) throw new Error('lit-html is not installed: run npm ci.');
  return dirname(found);
}
