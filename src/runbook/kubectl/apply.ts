/** `kubectl apply -f -` and `kubectl create -f -` of the literal objects of a here-document. */
import type { ApplyAction, ClusterChangeOf } from '../../domain/change-action.ts';
import type { Template } from '../../domain/object-reference.ts';
import type { CommandContext } from '../command-context.ts';
import { quoted, refuse, type Refusal } from '../reasons.ts';
import { type FlagTable, parseFlags, textOf } from './flags.ts';
import type { Compiled } from './get.ts';
import { manifestsOf } from './manifests.ts';
import { clusterScopedKinds } from '../rights/rights-kinds.ts';

const flags = {
  namespace: { short: 'n', takes: 'value' },
  filename: { short: 'f', takes: 'list' },
  kustomize: { short: 'k', takes: 'value' },
  recursive: { short: 'R', takes: 'nothing' },
  'server-side': { takes: 'nothing' },
  // kubectl only waits.
  wait: { takes: 'nothing' },
} satisfies FlagTable;

export function compileApply(
  words: readonly Template[],
  context: CommandContext,
): Compiled<ClusterChangeOf<Template>> | Refusal {
  const [first] = words;
  if (first === 'view-last-applied' || first === 'edit-last-applied' || first === 'set-last-applied') {
    return refuse(
      'unknown-verb',
      `${quoted(`kubectl apply ${first}`)} is about the record of an apply, which is not compiled.`,
    );
  }
  return compileManifests(words, context, 'apply');
}

const elsewhere = (file: string): Refusal =>
  refuse(
    'operator-host',
    `${quoted(`-f ${file}`)} is a file or an address outside of this document; run it where it is.`,
  );

/** The file that a command takes, whatever other flags there are. */
function fromFile(words: readonly Template[]): Refusal | undefined {
  const texts = words.map(textOf);
  const at = texts.findIndex((text) => /^(?:-f|--filename)$/.test(text));
  const file =
    at === -1 ? texts.map((text) => /^(?:-f=?|--filename=)(.+)$/.exec(text)?.[1]).find(Boolean) : texts[at + 1];
  return file === undefined || file === '-' ? undefined : elsewhere(file);
}

export function compileManifests(
  words: readonly Template[],
  { stdin }: CommandContext,
  verb: 'apply' | 'create',
): Compiled<ClusterChangeOf<Template>> | Refusal {
  const parsed = parseFlags(words, flags, verb);
  if ('refused' in parsed) return (parsed.refused.code === 'unknown-flag' && fromFile(words)) || parsed;
  const { values, switches } = parsed;
  const file = values.get('filename');
  if (values.has('kustomize')) {
    return refuse('operator-host', '`-k` names a folder on the machine where it is typed; run it on your own.');
  }
  if (file === undefined) return refuse('malformed', `${quoted(`kubectl ${verb}`)} needs -f.`);
  if (file !== '-') return elsewhere(textOf(file));
  if (parsed.words.length > 0)
    return refuse('malformed', `${quoted(textOf(parsed.words[0] ?? ''))} stands beside -f; kubectl takes one of them.`);
  if (verb === 'create' && switches.has('server-side'))
    return refuse('unknown-flag', '--server-side is not a flag of `kubectl create`.');
  if (stdin === undefined) {
    return refuse('operator-host', '`-f -` reads what is typed or piped in; only a literal here-document is compiled.');
  }
  const manifests = manifestsOf(stdin);
  if ('refused' in manifests) return manifests;
  const flag = values.get('namespace');
  const changes: ApplyAction<Template>[] = [];
  for (const { target, namespace, object } of manifests) {
    const scoped = !clusterScopedKinds.has(target.resource);
    if (scoped && namespace !== undefined && flag !== undefined && namespace !== flag) {
      return refuse(
        'malformed',
        `The object is in namespace ${quoted(namespace)} and the command in ${quoted(textOf(flag))}; kubectl stops here.`,
      );
    }
    const wanted = namespace ?? flag;
    changes.push({
      type: verb,
      ...(scoped && wanted !== undefined && { namespace: wanted }),
      target,
      manifest: object,
      ...(switches.has('server-side') && { serverSide: true as const }),
    });
  }
  const [only] = changes;
  const action =
    changes.length === 1 && only !== undefined
      ? only
      : { type: 'several' as const, ...(flag !== undefined && { namespace: flag }), changes };
  return { action };
}
