/** `kubectl get --raw PATH`: any path of the API, so only those of a list that can name no object of a namespace. */
import type { Template } from '../../domain/object-reference.ts';
import type { AboutAction } from '../../domain/read-action.ts';
import { quoted, refuse, type Refusal } from '../reasons.ts';
import type { ParsedFlags } from './flags.ts';
import { harmlessFlags } from './global-flags.ts';

/** Health, the version, what the API offers, and the usage of nodes. No proxy, no object, no other query. */
const safe = [
  /^\/(?:healthz|livez|readyz)(?:\/[a-z][a-z0-9-]{0,80})*\/?(?:\?verbose(?:=(?:true|1))?)?$/,
  /^\/version\/?$/,
  /^\/(?:api|apis)\/?$/,
  /^\/api\/v1\/?$/,
  /^\/apis\/[a-z0-9][a-z0-9.-]{0,252}(?:\/v\d{1,2}(?:(?:alpha|beta)\d{1,2})?)?\/?$/,
  /^\/apis\/metrics\.k8s\.io\/v1beta1\/nodes(?:\/[a-z0-9][a-z0-9.-]{0,252})?\/?$/,
];

/** Whether the path is one that can be read without any further check. Asked again when it is read. */
export const isSafePath = (path: string): boolean => !path.includes('..') && safe.some((each) => each.test(path));

export function compileRaw({
  values,
  switches,
  words,
}: ParsedFlags): { readonly action: AboutAction<Template> } | Refusal {
  const path = values.get('raw');
  const beside = [...values.keys(), ...switches].filter(
    (name) => !/^(?:raw|namespace)$/.test(name) && !Object.hasOwn(harmlessFlags, name),
  );
  if (words.length > 0 || beside.length > 0)
    return refuse('malformed', '`kubectl get --raw` takes a path and nothing else.');
  if (typeof path !== 'string') {
    return refuse('unresolved-substitution', 'The path of --raw is left open in part; it has to be written out.');
  }
  if (/(?:^|\/)secrets?(?:\/|\?|$)|serviceaccounts\/[^/]+\/token/.test(path)) {
    return refuse('reads-secret', 'This path leads to Secrets, which this program never reads.');
  }
  if (/\/proxy(?:\/|\?|$)/.test(path)) {
    return refuse(
      'never-run',
      "A path through the API server's proxy reaches anything inside the cluster; it is never asked for.",
    );
  }
  return isSafePath(path)
    ? { action: { type: 'about', what: 'raw', path } }
    : refuse(
        'never-run',
        `${quoted(path)} is not on the list of raw paths (health, version, discovery, node metrics); name the objects with \`kubectl get\`.`,
      );
}
