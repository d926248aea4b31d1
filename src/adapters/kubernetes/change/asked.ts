/** Changes whose effect the server is asked for: the author's own patch as a dry run, compared with what is there. */
import type { ObjectChange, PatchAction, SetResourcesAction } from '../../../domain/change-action.ts';
import type { Json } from '../../../domain/json.ts';
import type { FieldChange } from '../../../domain/plan.ts';
import type { Connection } from '../connection.ts';
import { apiVersionOf, type Kind, pathOf } from '../discovery.ts';
import { at, isList, isRecord, listAt, pointerKeys, textAt, tryParse } from '../live.ts';
import { askServer, type contentTypes } from './ask-server.ts';
import { classOfFields } from './field-class.ts';
import { labelRiskOf } from './label-risk.ts';
import { changesBetween } from './object-diff.ts';
import type { Proposal } from './proposal.ts';
import { onDelete } from './restart.ts';
import { undoPatch } from './reverse.ts';
import { containerGroups } from './template-diff.ts';

export type Asking = {
  readonly connection: Connection;
  readonly kind: Kind;
  readonly namespace: string;
  readonly repositories: readonly string[];
};

type AuthorsPatch = { readonly form: keyof typeof contentTypes; readonly body: string };

/** `class` of a verb that is one class whatever its fields are; a forbidden field stays forbidden. */
export async function proposeAsked(
  asking: Asking,
  action: ObjectChange,
  live: Json,
  patch: AuthorsPatch,
  always?: { readonly class: 'destructive'; readonly classReason: string },
): Promise<Proposal> {
  const { connection, kind, namespace, repositories } = asking;
  const object = `${kind.kind} ${action.target.name}`;
  const path = pathOf(kind, { namespace, name: action.target.name });
  let asked = await askServer(connection, path, patch);
  const warnings: string[] = [];
  if (asked.kind === 'other-form' && patch.form === 'strategic' && action.type === 'patch') {
    asked = await askServer(connection, path, { form: 'merge', body: patch.body });
    warnings.push(
      `${object} is a custom resource, which takes no strategic patch: this is the patch with --type=merge.`,
    );
  }
  if (asked.kind === 'other-form')
    return { kind: 'refused', text: `${object} takes no patch of this form. Do it by hand.` };
  if (asked.kind === 'refused') return asked;
  const after = asked.object;
  const changes = changesBetween(live, after);
  const outside = changes.find(({ path: changed }) => !mayChange(changed));
  if (outside !== undefined) {
    return {
      kind: 'refused',
      text: `This changes ${outside.label} of ${object}, which Firebreak leaves alone. Do it by hand.`,
    };
  }
  if (changes.some(({ after: value }) => value !== undefined && !isExact(value))) {
    return { kind: 'refused', text: `A number in this change is too big to be written exactly. Do it by hand.` };
  }
  if (changes.length === 0) return { kind: 'no-change', text: `${object} is already as this would make it.` };
  const keys = changes.flatMap(({ path: changed }) => {
    const [first, second, key] = pointerKeys(changed);
    return first === 'metadata' && second === 'labels' && key !== undefined ? [key] : [];
  });
  const labelRisk = await labelRiskOf(connection, keys, { kind: kind.kind, namespace });
  const found = classOfFields(
    { kind: kind.kind, group: kind.group, before: live, after, changes },
    { repositories, labelRisk },
  );
  return {
    kind: 'proposed',
    changes,
    ...(found.class === 'forbidden' || always === undefined ? found : always),
    undo: undoPatch(action.target, changes, after),
    warnings: [...warnings, ...besides(kind, changes, live)],
  };
}

const mayChange = (path: string): boolean =>
  !path.startsWith('/metadata') || path.startsWith('/metadata/labels/') || path.startsWith('/metadata/annotations/');

/** JSON numbers beyond 2^53 were rounded when the answer was read. */
function isExact(value: Json): boolean {
  if (typeof value === 'number') return !Number.isInteger(value) || Number.isSafeInteger(value);
  if (Array.isArray(value)) return value.every((one: Json) => isExact(one));
  return isRecord(value) ? Object.values(value).every(isExact) : true;
}

function besides(kind: Kind, changes: readonly FieldChange[], live: Json): readonly string[] {
  const touches = (start: string): boolean => changes.some(({ path }) => path.startsWith(start));
  const object = `${kind.kind} ${textAt(live, 'metadata', 'name') ?? ''}`;
  const warnings: string[] = [];
  if (kind.kind === 'ConfigMap' && (touches('/data') || touches('/binaryData'))) {
    warnings.push(
      `Pods that use ${object} do not restart by themselves: variables keep their old values until a rollout restart, mounted files follow within a minute or so.`,
    );
  }
  if (touches('/spec/template')) {
    warnings.push(...onDelete(live, object));
    if (at(live, 'spec', 'paused') === true) {
      warnings.push(`${object} is paused: its pods change only after kubectl rollout resume.`);
    }
  }
  return warnings;
}

/** Fields that no author's patch may name, even if the server would leave them as they are. */
export async function proposePatch(asking: Asking, action: PatchAction<string>, live: Json): Promise<Proposal> {
  const parsed = tryParse(action.patch);
  if (parsed === undefined || (action.patchType === 'json') !== Array.isArray(parsed)) {
    return { kind: 'refused', text: 'This patch is not JSON of its type. Correct it.' };
  }
  const named = action.patchType === 'json' ? pointersOf(parsed) : fieldsOf(parsed, asking, action.target.name);
  const bad = named.find((path) => path.startsWith('/status') || !mayName(path));
  if (bad !== undefined) {
    return {
      kind: 'refused',
      text: `The patch names ${bad.slice(1, 100).replaceAll('/', '.')}, which Firebreak leaves alone. Do it by hand.`,
    };
  }
  const proposal = await proposeAsked(asking, action, live, { form: action.patchType, body: action.patch });
  return action.patchType === 'json' ? withTests(proposal, parsed) : proposal;
}

/** What the author tests before anything else has to hold when the change is made, too. */
function withTests(proposal: Proposal, operations: Json): Proposal {
  if (proposal.kind !== 'proposed' || !isList(operations)) return proposal;
  const first = operations.findIndex((one) => textAt(one, 'op') !== 'test');
  const tests = operations
    .slice(0, Math.max(first, 0))
    .map((one) => ({ path: textAt(one, 'path') ?? '', value: at(one, 'value') ?? null }));
  const [change, ...others] = proposal.changes;
  if (change === undefined || tests.length === 0) return proposal;
  return { ...proposal, changes: [{ ...change, guard: [...(change.guard ?? []), ...tests] }, ...others] };
}

const mayName = (path: string): boolean =>
  path !== '' && (!/^\/metadata(?:\/|$)/.test(path) || /^\/metadata\/(?:labels|annotations)(?:\/|$)/.test(path));

const pointersOf = (operations: Json): readonly string[] =>
  (Array.isArray(operations) ? operations : []).flatMap((operation: Json) =>
    // A test writes nothing.
    textAt(operation, 'op') === 'test'
      ? []
      : [
          textAt(operation, 'path') ?? '',
          ...(textAt(operation, 'from') === undefined ? [] : [textAt(operation, 'from') ?? '']),
        ],
  );

function fieldsOf(patch: Json, { kind, namespace }: Asking, name: string): readonly string[] {
  if (!isRecord(patch)) return [''];
  const metadata = at(patch, 'metadata');
  const same: Readonly<Record<string, Json>> = { name, namespace };
  const inside = isRecord(metadata)
    ? Object.keys(metadata)
        .filter((key) => metadata[key] !== same[key])
        .map((key) => `/metadata/${key}`)
    : metadata === undefined
      ? []
      : ['/metadata'];
  const identity: Readonly<Record<string, Json>> = { kind: kind.kind, apiVersion: apiVersionOf(kind) };
  return [
    ...inside,
    ...Object.keys(patch)
      .filter((key) => key !== 'metadata' && patch[key] !== identity[key])
      .map((key) => `/${key}`),
  ];
}

/** As kubectl 1.34: the amounts given are set in each container that is meant, init containers too; the others stay. */
export function proposeResources(
  asking: Asking,
  action: SetResourcesAction<string>,
  live: Json,
): Promise<Proposal> | Proposal {
  const found = containerGroups.flatMap((group) =>
    listAt(live, 'spec', 'template', 'spec', group).map((one) => ({ group, name: textAt(one, 'name') ?? '' })),
  );
  const meant = found.filter(({ name }) => action.container === undefined || name === action.container);
  if (meant.length === 0) {
    const object = `${action.target.resource}/${action.target.name}`;
    const names = found.map(({ name }) => name).join(', ');
    return { kind: 'refused', text: `${object} has no container ${action.container ?? ''}. It has ${names}.` };
  }
  const { limits, requests } = action;
  const resources = { ...(limits === undefined ? {} : { limits }), ...(requests === undefined ? {} : { requests }) };
  const spec = Object.fromEntries(
    containerGroups.flatMap((group) => {
      const own = meant.filter((one) => one.group === group).map(({ name }) => ({ name, resources }));
      return own.length === 0 ? [] : [[group, own] as const];
    }),
  );
  return proposeAsked(asking, action, live, {
    form: 'strategic',
    body: JSON.stringify({ spec: { template: { spec } } }),
  });
}
