import type { ActionClass, CompiledAction, Parameter } from './action.ts';
import type { Severity } from './severity.ts';

/** A compiled Markdown file. Its digest binds plans and buttons to exactly this text and this compiler. */
export type Runbook = {
  readonly path: string;
  readonly title: string;
  /** SHA-256 in hex over the compiler's version and the file's bytes. */
  readonly digest: string;
  readonly procedures: readonly Procedure[];
};

/** The part of a runbook that answers one alert, incident or task. */
export type Procedure = {
  /** Stable within the runbook's digest: the author's own id (`INC-004`), else a slug of the title. */
  readonly id: string;
  readonly title: string;
  /** 1-based line of the heading. */
  readonly line: number;
  readonly alerts: readonly string[];
  readonly severity?: { readonly word: string; readonly scale: Severity };
  readonly escalation: readonly string[];
  /** The author's prose for symptoms, meaning and impact, plain text, at most 1,000 characters. */
  readonly summary?: string;
  readonly steps: readonly Step[];
};

export type Phase = 'diagnosis' | 'remedy' | 'verification' | 'prevention' | 'escalation' | 'other';

export type Reason = { readonly code: ReasonCode; readonly text: string };

/** Why a unit stays manual. See docs/architecture.md, "Reasons". */
export type ReasonCode =
  | 'unknown-flag'
  | 'unknown-verb'
  | 'needs-terminal'
  | 'endless'
  | 'edits-by-hand'
  | 'operator-host'
  | 'other-cluster'
  | 'localhost-url'
  | 'shell-logic'
  | 'pipes-into-code'
  | 'writes-file'
  | 'reads-secret'
  | 'external-tool'
  | 'relative-replicas'
  | 'several-objects'
  | 'unresolved-substitution'
  | 'dropped-by-server'
  | 'never-run'
  /** The author's own `--dry-run`. */
  | 'changes-nothing'
  /** A known command that the contract leaves to people. */
  | 'left-to-people'
  | 'malformed'
  | 'not-a-command'
  /** It could not be certain to print what the author's program prints. */
  | 'not-exact'
  | 'several-requests'
  | 'prose';

type StepCommon = {
  /** `<procedure id>/<ordinal from 1>`. */
  readonly id: string;
  readonly line: number;
  readonly endLine: number;
  readonly phase: Phase;
  readonly label: string;
  /** The author's `If …:` lead-in: shown, not evaluated. */
  readonly condition?: string;
  /** The unit's exact text in the document. */
  readonly source: string;
};

export type ActionStep = StepCommon & {
  readonly kind: 'action';
  readonly action: CompiledAction;
  readonly class: ActionClass;
  /** The class is only final against the live object (a scale may turn out to be a scale-down). */
  readonly live?: true;
  readonly parameters: readonly Parameter[];
};

export type ManualStep = StepCommon & {
  readonly kind: 'manual';
  readonly reason: Reason;
  /** Written for a person from the start; not a command. */
  readonly prose?: true;
};

export type Step = ActionStep | ManualStep;
