import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import type { Step } from '../../src/domain/runbook.ts';
import { compileRunbook } from '../../src/runbook/compile.ts';

const folder = join(import.meta.dirname, '../fixtures/seeds');

/** Every step with `kubectl exec` in it, as `000:65`. */
const steps = new Map(
  readdirSync(folder).flatMap((file) =>
    compileRunbook(readFileSync(join(folder, file), 'utf8'), { path: file })
      .procedures.flatMap((procedure) => procedure.steps)
      .filter(({ source }) => source.includes('kubectl exec'))
      .map((step): [string, Step] => [`${file.slice(0, 3)}:${step.line}`, step]),
  ),
);
const kindOf = (step: Step | undefined): string =>
  step?.kind === 'action' ? step.action.type : (step?.reason.code ?? 'no such step');

const expected = {
  '000:65': 'exec-read',
  '000:95': 'exec',
  '000:118': 'exec',
  '000:136': 'exec-read',
  '000:148': 'exec',
  '000:193': 'exec',
  '000:199': 'exec',
  '000:336': 'exec',
  '000:399': 'writes-file',
  '000:449': 'pipes-into-code',
  '000:455': 'exec',
  '000:458': 'exec',
  '001:88': 'exec-read',
  '001:133': 'exec',
  '001:193': 'exec-read',
  '001:310': 'exec',
  '001:327': 'exec',
  '001:331': 'exec',
  '001:348': 'exec',
  '001:361': 'exec-read',
  '001:364': 'exec',
  '001:425': 'shell-logic',
  '001:428': 'needs-terminal',
  '001:462': 'exec',
  '001:471': 'exec',
  '001:540': 'exec',
  '001:544': 'exec',
  '001:548': 'exec',
  '001:558': 'exec',
  '001:566': 'unresolved-substitution',
  '001:570': 'unresolved-substitution',
  '001:574': 'exec',
  '001:578': 'exec',
  '003:24': 'exec',
  '003:49': 'exec',
  '003:68': 'exec-read',
  '003:71': 'exec',
  '003:92': 'exec-read',
  '003:135': 'exec',
  '003:185': 'exec',
  '004:156': 'endless',
  '004:312': 'exec',
} as const;

test('every command in a container of the seeds is read as it should be', () => {
  expect(Object.fromEntries([...steps].map(([place, step]) => [place, kindOf(step)]))).toEqual(expected);
});

test.each(['000:95', '000:148', '001:462', '003:24'])('%s says that it is a new process', (place) => {
  expect(steps.get(place)?.label).toContain('it starts a new process');
});

test('every change in a container needs the votes of a destructive plan', () => {
  const changes = [...steps.values()].filter((step) => kindOf(step) === 'exec');

  expect(changes.length).toBeGreaterThan(20);
  expect(changes.every((step) => step.kind === 'action' && step.class === 'destructive')).toBe(true);
});

test('the words go to the container as the shell would give them', () => {
  const step = steps.get('003:135');

  expect(step?.kind === 'action' && step.action.type === 'exec' && step.action.argv).toEqual([
    'python',
    '-c',
    "from pipeline.utils.checkpoint_recovery import CheckpointRecovery;   cr = CheckpointRecovery('.checkpoints'); print(cr.list_checkpoints())",
  ]);
});
