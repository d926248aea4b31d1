/** `key=value` from a command, matched to the parameters of a procedure and checked against their grammar. */
import type { Parameter } from '../../domain/action.ts';
import type { Procedure } from '../../domain/runbook.ts';
import { textProblem } from '../../runbook/action/check-text.ts';
import { isAction } from '../steps.ts';
import type { Given } from './read-runbook-command.ts';

/** `POD_NAME`, `pod-name` and `podName` are one name to a person who types it. */
const squash = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '');

/** The values by the runbook's own names, or what is wrong with them. */
export function matchGiven(procedure: Procedure, given: Given): { values: Given } | { problem: string } {
  const parameters = parametersOf(procedure);
  const values: Record<string, string> = {};
  for (const [name, value] of Object.entries(given)) {
    const named = parameters.get(squash(name));
    if (!named) return { problem: unknownKey(name, procedure, parameters) };
    for (const parameter of named) {
      const problem = textProblem(parameter.type, value);
      if (problem) return { problem: `${name}=${value.slice(0, 60)} ${problem}. Nothing was posted.` };
      values[parameter.name] = value;
    }
  }
  return { values };
}

/** A name may stand in several steps, with a type from each place. */
function parametersOf(procedure: Procedure): ReadonlyMap<string, readonly Parameter[]> {
  const found = new Map<string, Parameter[]>();
  for (const parameter of procedure.steps.filter(isAction).flatMap(({ parameters }) => parameters)) {
    const key = squash(parameter.name);
    found.set(key, [...(found.get(key) ?? []), parameter]);
  }
  return found;
}

function unknownKey(name: string, { title }: Procedure, parameters: ReadonlyMap<string, readonly Parameter[]>): string {
  const known = [...new Set([...parameters.values()].flatMap((some) => some.slice(0, 1).map((one) => one.name)))];
  const there = known.length === 0 ? 'It has none.' : `It has ${known.slice(0, 20).join(', ')}.`;
  return `“${title}” has no parameter ${name}. ${there} Nothing was posted.`;
}
