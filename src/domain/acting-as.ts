/**
 * In whose name a change is sent to a cluster. With `impersonate` it is the person whose approval completed the decision:
 * the API server checks that person's rights and writes their name into its audit log, beside the bot's own.
 */
import type { Decision } from './decision.ts';
import type { ActionClass } from './action.ts';
import type { Member, Standing } from './person.ts';

/** What firebreak.yaml says: the user is the prefix and the e-mail address, as an OIDC set-up names people. */
export type Impersonation = {
  readonly prefix: string;
  /** The same for everybody: the API server asks no identity provider about somebody who is impersonated. */
  readonly groups: readonly string[];
};

/** Goes out in `Impersonate-User` and `Impersonate-Group`. */
export type ActingAs = { readonly user: string; readonly groups: readonly string[] };

export type WhoActs =
  | { readonly kind: 'person'; readonly as: ActingAs }
  | { readonly kind: 'nobody'; readonly why: string };

/** RFC 5321 allows 254 characters; none of these ends a header or makes a name of `system:`. */
const plainAddress = /^[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,187}[A-Za-z0-9])?$/;
const headerText = /^[\x21-\x7e]+$/;
const textMax = 200;

/** Visible ASCII; what begins with `system:` is Kubernetes' own and is nobody's to borrow. */
export const isGroupToBorrow = (text: string): boolean =>
  text.length <= textMax && headerText.test(text) && !text.toLowerCase().startsWith('system:');
export const isUserPrefix = (text: string): boolean => text === '' || isGroupToBorrow(text);

/** Checked again at the connection: these bytes become headers. */
export const isActingAs = ({ user, groups }: ActingAs): boolean =>
  user.length <= textMax + 254 && headerText.test(user) && !user.startsWith('system:') && groups.every(isGroupToBorrow);

/** One identity is an e-mail address in lower case; an account without one is nobody whom a cluster could know. */
export function actingAs(
  { prefix, groups }: Impersonation,
  person: Pick<Member, 'identity' | 'mapped' | 'name'>,
): WhoActs {
  const { identity, mapped, name } = person;
  if (!mapped) {
    return {
      kind: 'nobody',
      why: `${name} approved this, and the cluster is to see who did, but no e-mail address is known of them. Add them under people: in firebreak.yaml, or let somebody else approve.`,
    };
  }
  const as = { user: `${prefix}${identity}`, groups };
  return plainAddress.test(identity) && isActingAs(as)
    ? { kind: 'person', as }
    : {
        kind: 'nobody',
        why: `${name} approved this, and the cluster is to see who did, but their e-mail address holds characters that are not sent there. Let somebody else approve.`,
      };
}

/**
 * Whose approval completed the decision: the last that counted; of a destructive plan the last of an approver of the
 * policy, who is the one that it needed.
 */
export function whoCompleted(
  { verdict, counts }: Pick<Decision, 'verdict' | 'counts'>,
  standings: ReadonlyMap<string, Standing>,
  planClass: ActionClass,
): Member | undefined {
  if (verdict !== 'approved') return undefined;
  const counted = counts.flatMap(({ voter, counted }) => (counted ? [standings.get(voter)] : []));
  const approver =
    planClass === 'destructive' ? counted.findLast((standing) => standing?.approver === true) : undefined;
  return (approver ?? counted.at(-1))?.member;
}
