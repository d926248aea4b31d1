import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const main = join(import.meta.dirname, '../../src/main.ts');
const text = `# System

## Slow

If latency is high:

\`\`\`bash
# Look for errors
kubectl logs deploy/web -n shop \\
  --tail=50 | grep -i "time out"
kubectl scale deploy/web --replicas=<count> -n shop
helm upgrade web ./chart
\`\`\`
`;
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'firebreak-explain-'));
  writeFileSync(join(folder, 'a.md'), text);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function explain(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'explain', ...args], {
    cwd: folder,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

describe('firebreak explain', () => {
  it('shows words, action, class, filters and requests of the unit that the line is in', () => {
    const { status, stdout } = explain('a.md:10');

    expect(stdout).toContain('a.md:9  slow (Slow)');
    expect(stdout).toMatch(
      /words +kubectl {2}logs {2}deploy\/web {2}-n {2}shop {2}--tail=50\n +grep {2}-i {2}"time out"\n/,
    );
    expect(stdout).toMatch(/action +logs\n/);
    expect(stdout).toMatch(/class +read\n/);
    expect(stdout).toMatch(/filters +\{"program":"grep"/);
    expect(stdout).toMatch(
      /requests +GET deployments\/web\n +LIST the pods of its selector\n +GET the log of one pod\n/,
    );
    expect(status).toBe(0);
  });

  it('takes a place with a column, as compilers and editors write it', () => {
    expect(explain('a.md:10:4')).toEqual(explain('a.md:10'));
  });

  it('says what is left open and that the live object decides', () => {
    const { stdout } = explain('a.md:11');

    expect(stdout).toMatch(/class +change, or more when the live object says so\n/);
    expect(stdout).toMatch(/parameters +count: replicas, from a placeholder\n/);
    expect(stdout).toMatch(/plan: PATCH deployments\/web as a dry run\n/);
  });

  it('exits with 3 and the reason for what stays manual', () => {
    const { status, stdout } = explain('a.md:12');

    expect(stdout).toMatch(/manual +external-tool: /);
    expect(status).toBe(3);
  });

  it('prints the same as JSON', () => {
    const { stdout } = explain('a.md:9', '--json');

    expect(JSON.parse(stdout)).toMatchObject([
      { procedure: 'slow (Slow)', step: { line: 9, endLine: 10, class: 'read' }, requests: [{ when: 'read' }, {}, {}] },
    ]);
  });

  it.each([
    { args: ['a.md:2'], status: 1, says: 'There is no command on line 2 of a.md. The nearest is on line 9.' },
    { args: ['b.md:2'], status: 1, says: 'b.md is not there: correct the path.' },
    { args: ['a.md'], status: 2, says: 'Name one place, as in runbooks/web.md:12.' },
    { args: ['a.md:0'], status: 2, says: 'Name one place' },
    { args: ['a.md:9', 'a.md:11'], status: 2, says: 'Name one place' },
  ])('answers $args with $status', ({ args, status, says }) => {
    const result = explain(...args);

    expect(result.stderr).toContain(says);
    expect(result.status).toBe(status);
  });
});
