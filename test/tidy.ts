/**
 * The house rules that no linter knows, as functions from sources to violations. See docs/architecture.md, "Layout":
 * imports run `cli, main → app → adapters → flow → runbook → domain`, and each library stays behind one adapter.
 */
export type Sources = ReadonlyMap<string, string>;

type Import = { readonly line: number; readonly specifier: string };

/** Rank by layer: a file imports from its own rank or from below. */
const layers = [
  { name: 'domain', is: /^src\/domain\//, rank: 0 },
  { name: 'runbook', is: /^src\/runbook\//, rank: 1 },
  { name: 'flow', is: /^src\/flow\//, rank: 2 },
  { name: 'settings', is: /^src\/(config|config-schema|environment|log)\.ts$/, rank: 3 },
  { name: 'adapters', is: /^src\/adapters\/[^/]+\//, rank: 3 },
  { name: 'app', is: /^src\/((app|metrics)(-[a-z-]+)?\.ts$|app\/)/, rank: 4 },
  { name: 'cli', is: /^src\/(cli(-[a-z-]+)?(\.ts$|\/)|main\.ts$)/, rank: 5 },
  { name: 'sandbox', is: /^src\/sandbox\//, rank: 6 },
] as const;
type Layer = (typeof layers)[number];

/** Where the types of a library may be seen. */
const libraries: readonly { readonly is: RegExp; readonly only: readonly string[] }[] = [
  { is: /^@slack\//, only: ['src/adapters/slack/', 'src/sandbox/slack/'] },
  { is: /^@kubernetes\/client-node(\/|$)/, only: ['src/adapters/kubernetes/'] },
  { is: /^@pagerduty\//, only: ['src/adapters/pagerduty/'] },
  { is: /^(bullmq|ioredis|js-redis-server)(\/|$)/, only: ['src/adapters/bullmq/'] },
  { is: /^(pg|kysely|@electric-sql\/pglite)(\/|$)/, only: ['src/adapters/postgres/'] },
  { is: /^pino(\/|$)/, only: ['src/log.ts'] },
  { is: /^lit-html(\/|$)/, only: ['src/sandbox/demo/page/'] },
];

/** The one thing that adapters share. */
const sharedAdapter = /^src\/adapters\/http\/server\.ts$/;

const layerOf = (path: string): Layer | undefined => layers.find((layer) => layer.is.test(path));
const adapterOf = (path: string): string | undefined => /^src\/adapters\/([^/]+)\//.exec(path)?.[1];

/** Every module that a source names: static, dynamic and type imports, re-exports, and worker files. */
export function importsOf(text: string): Import[] {
  const code = text.replace(/^[ \t]*(?:\/\/|\/?\*).*$/gm, '');
  const patterns = [
    /^(?:import|export)\b(?:[^'"`;]*?\bfrom)?\s*['"]([^'"]+)['"]/gm,
    /\bimport\(\s*['"`]([^'"`]+)['"`]/g,
    /\bnew URL\(\s*['"](\.[^'"]+\.ts)['"],\s*import\.meta\.url/g,
  ];
  return patterns
    .flatMap((pattern) =>
      [...code.matchAll(pattern)].map((match) => ({
        line: code.slice(0, match.index).split('\n').length,
        specifier: match[1] ?? '',
      })),
    )
    .toSorted((a, b) => a.line - b.line);
}

/** `./names.ts` as seen from `src/domain/plan.ts` is `src/domain/names.ts`. */
function resolveFrom(path: string, specifier: string): string {
  return new URL(specifier, `file:///${path}`).pathname.slice(1);
}

/** Wrong directions, wrong places of libraries, and files that have no place. */
export function wrongImports(sources: Sources): string[] {
  const wrong: string[] = [];
  for (const [path, text] of sources) {
    if (!path.startsWith('src/')) continue;
    const from = layerOf(path);
    if (from === undefined) {
      wrong.push(`${path} is in no layer: move it, or name its layer in test/tidy.ts`);
      continue;
    }
    for (const { line, specifier } of importsOf(text)) {
      const reason = specifier.startsWith('.')
        ? wrongDirection({ path, from }, resolveFrom(path, specifier))
        : wrongLibrary({ path, from }, specifier);
      if (reason !== undefined) wrong.push(`${path}:${line} ${reason}`);
    }
    if (/\bimport\(\s*[^'"`\s)]/.test(text))
      wrong.push(`${path} imports by a computed name, which no check can follow`);
  }
  return wrong;
}

function wrongDirection({ path, from }: { path: string; from: Layer }, target: string): string | undefined {
  const to = layerOf(target);
  if (to === undefined) return `imports ${target}, which is outside of the product`;
  if (from.name === 'sandbox')
    return to.name === 'sandbox' ? undefined : `is sandbox and imports the product: ${target}`;
  if (to.name === 'sandbox') return from.name === 'cli' ? undefined : `imports the sandbox: only cli and main may`;
  if (to.rank > from.rank) return `is ${from.name} and imports ${to.name}, which is further out: ${target}`;
  if (to.rank === from.rank && to.name !== from.name) return `is ${from.name} and imports ${to.name}: ${target}`;
  if (
    to.name === 'adapters' &&
    from.name === 'adapters' &&
    adapterOf(path) !== adapterOf(target) &&
    !sharedAdapter.test(target)
  ) {
    return `is the adapter ${adapterOf(path)} and imports the adapter ${adapterOf(target)}: ${target}`;
  }
  return undefined;
}

function wrongLibrary({ path, from }: { path: string; from: Layer }, specifier: string): string | undefined {
  const rule = libraries.find(({ is }) => is.test(specifier));
  if (rule !== undefined && !rule.only.some((place) => path.startsWith(place))) {
    return `imports ${specifier}: only ${rule.only.join(' and ')} may`;
  }
  const isPure = from.rank <= 1;
  if (isPure && specifier.startsWith('node:') && specifier !== 'node:crypto') {
    return `is ${from.name}, which is pure, and imports ${specifier}`;
  }
  return undefined;
}

/** `domain` and `runbook` take time and ids as arguments. */
export function impurities(sources: Sources): string[] {
  const impure =
    /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\brandom(?:UUID|Bytes|Int)\b|\bsetTimeout\(|\bprocess\.|\bfetch\(/;
  return [...sources]
    .filter(([path]) => /^src\/(domain|runbook)\//.test(path))
    .flatMap(([path, text]) =>
      linesWith(path, text.replace(/^[ \t]*(?:\/\/|\/?\*).*$/gm, ''), impure, 'reads the clock, chance or the machine'),
    );
}

/** Each circle of imports once, as the path around it. */
export function circles(sources: Sources): string[] {
  const edges = new Map<string, readonly string[]>();
  for (const [path, text] of sources) {
    const targets = importsOf(text).filter(({ specifier }) => specifier.startsWith('.'));
    edges.set(path, [...new Set(targets.map(({ specifier }) => resolveFrom(path, specifier)))]);
  }
  const found = new Map<string, string>();
  const finished = new Set<string>();
  const trail: string[] = [];
  function walk(path: string): void {
    const start = trail.indexOf(path);
    if (start >= 0) {
      const circle = trail.slice(start);
      found.set(circle.toSorted().join(), [...circle, path].join(' → '));
      return;
    }
    if (finished.has(path)) return;
    trail.push(path);
    for (const next of edges.get(path) ?? []) walk(next);
    trail.pop();
    finished.add(path);
  }
  for (const path of edges.keys()) walk(path);
  return [...found.values()];
}

const linesMax = 400;
// Written with escapes, so that this file passes its own rules.
const unfinished = new RegExp(`\\b(?:${['TO\x44O', 'FIX\x4dE', 'X\x58X'].join('|')})\\b`);
const leftOut = new RegExp(
  `\\b(?:it|test|describe)(?:\\.concurrent)?\\.(?:${['o\x6ely', 'sk\x69p', 'to\x64o'].join('|')})\\b|\\b[fx](?:it|test|describe)(?:\\.each)?\\(`,
);
const vagueName = /(^|-)(utils?|helpers?|common|manager|misc|index)$/;

/** What is wrong with a file by itself. */
export function untidy(sources: Sources): string[] {
  return [...sources].flatMap(([path, text]) => {
    const lines = text.replace(/\n$/, '').split('\n').length;
    const vague = path.split('/').find((part) => vagueName.test(part.replace(/(\.test)?\.[a-z]+$/, '')));
    // What jest loads, it takes from default exports.
    const isConfig = /(^|\/)(jest[^/]*|[^/]+\.config)\.js$/.test(path);
    return [
      ...(lines > linesMax ? [`${path} has ${lines} lines; at ${linesMax} it is two ideas`] : []),
      ...(vague === undefined ? [] : [`${path} is named "${vague}", which says nothing about what is inside`]),
      ...(isConfig
        ? []
        : linesWith(path, text, /^export default\b|^export \{[^}]*\bas default\b/, 'is a default export')),
      ...linesWith(path, text, unfinished, 'is unfinished'),
      ...(path.startsWith('test/') ? linesWith(path, text, leftOut, 'leaves tests out') : []),
    ];
  });
}

function linesWith(path: string, text: string, pattern: RegExp, what: string): string[] {
  return text.split('\n').flatMap((line, at) => (pattern.test(line) ? [`${path}:${at + 1} ${what}`] : []));
}

/** Failpoints that no source reaches, or that no crash test ends the process at. */
export function forgottenFailpoints(names: readonly string[], sources: Sources): string[] {
  const reached = (name: string): boolean =>
    [...sources].some(
      ([path, text]) => path.startsWith('src/') && path !== 'src/flow/ports.ts' && text.includes(`'${name}'`),
    );
  const crashTests = [...sources].filter(([path]) => /^test\/crash\/.*\.test\.ts$/.test(path)).map(([, text]) => text);
  // A loop over the whole list, or a table that does not compile without every name and is looped over.
  const coversAll = crashTests.some(
    (text) =>
      /\beach\(failpointNames\)|\bof failpointNames\)/.test(text) &&
      importsOf(text).some(({ specifier }) => specifier.endsWith('/flow/ports.ts')),
  );
  return names.flatMap((name) => [
    ...(reached(name) ? [] : [`${name} is reached by no file in src`]),
    ...(coversAll || crashTests.some((text) => text.includes(`'${name}'`))
      ? []
      : [`${name} has no test in test/crash`]),
  ]);
}
