import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { visible } from '../../src/cli/visible.ts';

const main = join(import.meta.dirname, '../../src/main.ts');
const esc = '\u001b';
const acting = /(?!\n)[\p{Cc}\p{Bidi_Control}]/u;
const name = `bad${esc}[2J.md`;
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'firebreak-visible-'));
  const hostile = `${esc}[2J${esc}]0;title\u0007${esc}]52;c;aGk=\u0007\u009b31m\u202egnp`;
  writeFileSync(join(folder, name), '# System\n\n## Do\n\n`kubectl scale deploy/web --replicas=+2 -n shop`\n');
  const code = `kubectl get pods ${hostile} -n shop`;
  writeFileSync(
    join(folder, 'evil.md'),
    `# ${hostile}\n\n## Do ${hostile}\n\nSee ${hostile}:\n\n\`\`\`bash\n${code}\n\`\`\`\n`,
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('text of others on a terminal', () => {
  it.each([
    [`${esc}[31mred`, '\\x1b[31mred'],
    ['a\rb\bc', 'a\\x0db\\x08c'],
    ['\u009b2J', '\\x9b2J'],
    ['\u202eevil\u2066', '\\u202eevil\\u2066'],
    ['a\n\tb é 日本 👍🏽 “x”', 'a\n\tb é 日本 👍🏽 “x”'],
  ])('%j is shown as %j', (text, shown) => {
    expect(visible(text)).toBe(shown);
  });

  it.each([
    ['compile', 'evil.md'],
    ['explain', 'evil.md:8'],
    ['lint', name, '--no-cache'],
    ['plan', '--', `kubectl get pods -n ${esc}[2J`],
  ])('of %s %s obeys nobody', (...words) => {
    const { stdout, stderr } = spawnSync(process.execPath, [main, ...words], { cwd: folder, encoding: 'utf8' });

    expect(stdout + stderr).toContain('\\x1b[');
    expect(stdout + stderr).not.toMatch(acting);
  });
});
