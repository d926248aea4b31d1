import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const main = join(import.meta.dirname, '../../src/main.ts');
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'firebreak-compile-'));
  const text = '# Web\n\n`kubectl get pods -n shop`\n';
  writeFileSync(join(folder, 'good.md'), text);
  writeFileSync(join(folder, 'other.md'), text);
  writeFileSync(join(folder, 'large.md'), 'x'.repeat(1024 * 1024 + 1));
  writeFileSync(join(folder, 'utf-16.md'), Buffer.from(`\uFEFF${text}`, 'utf16le'));
  writeFileSync(join(folder, 'utf-16be.md'), Buffer.from(`\uFEFF${text}`, 'utf16le').swap16());
  mkdirSync(join(folder, 'folder'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(command: 'compile' | 'explain', args: readonly string[], input?: string) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, command, ...args], {
    cwd: folder,
    encoding: 'utf8',
    ...(input !== undefined && { input }),
  });
  return { status, stdout, stderr };
}

const unreadable = [
  ['large.md', 'large.md is larger than 1 MiB; split it into one file for each service.'],
  ['/dev/zero', '/dev/zero is larger than 1 MiB; split it into one file for each service.'],
  ['utf-16.md', 'utf-16.md is in UTF-16; save it as UTF-8.'],
  ['utf-16be.md', 'utf-16be.md is in UTF-16; save it as UTF-8.'],
  ['none.md', 'none.md is not there: correct the path.'],
  ['folder', 'folder is a folder: name the files in it, or give it to firebreak lint.'],
] as const;

describe('firebreak compile', () => {
  it('counts the units of all files together in JSON', () => {
    const { status, stdout } = run('compile', ['good.md', 'other.md', '--json']);

    expect(JSON.parse(stdout)).toMatchObject({
      files: [{ path: 'good.md' }, { path: 'other.md' }],
      summary: { units: 2, actions: 2, manual: 0, byClass: { read: 2 } },
    });
    expect(status).toBe(0);
  });

  it('reads what is piped in', () => {
    expect(run('compile', ['-'], '`kubectl get pods -n shop`')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('1 units: 1 actions'),
    });
  });

  it.each(unreadable)('says in a sentence what to do about %s, and exits with 1', (path, says) => {
    expect(run('compile', ['good.md', path])).toEqual({ status: 1, stdout: '', stderr: `${says}\n` });
  });

  it.each(unreadable)('does so for explain, too: %s', (path, says) => {
    expect(run('explain', [`${path}:1`])).toEqual({ status: 1, stdout: '', stderr: `${says}\n` });
  });
});
