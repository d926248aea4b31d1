/** What a command has besides its words. */
import type { CompiledAction } from '../domain/action.ts';
import type { Template } from '../domain/object-reference.ts';
import type { CompilePolicy } from './compile-policy.ts';
import type { Compiled } from './kubectl/get.ts';
import type { Refusal } from './reasons.ts';

export type CommandContext = {
  /** Literal text that the command reads: a here-document without anything for the shell to change. */
  readonly stdin?: string;
  /** The comment right behind the command in its fence, without `#`; several lines joined by newlines. */
  readonly nextComment?: string;
  /** It is a link of `a && b`, where `echo` counts. */
  readonly inChain?: true;
  /** Absent: `defaultCompilePolicy`. */
  readonly policy?: CompilePolicy;
};

/** `program` is the first word, `words` those behind it, exactly as the shell passes them on. */
export type CompileProgram = (
  words: readonly Template[],
  context: CommandContext & { readonly program: string },
) => Compiled<CompiledAction> | Refusal;
