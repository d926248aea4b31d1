import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { leaked } from './leaks.ts';

const root = join(import.meta.dirname, '..');

/** Runs jest with the environment of this project on two files that are not tests of this project. */
function runCases(): Promise<{ code: number; text: string }> {
  const config = {
    rootDir: join(root, 'test/fixtures/leaks'),
    testEnvironment: join(root, 'test/jest-leak-environment.js'),
    testMatch: ['<rootDir>/*.case.js'],
    transform: {},
  };
  const args = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js'];
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [...args, '--config', JSON.stringify(config), '--runInBand', '--forceExit'],
      { cwd: root },
      (error, stdout, stderr) => resolve({ code: error === null ? 0 : 1, text: stdout + stderr }),
    );
  });
}

describe('the check of what a test file leaves open', () => {
  it('fails the file that leaves something, and no other', async () => {
    const { code, text } = await runCases();

    expect(code).toBe(1);
    expect(text).toContain('FAIL test/fixtures/leaks/leaves-much.case.js');
    expect(text).toContain('PASS test/fixtures/leaks/closes-all.case.js');
    for (const kind of ['1 × Worker', '1 × TCPServerWrap', '1 × Timer']) expect(text).toContain(kind);
  });

  it('counts what there is more of than before', () => {
    const before = new Map([
      ['Timeout', 2],
      ['PipeWrap', 3],
    ]);

    expect(leaked(before, before)).toEqual([]);
    expect(leaked(before, new Map([['Timeout', 1]]))).toEqual([]);
    expect(
      leaked(
        before,
        new Map([
          ['Timeout', 4],
          ['TCPSocketWrap', 1],
        ]),
      ),
    ).toEqual(['2 × Timeout', '1 × TCPSocketWrap']);
  });
});
