/** Commands as an operator gives them: compiled, planned and carried out by the adapter under test. */
import { isRead } from '../../src/domain/action.ts';
import type { ChangeAction } from '../../src/domain/change-action.ts';
import type { WaveSize } from '../../src/domain/waves.ts';
import { newId } from '../../src/flow/new-id.ts';
import { createOperator, type OperatorPlan, type Planned } from '../../src/flow/operate.ts';
import type { Cluster } from '../../src/flow/ports.ts';
import { bindAction } from '../../src/runbook/bind.ts';
import { compileCommand } from '../../src/runbook/command.ts';

export function changeOf(command: string): ChangeAction {
  const compiled = compileCommand(command);
  if (compiled.kind !== 'action') throw new Error(`${command}: ${compiled.reason.text}`);
  const bound = bindAction(compiled.action, compiled.parameters, {});
  if (!bound.ok || isRead(bound.action)) throw new Error(`${command} is no change`);
  return bound.action;
}

export const operatorOn = (cluster: Cluster) =>
  createOperator({
    cluster,
    clock: { now: () => new Date() },
    newId,
    journal: { started: async () => undefined, ended: async () => undefined },
  });

export const plannedBy = (cluster: Cluster, command: string, namespace: string): Promise<Planned> =>
  operatorOn(cluster).plan(changeOf(command), namespace);

/** `waves`: of a command that deletes several pods. */
export async function planBy(
  cluster: Cluster,
  command: string,
  namespace: string,
  waves?: WaveSize,
): Promise<OperatorPlan> {
  const change = changeOf(command);
  const chosen = waves !== undefined && (change.type === 'each' || change.type === 'several');
  const planned = await operatorOn(cluster).plan(chosen ? { ...change, waves } : change, namespace);
  if (planned.kind !== 'planned') throw new Error(`${command}: ${planned.kind}: ${planned.text}`);
  return planned.plan;
}
