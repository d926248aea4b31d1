/** From one shell unit to an action or the reason why it stays manual. */
import type { ActionClass, CompiledAction, Parameter } from '../domain/action.ts';
import type { Reason } from '../domain/runbook.ts';
import { compileChain } from './chain.ts';
import { classOf } from './class-of.ts';
import type { CommandContext } from './command-context.ts';
import type { Draft } from './dispatch.ts';
import { secretsIn } from './obstacles.ts';
import { type Filled, openParameters, type ParameterOptions } from './parameters.ts';
import { compilePipeline } from './pipeline.ts';
import { compileQuery } from './promql/queries.ts';
import { wordTemplate } from './shell/placeholders.ts';
import { isRefusal, quoted, refuse, type Refusal } from './reasons.ts';
import { readScript, type ShellUnit } from './shell/shell.ts';
import type { ShellCommand, Substitution, WordUse } from './shell/word.ts';

export type CompiledCommand =
  | {
      readonly kind: 'action';
      readonly action: CompiledAction;
      readonly class: ActionClass;
      readonly live?: true;
      readonly parameters: readonly Parameter[];
      /** An endless form (`-f`, `-w`, `watch`) that became one bounded read. */
      readonly bounded?: true;
      /** What the label says besides. */
      readonly note?: string;
    }
  | { readonly kind: 'manual'; readonly reason: Reason };

/** What the document says around a command. */
export type ShapeOptions = ParameterOptions & Pick<CommandContext, 'nextComment' | 'policy'>;
type CommandOptions = { readonly defaultNamespace?: string } & Pick<CommandContext, 'policy'>;

const atPrompt: ParameterOptions = { variables: new Map(), suspects: false };

/**
 * Compiles one command, pipeline or chain that a person gives as text. `defaultNamespace` stands where the command names
 * none. Never throws.
 */
export function compileCommand(source: string, options: CommandOptions = {}): CompiledCommand {
  const script = readScript(source.trim());
  const [unit, ...others] = script.units;
  if (!unit) return manual(refuse('not-a-command', 'There is no command here.'));
  if (others.length > 0) return manual(refuse('shell-logic', 'These are several commands; give one at a time.'));
  return compileGiven(unit.shape, options);
}

/** The same for words that a shell has split already; `|` as a word of its own separates the programs of a pipe. */
export function compileWords(words: readonly string[], options: CommandOptions = {}): CompiledCommand {
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
  return compileGiven({ kind: 'pipeline', commands }, options);
}

function compileGiven(shape: ShellUnit['shape'], { defaultNamespace, policy }: CommandOptions): CompiledCommand {
  const compiled = compileShape(shape, { ...atPrompt, ...(policy && { policy }) });
  if (compiled.kind === 'manual' || defaultNamespace === undefined) return compiled;
  return { ...compiled, action: withNamespace(compiled.action, defaultNamespace) };
}

/** Names the namespace where the action names none. */
export function withNamespace<A extends CompiledAction>(action: A, namespace: string): A {
  if (action.type === 'chain') {
    return { ...action, links: action.links.map((link) => ({ ...link, read: withNamespace(link.read, namespace) })) };
  }
  return action.namespace !== undefined || 'allNamespaces' in action ? action : { ...action, namespace };
}

/** Compiles one unit of a script. */
export function compileShape(shape: ShellUnit['shape'], options: ShapeOptions): CompiledCommand {
  switch (shape.kind) {
    case 'malformed':
      return manual(
        refuse('malformed', 'The shell cannot read this as it stands; look for a missing quote or bracket.'),
      );
    case 'assignments':
      return compileLookUps(shape.assignments, options);
    case 'logic':
      return manual(
        secretsIn(shape.commands) ??
          (shape.timed && refuse('operator-host', '`time` measures on the machine where it is typed; run it there.')) ??
          refuse(
            'shell-logic',
            'Conditions, loops and background jobs are not run; do what applies, one command at a time.',
          ),
      );
    case 'chain':
      return finished(compileChain(shape.links, options), options);
    case 'pipeline':
      return finished(compilePipeline(shape.commands, options), options);
  }
}

/** One PromQL expression. */
export function compileExpression(text: string, options: ShapeOptions): CompiledCommand {
  const compiled = compileQuery(text);
  return finished(isRefusal(compiled) ? compiled : { ...compiled, uses: [] }, options);
}

function finished(draft: Draft | Refusal, options: ShapeOptions): CompiledCommand {
  const opened = isRefusal(draft) ? draft : openDraft(draft, options);
  if (isRefusal(opened)) return manual(opened);
  const { action, parameters, bounded, note } = opened;
  const told = { ...(bounded && { bounded }), ...(note !== undefined && { note }) };
  return { kind: 'action', action, ...classOf(action), parameters, ...told };
}

type Opened = {
  readonly action: CompiledAction;
  readonly parameters: readonly Parameter[];
  readonly bounded?: true;
  readonly note?: string;
};

function openDraft({ action, uses, bounded, note }: Draft, options: ShapeOptions): Opened | Refusal {
  const fills = new Map<string, Filled>();
  for (const { name, filled } of uses) {
    const fill = filled && filledBy(filled, options);
    if (fill && 'refused' in fill) return fill;
    if (fill) fills.set(name, fill);
  }
  const opened = openParameters(action, uses, { ...options, fills });
  if (isRefusal(opened)) return opened;
  return { ...opened, ...(bounded && { bounded }), ...(note !== undefined && { note }) };
}

/** Look-ups that need look-ups: more than these is no runbook, and each step would carry them all. */
const lookUpParametersMax = 6;

/** What a `$(…)` stands for; a look-up reads objects, whose text holds names and values. */
export function filledBy(filled: Substitution, options: ShapeOptions): Filled | Refusal {
  if (filled.kind === 'date') return { date: filled.format };
  const draft = compilePipeline(filled.commands, options);
  if (isRefusal(draft)) {
    const { code, text } = draft.refused;
    return code === 'reads-secret' || code === 'pipes-into-code'
      ? draft
      : refuse('unresolved-substitution', `A value comes from another command, which is not run: ${text}`);
  }
  const opened = openDraft(draft, options);
  if (isRefusal(opened)) return opened;
  const { action } = opened;
  if (action.type !== 'get' && action.type !== 'describe' && action.type !== 'top' && action.type !== 'events') {
    const program = filled.commands[0]?.rough.slice(0, 2).join(' ') ?? '';
    return refuse(
      'unresolved-substitution',
      `A value comes from the output of ${quoted(program)}; fill it in yourself.`,
    );
  }
  if (opened.parameters.length > lookUpParametersMax) {
    return refuse('unresolved-substitution', 'A value hangs on too many others; fill it in yourself.');
  }
  return { lookUp: action, lookUpParameters: opened.parameters };
}

/** `POD=$(kubectl get …)`: the read by itself; the steps below take what it finds. */
function compileLookUps(
  assignments: Extract<ShellUnit['shape'], { kind: 'assignments' }>['assignments'],
  options: ShapeOptions,
): CompiledCommand {
  const looked = assignments.filter(({ filled, opaque }) => opaque || filled?.kind === 'look-up');
  const [only] = looked;
  const names = looked.map(({ name }) => name).join(', ');
  if (looked.length !== 1 || only?.filled?.kind !== 'look-up') {
    return manual(
      refuse(
        'unresolved-substitution',
        `${names} is filled from the output of a command; run that yourself and enter the value.`,
      ),
    );
  }
  const fill = filledBy(only.filled, options);
  if ('refused' in fill) {
    const { code, text } = fill.refused;
    return code === 'unresolved-substitution'
      ? manual(refuse(code, `${names} is filled from the output of a command; run that yourself and enter the value.`))
      : manual(refuse(code, text));
  }
  if (!fill.lookUp) return manual(refuse('not-a-command', 'This only sets a variable.'));
  return { kind: 'action', action: fill.lookUp, class: 'read', parameters: fill.lookUpParameters ?? [] };
}

const manual = ({ refused }: Refusal): CompiledCommand => ({ kind: 'manual', reason: refused });
