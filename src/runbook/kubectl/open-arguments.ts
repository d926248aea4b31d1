/**
 * What may be left open in a command that runs in a container. A word such as the code behind `sh -c` is lexed once
 * more there, so a value inside it has to be one that no shell, SQL or script could read as more than itself.
 */
import type { CompiledAction } from '../../domain/action.ts';
import { isRead, readsOf } from '../../domain/action.ts';
import type { Template } from '../../domain/object-reference.ts';
import { quoted, refuse, type Refusal } from '../reasons.ts';
import { shells, unwrapped } from './container-command.ts';
import { textOf } from './flags.ts';

const plain = /^[\w.:/@%+=-]*$/;
const slashPrograms = /(?:^|[\s;&|(`'"/])(?:sed|[gmn]?awk|perl|ruby|jq|ed|ex|vim?)(?:$|\s)/;

/** The flag that is followed by a program text; a cluster of letters may end in it. */
const codeFlags: readonly (readonly [name: RegExp, flag: RegExp])[] = [
  [/^(?:ba|z|da|a|k|c|tc|fi)?sh$/, /^-[A-Za-z]*c$/],
  [/^(?:python[\d.]*|pypy[\d.]*|ipython[\d.]*|psql|su)$/, /^(?:-[A-Za-z]*c|--command=?)$/],
  [/^(?:node|ruby|perl|lua)$/, /^(?:-[A-Za-z]*[eEp]|--(?:eval|print)=?)$/],
  [/^php$/, /^-r$/],
  [/^(?:mysql|mariadb|cqlsh)$/, /^(?:-[A-Za-z]*e|--execute=?)$/],
  [/^clickhouse-client$/, /^(?:-q|--query=?)$/],
  [/^mongo(?:sh)?$/, /^--eval=?$/],
];
const opening = /(?:^|[;&|(`{!\n]|\b(?:then|do|else|exec|eval|time|xargs)\s)\s*$/;

/** Why a program text is refused whose program, or whose whole, is open: whoever fills it in would write the command. */
export function openProgram(argv: readonly Template[]): Refusal | undefined {
  const { name, words } = unwrapped(argv.map(textOf));
  // Behind `env`, `timeout 5` and the like.
  const program = argv[argv.length - words.length - 1];
  if (program !== undefined && typeof program !== 'string') {
    return refuse('unresolved-substitution', `The program ${quoted(textOf(program))} is left open; write it out.`);
  }
  const [, flag] = codeFlags.find(([names]) => names.test(name)) ?? [];
  if (flag === undefined) return undefined;
  const open = argv.find((word, index) => {
    if (typeof word === 'string') return false;
    const [head, ...tail] = word.template;
    const text = typeof head === 'string' ? head : '';
    if (typeof head !== 'string' && tail.length === 0) return flag.test(textOf(argv[index - 1] ?? ''));
    if (flag.test(text)) return true;
    return (
      shells.test(name) &&
      flag.test(textOf(argv[index - 1] ?? '')) &&
      word.template.some(
        (part, at) => typeof part !== 'string' && opening.test(textOf({ template: word.template.slice(0, at) })),
      )
    );
  });
  return open === undefined
    ? undefined
    : refuse(
        'unresolved-substitution',
        `Which program ${quoted(name)} runs in ${quoted(textOf(open))} is left open; write it out.`,
      );
}

/** What is wrong with a value in a word of a command in a container, as the end of a sentence. */
function argumentProblem(word: Template, at: number, value: string, program: string): string | undefined {
  if (value.startsWith('-')) return 'would be a flag of the program in the container';
  if (typeof word === 'string' || word.template.length === 1) return undefined;
  const literal = word.template.filter((part) => typeof part === 'string').join('');
  if (!plain.test(value)) {
    return 'cannot stand inside a word of the command: only letters, digits and _ . : / @ % + = - can';
  }
  const scripted = slashPrograms.test(`${program} `) || slashPrograms.test(literal);
  if (scripted && value.includes('/')) return 'has a slash, which would end a pattern of the program';
  const next = word.template[at + 1];
  const joins = /[-/]$/.test(value) && typeof next === 'string' && next.startsWith(value.slice(-1));
  return !plain.test(literal) && (joins || /--|(?:^|[^:])\/\//.test(value))
    ? 'would begin a comment inside the program'
    : undefined;
}

/** Those values that do not fit the commands in containers of an action. The author's own defaults are the author's text. */
export function argumentProblems(
  action: CompiledAction,
  filled: ReadonlyMap<string, string>,
  isDefault: (parameter: string) => boolean,
): readonly { readonly parameter: string; readonly value: string; readonly problem: string }[] {
  const commands = isRead(action)
    ? readsOf(action).flatMap((read) => (read.type === 'exec-read' ? [read.argv] : []))
    : action.type === 'exec'
      ? [action.argv]
      : [];
  return commands.flatMap((argv) => {
    const { name } = unwrapped(argv.map(textOf));
    return argv.flatMap((word) =>
      (typeof word === 'string' ? [] : word.template).flatMap((part, at) => {
        const value = typeof part === 'string' || isDefault(part.parameter) ? undefined : filled.get(part.parameter);
        const problem = value === undefined ? undefined : argumentProblem(word, at, value, name);
        return typeof part === 'string' || value === undefined || problem === undefined
          ? []
          : [{ parameter: part.parameter, value, problem }];
      }),
    );
  });
}
