/** From the words of a `kubectl` or `oc` command to an action, or why it stays manual. */
import type { CompiledAction, Template } from '../../domain/action.ts';
import { quoted, refuse, type Refusal } from '../reasons.ts';
import { compileCordon, compileUncordon } from './cordon.ts';
import { compileDelete } from './delete.ts';
import { compileDescribe } from './describe.ts';
import { compileEvents } from './events.ts';
import { textOf } from './flags.ts';
import { type Compiled, compileGet } from './get.ts';
import { compileLogs } from './logs.ts';
import { namesSecrets, secretsReason } from './resources.ts';
import { compileRollout } from './rollout.ts';
import { compileScale } from './scale.ts';
import { compileSet } from './set-env.ts';
import { compileTop } from './top.ts';

type Compile = (words: readonly Template[]) => Compiled<CompiledAction> | Refusal;

/** Adding a verb: a file beside this one, a line here, and a table in its test. */
const verbs: Readonly<Record<string, Compile>> = {
  get: compileGet,
  logs: compileLogs,
  describe: compileDescribe,
  events: compileEvents,
  top: compileTop,
  rollout: compileRollout,
  scale: compileScale,
  set: compileSet,
  delete: compileDelete,
  cordon: compileCordon,
  uncordon: compileUncordon,
};

/** `words` are those behind the program's name. */
export function compileKubectl(words: readonly Template[]): Compiled<CompiledAction> | Refusal {
  const manual = manualKubectl(words.map(textOf));
  if (manual) return manual;
  const at = verbIndex(words.map(textOf));
  const verb = at === undefined ? undefined : words[at];
  if (at === undefined || verb === undefined) return refuse('malformed', 'There is no kubectl verb in this command.');
  if (typeof verb !== 'string')
    return refuse('unresolved-substitution', `The verb ${quoted(textOf(verb))} is left open.`);
  const compile = Object.hasOwn(verbs, verb) ? verbs[verb] : undefined;
  const [flag] = words.slice(0, at);
  if (!compile && flag !== undefined && !/^(?:-n|--namespace)/.test(textOf(flag))) {
    return refuse('unknown-flag', `The flag ${quoted(textOf(flag))} of kubectl is not one that is compiled.`);
  }
  if (!compile) return refuse('unknown-verb', `${quoted(`kubectl ${verb}`)} is not a command this program knows.`);
  const leading = words.slice(0, at);
  const rest = words.slice(at + 1);
  // `kubectl -n web rollout restart x` is `kubectl rollout restart x -n web`; flags may not stand before a sub-command.
  const inner = verb === 'rollout' || verb === 'set' || verb === 'top' ? rest.slice(0, 1) : [];
  return compile([...inner, ...leading, ...rest.slice(inner.length)]);
}

/** The verb behind leading flags; only flags of the namespace are stepped over together with their value. */
function verbIndex(words: readonly string[]): number | undefined {
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (!word.startsWith('-')) return at;
    if (/^(?:-n|--namespace|--context|--cluster|--user|--kubeconfig|--as|--token|-s|--server)$/.test(word)) at++;
  }
  return undefined;
}

const later = new Set(
  'apply patch label annotate drain taint create replace autoscale expose wait auth api-resources api-versions version cluster-info explain diff exec run cp'.split(
    ' ',
  ),
);
const shells = /^(?:\/(?:usr\/)?bin\/)?(?:ba|z|da|a|k)?sh$/;

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
  if ((kinds !== undefined && namesSecrets(kinds)) || own.some((word) => word.includes('/') && namesSecrets(word))) {
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
  switch (verb) {
    case 'edit':
      return refuse('edits-by-hand', '`kubectl edit` opens an editor; make the change by hand.');
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
        : refuse('not-supported-yet', '`kubectl run` is not compiled.');
    case 'exec':
      return manualExec(own, dashes === -1 ? [] : rest.slice(dashes + 1));
    case 'patch': {
      const lost = object !== undefined && /^(?:hpa|horizontalpodautoscalers?)(?:\/|$)/i.test(object);
      return lost && words.some((word) => word.includes('targetCPUUtilizationPercentage'))
        ? refuse(
            'dropped-by-server',
            'autoscaling/v2 has no targetCPUUtilizationPercentage: the server drops the field without a word. Set spec.metrics instead.',
          )
        : refuse('not-supported-yet', '`kubectl patch` is not compiled yet.');
    }
    case 'set':
      return undefined;
    default:
      return later.has(verb) ? refuse('not-supported-yet', `\`kubectl ${verb}\` is not compiled yet.`) : undefined;
  }
}

function manualExec(own: readonly string[], inner: readonly string[]): Refusal {
  const program = inner[0] ?? own.filter((word) => !word.startsWith('-')).at(-1) ?? '';
  if (shells.test(program) && inner.length <= 1) {
    return refuse('needs-terminal', 'This opens a shell in the container; open it yourself.');
  }
  if (/^(?:python[\d.]*|node|ruby|perl|java)$/.test(program)) {
    return refuse(
      'not-supported-yet',
      `${quoted(`kubectl exec … ${program}`)} is not compiled yet. It starts a new process in the container, which neither measures nor frees anything in the running server.`,
    );
  }
  return refuse('not-supported-yet', '`kubectl exec` is not compiled yet.');
}

const takesValue =
  /^(?:-n|--namespace|-l|--selector|-o|--output|-f|--filename|-c|--container|--context|-p|--patch|--type)$/;

/** The first word that is no flag or a flag's value. */
function firstObject(words: readonly string[]): string | undefined {
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (!word.startsWith('-')) return word;
    if (takesValue.test(word)) at++;
  }
  return undefined;
}
