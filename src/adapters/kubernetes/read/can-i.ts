/** `kubectl auth can-i`: what the account that this program runs as may do, in the words of kubectl 1.34. */
import type { CanIAction } from '../../../domain/read-action.ts';
import type { Json } from '../../../domain/json.ts';
import type { Connection } from '../connection.ts';
import type { Discovery } from '../discovery.ts';
import { at, listAt, textAt } from '../live.ts';
import { type Printed } from './printed.ts';
import { postReview } from './review.ts';
import { printRules } from './rules.ts';

const resourceVerbs = new Set(
  'get list watch create update patch delete deletecollection use bind impersonate * approve sign escalate attest'.split(
    ' ',
  ),
);
const pathVerbs = new Set('get put post head options delete patch *'.split(' '));
/** Known to no discovery. */
const withoutDiscovery = new Set(['users', 'groups']);

type Parts = { readonly connection: Connection; readonly discovery: Discovery };
type Scope = { readonly namespace: string; readonly signal: AbortSignal };

export async function readCanI(parts: Parts, action: CanIAction<string>, scope: Scope): Promise<Printed> {
  const { verb } = action;
  if (verb === undefined) return await rulesOf(parts.connection, action, scope);
  const { spec, warnings } =
    action.path === undefined ? await resourceSpec(parts, action, scope) : pathSpec(verb, action.path);
  const review = await postReview(parts.connection, 'authorization.k8s.io', 'SelfSubjectAccessReview', spec, scope);
  const err = warnings.map((text) => `Warning: ${text}\n\n`).join('');
  const allowed = at(review, 'status', 'allowed') === true;
  const why = ['reason', 'evaluationError']
    .map((field) => textAt(review, 'status', field) ?? '')
    .filter((text) => text !== '');
  const said = allowed ? 'yes\n' : `${['no', ...why].join(' - ')}\n`;
  return { out: action.quiet === true ? '' : said, err, exitCode: allowed ? 0 : 1 };
}

type Asked = { readonly spec: { readonly [key: string]: Json }; readonly warnings: readonly string[] };

const unknownVerb = (verb: string, known: ReadonlySet<string>): string[] =>
  known.has(verb) ? [] : [`verb '${verb}' is not a known verb`];

const pathSpec = (verb: string, path: string): Asked => ({
  spec: { nonResourceAttributes: { verb, path } },
  warnings: unknownVerb(verb, pathVerbs),
});

async function resourceSpec({ discovery }: Parts, action: CanIAction<string>, scope: Scope): Promise<Asked> {
  const { verb = '', of, subresource, allNamespaces } = action;
  const wanted = of ?? { resource: '*' };
  const kind = await kindOf(discovery, wanted);
  const warnings: string[] = [];
  if (kind === undefined && !withoutDiscovery.has(wanted.resource)) {
    const inGroup = wanted.group === undefined || wanted.group === '' ? '' : ` in group '${wanted.group}'`;
    warnings.push(`the server doesn't have a resource type '${wanted.resource}'${inGroup}`);
  }
  if (kind !== undefined && allNamespaces !== true && !kind.namespaced) {
    const inGroup = kind.group === '' ? '' : ` in group '${kind.group}'`;
    warnings.push(`resource '${kind.plural}' is not namespace scoped${inGroup}`);
  }
  if (allNamespaces !== true) warnings.push(...unknownVerb(verb, resourceVerbs));
  const written = wanted.group === undefined ? wanted.resource : `${wanted.resource}.${wanted.group}`;
  return {
    spec: {
      resourceAttributes: {
        ...(allNamespaces === true ? {} : { namespace: scope.namespace }),
        verb,
        ...(kind === undefined || kind.group === '' ? {} : { group: kind.group }),
        resource: kind?.plural ?? written,
        ...(subresource !== undefined && { subresource }),
        ...(of?.name !== undefined && { name: of.name }),
      },
    },
    warnings,
  };
}

type Named = { readonly group: string; readonly plural: string; readonly namespaced: boolean };

/** A question about Secrets is no read of them; discovery, which guards the reads, is not asked. */
async function kindOf(discovery: Discovery, wanted: NonNullable<CanIAction<string>['of']>): Promise<Named | undefined> {
  if (wanted.resource === '*') return { group: '', plural: '*', namespaced: true };
  if (/^secrets?$/.test(wanted.resource) && (wanted.group ?? '') === '') {
    return { group: '', plural: 'secrets', namespaced: true };
  }
  const { name: _, ...kind } = wanted;
  return await discovery.find(kind);
}

async function rulesOf(connection: Connection, action: CanIAction<string>, scope: Scope): Promise<Printed> {
  const spec = { namespace: scope.namespace };
  const review = await postReview(connection, 'authorization.k8s.io', 'SelfSubjectRulesReview', spec, scope);
  const incomplete = at(review, 'status', 'incomplete') === true;
  const why = textAt(review, 'status', 'evaluationError') ?? '';
  const rules = [...listAt(review, 'status', 'resourceRules'), ...listAt(review, 'status', 'nonResourceRules')];
  return {
    out: printRules(rules, { headers: action.noHeaders !== true }),
    err: incomplete ? `Warning: the list may be incomplete: ${why}\n` : '',
    exitCode: 0,
  };
}
