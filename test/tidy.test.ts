import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { failpointNames } from '../src/flow/ports.ts';
import { circles, forgottenFailpoints, importsOf, impurities, untidy, wrongImports } from './tidy.ts';

const root = join(import.meta.dirname, '..');
const product = new Map(
  ['src', 'test', 'bench']
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((path) => `${folder}/${path}`),
    )
    .concat(readdirSync(root))
    .filter((path) => /\.(ts|js)$/.test(path) && !path.includes('/fixtures/'))
    .map((path) => [path, readFileSync(join(root, path), 'utf8')]),
);

const one = (path: string, text: string): Map<string, string> => new Map([[path, text]]);
const importing = (specifier: string): string => `import { x } from '${specifier}';\n`;

describe('the sources', () => {
  it('are all looked at', () => {
    expect([...product.keys()]).toEqual(
      expect.arrayContaining(['src/domain/plan.ts', 'test/tidy.test.ts', 'jest.config.js']),
    );
  });

  it('import in one direction, with every library behind its adapter', () => {
    expect(wrongImports(product)).toEqual([]);
  });

  it('have no circle of imports', () => {
    expect(circles(product)).toEqual([]);
  });

  it('decide without clock, chance or machine', () => {
    expect(impurities(product)).toEqual([]);
  });

  it('are short, finished and well named', () => {
    expect(untidy(product)).toEqual([]);
  });

  it('reach every failpoint, and a crash test ends the process at each', () => {
    expect(forgottenFailpoints(failpointNames, product)).toEqual([]);
  });
});

describe('the check of imports', () => {
  it('sees every way to name a module', () => {
    const text = [
      "import a from 'a';",
      "import type { B } from 'b';",
      "import {\n  c,\n  type D,\n} from 'c';",
      "import 'd';",
      "export { e } from 'e';",
      "export * from 'f';",
      "const g = await import('g');",
      "type H = import('h').H;",
      "new Worker(new URL('./i.ts', import.meta.url));",
      "// import { no } from 'comment';",
      "export const text = 'no';",
    ].join('\n');

    expect(importsOf(text).map(({ specifier }) => specifier)).toEqual([
      'a',
      'b',
      'c',
      'd',
      'e',
      'f',
      'g',
      'h',
      './i.ts',
    ]);
    expect(importsOf(text)[3]).toEqual({ specifier: 'd', line: 7 });
  });

  it.each<[string, string]>([
    ['src/domain/a.ts', '../runbook/b.ts'],
    ['src/domain/a.ts', 'node:fs'],
    ['src/runbook/a.ts', '../flow/ports.ts'],
    ['src/runbook/kubectl/a.ts', '../../flow/ports.ts'],
    ['src/flow/a.ts', '../adapters/postgres/ledger.ts'],
    ['src/flow/a.ts', '../config.ts'],
    ['src/flow/a.ts', '@slack/web-api'],
    ['src/adapters/slack/a.ts', '../postgres/ledger.ts'],
    ['src/adapters/slack/a.ts', '../http/operations.ts'],
    ['src/adapters/slack/a.ts', '../../config.ts'],
    ['src/adapters/slack/a.ts', '../../app.ts'],
    ['src/adapters/slack/a.ts', '@kubernetes/client-node'],
    ['src/adapters/kubernetes/a.ts', '@slack/bolt'],
    ['src/adapters/postgres/a.ts', 'bullmq'],
    ['src/flow/a.ts', '@pagerduty/pdjs'],
    ['src/adapters/bullmq/a.ts', '@electric-sql/pglite/node-postgres'],
    ['src/config.ts', './adapters/slack/chat.ts'],
    ['src/app.ts', './cli.ts'],
    ['src/app.ts', './sandbox/slack/server.ts'],
    ['src/app.ts', 'ioredis'],
    ['src/cli.ts', 'kysely'],
    ['src/sandbox/slack/a.ts', '../../domain/plan.ts'],
    ['src/sandbox/kubernetes/a.ts', '@slack/web-api'],
    ['src/cli.ts', '../test/build.ts'],
    ['src/stray.ts', './domain/plan.ts'],
  ])('refuses in %s an import of %s', (path, specifier) => {
    expect(wrongImports(one(path, importing(specifier)))).toHaveLength(1);
  });

  it.each<[string, string]>([
    ['src/domain/a.ts', './b.ts'],
    ['src/domain/a.ts', 'node:crypto'],
    ['src/flow/a.ts', '../runbook/compile.ts'],
    ['src/adapters/slack/listeners/a.ts', '../render/blocks.ts'],
    ['src/adapters/slack/a.ts', '../http/server.ts'],
    ['src/adapters/slack/a.ts', '@slack/bolt'],
    ['src/adapters/postgres/a.ts', 'kysely/migration'],
    ['src/sandbox/slack/a.ts', '@slack/web-api'],
    ['src/app.ts', './config.ts'],
    ['src/main.ts', './cli.ts'],
    ['src/cli.ts', './sandbox/demo.ts'],
    ['test/scenario.test.ts', '../src/sandbox/demo.ts'],
    ['test/real/ledger.test.ts', 'pg'],
  ])('allows in %s an import of %s', (path, specifier) => {
    expect(wrongImports(one(path, importing(specifier)))).toEqual([]);
  });

  it('refuses an import that cannot be followed', () => {
    expect(wrongImports(one('src/app.ts', 'await import(name);'))).toHaveLength(1);
  });

  it('finds a circle once, also through types and other files', () => {
    const sources = new Map([
      ['src/flow/a.ts', importing('./b.ts')],
      ['src/flow/b.ts', "import type { C } from './c.ts';"],
      ['src/flow/c.ts', importing('./a.ts')],
      ['src/flow/d.ts', importing('./a.ts')],
    ]);

    expect(circles(sources)).toEqual(['src/flow/a.ts → src/flow/b.ts → src/flow/c.ts → src/flow/a.ts']);
    expect(circles(one('src/flow/a.ts', importing('./a.ts')))).toHaveLength(1);
    expect(
      circles(
        new Map([
          ['src/flow/a.ts', importing('./b.ts')],
          ['src/flow/b.ts', ''],
        ]),
      ),
    ).toEqual([]);
  });

  it.each(['const at = Date.now();', 'const at = new Date();', 'return Math.random();', 'randomUUID()', 'process.env'])(
    'refuses %j in the domain and in the runbook compiler alone',
    (text) => {
      expect(impurities(one('src/domain/a.ts', text))).toHaveLength(1);
      expect(impurities(one('src/runbook/a.ts', text))).toHaveLength(1);
      expect(impurities(one('src/flow/a.ts', text))).toEqual([]);
    },
  );
});

describe('the check of files', () => {
  it.each<[string, string]>([
    ['src/flow/a.ts', 'x\n'.repeat(401)],
    ['src/flow/utils.ts', ''],
    ['src/flow/date-helpers.ts', ''],
    ['src/flow/index.ts', ''],
    ['src/common/a.ts', ''],
    ['test/helpers.test.ts', ''],
    ['src/flow/a.ts', 'export default 1;'],
    ['src/flow/a.ts', 'export { a as default };'],
    ['src/flow/a.ts', `// TO\x44O: later`],
    ['bench/a.ts', `// FIX\x4dE`],
    ['test/a.test.ts', `it.o\x6ely('x', () => {});`],
    ['test/a.test.ts', `describe.sk\x69p.each([])('x', () => {});`],
    ['test/a.test.ts', `(real ? it : it.sk\x69p)('x', () => {});`],
    ['test/a.test.ts', `\x78it('x', () => {});`],
    ['test/a.test.ts', `\x66describe('x', () => {});`],
  ])('refuses %s with %j', (path, text) => {
    expect(untidy(one(path, text))).toHaveLength(1);
  });

  it.each<[string, string]>([
    ['src/flow/a.ts', 'x\n'.repeat(400)],
    ['src/flow/plan-index.test-case.ts', ''],
    ['jest.config.js', 'export default {};'],
    ['test/a.test.ts', "it('leaves out nothing', () => exit(0));"],
  ])('allows %s', (path, text) => {
    expect(untidy(one(path, text))).toEqual([]);
  });
});

describe('the check of failpoints', () => {
  const port = "import { failpointNames } from '../../src/flow/ports.ts';\n";
  const source: [string, string] = ['src/flow/apply-plan.ts', "failpoint('t1:before-commit');"];
  const names = ['t1:before-commit'];

  it.each<[string, [string, string][]]>([
    [
      'loops over all of them',
      [source, ['test/crash/crash.test.ts', `${port}it.each(failpointNames)('x', () => {});`]],
    ],
    ['names each', [source, ['test/crash/crash.test.ts', "it('survives', () => kill('t1:before-commit'));"]]],
  ])('is content when a crash test %s', (_name, files) => {
    expect(forgottenFailpoints(names, new Map(files))).toEqual([]);
  });

  it.each<[string, [string, string][], string]>([
    ['there are no crash tests', [source], 'has no test in test/crash'],
    ['the list is only imported', [source, ['test/crash/crash.test.ts', port]], 'has no test in test/crash'],
    [
      'another list of that name is used',
      [source, ['test/crash/crash.test.ts', 'const failpointNames = [];\nit.each(failpointNames)']],
      'has no test in test/crash',
    ],
    [
      'the name stands elsewhere in the tests',
      [source, ['test/flow/a.test.ts', "'t1:before-commit'"]],
      'has no test in test/crash',
    ],
    [
      'only the list names it',
      [
        ['src/flow/ports.ts', "'t1:before-commit'"],
        ['test/crash/c.test.ts', "'t1:before-commit'"],
      ],
      'is reached by no file in src',
    ],
  ])('complains when %s', (_name, files, complaint) => {
    expect(forgottenFailpoints(names, new Map(files))).toEqual([`t1:before-commit ${complaint}`]);
  });
});
