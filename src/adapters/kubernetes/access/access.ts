/**
 * Whether an account may send what a plan will send, asked of the API server itself: before people vote, and again before
 * the request goes out. The server decides anyway; what is gained is a sentence in time, instead of a refusal after the
 * approval. A review that cannot be had says nothing, so it refuses nothing.
 */
import type { ActingAs, Impersonation } from '../../../domain/acting-as.ts';
import type { Json } from '../../../domain/json.ts';
import type { Connection } from '../connection.ts';
import { ApiRefusal } from '../errors.ts';
import { at, listAt, textAt } from '../live.ts';
import { asHeaders } from './headers.ts';
import { inWords, type Needed } from './needed.ts';
import { postReview } from '../read/review.ts';

export type Access = {
  /** Absent: changes are sent as the account itself. */
  readonly impersonation?: Impersonation | undefined;
  /** A sentence that names the first right that the account lacks; a right that it has may be some seconds old. */
  whyDenied(needed: readonly Needed[]): Promise<string | undefined>;
  /** The same, asked now; of the person in whose name the request goes out, and whether the account may act as them. */
  whyDeniedNow(needed: readonly Needed[], as: ActingAs | undefined): Promise<string | undefined>;
  /** Whether the account may act as anybody at all. */
  whyNoImpersonation(): Promise<string | undefined>;
  /** From 1.35 on a command in a container needs the right to create besides. */
  execIsCreate(): Promise<boolean>;
};

/** What was allowed a moment ago is not asked again for each object of a plan. */
const allowedAgeMs = 3_000;
const rememberedMax = 500;

export function createAccess(
  connection: Connection,
  {
    impersonation,
    isOperators = false,
  }: {
    readonly impersonation?: Impersonation | undefined;
    /** The kubeconfig is that of the person at the keyboard. */
    readonly isOperators?: boolean;
  },
): Access {
  const allowed = new Map<string, number>();
  let execIsCreate: Promise<boolean> | undefined;

  const account = isOperators
    ? `Your account on cluster ${connection.name}`
    : `The account of cluster ${connection.name}`;
  const advice = isOperators
    ? 'Ask whoever runs the cluster for that right, or use another context.'
    : '`firebreak rbac` prints the rights that it needs.';
  const denied = (what: string): string => `${account} may not ${what}. ${advice}`;

  const isKnown = (key: string): boolean => performance.now() - (allowed.get(key) ?? -allowedAgeMs) < allowedAgeMs;
  function remember(key: string): void {
    if (allowed.size >= rememberedMax) allowed.clear();
    allowed.set(key, performance.now());
  }

  /** Undefined: nobody says. */
  async function review(needed: Needed, as?: ActingAs): Promise<boolean | undefined> {
    try {
      const answer = await postReview(
        connection,
        'authorization.k8s.io',
        'SelfSubjectAccessReview',
        { resourceAttributes: { ...needed } },
        { headers: asHeaders(as) },
      );
      const allowed = at(answer, 'status', 'allowed');
      // An authorizer that cannot be asked just now has no opinion, which is no denial.
      if (allowed !== true && textAt(answer, 'status', 'evaluationError') !== undefined) return undefined;
      return typeof allowed === 'boolean' ? allowed : undefined;
    } catch (error) {
      if (!(error instanceof ApiRefusal) || error.retryable || error.status.code === 401) throw error;
      if (as !== undefined && cannotActAs(error)) throw error;
      return undefined;
    }
  }

  /** A right to all of a kind is asked for first, which one answer settles for each object of a plan. */
  async function mayUnnamed(needed: Needed): Promise<boolean> {
    const { name, ...all } = needed;
    const key = JSON.stringify(all);
    if (isKnown(key)) return true;
    const answer = await review(all);
    if (answer === true) remember(key);
    return answer !== false || (name !== undefined && (await review(needed)) !== false);
  }

  async function firstDenied(
    needed: readonly Needed[],
    may: (one: Needed) => Promise<boolean>,
  ): Promise<Needed | undefined> {
    const answers = await Promise.all(needed.map(async (one) => ({ one, may: await may(one) })));
    return answers.find((answer) => !answer.may)?.one;
  }

  return {
    impersonation,

    async whyDenied(needed) {
      const missing = await firstDenied(needed, mayUnnamed);
      return missing && denied(inWords(missing));
    },

    async whyDeniedNow(needed, as) {
      try {
        const missing = await firstDenied(needed, async (one) => (await review(one, as)) !== false);
        if (missing === undefined) return undefined;
        return as === undefined
          ? denied(inWords(missing))
          : `${as.user} may not ${inWords(missing)} on cluster ${connection.name}, and the change is made in the name of who approved it. Ask for that right, or let somebody else approve.`;
      } catch (error) {
        if (as === undefined || !(error instanceof ApiRefusal) || !cannotActAs(error)) throw error;
        const { kind, name } = error.status;
        return denied(`act as ${kind === 'users' ? as.user : `${kind} ${name}`} (impersonate ${kind})`);
      }
    },

    async whyNoImpersonation() {
      if (impersonation === undefined) return undefined;
      const known = 'impersonation';
      if (isKnown(known)) return undefined;
      const groups = impersonation.groups.map((name) => ({ verb: 'impersonate', group: '', resource: 'groups', name }));
      const [users, group] = await Promise.all([
        mayImpersonateSomebody(connection, mayUnnamed),
        firstDenied(groups, mayUnnamed),
      ]);
      if (!users) return denied('act as the people who approve (impersonate users)');
      if (group === undefined) remember(known);
      return group && denied(`act as members of ${group.name ?? ''} (impersonate groups)`);
    },

    execIsCreate() {
      execIsCreate ??= connection.get('/version').then(
        (version) => Number(/^\d+/.exec(textAt(version, 'minor') ?? '')?.[0] ?? 0) >= 35,
        () => {
          execIsCreate = undefined;
          return false;
        },
      );
      return execIsCreate;
    },
  };
}

/** The filter that impersonates has refused, and not what stands behind it. */
const cannotActAs = ({ status }: ApiRefusal): boolean =>
  status.code === 403 && (status.kind === 'users' || status.kind === 'groups');

/** The right may name people one by one, and who approves is not known yet: then its own rules tell. */
async function mayImpersonateSomebody(
  connection: Connection,
  may: (needed: Needed) => Promise<boolean>,
): Promise<boolean> {
  if (await may({ verb: 'impersonate', group: '', resource: 'users' })) return true;
  try {
    const rules = await postReview(
      connection,
      'authorization.k8s.io',
      'SelfSubjectRulesReview',
      { namespace: 'default' },
      {},
    );
    if (at(rules, 'status', 'incomplete') === true) return true;
    return listAt(rules, 'status', 'resourceRules').some(
      (rule) => has(rule, 'verbs', 'impersonate') && has(rule, 'resources', 'users') && has(rule, 'apiGroups', ''),
    );
  } catch (error) {
    if (error instanceof ApiRefusal && !error.retryable) return true;
    throw error;
  }
}

const has = (rule: Json, field: string, wanted: string): boolean =>
  listAt(rule, field).some((one) => one === wanted || one === '*');
