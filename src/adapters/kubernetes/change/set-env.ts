/**
 * `kubectl set env` as field changes: one for each container and variable, on the whole env entry, so that a
 * `valueFrom` that would be lost is seen and tested. Order of entries is kept, new ones go to the end.
 */
import type { EnvAssignment, SetEnvAction } from '../../../domain/change-action.ts';
import { asGoWrites, type Json } from '../../../domain/json.ts';
import { hidesWhole } from '../../../domain/mask-document.ts';
import { isEnvName } from '../../../domain/names.ts';
import type { FieldChange, Undo } from '../../../domain/plan.ts';
import { at, listAt, sameJson, textAt } from '../live.ts';
import type { Operation } from './patch.ts';
import type { Proposal } from './proposal.ts';
import { onDelete } from './restart.ts';

type Container = { readonly name: string; readonly path: string; readonly env: readonly Json[] };

/** One variable of one container, before and after. */
type Edit = { readonly container: Container; readonly assignment: EnvAssignment<string>; readonly change: FieldChange };

export function proposeEnv(action: SetEnvAction<string>, live: Json): Proposal {
  const object = `${action.target.resource}/${action.target.name}`;
  const wrong = wrongAssignments(action.assignments);
  if (wrong !== undefined) return { kind: 'refused', text: wrong };
  const all = containersOf(live);
  // kubectl patches every container, init containers too, unless -c names one.
  const chosen = action.container === undefined ? all : all.filter(({ name }) => name === action.container);
  if (chosen.length === 0) {
    const names = all.map(({ name }) => name).join(', ');
    return { kind: 'refused', text: `${object} has no container ${action.container ?? ''}. It has ${names}.` };
  }

  const edits: Edit[] = [];
  for (const container of chosen) {
    let end = container.env.length;
    for (const assignment of action.assignments) {
      const places = container.env.flatMap((entry, index) =>
        textAt(entry, 'name') === assignment.name ? [index] : [],
      );
      if (places.length > 1) {
        return {
          kind: 'refused',
          text: `Container ${container.name} of ${object} has ${assignment.name} ${places.length} times. Clean that up by hand first.`,
        };
      }
      const change = changeOf(container, assignment, places[0] ?? end);
      if (change === undefined) continue;
      if (change.before === undefined) end++;
      edits.push({ container, assignment, change });
    }
  }
  if (edits.length === 0) return { kind: 'no-change', text: `${object} already has this environment.` };
  return {
    kind: 'proposed',
    changes: edits.map((edit) => edit.change),
    class: 'change',
    undo: undoOf(action, edits, chosen.length),
    warnings: [...paused(live, object), ...onDelete(live, object)],
  };
}

function wrongAssignments(assignments: readonly EnvAssignment<string>[]): string | undefined {
  if (assignments.length === 0) return 'No variable is set or removed. Name at least one.';
  const names = assignments.map(({ name }) => name);
  const bad = names.find((name) => !isEnvName(name));
  if (bad !== undefined) return `${JSON.stringify(bad.slice(0, 80))} is not a name of an environment variable.`;
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  return twice === undefined ? undefined : `${twice} is given twice. Decide for one.`;
}

function containersOf(live: Json): readonly Container[] {
  return (['containers', 'initContainers'] as const).flatMap((group) =>
    listAt(live, 'spec', 'template', 'spec', group).map((container, index) => ({
      name: textAt(container, 'name') ?? '',
      path: `/spec/template/spec/${group}/${index}`,
      env: listAt(container, 'env'),
    })),
  );
}

function changeOf(container: Container, assignment: EnvAssignment<string>, index: number): FieldChange | undefined {
  const before = container.env[index];
  const after = 'remove' in assignment ? undefined : { name: assignment.name, value: assignment.value };
  const stored = after && storedEntry(after);
  if (sameJson(before, after) || sameJson(before, stored)) return undefined;
  const last = container.env[index - 1];
  const lastName = textAt(last, 'name');
  return {
    path: `${container.path}/env/${index}`,
    label: `env ${assignment.name} (container ${container.name})`,
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
    guard: [
      { path: `${container.path}/name`, value: container.name },
      // A new entry goes behind the last one: it still has to be that one.
      ...(before === undefined && lastName !== undefined
        ? [{ path: `${container.path}/env/${index - 1}/name`, value: lastName }]
        : []),
    ],
    ...(isSecret(assignment, before) ? { masked: true as const } : {}),
  };
}

/** The server leaves an empty value out. */
const storedEntry = (entry: Json): Json =>
  textAt(entry, 'value') === '' ? { name: textAt(entry, 'name') ?? '' } : entry;

const isSecret = (assignment: EnvAssignment<string>, before: Json | undefined): boolean =>
  [textAt(before, 'value'), 'remove' in assignment ? undefined : assignment.value].some((value) =>
    hidesWhole(assignment.name, value),
  );

/** One `set env` where it says the same: people can read it. Else a patch that puts each entry back at its place. */
function undoOf(action: SetEnvAction<string>, edits: readonly Edit[], chosen: number): Undo {
  const back = (edit: Edit): EnvAssignment<string> => {
    const { name } = edit.assignment;
    return edit.change.before === undefined
      ? { name, remove: true }
      : { name, value: textAt(edit.change.before, 'value') ?? '' };
  };
  const touched = [...new Set(edits.map(({ container }) => container.name))];
  const assignments = new Map<string, EnvAssignment<string>>();
  for (const edit of edits) {
    const known = assignments.get(edit.assignment.name);
    const referenced = at(edit.change.before, 'valueFrom') !== undefined;
    if (referenced || (known !== undefined && !sameAssignment(known, back(edit)))) return patchBack(action, edits);
    assignments.set(edit.assignment.name, back(edit));
  }
  const [only] = touched;
  const everywhere = edits.length === assignments.size * chosen;
  if (!everywhere && touched.length !== 1) return patchBack(action, edits);
  const container = everywhere ? action.container : only;
  const undo = [...assignments.values()];
  return {
    kind: 'action',
    action: { ...action, ...(container === undefined ? {} : { container }), assignments: undo },
    text: undo
      .map((one) => ('remove' in one ? `remove ${one.name}` : `set ${one.name} back${shown(one.name, one.value)}`))
      .join(', '),
  };
}

const labelsMax = 4;

function patchBack({ target }: SetEnvAction<string>, edits: readonly Edit[]): Undo {
  const containers = [...new Set(edits.map(({ container }) => container))];
  const operations = containers.flatMap((container) =>
    entriesBack(
      container,
      edits.filter((edit) => edit.container === container).map(({ change }) => change),
    ),
  );
  const labels = edits.map(({ change }) => change.label);
  const more = labels.length > labelsMax ? ` and ${labels.length - labelsMax} more` : '';
  const patch = asGoWrites(JSON.stringify(operations));
  return {
    kind: 'action',
    action: { type: 'patch', target, patchType: 'json', patch },
    text: `put back ${labels.slice(0, labelsMax).join(', ')}${more}`,
  };
}

/** Tests what was written, takes away what was added, then gives back what was changed and what was removed. */
function entriesBack({ name, path, env }: Container, changes: readonly FieldChange[]): readonly Operation[] {
  const changeOfEntry = (entry: Json): FieldChange | undefined => changes.find(({ before }) => before === entry);
  const kept = env.filter((entry) => changeOfEntry(entry)?.after !== undefined || changeOfEntry(entry) === undefined);
  const added = changes.filter(({ before }) => before === undefined);
  const tests: Operation[] = [{ op: 'test', path: `${path}/name`, value: name }];
  const back: Operation[] = [];
  added.forEach(({ after }, index) => {
    const place = `${path}/env/${kept.length + index}`;
    tests.push({ op: 'test', path: place, value: storedEntry(after ?? null) });
    back.unshift({ op: 'remove', path: place });
  });
  kept.forEach((entry, index) => {
    const after = changeOfEntry(entry)?.after;
    if (after === undefined) return;
    tests.push({ op: 'test', path: `${path}/env/${index}`, value: storedEntry(after) });
    back.push({ op: 'replace', path: `${path}/env/${index}`, value: entry });
  });
  // The server leaves an empty list out.
  if (kept.length + added.length === 0) {
    tests.push({ op: 'test', path: `${path}/env`, value: null });
    back.push({ op: 'add', path: `${path}/env`, value: [] });
  }
  env.forEach((entry, index) => {
    if (!kept.includes(entry)) back.push({ op: 'add', path: `${path}/env/${index}`, value: entry });
  });
  return [...tests, ...back];
}

const sameAssignment = (a: EnvAssignment<string>, b: EnvAssignment<string>): boolean =>
  'remove' in a ? 'remove' in b : !('remove' in b) && a.value === b.value;

const shown = (name: string, value: string): string =>
  hidesWhole(name, value) || value.length > 60 || value.includes('://') ? '' : ` to ${JSON.stringify(value)}`;

const paused = (live: Json, object: string): string[] =>
  at(live, 'spec', 'paused') === true
    ? [`${object} is paused: its pods get the new environment only after kubectl rollout resume.`]
    : [];
