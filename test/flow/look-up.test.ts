import { describe, expect, it } from '@jest/globals';
import type { Parameter } from '../../src/domain/action.ts';
import { OperationError } from '../../src/domain/errors.ts';
import type { SingleRead } from '../../src/domain/read-action.ts';
import type { ActionStep } from '../../src/domain/runbook.ts';
import { lookUpsOf, runLookUps } from '../../src/flow/look-up.ts';
import type { Cluster, ReadAnswer } from '../../src/flow/ports.ts';
import { prefill } from '../../src/flow/prefill.ts';
import { compileRunbook } from '../../src/runbook/compile.ts';

const context = { defaultNamespace: 'shop', signal: AbortSignal.timeout(10_000), textLimit: 65_536 };

/** The last step of a script. */
function stepOf(...lines: string[]): ActionStep {
  const { procedures } = compileRunbook(['# T', '```bash', ...lines, '```'].join('\n'), { path: 'a.md' });
  const step = procedures.flatMap(({ steps }) => steps).at(-1);
  if (step?.kind !== 'action') throw new Error('the last step is no action');
  return step;
}

const parametersOf = (...lines: string[]): readonly Parameter[] => stepOf(...lines).parameters;

/** What the cluster is asked, and its answers in turn. */
function clusterWith(...answers: (Partial<ReadAnswer> | Error)[]) {
  const asked: SingleRead[] = [];
  const read = (action: SingleRead): Promise<ReadAnswer> => {
    asked.push(action);
    const answer = answers.shift() ?? new Error('asked too often');
    if (answer instanceof Error) return Promise.reject(answer);
    return Promise.resolve({ text: '', exitCode: 0, truncated: false, ...answer });
  };
  // A look-up only reads.
  return { asked, reach: { cluster: { read } as unknown as Cluster } };
}

const logs = ['POD=$(kubectl get pods -l app=web -o name | head -2)', 'kubectl logs $POD'];

describe('a look-up', () => {
  it('of one value feeds its parameter', async () => {
    const { asked, reach } = clusterWith({ text: 'pod/web-1\n' });

    const found = await runLookUps(stepOf(...logs), {}, reach, context);

    expect(found.get('POD')).toEqual({ values: ['web-1'] });
    expect(asked).toMatchObject([{ type: 'get', selector: 'app=web', output: { format: 'name' } }]);
  });

  it('of several values leaves the choice, through its filters', async () => {
    const { reach } = clusterWith({ text: 'pod/web-1\npod/web-2\npod/web-3\n' });

    const found = await runLookUps(stepOf(...logs), {}, reach, context);

    expect(found.get('POD')).toEqual({ values: ['web-1', 'web-2'] });
  });

  it.each<[string, Partial<ReadAnswer> | Error, string]>([
    ['nothing', { text: '' }, "The runbook's look-up found nothing."],
    [
      'an error',
      { text: 'Error from server: no\n', errorText: 'Error from server: no\n', exitCode: 1 },
      "The runbook's look-up: Error from server: no",
    ],
    [
      'what cannot be a name',
      { text: '../../secrets $(x)\n' },
      "The runbook's look-up found nothing that can be a pod.",
    ],
    ['too much', { text: 'web-1', truncated: true }, "The runbook's look-up found more than can be shown."],
    [
      'no answer',
      new OperationError('cluster-unavailable', 'no', { retryable: true }),
      "The runbook's look-up was not answered in time; enter the value.",
    ],
  ])('that finds %s says so', async (_, answer, note) => {
    const { reach } = clusterWith(answer);

    const found = await runLookUps(stepOf(...logs), {}, reach, context);

    expect(found.get('POD')).toEqual({ values: [], note });
  });

  it.each<[string, string[], string, { values: string[]; note?: string }]>([
    [
      'with a heading in it',
      ['POD=$(kubectl get pods -l app=web)', 'kubectl logs $POD'],
      'NAME web-1\n',
      { values: ['web-1'], note: "The runbook's look-up printed more than one pod; choose." },
    ],
    [
      'twice',
      ['POD=$(kubectl get pods -o name)', 'kubectl logs $POD'],
      'pod/web-1\npod/web-1\n',
      { values: ['web-1'], note: "The runbook's look-up printed more than one pod; choose." },
    ],
    [
      'of a type where kubectl takes no TYPE/NAME',
      ['POD=$(kubectl get pods -o name)', 'kubectl delete pod $POD'],
      'pod/web-1\n',
      { values: [], note: "The runbook's look-up found nothing that can be a pod." },
    ],
    [
      'of another type',
      ['POD=$(kubectl get deploy -o name)', 'kubectl exec $POD -- ls'],
      'deployment.apps/web\n',
      { values: [], note: "The runbook's look-up found nothing that can be a pod." },
    ],
    [
      'as free text',
      ['A=$(kubectl get cm x -o jsonpath={.data.a})', 'kubectl annotate pod web a="$A"'],
      'hello world',
      { values: ['hello world', 'hello', 'world'] },
    ],
    [
      'as free text of two equal words',
      ['A=$(kubectl get pods -o jsonpath={..status.phase})', 'kubectl annotate pod web a="$A"'],
      'Running Running',
      { values: ['Running Running', 'Running'] },
    ],
  ])('that prints a name %s feeds nothing by itself', async (_, lines, text, expected) => {
    const { reach } = clusterWith({ text });

    const found = await runLookUps(stepOf(...lines), {}, reach, context);

    expect([...found.values()]).toEqual([expected]);
  });

  it.each<[string, string[], string | undefined]>([
    [
      'a parameter that sounds secret, which is not run',
      ['PASSWORD=$(kubectl get cm x -o jsonpath={.data.p})', 'kubectl annotate pod web a="$PASSWORD"'],
      undefined,
    ],
    [
      'a text that is one',
      ['A=$(kubectl get cm x -o jsonpath={.data.url})', 'kubectl annotate pod web a="$A"'],
      'postgres://app:hunter2@db/x',
    ],
    [
      'a text that is one among others',
      ['A=$(kubectl get cm x -o jsonpath={.data.url})', 'kubectl annotate pod web a="$A"'],
      'web postgres://app:hunter2@db/x',
    ],
  ])('of %s is not shown', async (_, lines, text) => {
    const { asked, reach } = clusterWith(...(text === undefined ? [] : [{ text }]));
    const step = stepOf(...lines);

    const found = await runLookUps(step, {}, reach, context);

    expect([...found.values()]).toEqual([
      { values: [], note: 'The runbook looks up what may be a secret; it is not shown here.' },
    ]);
    expect(asked).toHaveLength(text === undefined ? 0 : 1);
    expect(lookUpsOf(step.parameters, {})).toEqual(text === undefined ? [] : ['A']);
    expect(lookUpsOf(step.parameters, { A: 'x' })).toEqual([]);
  });

  it('is not what `pod/` is written before', () => {
    expect(parametersOf('POD=$(kubectl get pods -o name)', 'kubectl logs pod/$POD')).toEqual([
      { name: 'POD', type: 'pod', from: 'variable' },
    ]);
  });

  it('takes the value of another, given or looked up, and waits for one that is open', async () => {
    const lines = [
      'NS=$(kubectl get ns -l team=web -o name)',
      'POD=$(kubectl get pods -n $NS -l app=$APP -o name)',
      'kubectl logs $POD -n $NS',
    ];
    const names = (values: Readonly<Record<string, string>>) => {
      const { asked, reach } = clusterWith({ text: 'shop\n' }, { text: 'web-1\n' });
      return runLookUps(stepOf(...lines), values, reach, context).then((found) => ({ asked, found }));
    };

    const whole = await names({ APP: 'web' });
    expect(whole.asked).toMatchObject([
      { objects: [{ resource: 'namespaces' }] },
      { namespace: 'shop', selector: 'app=web' },
    ]);
    expect(whole.found.get('POD')).toEqual({ values: ['web-1'] });

    const open = await names({});
    expect(open.asked).toHaveLength(1);
    expect(open.found.get('POD')?.values).toEqual([]);
  });

  it('is not run for what somebody typed', async () => {
    const { asked, reach } = clusterWith();

    const found = await runLookUps(stepOf(...logs), { POD: 'web-9' }, reach, context);

    expect([found.size, asked]).toEqual([0, []]);
  });
});

describe('what is filled in before anybody looks', () => {
  const alert = {
    fingerprint: 'a',
    status: 'firing',
    labels: { pod: 'web-7', namespace: 'other' },
  };
  // Only labels and status are looked at.
  const alerts = [alert] as unknown as Parameters<typeof prefill>[1];

  it('is no label of an alert where the runbook says which one it means', () => {
    const [pod] = parametersOf(...logs);

    expect(pod && prefill(pod, alerts)).toBeUndefined();
    expect(pod && prefill(pod, alerts, { POD: 'web-9' })).toEqual({ value: 'web-9', from: 'the command' });
  });

  it('is the date in UTC, when there is a clock', () => {
    const [tag] = parametersOf('TAG=web-$(date +%Y%m%d-%H%M%S)', 'kubectl logs $TAG');
    const now = new Date('2026-11-22T16:05:09Z');

    expect(tag && prefill(tag, alerts)).toBeUndefined();
    expect(tag && prefill(tag, alerts, {}, now)).toEqual({ value: 'web-20261122-160509', from: 'the clock (UTC)' });
  });

  it('is no date that cannot stand there', () => {
    const [name] = parametersOf('kubectl logs $(date +%H:%M)');

    expect(name && prefill(name, alerts, {}, new Date(0))).toBeUndefined();
  });
});
