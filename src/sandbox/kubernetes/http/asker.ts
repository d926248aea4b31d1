/** Who asks: the stand-in's one account, or whom it asks for with Impersonate headers; and what is refused to whom. */
import type { IncomingHttpHeaders } from 'node:http';
import { StatusError } from '../status.ts';
import type { Verb } from './route.ts';

/** What a rule refuses with 403; `*` is every verb. Without `user`: whoever asks. */
export type Denial = {
  readonly verb: Verb | '*' | 'impersonate';
  readonly resource: string;
  readonly namespace?: string;
  readonly user?: string;
};

export type Wanted = { readonly verb: string; readonly resource: string; readonly namespace: string };
export type Asker = { readonly user: string; readonly groups: readonly string[] };

/** Behind the bearer token, which all requests share. */
export const account = 'sandbox-user';
const everybody = 'system:authenticated';

export const isDenied = (denials: readonly Denial[], wanted: Wanted, asker: Asker): boolean =>
  denials.some(
    ({ verb, resource, namespace, user }) =>
      (verb === '*' || verb === wanted.verb) &&
      resource === wanted.resource &&
      (namespace === undefined || namespace === wanted.namespace) &&
      (user === undefined || user === asker.user),
  );

/** Whom the headers name; undefined: nobody. Node joins a header that comes several times. */
export function impersonatedBy(headers: IncomingHttpHeaders): Asker | undefined {
  const user = headers['impersonate-user']?.toString();
  if (user === undefined) return undefined;
  const groups = (headers['impersonate-group']?.toString() ?? '').split(/, */).filter((group) => group !== '');
  return { user, groups: [...groups, everybody] };
}

/** Throws what the server's filter answers when the account may not act as them. */
export function askerOf(headers: IncomingHttpHeaders, denials: readonly Denial[]): Asker {
  const own = { user: account, groups: [everybody] };
  const other = impersonatedBy(headers);
  if (other === undefined) return own;
  const asked = [
    ['users', other.user],
    ...other.groups.filter((group) => group !== everybody).map((group) => ['groups', group]),
  ];
  for (const [kind = '', name = ''] of asked) {
    if (!isDenied(denials, { verb: 'impersonate', resource: kind, namespace: '' }, own)) continue;
    throw new StatusError(
      403,
      'Forbidden',
      `${kind} "${name}" is forbidden: User "${account}" cannot impersonate resource "${kind}" in API group "" at the cluster scope`,
      { name, kind },
    );
  }
  return other;
}
