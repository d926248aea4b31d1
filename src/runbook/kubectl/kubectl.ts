/** From the words of a `kubectl` or `oc` command to an action, or why it stays manual. */
import type { CompiledAction } from '../../domain/action.ts';
import type { Template } from '../../domain/object-reference.ts';
import type { CommandContext } from '../command-context.ts';
import { quoted, refuse, type Refusal } from '../reasons.ts';
import { compileApiResources, compileApiVersions, compileClusterInfo, compileVersion } from './about.ts';
import { compileAuth } from './auth.ts';
import { compileApply } from './apply.ts';
import { compileAutoscale } from './autoscale.ts';
import { compileCordon, compileUncordon } from './cordon.ts';
import { compileCreate } from './create.ts';
import { compileDelete } from './delete.ts';
import { compileDescribe } from './describe.ts';
import { compileDrain } from './drain.ts';
import { compileEdit } from './edit.ts';
import { compileEvents } from './events.ts';
import { compileExec, compileRsh, manualExec } from './exec.ts';
import { textOf } from './flags.ts';
import { takesGlobalValue } from './global-flags.ts';
import { type Compiled, compileGet } from './get.ts';
import { compileAnnotate, compileLabel } from './label.ts';
import { compileLogs } from './logs.ts';
import { compilePatch } from './patch.ts';
import { isAdminVerb, manualVerb, unknownVerb } from './manual-verbs.ts';
import { namesSecrets, secretsReason } from './resources.ts';
import { compileRollout } from './rollout.ts';
import { compileScale } from './scale.ts';
import { compileSet } from './set-env.ts';
import { compileTaint } from './taint.ts';
import { compileTop } from './top.ts';
import { compileWait } from './wait.ts';

/** `program`: `kubectl`, or `oc` with verbs of its own. */
type Context = CommandContext & {
  readonly program?: string;
  /** Behind `oc adm`. */
  readonly admin?: true;
};
type Compile = (words: readonly Template[], context: Context) => Compiled<CompiledAction> | Refusal;

/** Adding a verb: a file beside this one, a line here, and a table in its test. */
const verbs: Readonly<Record<string, Compile>> = {
  get: compileGet,
  logs: compileLogs,
  describe: compileDescribe,
  events: compileEvents,
  top: compileTop,
  rollout: compileRollout,
  auth: compileAuth,
  wait: compileWait,
  version: compileVersion,
  'cluster-info': compileClusterInfo,
  'api-resources': compileApiResources,
  'api-versions': compileApiVersions,
  scale: compileScale,
  set: compileSet,
  delete: compileDelete,
  cordon: compileCordon,
  uncordon: compileUncordon,
  drain: compileDrain,
  patch: compilePatch,
  edit: compileEdit,
  label: compileLabel,
  annotate: compileAnnotate,
  taint: compileTaint,
  autoscale: compileAutoscale,
  apply: compileApply,
  create: compileCreate,
  exec: compileExec,
  rsh: (words, context) =>
    context.program === 'oc' ? compileRsh(words, context) : refuse('unknown-verb', '`rsh` is a command of oc alone.'),
};

/** `words` are those behind the program's name. */
export function compileKubectl(words: readonly Template[], context: Context = {}): Compiled<CompiledAction> | Refusal {
  const manual = manualKubectl(words.map(textOf));
  if (manual) return manual;
  const at = verbIndex(words.map(textOf));
  const verb = at === undefined ? undefined : words[at];
  if (at === undefined || verb === undefined) return refuse('malformed', 'There is no kubectl verb in this command.');
  if (typeof verb !== 'string')
    return refuse('unresolved-substitution', `The verb ${quoted(textOf(verb))} is left open.`);
  const compile = Object.hasOwn(verbs, verb) ? verbs[verb] : undefined;
  const leading = words.slice(0, at);
  const rest = words.slice(at + 1);
  const program = context.program ?? 'kubectl';
  const [sub] = rest;
  // `oc adm drain x` is `kubectl drain x`.
  if (verb === 'adm' && program === 'oc' && typeof sub === 'string' && isAdminVerb(sub)) {
    return compileKubectl([...leading, ...rest], { ...context, admin: true });
  }
  if (!compile) return unknownVerb(verb, program);
  if (program === 'oc' && isAdminVerb(verb) && context.admin !== true) {
    return refuse('malformed', `oc has this as ${quoted(`oc adm ${verb}`)} only, and stops here.`);
  }
  const misplaced = leading.map(textOf).find((word, index) => !isGlobalBefore(leading.map(textOf), index, word));
  if (misplaced !== undefined) {
    return refuse(
      'malformed',
      `Before the verb kubectl is sure to know only the flags that all of its commands have; put ${quoted(misplaced)} behind ${quoted(verb)}.`,
    );
  }
  // `kubectl -n web rollout restart x` is `kubectl rollout restart x -n web`; flags may not stand before a sub-command.
  const nested = verb === 'create' || verb === 'rollout' || verb === 'set' || verb === 'top' || verb === 'auth';
  const inner = nested ? subVerbIndex(rest.map(textOf)) : undefined;
  if (inner === undefined) return compile([...leading, ...rest], context);
  return compile(
    [...rest.slice(inner, inner + 1), ...leading, ...rest.slice(0, inner), ...rest.slice(inner + 1)],
    context,
  );
}

const globalAlone =
  /^(?:-[nsv].+|--(?:insecure-skip-tls-verify|match-server-version|warnings-as-errors|disable-compression)(?:=.*)?)$/;

const isGlobal = (word: string): boolean =>
  takesGlobalValue.test(word) ||
  globalAlone.test(word) ||
  (word.includes('=') && takesGlobalValue.test(word.split('=', 1)[0] ?? ''));

/** A flag that every command has, or the value of one. */
const isGlobalBefore = (words: readonly string[], index: number, word: string): boolean =>
  isGlobal(word) || (!word.startsWith('-') && takesGlobalValue.test(words[index - 1] ?? ''));

/** The word behind global flags and their values; undefined when another flag comes first. */
function subVerbIndex(words: readonly string[]): number | undefined {
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (!word.startsWith('-')) return at;
    if (!isGlobal(word)) return undefined;
    if (takesGlobalValue.test(word)) at++;
  }
  return undefined;
}

/** The verb behind leading flags and their values. */
function verbIndex(words: readonly string[]): number | undefined {
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (!word.startsWith('-')) return at;
    if (takesGlobalValue.test(word)) at++;
  }
  return undefined;
}

/**
 * Why a command is manual whatever its flags are, from words good enough for that. Also used for commands whose
 * words are not exact. Undefined: it is one of the compiled verbs, or unknown.
 */
export function manualKubectl(words: readonly string[]): Refusal | undefined {
  const at = verbIndex(words);
  const verb = at === undefined ? undefined : words[at];
  if (at === undefined || verb === undefined) return undefined;
  const rest = words.slice(at + 1);
  const dashes = rest.indexOf('--');
  const own = dashes === -1 ? rest : rest.slice(0, dashes);
  const object = firstObject(own);
  // Everywhere else a word `secret` may be a name; here it would be the kind.
  const kinds = verb === 'create' || verb === 'describe' || verb === 'get' || verb === 'delete' ? object : undefined;
  // To ask whether one may read Secrets reads none.
  const slashed = verb !== 'auth' && own.some((word) => word.includes('/') && namesSecrets(word));
  if ((kinds !== undefined && namesSecrets(kinds)) || slashed) {
    return refuse('reads-secret', secretsReason);
  }
  if (
    ['edit', 'patch', 'annotate', 'label', 'apply', 'replace', 'set'].includes(verb) &&
    object &&
    namesSecrets(object)
  ) {
    return refuse('reads-secret', secretsReason);
  }
  if (verb === 'create' && object === 'token') {
    return refuse('reads-secret', 'This makes a service account token, which this program never handles.');
  }
  const always = manualVerb(verb, own);
  if (always) return always;
  if (verb === 'adm') return manualKubectl([...words.slice(0, at), ...rest]);
  switch (verb) {
    case 'port-forward':
    case 'proxy':
      return refuse(
        'operator-host',
        `\`kubectl ${verb}\` opens a port on the machine where it is typed; run it on your own.`,
      );
    case 'attach':
    case 'debug':
      return refuse('needs-terminal', `\`kubectl ${verb}\` needs a terminal; run it yourself.`);
    case 'cp':
      return refuse(
        'operator-host',
        '`kubectl cp` copies files to or from the machine where it is typed; run it on your own.',
      );
    case 'config':
      return refuse(
        'operator-host',
        '`kubectl config` reads or changes the kubeconfig of the machine where it is typed.',
      );
    case 'run':
      return own.some((word) => /^(?:-it?|-ti|--stdin|--tty)(?:=|$)/.test(word))
        ? refuse('needs-terminal', '`kubectl run -it` starts a pod with a terminal; run it yourself.')
        : refuse(
            'left-to-people',
            '`kubectl run` starts a pod that no controller looks after; run it yourself, or apply the YAML of a Job.',
          );
    case 'replace':
      return refuse(
        'left-to-people',
        '`kubectl replace` puts a whole object in place of what is there; apply or patch what should change.',
      );
    case 'expose':
      return refuse(
        'left-to-people',
        '`kubectl expose` makes a Service of what it finds on another object; apply the YAML of that Service.',
      );
    case 'exec':
      return manualExec(rest);
    default:
      return undefined;
  }
}

const takesValue =
  /^(?:-[nlofcpLksv]|--(?:namespace|selector|output|filename|container|context|patch|type|field-selector|sort-by|label-columns|kustomize|chunk-size|request-timeout|subresource|timeout|cluster|user|kubeconfig|as|token|server))$/;

/** The first word that is no flag or a flag's value. */
function firstObject(words: readonly string[]): string | undefined {
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (!word.startsWith('-')) return word;
    if (takesValue.test(word)) at++;
  }
  return undefined;
}
