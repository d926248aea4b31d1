/** A command in a container: what people see before it runs. Nothing can be tried out, and nothing can be undone. */
import type { ExecAction } from '../../../domain/change-action.ts';
import { maskWords } from '../../../domain/masking.ts';
import type { PlanFacts } from '../../../domain/plan.ts';
import type { Resolution, ResolveContext } from '../../../flow/ports.ts';
import { manualInContainer, newProcessNote } from '../../../runbook/kubectl/container-command.ts';
import { podKind } from '../discovery.ts';
import { ApiRefusal } from '../errors.ts';
import { choosePod } from '../exec/choose-pod.ts';
import { at, listAt, textAt } from '../live.ts';
import type { EffectParts } from './effects/effect.ts';
import { whyMayNotPlan } from './may-send.ts';
import { targetOf } from './workload.ts';

/** The plan's target is the pod that was chosen. Its one change pins the container by its place and its name. */
export async function resolveExec(
  parts: EffectParts,
  action: ExecAction<string>,
  { namespace, context }: { namespace: string; context: ResolveContext },
): Promise<Resolution> {
  const manual = manualInContainer(action.argv);
  if (manual !== undefined) return refused(manual.refused.text);
  const chosen = await chosenFor(parts, action, namespace);
  if (chosen.kind === 'none') return refused(`${chosen.text.replace(/^error: /, '')}. Nothing can be run there.`);
  const { pod, container, among } = chosen;
  const name = textAt(pod, 'metadata', 'name') ?? '';
  if (textAt(pod, 'metadata', 'deletionTimestamp') !== undefined) {
    return refused(`Pod ${name} is being deleted. Choose another one.`);
  }
  const names = listAt(pod, 'spec', 'containers').map((one) => textAt(one, 'name') ?? '');
  const index = names.indexOf(container);
  if (index === -1) return refused(`Pod ${name} has no container ${container}. It has ${names.join(', ')}.`);
  if (!isRunning(pod, container)) {
    return refused(`Container ${container} of pod ${name} is not running. A command needs one that runs.`);
  }
  const [uid, denied] = await Promise.all([
    parts.clusterUid(),
    whyMayNotPlan(parts, action, { kind: podKind, namespace, name }),
  ]);
  if (denied !== undefined) return refused(denied);
  if (context.podsPerPlan < 1) return refused('A plan may touch no pods (policy.limits.podsPerPlan).');
  const facts: PlanFacts = {
    target: targetOf(pod, podKind, { name: parts.connection.name, uid, namespace }),
    changes: [
      {
        path: `/spec/containers/${index}/name`,
        label: `container ${container}`,
        before: container,
        after: container,
        shown: [{ label: `command in container ${container}`, before: 'not run', after: shownCommand(action.argv) }],
      },
    ],
    affected: { pods: 1, podNames: [name], budgets: [] },
    class: 'destructive',
    classReason: 'the command is not on the list of those that only look',
    warnings: warningsOf(action, { container, among }),
    undo: { kind: 'none', why: 'nobody knows what a command in a container did' },
    preview: { kind: 'none', why: 'a command in a container has no dry run' },
  };
  return { kind: 'resolved', facts };
}

const refused = (text: string): Resolution => ({ kind: 'refused', text });

async function chosenFor(parts: EffectParts, action: ExecAction<string>, namespace: string) {
  const { target: of, container } = action;
  try {
    return await choosePod(parts, { of, container, namespace });
  } catch (error) {
    if (!(error instanceof ApiRefusal) || error.retryable || error.status.code !== 404) throw error;
    return { kind: 'none' as const, text: `There is no ${of.resource} ${of.name} in namespace ${namespace}` };
  }
}

const isRunning = (pod: Parameters<typeof at>[0], container: string): boolean =>
  listAt(pod, 'status', 'containerStatuses').some(
    (one) => textAt(one, 'name') === container && at(one, 'state', 'running') !== undefined,
  );

/** Quoted where a shell would need it, so that people see where each word ends. */
function shownCommand(argv: readonly string[]): string {
  const text = maskWords(argv)
    .map((word) => (/^[\w./:=,@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))
    .join(' ');
  return text.length > 2000 ? `${text.slice(0, 1999)}…` : text;
}

function warningsOf(action: ExecAction<string>, { container, among }: { container: string; among: number }): string[] {
  const note = newProcessNote(action.argv);
  const { resource, name } = action.target;
  return [
    `It runs with the rights of container ${container}, not with those of Firebreak, and once: after a broken connection nobody can tell what it did.`,
    ...(among > 1 ? [`${resource}/${name} has ${among} pods; it runs in this one only.`] : []),
    ...(note === undefined ? [] : [`${note.charAt(0).toUpperCase()}${note.slice(1)}.`]),
  ];
}
