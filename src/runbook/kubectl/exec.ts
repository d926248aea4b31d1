/**
 * `kubectl exec` and `oc rsh` with a command. Source of the rules: `kubectl exec --help` and its behaviour, 1.34.
 * A terminal (`-it`) is dropped: one command needs none.
 */
import type { ExecAction } from '../../domain/change-action.ts';
import type { ObjectReference, Template } from '../../domain/object-reference.ts';
import type { ExecReadAction } from '../../domain/read-action.ts';
import type { CommandContext } from '../command-context.ts';
import { defaultCompilePolicy } from '../compile-policy.ts';
import { isExecRead } from '../exec-policy.ts';
import { quoted, refuse, type Refusal } from '../reasons.ts';
import { manualInContainer, newProcessNote } from './container-command.ts';
import { type FlagTable, parseFlags, textOf } from './flags.ts';
import type { Compiled } from './get.ts';
import { openProgram } from './open-arguments.ts';
import { isOneOf, splitReference, withPods } from './resources.ts';

const flags = {
  namespace: { short: 'n', takes: 'value' },
  container: { short: 'c', takes: 'value' },
  stdin: { short: 'i', takes: 'nothing' },
  tty: { short: 't', takes: 'nothing' },
} satisfies FlagTable;
const rshFlags = {
  namespace: flags.namespace,
  container: flags.container,
  tty: flags.tty,
  'no-tty': { short: 'T', takes: 'nothing' },
} satisfies FlagTable;

type Exec = Compiled<ExecReadAction<Template> | ExecAction<Template>>;
type Context = Pick<CommandContext, 'policy' | 'stdin'>;

export function compileExec(words: readonly Template[], context: Context = {}): Exec | Refusal {
  const dashes = words.indexOf('--');
  const own = dashes === -1 ? words : words.slice(0, dashes);
  if (dashes === -1 && plainWords(own.map(textOf)).length > 1) {
    return (
      manualExec(own.map(textOf)) ??
      refuse('malformed', 'kubectl takes the command of `kubectl exec` only behind `--`.')
    );
  }
  const parsed = parseFlags(own, flags, 'exec');
  if ('refused' in parsed) return parsed;
  const { values } = parsed;
  const [pod, ...more] = parsed.words;
  if (pod === undefined) return refuse('malformed', '`kubectl exec` needs a pod, or an object such as deployment/web.');
  if (dashes === -1) return refuse('malformed', '`kubectl exec` needs a command behind `--`.');
  if (more.length > 0) {
    return refuse('malformed', '`kubectl exec` takes one pod; the command stands behind `--`.');
  }
  return compiled(pod, words.slice(dashes + 1), { values, context });
}

/** `oc rsh [flags] POD COMMAND…`: everything behind the pod is the command. */
export function compileRsh(words: readonly Template[], context: Context = {}): Exec | Refusal {
  const at = podIndex(words.map(textOf));
  const pod = words[at];
  if (pod === undefined) return refuse('malformed', '`oc rsh` needs a pod, or an object such as deployment/web.');
  const parsed = parseFlags(words.slice(0, at), rshFlags, 'rsh');
  if ('refused' in parsed) return parsed;
  const argv = words.slice(words[at + 1] === '--' ? at + 2 : at + 1);
  if (argv.length === 0) return refuse('needs-terminal', '`oc rsh` opens a shell in the container; open it yourself.');
  return compiled(pod, argv, { values: parsed.values, context });
}

const takesValue = /^(?:-[nc]|--namespace|--container)$/;

const podIndex = (words: readonly string[]): number =>
  words.findIndex((word, at) => !word.startsWith('-') && !takesValue.test(words[at - 1] ?? ''));

function compiled(
  pod: Template,
  argv: readonly Template[],
  options: { values: ReadonlyMap<string, Template>; context: Context },
): Exec | Refusal {
  const { values, context } = options;
  const [program] = argv;
  if (program === undefined || program === '')
    return refuse('malformed', '`kubectl exec` needs a command behind `--`.');
  const manual = manualInContainer(argv.map(textOf));
  if (manual) return manual;
  if (typeof program !== 'string') {
    return refuse('unresolved-substitution', `The program ${quoted(textOf(program))} is left open; write it out.`);
  }
  const open = openProgram(argv);
  if (open) return open;
  if (context.stdin !== undefined) {
    return refuse('pipes-into-code', 'This feeds text into a program in the container; run it yourself.');
  }
  const of = podReference(pod);
  if ('refused' in of) return of;
  const note = newProcessNote(argv.map(textOf));
  const namespace = values.get('namespace');
  const container = values.get('container');
  const common = {
    ...(namespace !== undefined && { namespace }),
    ...(container !== undefined && { container }),
    argv,
  };
  const reads = isExecRead(argv, (context.policy ?? defaultCompilePolicy).exec);
  return {
    action: reads ? { type: 'exec-read', of, ...common } : { type: 'exec', target: of, ...common },
    ...(note !== undefined && { note }),
  };
}

function podReference(word: Template): ObjectReference<Template> | Refusal {
  const reference = splitReference(word);
  if (!reference) return { resource: 'pods', name: word };
  if ('refused' in reference || isOneOf(reference, withPods)) return reference;
  return refuse('malformed', `kubectl finds no pod for ${reference.resource}; name a pod or a workload.`);
}

/** Why it is manual whatever its flags are, from the rough words behind `exec`. */
export function manualExec(words: readonly string[]): Refusal | undefined {
  const dashes = words.indexOf('--');
  if (dashes !== -1) return manualInContainer(words.slice(dashes + 1));
  // The form without `--`, which older kubectls took: what it runs says more than its form.
  const plain = plainWords(words);
  return plain.length > 1 ? manualInContainer(plain.slice(1)) : undefined;
}

const plainWords = (words: readonly string[]): readonly string[] =>
  words.filter((word, at) => !word.startsWith('-') && !takesValue.test(words[at - 1] ?? ''));
