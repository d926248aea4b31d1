/** Every kubectl command of the five seeds, from the Markdown on, against the real kubectl. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { boundOf, type Compared, runBoth, views, withoutWaiting } from './compare.ts';
import { closeRecorders, withRecorders } from './pool.ts';
import { editorFor, scriptOf, seedNamespace, seedSteps, valuesFor, withoutEnd } from './seeds.ts';

const isOfCluster = (type: string): boolean => !/^(?:http|docker|query)/.test(type);
/** Kinds that the stand-in does not serve, and a body that it does not take: test/real holds these to the real cluster. */
const absent = /kubectl \w+ (?:certificate|namespace)\b/;

const steps = seedSteps();
const compiled = steps.flatMap(({ seed, step, indent }) =>
  step.kind === 'action' && isOfCluster(step.action.type) && !absent.test(step.source) ? [{ seed, step, indent }] : [],
);
const titleOf = ({ seed, step }: (typeof compiled)[number]): string =>
  `${seed}:${step.line} ${step.source.replaceAll(/\s+/g, ' ').slice(0, 90)}`;

describe('the kubectl commands of the seeds', () => {
  const results = new Map<object, Compared>();

  beforeAll(async () => {
    await withRecorders(compiled, async (recorder, each) => {
      const { step } = each;
      const { namespace = seedNamespace } = step.action;
      const place = typeof namespace === 'string' ? namespace : seedNamespace;
      const values = valuesFor(step.parameters, place, recorder.sandbox);
      const script = withoutEnd(withoutWaiting(scriptOf(each, step.parameters, values)));
      const run = { command: step.source, script, namespace: seedNamespace, env: { ...values, ...editorFor(step) } };
      results.set(each, await runBoth(recorder, run, boundOf(step, values)));
    });
  }, 120_000);

  afterAll(closeRecorders);

  it('are nearly all of them actions', () => {
    expect(steps.length).toBeGreaterThan(200);
    expect(compiled.length).toBeGreaterThan(170);
  });

  it.each(compiled.map((each) => [titleOf(each), each] as const))('%s', (_title, each) => {
    const compared = results.get(each);
    if (!compared) throw new Error('it was not run');

    const [ours, theirs] = views(compared);

    expect(ours).toEqual(theirs);
  });
});
