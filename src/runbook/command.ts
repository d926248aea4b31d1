/** From one shell unit to an action or the reason why it stays manual. */
import type { ActionClass, CompiledAction, Parameter } from '../domain/action.ts';
import { isRead } from '../domain/action.ts';
import type { Filter } from '../domain/filter.ts';
import type { Reason } from '../domain/runbook.ts';
import { compileFilter } from './filters.ts';
import type { Compiled } from './kubectl/get.ts';
import { compileKubectl, manualKubectl } from './kubectl/kubectl.ts';
import { openParameters, type ParameterOptions } from './parameters.ts';
import { wordTemplate } from './placeholders.ts';
import { manualProgram, runsItsInput } from './programs.ts';
import { isRefusal, quoted, refuse, type Refusal } from './reasons.ts';
import { type Obstacle, readScript, type ShellCommand, type ShellUnit, type WordUse } from './shell.ts';

export type CompiledCommand =
  | {
      readonly kind: 'action';
      readonly action: CompiledAction;
      readonly class: ActionClass;
      readonly live?: true;
      readonly parameters: readonly Parameter[];
      /** An endless form (`-f`, `-w`, `watch`) that became one bounded read. */
      readonly bounded?: true;
    }
  | { readonly kind: 'manual'; readonly reason: Reason };

const atPrompt: ParameterOptions = { variables: new Map(), suspects: false };

/**
 * Compiles one command or pipeline that a person gives as text. `defaultNamespace` stands where the command names
 * none. Never throws.
 */
export function compileCommand(source: string, options: { defaultNamespace?: string } = {}): CompiledCommand {
  const script = readScript(source.trim());
  const [unit, ...others] = script.units;
  if (!unit) return manual(refuse('not-a-command', 'There is no command here.'));
  if (others.length > 0) return manual(refuse('shell-logic', 'These are several commands; give one at a time.'));
  return withNamespace(compileShape(unit.shape, atPrompt), options.defaultNamespace);
}

/** The same for words that a shell has split already; `|` as a word of its own separates the programs of a pipe. */
export function compileWords(words: readonly string[], options: { defaultNamespace?: string } = {}): CompiledCommand {
  const commands: ShellCommand[] = [];
  let own: string[] = [];
  for (const word of [...words, '|']) {
    if (word !== '|') {
      own.push(word);
      continue;
    }
    if (own.length === 0) return manual(refuse('malformed', 'There is nothing on one side of the pipe.'));
    const templates = own.map(wordTemplate);
    const uses = templates.flatMap(({ names }) => names.map((name): WordUse => ({ name, from: 'placeholder' })));
    commands.push({ words: templates.map(({ template }) => template), uses, rough: own });
    own = [];
  }
  return withNamespace(compileShape({ kind: 'pipeline', commands }, atPrompt), options.defaultNamespace);
}

function withNamespace(command: CompiledCommand, namespace: string | undefined): CompiledCommand {
  if (command.kind === 'manual' || namespace === undefined || command.action.namespace !== undefined) return command;
  if ('allNamespaces' in command.action) return command;
  return { ...command, action: { ...command.action, namespace } };
}

/** Compiles one unit of a script. */
export function compileShape(shape: ShellUnit['shape'], options: ParameterOptions): CompiledCommand {
  switch (shape.kind) {
    case 'malformed':
      return manual(
        refuse('malformed', 'The shell cannot read this as it stands; look for a missing quote or bracket.'),
      );
    case 'assignments':
      return manual(
        refuse(
          'unresolved-substitution',
          `${shape.assignments.map(({ name }) => name).join(', ')} is filled from the output of a command; run that yourself and enter the value.`,
        ),
      );
    case 'logic':
      return manual(
        secretsIn(shape.commands) ??
          refuse(
            'shell-logic',
            'Conditions, loops and && / || chains are not run; do what applies, one command at a time.',
          ),
      );
    case 'pipeline':
      return compilePipeline(shape.commands, options);
  }
}

function compilePipeline(commands: readonly ShellCommand[], options: ParameterOptions): CompiledCommand {
  const [first, ...behind] = commands;
  if (!first) return manual(refuse('not-a-command', 'There is no command here.'));
  const early = secretsIn(commands) ?? intoCode(behind) ?? writesFile(commands);
  if (early) return manual(early);

  // `echo | openssl …`: the sentence should be about the program that does something.
  const feeds = /^(?:echo|printf|cat)$/.test(first.rough[0] ?? '') ? behind[0] : undefined;
  if (feeds) return manual(manualProgram(feeds.rough));
  const compiled = compileProgram(first);
  if (isRefusal(compiled)) return manual(compiled);
  let { action } = compiled;
  if (behind.length > 0) {
    if (!isRead(action)) return manual(refuse('not-supported-yet', 'A pipe behind a change is not compiled.'));
    const filters: Filter[] = [];
    for (const command of behind) {
      const filter = command.words ? compileFilter(command.words) : obstacleReason(command);
      if (isRefusal(filter)) return manual(filter);
      filters.push(filter);
    }
    action = { ...action, filters };
  }
  const opened = openParameters(action, first.uses, options);
  if (isRefusal(opened)) return manual(opened);
  return {
    kind: 'action',
    action: opened.action,
    ...classOf(opened.action),
    parameters: opened.parameters,
    ...(compiled.bounded && { bounded: true as const }),
  };
}

function compileProgram(command: ShellCommand): Compiled<CompiledAction> | Refusal {
  const [program = '', ...rest] = command.rough;
  if (program === 'watch') return compileWatch(command);
  if (program !== 'kubectl' && program !== 'oc') return manualProgram(command.rough);
  const known = manualKubectl(rest);
  if (known) return known;
  return command.words ? compileKubectl(command.words.slice(1)) : obstacleReason(command);
}

/**
 * `watch kubectl get pods` as one read. watch gives its words to `sh -c`, joined by blanks, so only words without any
 * character that a shell would look at are taken.
 */
function compileWatch(command: ShellCommand): Compiled<CompiledAction> | Refusal {
  const inner = command.rough.slice(1);
  while (inner[0]?.startsWith('-')) {
    const flag = inner.shift() ?? '';
    if (/^(?:-n|--interval)$/.test(flag)) inner.shift();
    else if (!/^(?:-n[\d.]+|--interval=[\d.]+|-d|-t|-dt|-td|--differences|--no-title)$/.test(flag)) {
      return refuse('endless', '`watch` runs without end; run what it watches yourself.');
    }
  }
  const words = inner
    .join(' ')
    .split(' ')
    .filter((word) => word !== '');
  const plain = words.every((word) => /^[\w./:=,@%+-]+$/.test(word));
  const [program = ''] = words;
  const isKubectl = program === 'kubectl' || program === 'oc';
  if (!isKubectl) return plain && words.length > 0 ? manualProgram(words) : manualProgram(['watch']);
  const known = manualKubectl(words.slice(1));
  if (known) return known;
  if (!plain || !command.words) return refuse('endless', '`watch` runs without end; run what it watches yourself.');
  const compiled = compileKubectl(words.slice(1));
  if (isRefusal(compiled)) return compiled;
  if (!isRead(compiled.action)) return refuse('endless', '`watch` would repeat this change without end.');
  return { action: compiled.action, bounded: true };
}

function secretsIn(commands: readonly ShellCommand[]): Refusal | undefined {
  for (const { rough } of commands) {
    const at = rough.findIndex((word) => /^(?:kubectl|oc)$/.test(word));
    const refusal = at === -1 ? undefined : manualKubectl(rough.slice(at + 1));
    if (refusal?.refused.code === 'reads-secret') return refusal;
  }
  return undefined;
}

function intoCode(behind: readonly ShellCommand[]): Refusal | undefined {
  const runner = behind.find(({ rough }) => runsItsInput(rough[0] ?? ''));
  return (
    runner &&
    refuse(
      'pipes-into-code',
      `The output goes into ${quoted(runner.rough[0] ?? '')}, which runs what it is given; do this by hand.`,
    )
  );
}

function writesFile(commands: readonly ShellCommand[]): Refusal | undefined {
  const writes = commands.some(({ obstacle, rough }) => obstacle === 'redirect-to-file' || rough[0] === 'tee');
  return writes
    ? refuse('writes-file', 'This writes a file on the machine where it is typed; run it on your own.')
    : undefined;
}

const obstacles: Readonly<Record<Obstacle, Refusal>> = {
  substitution: refuse(
    'unresolved-substitution',
    'Part of this command comes from another command or a shell expansion; fill it in yourself.',
  ),
  glob: refuse(
    'unresolved-substitution',
    'The shell would expand *, ?, [ ], { } or ~ in this command against local files; quote it or fill it in.',
  ),
  'redirect-to-file': refuse('writes-file', 'This writes a file on the machine where it is typed; run it on your own.'),
  redirect: refuse('not-supported-yet', 'Redirections such as 2>&1 or 2>/dev/null are not compiled yet.'),
  heredoc: refuse('not-supported-yet', 'Text given to a command by << is not compiled yet.'),
  assignment: refuse('not-supported-yet', 'Variables set for one command only are not compiled.'),
  syntax: refuse('malformed', 'The shell cannot read this as it stands; look for a stray bracket.'),
};

const obstacleReason = (command: ShellCommand): Refusal => obstacles[command.obstacle ?? 'syntax'];

function classOf(action: CompiledAction): { class: ActionClass; live?: true } {
  if (isRead(action)) return { class: 'read' };
  const live = ['scale', 'set-image', 'rollout-undo', 'delete-pod'].includes(action.type);
  if (action.type === 'scale' && action.replicas === 0) return { class: 'destructive' };
  return live ? { class: 'change', live: true } : { class: 'change' };
}

const manual = ({ refused }: Refusal): CompiledCommand => ({ kind: 'manual', reason: refused });
