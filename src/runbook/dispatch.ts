/** From one simple command to an action, by its program. */
import type { CompiledAction } from '../domain/action.ts';
import type { CommandContext, CompileProgram } from './command-context.ts';
import { compileCurl } from './http/curl.ts';
import { compileDocker } from './docker/docker.ts';
import { compileEcho, prints } from './echo.ts';
import { compileKubectl, manualKubectl } from './kubectl/kubectl.ts';
import { textOf } from './kubectl/flags.ts';
import { obstacleReason } from './obstacles.ts';
import { manualProgram } from './programs.ts';
import { isRefusal, quoted, refuse, type Refusal } from './reasons.ts';
import type { ShellCommand, WordUse } from './shell/word.ts';

/** Adding a program: a file beside this one, a line here. */
const programs: Readonly<Record<string, CompileProgram>> = {
  kubectl: compileKubectl,
  oc: compileKubectl,
  curl: compileCurl,
  wget: compileCurl,
  docker: compileDocker,
  'docker-compose': compileDocker,
};

/** An action with the words that it leaves open. */
export type Draft = {
  readonly action: CompiledAction;
  readonly uses: readonly WordUse[];
  readonly bounded?: true;
  readonly note?: string;
};

/** Reasons that hold whatever the words are exactly. */
const early: Readonly<Record<string, (words: readonly string[]) => Refusal | undefined>> = {
  kubectl: manualKubectl,
  oc: manualKubectl,
};

export function compileSimple(given: ShellCommand, context: CommandContext): Draft | Refusal {
  const command = withoutSudo(given);
  const [program = '', ...rest] = command.rough;
  const printed = prints(program) && context.inChain === true;
  const compile = Object.hasOwn(programs, program) ? programs[program] : undefined;
  if (!compile && !printed) return manualProgram(command.rough);
  const known = Object.hasOwn(early, program) ? early[program]?.(rest) : undefined;
  if (known) return known;
  const [first, ...words] = command.words ?? [];
  if (/^\s+$/.test(command.rough.at(-1) ?? '') && command.rough.length > 1) {
    return refuse(
      'malformed',
      'A blank behind the backslash ends the command here; take it out, so that the next line belongs to it.',
    );
  }
  if (first !== program) {
    const local = compile && command.obstacle !== 'redirect-to-file' ? manualProgram(command.rough) : undefined;
    if (local?.refused.code === 'localhost-url') return local;
    return obstacleReason(command);
  }
  if (printed) {
    const compiled = compileEcho(words, program);
    return isRefusal(compiled) ? compiled : { ...compiled, uses: command.uses };
  }
  const { stdin = context.stdin } = command;
  if (stdin !== undefined && !readsManifest(command)) {
    return refuse(
      'pipes-into-code',
      'The text behind `<<` goes into a program that does with it what it likes; do this by hand.',
    );
  }
  const compiled = compile?.(words, { ...context, program, ...(stdin !== undefined && { stdin }) });
  if (!compiled) return manualProgram(command.rough);
  if (isRefusal(compiled)) return compiled;
  const rendered = Object.hasOwn(early, program) ? [...words.map(textOf), stdin ?? ''].map(leftToRenderer) : [];
  return rendered.find((each) => each !== undefined) ?? { ...compiled, uses: command.uses };
}

/** What Jinja, Jekyll, Hugo and Helm fill in before anybody reads the page; the raw text does not say with what. */
function leftToRenderer(text: string): Refusal | undefined {
  const [open] = /\{\{[^{}]*[A-Za-z][^{}]*\}\}/.exec(text) ?? [];
  return open === undefined
    ? undefined
    : refuse('unresolved-substitution', `${quoted(open)} is filled in by what renders this page; write the value out.`);
}

/** Whether what is written behind `<<` becomes objects, and nothing else. */
export function readsManifest({ words }: ShellCommand): boolean {
  const [program, ...rest] = (words ?? []).map(textOf);
  if (program !== 'kubectl' && program !== 'oc') return false;
  let at = 0;
  while (/^(?:-n|--namespace)$/.test(rest[at] ?? '')) at += 2;
  while (/^(?:-n.+|--namespace=.*)$/.test(rest[at] ?? '')) at++;
  const takesManifest = /^(?:apply|create|replace|delete)$/.test(rest[at] ?? '');
  const fromInput = rest.some(
    (word, index) =>
      /^(?:-f-|-f=-|--filename=-)$/.test(word) || (word === '-' && /^(?:-f|--filename)$/.test(rest[index - 1] ?? '')),
  );
  return takesManifest && fromInput && !rest.includes('--');
}

/** root's rights on the operator's machine say nothing to the cluster, which steps reach in their own way. */
function withoutSudo(command: ShellCommand): ShellCommand {
  const [program, next = ''] = command.rough;
  if (program !== 'sudo' || !Object.hasOwn(programs, next)) return command;
  const { words, rough } = command;
  return { ...command, rough: rough.slice(1), ...(words && { words: words.slice(1) }) };
}

/** Whether a program has a compiler, and what is against this command before its words are looked at. */
export const isCompiled = (program: string): boolean => Object.hasOwn(programs, program);
