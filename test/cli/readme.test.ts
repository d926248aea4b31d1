/** The README shows what `lint` and `explain` print. Here it is compared with what they do print. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const root = join(import.meta.dirname, '../..');
const run = promisify(execFile);
let folder: string;
let session: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'firebreak-readme-'));
  const readme = await readFile(join(root, 'README.md'), 'utf8');
  [, session = ''] = /```console\n([^]*?)```/.exec(readme) ?? [];
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

/** What stands below the prompt with this command, to the next prompt. */
function shownFor(command: string): string {
  const [, shown = ''] = session.split(`$ npm run --silent firebreak -- ${command}\n`);
  return shown.split('$ ')[0] ?? '';
}

/** Exits with 1 when lint finds something; what is printed counts here. */
async function printed(cwd: string, ...args: string[]): Promise<string> {
  const done = run(process.execPath, ['--disable-warning=ExperimentalWarning', join(root, 'src/main.ts'), ...args], {
    cwd,
  });
  return done.then(
    ({ stdout }) => stdout,
    (failed: { stdout: string }) => failed.stdout,
  );
}

describe('the README', () => {
  it('shows what lint prints for the file that it writes', async () => {
    const [, text = ''] = /printf '([^']*)' > web\.md/.exec(session) ?? [];
    await writeFile(join(folder, 'web.md'), text.replaceAll('\\n', '\n'));

    expect(shownFor('lint web.md')).toContain('[relative-replicas]');
    expect(await printed(folder, 'lint', '--no-cache', 'web.md')).toBe(shownFor('lint web.md'));
  });

  it('shows what explain prints for a line of a runbook', async () => {
    const place = 'runbooks/hdc-toolkit.md:37';

    expect(shownFor(`explain ${place}`)).toContain('set-env');
    expect(await printed(root, 'explain', place)).toBe(shownFor(`explain ${place}`));
  });
});
