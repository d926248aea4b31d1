/** `kubectl patch`: the author's own patch, as JSON text. What it changes is asked of the server when the plan is made. */
import type { ClusterChangeOf } from '../../domain/change-action.ts';
import type { Json } from '../../domain/json.ts';
import type { ObjectReference, Template } from '../../domain/object-reference.ts';
import { jsonProblem } from '../action/json-places.ts';
import { quoted, refuse, type Refusal } from '../reasons.ts';
import { aimedAt, aimOf, kindsOf } from './change-targets.ts';
import { type FlagTable, parseFlags, textOf } from './flags.ts';
import type { Compiled } from './get.ts';
import { classOfPatch } from './patch-class.ts';
import { readYaml } from './manifests.ts';

const flags = {
  namespace: { short: 'n', takes: 'value' },
  patch: { short: 'p', takes: 'value' },
  'patch-file': { takes: 'value' },
  type: { takes: 'value' },
  filename: { short: 'f', takes: 'value' },
  subresource: { takes: 'value' },
} satisfies FlagTable;

type PatchType = 'strategic' | 'merge' | 'json';
const isPatchType = (text: Template): text is PatchType => text === 'strategic' || text === 'merge' || text === 'json';

export function compilePatch(words: readonly Template[]): Compiled<ClusterChangeOf<Template>> | Refusal {
  const parsed = parseFlags(words, flags, 'patch');
  if ('refused' in parsed) return parsed;
  const { values } = parsed;
  const file = ['patch-file', 'filename'].find((flag) => values.has(flag));
  if (file !== undefined) {
    return refuse('operator-host', `--${file} names a file on the machine where it is typed; give the patch with -p.`);
  }
  if (values.has('subresource')) {
    return refuse(
      'unknown-flag',
      '--subresource writes past the object itself (its status or scale), which is not compiled.',
    );
  }
  const given = values.get('patch');
  if (given === undefined) return refuse('malformed', '`kubectl patch` needs -p.');
  const written = values.get('type') ?? 'strategic';
  const type = typeof written === 'string' ? written.toLowerCase() : written;
  if (!isPatchType(type))
    return refuse('malformed', `${quoted(textOf(written))} is not a type of patch: strategic, merge or json.`);
  const patch = asJson(given);
  if (typeof patch === 'object' && 'refused' in patch) return patch;
  const shape = typeof patch === 'string' ? (JSON.parse(patch) as Json) : undefined;
  if (shape !== undefined && Array.isArray(shape) !== (type === 'json')) {
    return refuse(
      'malformed',
      type === 'json'
        ? 'A patch of --type=json is a list of operations.'
        : 'This patch is a list; that is --type=json.',
    );
  }
  const aim = aimOf(parsed.words, {}, 'patch');
  if ('refused' in aim) return aim;
  const lost =
    'named' in aim ? aim.named.map((object) => droppedFrom(object, textOf(patch))).find((each) => each) : undefined;
  if (lost) return lost;
  const never = kindsOf(aim).flatMap((kind) => {
    const found = classOfPatch({ type: 'patch', target: { ...kind, name: '' }, patchType: type, patch });
    return found.class === 'forbidden' ? found.never : [];
  });
  if (never.length > 0) {
    return refuse('never-run', `This changes ${never.join(', ')}, which this program never does; do it by hand.`);
  }
  return { action: aimedAt(aim, { type: 'patch', patchType: type, patch }, values.get('namespace')) };
}

/** JSON stays as it is, YAML becomes JSON. */
function asJson(given: Template): Template | Refusal {
  const problem = jsonProblem(given);
  if (problem === undefined) return given;
  const literal =
    typeof given === 'string' ? given : given.template.filter((part) => typeof part === 'string').join('');
  if (literal.trim() === '' && typeof given !== 'string') {
    return refuse('unresolved-substitution', 'The patch is left open as a whole; write it out.');
  }
  // kubectl sends it as it is, and the server stops there.
  if (/^[\s\u0085]*\{/.test(textOf(given))) {
    return refuse(
      'malformed',
      `kubectl takes a patch that begins with \`{\` for JSON; ${quoted(textOf(given))} ${problem}.`,
    );
  }
  if (typeof given !== 'string') return refuse('malformed', `${quoted(textOf(given))} ${problem}.`);
  const documents = readYaml(given);
  if ('refused' in documents) return documents;
  const [only, ...more] = documents;
  return only !== undefined && more.length === 0 && typeof only === 'object'
    ? JSON.stringify(only)
    : refuse('malformed', `${quoted(given)} is neither JSON nor YAML of one patch.`);
}

const oldAutoscalerFields =
  /"(targetCPUUtilizationPercentage|currentCPUUtilizationPercentage)"|\/spec\/targetCPUUtilizationPercentage/;

/** The patch goes to the server's preferred version, autoscaling/v2, which has lost fields of v1. */
function droppedFrom({ resource }: ObjectReference<Template>, patch: string): Refusal | undefined {
  if (resource !== 'horizontalpodautoscalers' || !oldAutoscalerFields.test(patch)) return undefined;
  return refuse(
    'dropped-by-server',
    'autoscaling/v2 has no targetCPUUtilizationPercentage: the server drops the field without a word. Set spec.metrics instead.',
  );
}
