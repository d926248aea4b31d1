import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';

const main = join(import.meta.dirname, '../../src/main.ts');
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'firebreak-lint-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function lint(...args: string[]) {
  const { PATH = '' } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'lint', ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH, XDG_CACHE_HOME: join(folder, 'cache') },
  });
  return { status, stdout, stderr };
}

const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
const bad = '# System\n\n## Do it\n\n`kubectl get pods`\n\n`kubectl scale deployment/web --replicas=+2 -n shop`\n';
const good = '# System\n\n## Look\n\n`kubectl get pods -n shop`\n';

/** What code scanning asks for, as far as it can be seen without its schema. */
const Sarif = z.object({
  $schema: z.string().regex(/sarif-2\.1\.0/),
  version: z.literal('2.1.0'),
  runs: z.tuple([
    z.object({
      tool: z.object({ driver: z.object({ name: z.string(), rules: z.array(z.object({ id: z.string() })) }) }),
      results: z.array(
        z.object({
          ruleId: z.string(),
          ruleIndex: z.number().int().min(0),
          level: z.enum(['error', 'warning', 'note']),
          message: z.object({ text: z.string().min(1) }),
          locations: z.tuple([
            z.object({
              physicalLocation: z.object({
                artifactLocation: z.object({ uri: z.string().regex(/^[^/]/) }),
                region: z.object({ startLine: z.number().int().min(1), endLine: z.number().int().min(1) }),
              }),
            }),
          ]),
          partialFingerprints: z.object({ primaryLocationLineHash: z.string().regex(/^[0-9a-f]{16}:\d+$/) }),
        }),
      ),
    }),
  ]),
});

describe('firebreak lint', () => {
  it('names the line and the mend, counts, and exits with 1', () => {
    write('bad.md', bad);

    const { status, stdout } = lint('bad.md');

    expect(stdout).toContain('      5  warning  The command names no namespace');
    expect(stdout).toContain('      7  error    `--replicas=+2` looks like "2 more"');
    expect(stdout).toContain('Add -n and the namespace.');
    expect(stdout).toMatch(/\n1 file read: 1 error, 1 warning\.\n$/);
    expect(status).toBe(1);
  });

  it('exits with 0 when there is nothing, or only a note', () => {
    write('good.md', good);
    write('note.md', good.replace('Look', 'Read').replace('get pods', 'logs -l app=web'));

    expect(lint('good.md')).toEqual({ status: 0, stdout: '1 file read, nothing found.\n', stderr: '' });
    expect(lint('.')).toMatchObject({ status: 0, stdout: expect.stringContaining('2 files read: 1 note.') });
  });

  it('prints SARIF with a rule, a relative place and a lasting fingerprint for each result', () => {
    mkdirSync(join(folder, 'a b'));
    write('a b/bad.md', bad);
    const { stdout } = lint('a b', '--format', 'sarif');
    write('a b/bad.md', `\n\n${bad}`);
    const later = lint('a b', '--format', 'sarif').stdout;

    const [run] = Sarif.parse(JSON.parse(stdout)).runs;
    expect(run.results.map(({ ruleId }) => ruleId)).toEqual(['no-namespace', 'relative-replicas']);
    for (const result of run.results) {
      expect(run.tool.driver.rules[result.ruleIndex]?.id).toBe(result.ruleId);
      expect(result.locations[0].physicalLocation.artifactLocation.uri).toBe('a%20b/bad.md');
    }
    const prints = (text: string) =>
      Sarif.parse(JSON.parse(text)).runs[0].results.map((each) => each.partialFingerprints);
    expect(prints(later)).toEqual(prints(stdout));
  });

  it('answers from the cache until the content is another', () => {
    write('a.md', good);
    const first = lint('a.md', '--format', 'json');
    const [entry = ''] = readdirSync(join(folder, 'cache/firebreak/compiled'));
    const again = lint('a.md', '--format', 'json');
    write(`cache/firebreak/compiled/${entry}`, '{"half":');
    const broken = lint('a.md', '--format', 'json');
    write('a.md', bad);
    const edited = lint('a.md', '--format', 'json');

    expect(again).toEqual(first);
    expect(broken).toEqual(first);
    expect(edited.status).toBe(1);
    expect(readdirSync(join(folder, 'cache/firebreak/compiled'))).toHaveLength(2);
  });

  it.each(['null', '[]', '{"path":"a.md"}'])('compiles anew what the cache holds as %s', (text) => {
    write('a.md', good);
    const first = lint('a.md', '--format', 'json');
    const [entry = ''] = readdirSync(join(folder, 'cache/firebreak/compiled'));
    write(`cache/firebreak/compiled/${entry}`, text);

    expect(lint('a.md', '--format', 'json')).toEqual(first);
  });

  it('reads alerts from rule files and knows services from firebreak.yaml', () => {
    write('bad.md', '# System\n\n## Slow\n\n`kubectl get pods`\n');
    write('rules.yaml', 'groups: [{ name: a, rules: [{ alert: P99High }] }]\n');
    write(
      'firebreak.yaml',
      'services: [{ name: shop, match: { a: b }, namespaces: [shop], runbooks: [bad.md], alerts: { P99High: slow }, responders: { slack: [U0A] } }]\npolicy: { approvers: { slack: [U0B] } }\n',
    );

    expect(lint('bad.md', '--rules', 'rules.yaml').stdout).toContain('No procedure answers the alert P99High.');
    expect(lint('bad.md', '--rules', 'rules.yaml', '--config', 'firebreak.yaml')).toMatchObject({ status: 0 });
  });

  it('goes on past a file that cannot be read, says so, and fails', () => {
    write('big.md', 'x'.repeat(1024 * 1024 + 1));
    write('good.md', good);

    const { status, stdout } = lint('big.md', 'missing.md', 'good.md');

    expect(stdout).toContain('big.md is larger than 1 MiB');
    expect(stdout).toContain('missing.md');
    expect(stdout).toContain('1 file read');
    expect(status).toBe(1);
  });

  it.each([
    { args: [], says: 'Name at least one file or folder' },
    { args: ['a.md', '--format', 'xml'], says: '--format is one of text, json, sarif, not "xml"' },
    { args: ['a.md', '--min-coverage', '101'], says: 'a whole number from 0 to 100' },
    { args: ['a.md', '--fix'], says: "Unknown option '--fix'" },
  ])('refuses $args with 2', ({ args, says }) => {
    const { status, stderr } = lint(...args);

    expect(stderr).toContain(says);
    expect(status).toBe(2);
  });
});
