/** `kubectl rollout history`: the revisions that a workload may go back to, or the pod template of one. */
import type { RolloutHistoryAction } from '../../../domain/read-action.ts';
import type { Json } from '../../../domain/json.ts';
import { maskValue } from '../../../domain/masking.ts';
import { selectorOf, selectorText } from '../change/workload.ts';
import type { Connection } from '../connection.ts';
import { controllerRevisionKind, pathOf, type Discovery } from '../discovery.ts';
import { at, isRecord, numberAt, recordAt, textAt } from '../live.ts';
import { escapeTerminal } from './describe-lines.ts';
import { describeTemplate } from './describe-template.ts';
import { listAll } from './list-all.ts';
import { failure, failureOf, printed, type Printed } from './printed.ts';
import { isControlledBy, replicaSetsOf } from './replica-sets.ts';
import { alignTabs, describeStops } from './tabwriter.ts';

const revisionKey = 'deployment.kubernetes.io/revision';
const changeCauseKey = 'kubernetes.io/change-cause';

type Revision = { readonly template: Json; readonly changeCause: string };
type Scope = { readonly namespace: string; readonly signal: AbortSignal };

export async function readRolloutHistory(
  { connection, discovery }: { connection: Connection; discovery: Discovery },
  { target, revision }: RolloutHistoryAction<string>,
  { namespace, signal }: Scope,
): Promise<Printed> {
  const kind = await discovery.find(target);
  if (kind === undefined) return failure(`error: the server doesn't have a resource type "${target.resource}"`);
  let revisions: ReadonlyMap<number, Revision>;
  try {
    const workload = await connection.get(pathOf(kind, { namespace, name: target.name }), { signal });
    if (kind.group !== 'apps' || !['Deployment', 'StatefulSet', 'DaemonSet'].includes(kind.kind)) {
      return failure(
        `error: no history viewer has been implemented for "${kind.kind}${kind.group && `.${kind.group}`}"`,
      );
    }
    revisions =
      kind.kind === 'Deployment'
        ? await ofReplicaSets(connection, workload, signal)
        : await ofControllerRevisions(connection, workload, signal);
  } catch (error) {
    return failureOf([error]);
  }
  const title = `${kind.singular}.${kind.group}/${target.name} `;
  if (revisions.size === 0) return printed(`${title}\nNo rollout history found.\n`);
  if (revision === undefined) return printed(escapeTerminal(`${title}\n${list(revisions)}\n`));
  const wanted = revisions.get(revision);
  if (wanted === undefined) return failure('error: unable to find the specified revision');
  const template = describeTemplate(wanted.template);
  if ('problem' in template) return failure(`error: ${template.problem}`);
  // kubectl prints this one with its tabs.
  return printed(escapeTerminal(`${title}with revision #${revision}\n${template.lines.join('\n')}\n\n`));
}

function list(revisions: ReadonlyMap<number, Revision>): string {
  const lines = [...revisions]
    .sort(([a], [b]) => a - b)
    .map(([number, { changeCause }]) => {
      const hidden = maskValue(changeCauseKey, changeCause);
      return `${number}\t${hidden === '' ? '<none>' : hidden}`;
    });
  return alignTabs(`${['REVISION\tCHANGE-CAUSE', ...lines].join('\n')}\n`, describeStops);
}

const changeCauseOf = (object: Json): string => textAt(object, 'metadata', 'annotations', changeCauseKey) ?? '';

async function ofReplicaSets(
  connection: Connection,
  deployment: Json,
  signal: AbortSignal,
): Promise<ReadonlyMap<number, Revision>> {
  const sets = await replicaSetsOf(connection, deployment, signal);
  const revisions = new Map<number, Revision>();
  for (const set of [...sets.old, ...(sets.new === undefined ? [] : [sets.new])]) {
    const written = textAt(set, 'metadata', 'annotations', revisionKey) ?? '0';
    if (!/^[-+]?\d+$/.test(written)) continue;
    const template = recordAt(set, 'spec', 'template');
    const changeCause = changeCauseOf(set);
    revisions.set(Number(written), {
      template: changeCause === '' ? template : withChangeCause(template, changeCause),
      changeCause: changeCause || (textAt(template, 'metadata', 'annotations', changeCauseKey) ?? ''),
    });
  }
  return revisions;
}

/** kubectl shows the ReplicaSet's change cause as if it were the template's. */
function withChangeCause(template: { readonly [key: string]: Json }, changeCause: string): Json {
  const metadata = recordAt(template, 'metadata');
  const annotations = { ...recordAt(metadata, 'annotations'), [changeCauseKey]: changeCause };
  return { ...template, metadata: { ...metadata, annotations } };
}

/** StatefulSets and DaemonSets keep each revision as a patch that replaces their template. */
async function ofControllerRevisions(
  connection: Connection,
  workload: Json,
  signal: AbortSignal,
): Promise<ReadonlyMap<number, Revision>> {
  const path = pathOf(controllerRevisionKind, { namespace: textAt(workload, 'metadata', 'namespace') });
  const labelSelector = selectorText(selectorOf(recordAt(workload, 'spec', 'selector')));
  const listed = await listAll(connection, path, { query: { labelSelector }, signal });
  const revisions = new Map<number, Revision>();
  for (const one of listed.filter((each) => isControlledBy(each, workload))) {
    const template = at(one, 'data', 'spec', 'template');
    if (!isRecord(template)) continue;
    const { $patch: _, ...whole } = template;
    revisions.set(numberAt(one, 'revision') ?? 0, { template: whole, changeCause: changeCauseOf(one) });
  }
  return revisions;
}
