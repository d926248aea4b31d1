import type { ActionClass } from './action.ts';
import { type ChangeAction, type ClusterChange, isSingle, type SingleChange } from './change-action.ts';
import { invariant } from './errors.ts';
import type { Json } from './json.ts';
import type { WaveSize } from './waves.ts';

/**
 * A plan is an action resolved against the live cluster: what people approve.
 *
 *   proposed → approved | denied | expired | superseded | cancelled
 *   approved → expired | cancelled, until T1 takes the run; from then on the run tells the story
 *
 * The digest covers everything that is approved, so a plan row that was changed afterwards cannot be run.
 */
export type PlanState = 'proposed' | 'approved' | 'denied' | 'expired' | 'superseded' | 'cancelled';

export type Target = {
  /** The name in firebreak.yaml, for people. */
  readonly cluster: string;
  /** uid of the cluster's kube-system namespace: the same name may point somewhere else tomorrow. */
  readonly clusterUid: string;
  readonly apiVersion: string;
  readonly kind: string;
  /** The plural form in URLs. */
  readonly resource: string;
  /** Absent for cluster-scoped kinds. */
  readonly namespace?: string;
  readonly name: string;
  readonly uid: string;
};

/** `shop/web`, or `node-1`. */
export const objectName = ({ namespace, name }: Pick<Target, 'namespace' | 'name'>): string =>
  namespace === undefined ? name : `${namespace}/${name}`;

/**
 * One field that the plan changes. `before` absent: the field is not there now; `after` absent: it is removed.
 * `guard` names things that must hold for the path to mean the same field (a container's name at an index).
 */
export type FieldChange = {
  /** JSON pointer into the object. */
  readonly path: string;
  /** What a person calls it: `replicas`, `env HDC_BATCH_SIZE (container app)`. */
  readonly label: string;
  readonly before?: Json;
  readonly after?: Json;
  readonly guard?: readonly { readonly path: string; readonly value: Json }[];
  /** Looks like a secret: masked on every way out. */
  readonly masked?: true;
  /** What people see in place of `before` and `after`, which are whole objects with values in them. */
  readonly shown?: readonly ShownChange[];
};

/** One line of before → after for people. */
export type ShownChange = Pick<FieldChange, 'label' | 'before' | 'after' | 'masked'>;

/** One object of a plan and what one request does to it. */
export type PlanPart = {
  readonly action: SingleChange;
  readonly target: Target;
  readonly changes: readonly FieldChange[];
};

/** The lines that every renderer draws; of several objects each line says which. */
export const shownChanges = ({ changes, parts }: Pick<PlanFacts, 'changes' | 'parts'>): readonly ShownChange[] =>
  parts === undefined
    ? linesOf(changes)
    : parts.flatMap(({ target, changes }) =>
        linesOf(changes).map((line) => {
          const object = `${target.kind} ${target.name}`;
          // The end of an object is a line that names it.
          return line.label.toLowerCase().startsWith(object.toLowerCase())
            ? line
            : { ...line, label: `${object}: ${line.label}` };
        }),
      );

const linesOf = (changes: readonly FieldChange[]): readonly ShownChange[] =>
  changes.flatMap((change): readonly ShownChange[] => change.shown ?? [change]);

export type Undo =
  | { readonly kind: 'action'; readonly action: ClusterChange; readonly text: string }
  | { readonly kind: 'none'; readonly why: string };

/** What the change touches besides the object itself. */
export type Affected = {
  readonly pods: number;
  /** At most 20 of their names. */
  readonly podNames: readonly string[];
  /** PodDisruptionBudgets that cover them, as `name: allows N disruptions`. */
  readonly budgets: readonly string[];
};

/** What the cluster says about an action before anything is done. */
export type PlanFacts = {
  /** With `parts`: what they are about together (the node of a drain), else the first one's. */
  readonly target: Target;
  /** Empty with `parts`. */
  readonly changes: readonly FieldChange[];
  /** Several objects, in the order in which they are carried out. */
  readonly parts?: readonly PlanPart[];
  /** Of a plan that deletes several pods and nothing else. */
  readonly waves?: WaveSize;
  /** The request goes out in the name of whoever completes the decision; absent: as the account that is configured. */
  readonly inNameOf?: 'approver';
  readonly affected: Affected;
  readonly class: ActionClass;
  /** Why the class is what it is, when the live object decided it. */
  readonly classReason?: string;
  /** HPA, GitOps and operator ownership, mutating webhooks, and the like: sentences for people. */
  readonly warnings: readonly string[];
  readonly undo: Undo;
  /** `dry-run`: the server accepted it with dryRun=All. `none`: it could not be asked; why. */
  readonly preview: { readonly kind: 'dry-run' } | { readonly kind: 'none'; readonly why: string };
};

/** What a plan carries out, in order: one part for each request. */
export function partsOf(content: Pick<PlanContent, 'action' | 'target' | 'changes' | 'parts'>): readonly PlanPart[] {
  const { action, target, changes, parts } = content;
  if (parts !== undefined) return parts;
  invariant(isSingle(action), 'a plan of several objects says its parts');
  return [{ action, target, changes }];
}

/** The id that a part's marker and objects carry; unlike for each, since one object may be in two parts. */
export const partId = (planId: string, part: number): string => (part === 0 ? planId : `${planId}.${part}`);

/** What the digest is taken over. Times are ISO 8601. */
export type PlanContent = PlanFacts & {
  readonly id: string;
  readonly action: ChangeAction;
  readonly policyDigest: string;
  readonly runbookDigest: string;
  readonly expiresAt: string;
};

export type Plan = {
  readonly id: string;
  readonly proposalId: string;
  readonly incidentId?: string;
  readonly service: string;
  readonly content: PlanContent;
  /** SHA-256 in hex over `canonical`. */
  readonly digest: string;
  /** The RFC 8785 form of `content`, the bytes that were hashed. */
  readonly canonical: string;
  readonly state: PlanState;
  readonly requestedBy: string;
  readonly undoOf?: string;
  readonly expiresAt: Date;
  /** 5 minutes after the last needed vote. */
  readonly approvalExpiresAt?: Date;
  readonly decidedAt?: Date;
  /** Why it was cancelled or expired, or who denied it. */
  readonly stateReason?: string;
  /** Opaque, one for each button; they work until the plan is decided. */
  readonly nonces: { readonly approve: string; readonly deny: string };
};

export const planLifetimeMs = 15 * 60_000;
export const approvalLifetimeMs = 5 * 60_000;
/** What people compare by eye. */
export const shortDigest = (digest: string): string => digest.slice(0, 8);

/** Stands for a value that looks like a secret. */
export const maskedValue = '••••';

/** A field's value as a person reads it: text as it is, an environment variable's entry as its value, the rest as JSON. */
export function fieldText(value: Json | undefined, masked: boolean): string {
  if (value === undefined) return 'not set';
  if (masked) return maskedValue;
  const plain = literalOf(value);
  if (plain !== undefined) return plain === '' ? '""' : plain;
  return JSON.stringify(value);
}

/** `{ name, value }` is what set-env changes; the label says the name already. */
function literalOf(value: Json): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const { name, value: inner, ...others } = value as { readonly [key: string]: Json };
  const isEntry = typeof name === 'string' && Object.keys(others).length === 0;
  return isEntry ? (typeof inner === 'string' ? inner : inner === undefined ? '' : undefined) : undefined;
}
