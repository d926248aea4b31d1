/** What an operator may do when a change did not work. Pure. */
import type { ChangeAction } from '../domain/change-action.ts';
import type { PlanFacts, Target } from '../domain/plan.ts';

/** Lines for people: what undo would do, and the command for it where one command says the same. */
export function undoAdvice({ undo, target }: Pick<PlanFacts, 'undo' | 'target'>, action: ChangeAction): string {
  if (undo.kind === 'none') return `cannot be undone, because ${undo.why}\n`;
  const command = commandFor(undo.action, target) ?? rollbackOf(action, target);
  const how = command === undefined ? '' : `  firebreak apply --yes -- ${command}\n`;
  return `undo would ${undo.text}\n${how}`;
}

const place = ({ namespace }: Target): string => (namespace === undefined ? '' : ` -n ${namespace}`);

function commandFor(undo: ChangeAction, target: Target): string | undefined {
  if (undo.type === 'scale') {
    return `kubectl scale ${target.resource}/${target.name} --replicas=${undo.replicas}${place(target)}`;
  }
  if (undo.type === 'cordon' || undo.type === 'uncordon') return `kubectl ${undo.type} ${undo.target.name}`;
  if (undo.type === 'rollout-pause') return `kubectl rollout pause ${target.resource}/${target.name}${place(target)}`;
  return undo.type === 'rollout-resume'
    ? `kubectl rollout resume ${target.resource}/${target.name}${place(target)}`
    : undefined;
}

/** A change of the template made a revision of its own, so the one before it is what undo puts back. */
function rollbackOf(action: ChangeAction, target: Target): string | undefined {
  const templates = ['set-image', 'set-env', 'set-resources'];
  return templates.includes(action.type)
    ? `kubectl rollout undo ${target.resource}/${target.name}${place(target)}`
    : undefined;
}
