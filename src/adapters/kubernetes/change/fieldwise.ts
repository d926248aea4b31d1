/** Changes that the fields decide: what they touch, and their class. */
import type {
  ApplyAction,
  LabelAction,
  PatchAction,
  SetFieldAction,
  SetResourcesAction,
  TaintAction,
} from '../../../domain/change-action.ts';
import type { Json } from '../../../domain/json.ts';
import { pointerKeys } from '../live.ts';
import { mergeOf, noted } from './apply.ts';
import { type Asking, proposeAsked, proposePatch, proposeResources } from './asked.ts';
import { classOfFields } from './field-class.ts';
import { proposeLabel } from './label.ts';
import { labelRiskOf } from './label-risk.ts';
import type { Proposal } from './proposal.ts';
import { withChanges } from './reverse.ts';
import { misnamed } from './resolve-create.ts';
import { fieldPatch, findField } from './set-field.ts';
import { proposeTaint } from './taint.ts';

type Fieldwise =
  | PatchAction<string>
  | SetResourcesAction<string>
  | SetFieldAction<string>
  | LabelAction<string>
  | TaintAction<string>
  | ApplyAction<string>;

export async function proposeFieldwise(asking: Asking, action: Fieldwise, live: Json): Promise<Proposal> {
  switch (action.type) {
    case 'patch':
      return proposePatch(asking, action, live);
    case 'set-resources':
      return proposeResources(asking, action, live);
    case 'set-field': {
      const found = findField(action, live);
      return found.kind === 'refused'
        ? found
        : proposeAsked(asking, action, live, { form: 'json', body: fieldPatch(found) });
    }
    case 'label':
    case 'annotate':
      return classed(asking, action, live);
    case 'taint':
      return proposeTaint(action, live);
    case 'apply':
    case 'create':
      return proposeApply(asking, action, live);
  }
}

async function classed(asking: Asking, action: LabelAction<string>, live: Json): Promise<Proposal> {
  const proposal = proposeLabel(action, live);
  if (proposal.kind !== 'proposed') return proposal;
  const { connection, kind, namespace, repositories } = asking;
  const { changes } = proposal;
  const keys = action.type === 'label' ? changes.map(({ path }) => pointerKeys(path).at(-1) ?? '') : [];
  const labelRisk = await labelRiskOf(connection, keys, { kind: kind.kind, namespace });
  const after = withChanges(live, changes);
  const found = classOfFields(
    { kind: kind.kind, group: kind.group, before: live, after, changes },
    { repositories, labelRisk },
  );
  return { ...proposal, ...found };
}

async function proposeApply(asking: Asking, action: ApplyAction<string>, live: Json): Promise<Proposal> {
  const { kind, namespace } = asking;
  const scope = kind.namespaced ? namespace : undefined;
  const wrong = misnamed(action.manifest, kind, namespace);
  if (wrong !== undefined) return { kind: 'refused', text: wrong };
  const always = { class: 'destructive', classReason: 'apply makes whatever its manifest says' } as const;
  if (action.serverSide === true) {
    return proposeAsked(asking, action, live, { form: 'apply', body: JSON.stringify(action.manifest) }, always);
  }
  const merge = mergeOf(noted(action, scope).manifest, live);
  if (merge.kind === 'refused') return merge;
  const form = isBuiltIn(kind.group) ? 'strategic' : 'merge';
  return proposeAsked(asking, action, live, { form, body: JSON.stringify(merge.body) }, always);
}

/** Groups of Kubernetes itself have no dot, or end in `.k8s.io`; kubectl knows their schemas. */
const isBuiltIn = (group: string): boolean => !group.includes('.') || builtInGroups.has(group);
const builtInGroups = new Set([
  'networking.k8s.io',
  'storage.k8s.io',
  'scheduling.k8s.io',
  'discovery.k8s.io',
  'coordination.k8s.io',
  'node.k8s.io',
  'events.k8s.io',
  'flowcontrol.apiserver.k8s.io',
]);
