import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const main = join(import.meta.dirname, '../../bench/main.ts');

function bench(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { PATH = '' } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    encoding: 'utf8',
    env: { PATH, ...env },
    timeout: 20_000,
  });
  return { status, stdout, stderr };
}

describe('npm run bench', () => {
  it('lists the benches when none is named', () => {
    const { status, stdout } = bench([]);

    expect(stdout).toMatch(/^ {2}approve +approve click → accepted PATCH/m);
    expect(status).toBe(0);
  });

  it.each([
    { args: ['aprove'], says: 'There is no bench "aprove".' },
    { args: ['constructor'], says: 'There is no bench "constructor".' },
    { args: ['approve', 'approve'], says: 'One bench at a time.' },
    { args: ['approve', '--jsn'], says: "Unknown option '--jsn'" },
  ])('refuses $args, shows what there is, and exits with 2', ({ args, says }) => {
    const { status, stdout, stderr } = bench(args);

    expect(stderr).toContain(says);
    expect(stderr).toContain('approve click → accepted PATCH');
    expect(stdout).toBe('');
    expect(status).toBe(2);
  });

  it('says what approve needs when there is no cluster', () => {
    const { status, stdout, stderr } = bench(['approve', '--json']);

    expect(stderr).toMatch(/^The bench approve needs a real cluster, and KUBECONFIG is not set\./);
    expect(stdout).toBe('');
    expect(status).toBe(2);
  });
});
