import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lockDirectory } from '../../../src/adapters/postgres/directory-lock.ts';

describe('the lock of a directory', () => {
  let folder: string;
  let directory: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'firebreak-'));
    directory = join(folder, 'ledger');
    file = `${directory}.pid`;
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('refuses what this process has open, and is gone after its release', () => {
    const release = lockDirectory(directory);

    expect(() => lockDirectory(directory)).toThrow(`in use by process ${process.pid}`);
    expect(readFileSync(file, 'utf8')).toBe(String(process.pid));
    release();
    expect(existsSync(file)).toBe(false);
    lockDirectory(directory)();
  });

  it('refuses a directory of a live process and takes over from a dead one', async () => {
    const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    await once(other, 'spawn');
    writeFileSync(file, String(other.pid));

    expect(() => lockDirectory(directory)).toThrow(`in use by process ${other.pid}`);

    other.kill('SIGKILL');
    await once(other, 'exit');
    const release = lockDirectory(directory);
    expect(readFileSync(file, 'utf8')).toBe(String(process.pid));
    release();
  });

  it.each(['', 'what?', '-1', '0', String(process.pid)])('takes over a stale lock that says %j', (text) => {
    writeFileSync(file, text);

    const release = lockDirectory(directory);

    expect(readFileSync(file, 'utf8')).toBe(String(process.pid));
    release();
  });
});
