/** Commands put together by chance, from a seed: whatever they are, we do as kubectl does, or less, and never something else. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isDeepStrictEqual } from 'node:util';
import { caseOf, type Compared, declined, failures, idle, readingOf, runBoth, views } from './compare.ts';
import { closeRecorders, withRecorders } from './pool.ts';
import { shop } from './world.ts';

const commandsMax = 200;
const seed = Number(process.env['SEED'] ?? 6);

const oneOf = (words: string): fc.Arbitrary<string> => fc.constantFrom(...words.split(' '));
const joined = (...parts: fc.Arbitrary<string>[]): fc.Arbitrary<string> =>
  fc.tuple(...parts).map((words) => words.filter((word) => word !== '').join(' '));
const maybe = (part: fc.Arbitrary<string>): fc.Arbitrary<string> => fc.oneof(fc.constant(''), part);

const kind = oneOf(
  'deploy deployment deployments Deployment deployments.apps deploy.apps deployment.v1.apps sts statefulset ds',
);
const name = oneOf('web api idle once held db agent nope');
const object = fc.oneof(
  joined(kind, name),
  fc.tuple(kind, name).map(([type, own]) => `${type}/${own}`),
  joined(kind, oneOf('-l --selector'), oneOf('app=web app=api tier=front app!=web app=none')),
  joined(kind, name, name),
);
const place = maybe(oneOf('-n=shop --namespace=shop -nshop -n=default --namespace=default'));
const number = oneOf('0 1 2 3 5 05 0x2 +1 -1 1.5 1e1');
const verb = fc.oneof(
  joined(
    fc.constant('scale'),
    object,
    number.map((count) => `--replicas=${count}`),
    maybe(number.map((count) => `--current-replicas=${count}`)),
  ),
  joined(
    fc.constant('scale'),
    number.map((count) => `--replicas ${count}`),
    object,
  ),
  joined(
    fc.constant('rollout'),
    oneOf('restart undo pause resume status history'),
    object,
    maybe(oneOf('--to-revision=1 --to-revision=0 --timeout=1s')),
  ),
  joined(
    fc.constant('set env'),
    object,
    oneOf('A=1 MODE=x MODE- NOPE- A= B=a=b'),
    maybe(oneOf('A=2 C=3 EMPTY-')),
    maybe(oneOf('-c=web --containers=proxy -c=nope')),
  ),
  joined(
    fc.constant('set image'),
    object,
    oneOf('web=a:1 api=a:1 proxy=b:2 nope=c:3 *=d:4').map((pair) => `'${pair}'`),
  ),
  joined(
    fc.constant('label'),
    object,
    oneOf('a=b tier=x tier- app=web a='),
    maybe(oneOf('c=d --overwrite --overwrite=false')),
  ),
  joined(
    fc.constant('annotate'),
    object,
    oneOf('a=b note=x note- a='),
    maybe(oneOf('c=d --overwrite --overwrite=true')),
  ),
  joined(
    fc.constant('delete'),
    object,
    maybe(oneOf('--cascade=orphan --grace-period=3 --ignore-not-found --now --force --all')),
  ),
  joined(
    fc.constant('patch'),
    object,
    oneOf(`'{"spec":{"replicas":2}}' '{"metadata":{"labels":{"x":"y"}}}' '{}' '{"spec":{"x":1}}'`).map(
      (patch) => `-p ${patch}`,
    ),
    maybe(oneOf('--type=merge --type=strategic --type=json')),
  ),
  joined(oneOf('get describe'), object, maybe(oneOf('-o=wide -o=name -o=yaml --no-headers --show-labels'))),
  joined(oneOf('cordon uncordon'), oneOf('node-2 node/node-2 old-1 nope -l=disk=ssd')),
);
const command = fc.oneof(joined(fc.constant('kubectl'), verb, place), joined(fc.constant('kubectl'), place, verb));

/** What was done, from the strictest to the loosest of what is allowed. */
function verdictOf(compared: Compared): string {
  const is = ([ours, theirs]: readonly [object, object]): boolean => isDeepStrictEqual(ours, theirs);
  if (is(views(compared))) return 'same';
  if (compared.theirs.exit !== 0 && is(failures(compared))) return 'fails';
  if (is(declined(compared))) return 'declined';
  return compared.ours?.end !== 'read' && is(idle(compared)) ? 'idle' : 'differs';
}

/** Undefined: there is none. */
function differenceOf(compared: Compared): object | undefined {
  if (verdictOf(compared) !== 'differs') return undefined;
  const [ours, theirs] = views(compared);
  return { ours, theirs };
}

describe(`commands by chance, SEED=${seed}`, () => {
  const commands = [...new Set(fc.sample(command, { numRuns: commandsMax, seed }))];
  const compiled = commands.filter((each) => readingOf(each).kind === 'action');
  const results = new Map<string, Compared>();

  beforeAll(async () => {
    await withRecorders(compiled, async (recorder, each) => {
      results.set(each, await runBoth(recorder, caseOf(each, recorder, shop), readingOf(each)));
    });
  }, 120_000);
  afterAll(closeRecorders);

  it('are mostly actions, and mostly done', () => {
    const done = [...results.values()].filter((compared) => verdictOf(compared) === 'same');

    expect(compiled.length).toBeGreaterThan(commands.length / 3);
    expect(done.length).toBeGreaterThan(compiled.length / 3);
  });

  it.each(compiled)('%s', (each) => {
    const compared = results.get(each);
    if (!compared) throw new Error('it was not run');

    expect(differenceOf(compared)).toBeUndefined();
  });
});
