/** What a cluster says about itself: `version`, `cluster-info`, `api-resources`, `api-versions`. Source: their help, 1.34. */
import type { AboutAction } from '../../domain/read-action.ts';
import type { Template } from '../../domain/object-reference.ts';
import { quoted, refuse, type Refusal } from '../reasons.ts';
import { type FlagTable, parseFlags, type ParsedFlags } from './flags.ts';
import type { Compiled } from './get.ts';
import { formatOf } from './output.ts';

type About = Compiled<AboutAction<Template>> | Refusal;

const plainFlags = { namespace: { short: 'n', takes: 'value' } } satisfies FlagTable;
const versionFlags = {
  ...plainFlags,
  client: { takes: 'nothing' },
  // Gone since 1.28, when the short form became the only one.
  short: { takes: 'nothing' },
  output: { short: 'o', takes: 'value' },
} satisfies FlagTable;
const resourcesFlags = {
  ...plainFlags,
  'api-group': { takes: 'value' },
  namespaced: { takes: 'nothing' },
  verbs: { takes: 'list' },
  categories: { takes: 'list' },
  'sort-by': { takes: 'value' },
  'no-headers': { takes: 'nothing' },
  cached: { takes: 'nothing' },
  output: { short: 'o', takes: 'value' },
} satisfies FlagTable;

/** kubectl prints its own version first; no kubectl runs here, so that the line of the server stands alone. */
export function compileVersion(words: readonly Template[]): About {
  const parsed = without(words, versionFlags, 'version');
  if ('refused' in parsed) return parsed;
  if (parsed.switches.has('client')) {
    return refuse('operator-host', 'This prints the version of the kubectl on the machine where it is typed.');
  }
  const output = formatOf(parsed.values.get('output'), ['json', 'yaml'], 'version');
  if (typeof output === 'object') return output;
  return { action: { type: 'about', what: 'version', ...(output !== undefined && { output }) } };
}

export function compileApiVersions(words: readonly Template[]): About {
  const parsed = without(words, plainFlags, 'api-versions');
  return 'refused' in parsed ? parsed : { action: { type: 'about', what: 'api-versions' } };
}

export function compileClusterInfo(words: readonly Template[]): About {
  if (words.some((word) => word === 'dump')) {
    return refuse(
      'operator-host',
      '`kubectl cluster-info dump` collects every object and log into one bundle; take it on your own machine.',
    );
  }
  const parsed = without(words, plainFlags, 'cluster-info');
  if ('refused' in parsed) return parsed;
  const namespace = parsed.values.get('namespace');
  return namespace === undefined || namespace === 'kube-system'
    ? { action: { type: 'about', what: 'cluster-info' } }
    : refuse(
        'unknown-flag',
        '`kubectl cluster-info -n` looks for add-ons in another namespace than kube-system, which is not compiled.',
      );
}

export function compileApiResources(words: readonly Template[]): About {
  const parsed = without(words, resourcesFlags, 'api-resources');
  if ('refused' in parsed) return parsed;
  const { values, switches, off } = parsed;
  const group = literal(values.get('api-group'), '--api-group', /^[a-z0-9.-]*$/);
  if (typeof group === 'object') return group;
  const verbs = literal(values.get('verbs'), '--verbs', /^[a-z]+(?:,[a-z]+)*$/);
  if (typeof verbs === 'object') return verbs;
  const categories = literal(values.get('categories'), '--categories', /^[a-z0-9-]+(?:,[a-z0-9-]+)*$/);
  if (typeof categories === 'object') return categories;
  const sortBy = literal(values.get('sort-by'), '--sort-by', /^(?:name|kind)$/);
  if (typeof sortBy === 'object') return sortBy;
  const output = formatOf(values.get('output'), ['wide', 'name'], 'api-resources');
  if (typeof output === 'object') return output;
  const namespaced = switches.has('namespaced') ? true : off.has('namespaced') ? false : undefined;
  return {
    action: {
      type: 'about',
      what: 'api-resources',
      ...(output !== undefined && { output }),
      ...(group !== undefined && { group }),
      ...(namespaced !== undefined && { namespaced }),
      ...(verbs !== undefined && { verbs: verbs.split(',') }),
      ...(categories !== undefined && { categories: categories.split(',') }),
      ...(sortBy !== undefined && { sortBy: sortBy === 'name' ? ('name' as const) : ('kind' as const) }),
      ...(switches.has('no-headers') && { noHeaders: true as const }),
    },
  };
}

function without(words: readonly Template[], flags: FlagTable, verb: string): ParsedFlags | Refusal {
  const parsed = parseFlags(words, flags, verb);
  if ('refused' in parsed || parsed.words.length === 0) return parsed;
  return refuse('malformed', `${quoted(`kubectl ${verb}`)} takes no words.`);
}

function literal(value: Template | undefined, flag: string, form: RegExp): string | Refusal | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'string') return refuse('unresolved-substitution', `The value of ${flag} is left open.`);
  return form.test(value) ? value : refuse('malformed', `${quoted(value)} is not a value that ${flag} takes.`);
}
