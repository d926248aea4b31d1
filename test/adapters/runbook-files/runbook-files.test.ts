import { chmod, mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createRunbookFiles } from '../../../src/adapters/runbook-files/runbook-files.ts';
import type { Service } from '../../../src/domain/policy.ts';
import type { Runbook } from '../../../src/domain/runbook.ts';

let root: string;
let compiled: string[];
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'firebreak-runbooks-'));
  compiled = [];
});
afterEach(() => rm(root, { recursive: true, force: true }));

const service = (...runbooks: string[]): Service => ({
  name: 'web',
  match: { namespace: 'web' },
  cluster: 'main',
  namespaces: ['web'],
  runbooks: runbooks.map((path) => join(root, path)),
  alerts: {},
  aliases: {},
  responders: { slack: [], onCall: [] },
});

const quiet = { debug() {}, info() {}, warn() {}, error() {} };

/** Counts what it compiles; the real compiler has its own suites. */
function compile(text: string, { path }: { path: string }): Runbook {
  compiled.push(path);
  if (text.includes('crash')) throw new TypeError('a bug');
  return { path, title: text.trim(), digest: '0'.repeat(64), procedures: [] };
}

const files = () => createRunbookFiles({ root, log: quiet, compile });

const write = async (path: string, text: string | Buffer): Promise<void> => {
  await mkdir(join(root, path, '..'), { recursive: true });
  await writeFile(join(root, path), text);
};

const titles = (runbooks: readonly Runbook[]): string[] =>
  runbooks.map((runbook) => `${runbook.path}: ${runbook.title}`);

describe('the runbook files of a service', () => {
  it('are compiled by the product’s compiler', async () => {
    await write('web.md', '# Web\n\n## HighErrorRate\n\n```bash\nkubectl get pods -n web\n```\n');

    const { runbooks, problems } = await createRunbookFiles({ root, log: quiet }).of(service('web.md'));

    expect(problems).toEqual([]);
    expect(runbooks[0]).toMatchObject({ path: 'web.md', title: 'Web' });
    expect(runbooks[0]?.procedures[0]?.steps[0]?.source).toBe('kubectl get pods -n web');
  });

  it('are files and folders, in order, each file once', async () => {
    await write('books/b.md', 'B');
    await write('books/a.markdown', 'A');
    await write('books/deep/c.TXT', 'C');
    await write('books/script.sh', 'no runbook');
    await write('books/.hidden/x.md', 'hidden');
    await write('one.md', 'One');

    const { runbooks, problems } = await files().of(service('one.md', 'books', 'books/b.md'));

    expect(titles(runbooks)).toEqual(['one.md: One', 'books/a.markdown: A', 'books/b.md: B', 'books/deep/c.TXT: C']);
    expect(problems).toEqual([]);
  });

  it('are found behind the links of a mounted ConfigMap', async () => {
    await write('mount/..2026/web.md', 'Web');
    await symlink('..2026', join(root, 'mount/..data'));
    await symlink('..data/web.md', join(root, 'mount/web.md'));

    const { runbooks } = await files().of(service('mount'));

    expect(titles(runbooks)).toEqual(['mount/web.md: Web']);
  });

  it('end although a link goes round in a circle', async () => {
    await write('books/a.md', 'A');
    await symlink('.', join(root, 'books/again'));
    await symlink('again.md', join(root, 'books/again.md'));

    const { runbooks, problems } = await files().of(service('books'));

    expect(titles(runbooks)).toEqual(['books/a.md: A']);
    expect(problems).toEqual(['books/again.md is a link that leads back to itself: correct the link.']);
  });

  it('are shown with their whole path outside of the configuration’s folder', async () => {
    await write('elsewhere/web.md', 'Web');
    await mkdir(join(root, 'etc'));
    const source = createRunbookFiles({ root: join(root, 'etc'), log: quiet, compile });

    const { runbooks } = await source.of(service('elsewhere/web.md'));

    expect(runbooks[0]?.path).toBe(join(root, 'elsewhere/web.md'));
  });
});

describe('a runbook file that cannot be used', () => {
  it.each<[string, () => Promise<void>, string, string]>([
    [
      'is not there',
      async () => {},
      'none.md',
      'none.md is not there: correct its path in firebreak.yaml or on the command line, or put the file there.',
    ],
    [
      'has another ending',
      () => write('run.sh', 'x'),
      'run.sh',
      'run.sh was not read: runbooks end in .md, .markdown, .txt.',
    ],
    [
      'is too large',
      () => write('big.md', 'x'.repeat(1024 * 1024 + 1)),
      'big.md',
      'big.md is larger than 1 MiB: split it into several runbooks.',
    ],
    [
      'is not text',
      () => write('bin.md', Buffer.from([0xff, 0xfe, 0x00])),
      'bin.md',
      'bin.md is not UTF-8 text: save it as UTF-8.',
    ],
    [
      'breaks the compiler',
      () => write('bug.md', 'crash'),
      'bug.md',
      'bug.md could not be compiled; the log has the details.',
    ],
    [
      'is an empty folder',
      () => mkdir(join(root, 'empty')).then(() => undefined),
      'empty',
      'empty holds no runbooks: none of its files ends in .md, .markdown, .txt.',
    ],
  ])('is reported when it %s, and leaves the others as they are', async (_name, arrange, path, problem) => {
    await arrange();
    await write('good.md', 'Good');

    const { runbooks, problems } = await files().of(service(path, 'good.md'));

    expect(titles(runbooks)).toEqual(['good.md: Good']);
    expect(problems).toEqual([problem]);
  });

  it('may be exactly 1 MiB', async () => {
    await write('big.md', 'x'.repeat(1024 * 1024));

    expect((await files().of(service('big.md'))).problems).toEqual([]);
  });

  it('is read again when it is there', async () => {
    const source = files();
    expect((await source.of(service('late.md'))).runbooks).toEqual([]);
    await write('late.md', 'Late');

    const { runbooks, problems } = await source.of(service('late.md'));

    expect(titles(runbooks)).toEqual(['late.md: Late']);
    expect(problems).toEqual([]);
  });
});

describe('the cache of compiled runbooks', () => {
  it('compiles a file once while it stays as it is', async () => {
    await write('web.md', 'Web');
    const source = files();

    await source.of(service('web.md'));
    await source.of(service('web.md'));

    expect(compiled).toEqual(['web.md']);
  });

  it('compiles again after an edit of the same length, even when the time of the edit is put back', async () => {
    await write('web.md', 'One');
    const then = new Date('2026-01-01');
    await utimes(join(root, 'web.md'), then, then);
    const source = files();
    await source.of(service('web.md'));
    await write('web.md', 'Two');
    await utimes(join(root, 'web.md'), then, then);

    const { runbooks } = await source.of(service('web.md'));

    expect(titles(runbooks)).toEqual(['web.md: Two']);
  });

  it('does not serve a file that went away', async () => {
    await write('web.md', 'Web');
    const source = files();
    await source.of(service('web.md'));
    await rm(join(root, 'web.md'));

    const { runbooks, problems } = await source.of(service('web.md'));

    expect(runbooks).toEqual([]);
    expect(problems).toHaveLength(1);
  });
});

const asRoot = process.getuid?.() === 0;

describe('permissions', () => {
  it('decide what may be read, except for root', async () => {
    await write('closed.md', 'Closed');
    await chmod(join(root, 'closed.md'), 0);

    const { problems } = await files().of(service('closed.md'));

    expect(problems).toEqual(asRoot ? [] : ['closed.md may not be read by this user: change its permissions.']);
  });
});
