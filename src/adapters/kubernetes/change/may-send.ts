/** Whether what a plan will send may be sent, asked beside the reads that the plan and its request need anyway. */
import type { ActingAs } from '../../../domain/acting-as.ts';
import type { SingleChange } from '../../../domain/change-action.ts';
import type { Target } from '../../../domain/plan.ts';
import type { Resolution } from '../../../flow/ports.ts';
import type { Access } from '../access/access.ts';
import { type ChangedObject, type Needed, neededFor } from '../access/needed.ts';
import type { Kind } from '../discovery.ts';

type Parts = { readonly access: Access };
type Change = Pick<SingleChange, 'type'>;

/** A sentence before people vote. `name` absent: the request makes the object. */
export async function whyMayNotPlan(
  { access }: Parts,
  change: Change,
  { kind, namespace, name }: { kind: Kind; namespace: string; name?: string },
): Promise<string | undefined> {
  const creates = name === undefined;
  // What is made of another object is asked about when it is known what that is.
  if (!creates && makes.has(change.type)) return undefined;
  const object = {
    group: kind.group,
    resource: kind.plural,
    ...(kind.namespaced ? { namespace } : {}),
    name: name ?? '',
  };
  // A command in a container has no dry run: with impersonation the account itself never needs this right.
  const isPersons = access.impersonation !== undefined && change.type === 'exec';
  const needed = isPersons ? [] : await requestsOf(access, change, object, creates);
  const [own, borrowed] = await Promise.all([access.whyDenied(needed), access.whyNoImpersonation()]);
  return own ?? borrowed;
}

const makes: ReadonlySet<SingleChange['type']> = new Set(['create', 'create-job', 'autoscale']);

/** A sentence before the request goes out, about who sends it. */
export async function whyMayNotSend(
  { access }: Parts,
  { action, target }: { readonly action: Change; readonly target: Target },
  as: ActingAs | undefined,
): Promise<string | undefined> {
  const at = target.apiVersion.indexOf('/');
  const object = {
    group: target.apiVersion.slice(0, Math.max(at, 0)),
    resource: target.resource,
    ...(target.namespace === undefined ? {} : { namespace: target.namespace }),
    name: target.name,
  };
  // What is not there yet has no uid.
  return access.whyDeniedNow(await requestsOf(access, action, object, target.uid === ''), as);
}

async function requestsOf(
  access: Access,
  change: Change,
  object: ChangedObject,
  creates: boolean,
): Promise<readonly Needed[]> {
  const execIsCreate = change.type === 'exec' && (await access.execIsCreate());
  return neededFor(change, object, { creates, execIsCreate });
}

/** Who approves should know that it happens in their name. */
export function withWhoActs(resolution: Resolution): Resolution {
  if (resolution.kind !== 'resolved') return resolution;
  const { facts } = resolution;
  const warning =
    'It is done in the name of the person whose approval completes the decision, and the cluster asks for their rights.';
  return { ...resolution, facts: { ...facts, inNameOf: 'approver', warnings: [...facts.warnings, warning] } };
}
