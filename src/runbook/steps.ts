/** Collects the steps of one procedure from its blocks, in source order, each unit exactly once. */
import type { ActionStep, ManualStep, Phase } from '../domain/runbook.ts';
import { type CompiledCommand, compileExpression, compileShape, filledBy, type ShapeOptions } from './command.ts';
import type { CompilePolicy } from './compile-policy.ts';
import type { Block, Item } from './document/document.ts';
import { factOf, type Fact } from './document/facts.ts';
import type { Fence, FenceEntry } from './fence.ts';
import { boldLead, type CodeSpan, codeSpans, plainText } from './document/inline.ts';
import type { Filled, Variables } from './parameters.ts';
import { type Part, partOf } from './document/phases.ts';
import { asksForAction, splitCondition, warnsOff, withoutNumber } from './document/prose.ts';
import { isKnownProgram } from './programs.ts';
import { reason } from './reasons.ts';
import { assignedIn, readScript, type ShellUnit } from './shell/shell.ts';
import { Surroundings } from './surroundings.ts';

type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never;
export type DraftStep = WithoutId<ActionStep | ManualStep>;

/** What a fence holds; each is read once. */
export type EntriesOf = (fence: Fence) => readonly FenceEntry[];

type Place = { readonly source: string; readonly line: number; readonly endLine: number };
/** What stands around a unit. */
type Setting = { readonly label: string; readonly condition?: string; readonly item?: Item };
type Comment = Extract<FenceEntry, { kind: 'comment' }>;

const proseReason = reason('prose', 'This is written for a person; do it and mark it done.');
const conditionOf = (condition: string | undefined): { condition?: string } =>
  condition === undefined ? {} : { condition };

const labelMax = 200;
const leadMax = 400;
export const inlineCommand = /^(?:kubectl|oc)\s+\S/;

/** A sentence that speaks about a command: `oc debug`, `kubectl rollout restart`. */
const namesCommand = /^(?:kubectl|oc)\s+(?:(?:rollout|set|create)\s+)?[a-z][a-z-]*$/;
const namesReason = reason('not-a-command', 'This only names a command; the runbook does not say with what.');

const warnedOff: CompiledCommand = {
  kind: 'manual',
  reason: reason('left-to-people', 'The text before it says not to run this.'),
};
const strangeCommand: CompiledCommand = {
  kind: 'manual',
  reason: reason(
    'not-a-command',
    'This does not read like a command; it may be output, or a query for another program.',
  ),
};
const beginsLikeCommand = (source: string): boolean =>
  isKnownProgram(/^[\w./-]*/.exec(source)?.[0] ?? '') ||
  /^(?:(?:if|for|while|until|case|select|function|do|then|done|fi|esac)\b|[A-Za-z_]\w*\+?=|[$({"'\\]|\.{0,2}\/)/.test(
    source,
  );

export class StepCollector {
  readonly steps: DraftStep[] = [];
  readonly facts: Fact[] = [];
  readonly summary: string[] = [];
  readonly #source: string;
  readonly #variables: Variables;
  readonly #entriesOf: EntriesOf;
  readonly #policy: CompilePolicy | undefined;
  /** What this procedure has assigned so far; it hides what the document assigns elsewhere. */
  readonly #assigned = new Map<string, Filled>();
  /** Of those, the names that no step has used since. */
  readonly #fresh = new Set<string>();
  readonly #prose: { readonly step: DraftStep; readonly item: Item }[] = [];
  readonly #leads = new Set<Item>();
  #part: Part = 'other';
  #above = '';
  /** Where what is typed goes by now. */
  readonly #where = new Surroundings();

  constructor(
    source: string,
    document: { readonly variables: Variables; readonly entriesOf: EntriesOf; readonly policy?: CompilePolicy },
  ) {
    this.#source = source;
    this.#policy = document.policy;
    this.#variables = document.variables;
    this.#entriesOf = document.entriesOf;
  }

  /** A sub-heading of the procedure opens one of its parts; others only give a label. */
  open(title: string, part: Part | undefined): void {
    if (part !== undefined) this.#part = part;
    this.#above = part === undefined ? `${title}:` : '';
  }

  add(block: Block): void {
    if (block.kind === 'fence') this.#addFence(block);
    else if (block.kind === 'paragraph') this.#addParagraph(block);
  }

  /** The steps; an item whose parts hold the commands is their label and no step of its own. */
  finish(): DraftStep[] {
    const dropped = new Set(this.#prose.filter(({ item }) => this.#leads.has(item)).map(({ step }) => step));
    return this.steps.filter((step) => !dropped.has(step));
  }

  /** `3. **Immediate Actions**` names the phase of what stands in that item. */
  #phaseIn(item: Item | undefined): Phase {
    for (let each = item; each; each = each.parent) {
      const lead = boldLead(openingOf(each));
      const part = lead && partOf(lead.label);
      if (part !== undefined && part !== 'text' && part !== 'structure') return part;
    }
    return this.#part === 'text' || this.#part === 'structure' ? 'other' : this.#part;
  }

  #markLeads(item: Item | undefined): void {
    for (let each = item; each; each = each.parent) this.#leads.add(each);
  }

  #addFence(fence: Fence): void {
    const entries = this.#entriesOf(fence);
    if (entries.length === 0) return;
    const around = this.#surroundings(fence.item);
    let comments: Comment[] = [];
    let label = '';
    const flush = (): void => {
      this.#addComments(comments, around);
      comments = [];
      label = '';
    };
    let before: FenceEntry['kind'] = 'gap';
    let told: string | undefined;
    for (const [index, entry] of entries.entries()) {
      if (entry.kind !== 'comment') told = undefined;
      switch (entry.kind) {
        case 'gap':
          flush();
          break;
        case 'comment':
          if (before !== 'comment') flush();
          // What the action above has taken in is no step of its own.
          if (told === undefined || !entry.text.includes(told)) comments.push(entry);
          break;
        case 'query':
        case 'command': {
          if (comments.length > 0) label = commentText(comments);
          comments = [];
          const condition = splitCondition(label).condition ?? around.condition;
          const setting = {
            ...around,
            label: label || around.label || firstLine(entry.source),
            ...conditionOf(condition),
          };
          if (entry.kind === 'query') this.#push(entry, setting, compileExpression(entry.source, this.#options()));
          else told = this.#addCommand(entry, setting, commentsBehind(entries, index));
          this.#markLeads(fence.item);
        }
      }
      before = entry.kind;
    }
    flush();
    this.#above = '';
    this.#where.endFence();
  }

  #surroundings(item: Item | undefined): Setting {
    let label = item ? '' : this.#above.replace(/:$/, '');
    let condition = item ? undefined : splitCondition(this.#above).condition;
    for (let each = item; each; each = each.parent) {
      const text = leadText(each);
      label ||= text.replace(/:$/, '');
      condition ??= splitCondition(/:/.test(text) ? text : `${text}:`).condition;
    }
    return { label, ...conditionOf(condition), ...(item && { item }) };
  }

  #options(nextComment?: string): ShapeOptions {
    return {
      variables: { get: (name) => this.#assigned.get(name) ?? this.#variables.get(name) },
      suspects: true,
      ...(this.#policy && { policy: this.#policy }),
      ...(nextComment !== undefined && { nextComment }),
    };
  }

  /** Two values in a row without a use between them are a choice that the author leaves to the reader. */
  #remember(shape: ShellUnit['shape'], options: ShapeOptions): void {
    const assigned = new Map<string, Filled>();
    rememberAssigned(assigned, shape, options);
    for (const [name, fill] of assigned) {
      const before = this.#fresh.has(name) ? this.#assigned.get(name) : undefined;
      const chosen = before === undefined || JSON.stringify(before) === JSON.stringify(fill);
      this.#assigned.set(name, chosen ? fill : {});
      this.#fresh.add(name);
    }
  }

  /** The field that the comment behind it names, when that is part of the action. */
  #addCommand(
    entry: Extract<FenceEntry, { kind: 'command' }>,
    setting: Setting,
    nextComment: string | undefined,
  ): string | undefined {
    const { shape, source } = entry;
    this.#where.note(source, shape, entry.line);
    const options = this.#options(nextComment);
    const quiet =
      shape.kind === 'assignments' &&
      !shape.assignments.some(({ filled, opaque }) => opaque || filled?.kind === 'look-up');
    const strange = shape.kind === 'malformed' && !beginsLikeCommand(source);
    const compiled = quiet ? undefined : strange ? strangeCommand : compileShape(shape, options);
    this.#remember(shape, options);
    if (compiled?.kind === 'action') for (const { name } of compiled.parameters) this.#fresh.delete(name);
    if (!compiled) return undefined;
    this.#push(entry, setting, warnsOff(setting.label) ? warnedOff : compiled);
    return compiled.kind === 'action' && compiled.action.type === 'set-field' ? compiled.action.field : undefined;
  }

  #push(place: Place, setting: Setting, found: CompiledCommand): void {
    const compiled = this.#where.placed(found, place);
    const common = this.#common(place, setting);
    if (compiled.kind === 'manual') {
      this.steps.push({ ...common, kind: 'manual', reason: compiled.reason });
      return;
    }
    const { action, class: actionClass, live, parameters, bounded, note } = compiled;
    this.steps.push({
      ...common,
      ...(bounded && { label: `${common.label} (one bounded read, not followed)` }),
      ...(note !== undefined && { label: `${common.label} (${note})` }),
      kind: 'action',
      action,
      class: actionClass,
      ...(live && { live }),
      parameters,
    });
  }

  #common({ line, endLine, source }: Place, { label, condition, item }: Setting) {
    const shown = condition === undefined ? {} : { condition: cut(condition) };
    return { line, endLine, phase: this.#phaseIn(item), label: cut(label), ...shown, source };
  }

  #addComments(comments: readonly Comment[], around: Setting): void {
    const [first] = comments;
    const last = comments.at(-1);
    if (!first || !last || !comments.some(({ text }) => asksForAction(text))) return;
    const label = commentText(comments);
    const source = comments.map((comment) => comment.source).join('\n');
    const condition = splitCondition(label).condition ?? around.condition;
    this.#addProse({ source, line: first.line, endLine: last.line }, { ...around, label, ...conditionOf(condition) });
  }

  #addProse(place: Place, setting: Setting): DraftStep {
    const step: DraftStep = { ...this.#common(place, setting), kind: 'manual', reason: proseReason, prose: true };
    this.steps.push(step);
    return step;
  }

  #addParagraph(block: Extract<Block, { kind: 'paragraph' }>): void {
    const { lines, item } = block;
    const spans = codeSpans(this.#source, lines).filter(({ text }) => inlineCommand.test(text));
    const kept: string[] = [];
    for (const { text } of lines) {
      const fact = factOf(text);
      if (fact) this.facts.push(fact);
      const lead = item ? undefined : boldLead(text);
      const part = lead && (lead.colon || lead.rest === '') ? partOf(lead.label) : undefined;
      if (part !== undefined) {
        this.#part = part;
        this.#above = '';
        if (!fact && lead?.rest) kept.push(lead.rest);
      } else if (!fact) kept.push(text);
    }
    const table = lines[0]?.text.startsWith('|') ?? false;
    for (const span of spans) this.#addInline(span, block, table);
    const text = plainText(kept.join(' '));
    if (text === '') return;
    if (spans.length > 0) this.#markLeads(item);
    else if (this.#part === 'text') this.summary.push(text);
    else if (!table && this.#asks(block, text)) this.#addParagraphProse(block, text);
    if (this.#part === 'escalation' && spans.length === 0) this.facts.push({ kind: 'escalation', text });
    if (!item) this.#above = text.endsWith(':') ? text : '';
  }

  #asks(block: Extract<Block, { kind: 'paragraph' }>, text: string): boolean {
    if (this.#part === 'escalation') return false;
    if (block.item) {
      if (!block.opensItem) return false;
      const lead = boldLead(block.lines[0]?.text ?? '');
      return block.item.checkbox || asksForAction(text) || (lead !== undefined && asksForAction(lead.rest));
    }
    return !text.endsWith(':') && asksForAction(text);
  }

  #addParagraphProse(block: Extract<Block, { kind: 'paragraph' }>, text: string): void {
    const first = block.lines[0];
    const last = block.lines.at(-1);
    if (!first || !last) return;
    const { item } = block;
    const condition = splitCondition(text).condition ?? this.#surroundings(item?.parent).condition;
    const step = this.#addProse(
      {
        source: this.#source.slice(first.offset, last.offset + last.text.length),
        line: block.line,
        endLine: block.endLine,
      },
      { label: withoutNumber(text), ...conditionOf(condition), ...(item && { item }) },
    );
    if (!item) return;
    this.#prose.push({ step, item });
    this.#markLeads(item.parent);
  }

  #addInline(span: CodeSpan, block: Extract<Block, { kind: 'paragraph' }>, table: boolean): void {
    // Inside a table the author has to write `\|` for `|` (GitHub Flavored Markdown, "Tables").
    const text = table ? span.text.replaceAll('\\|', '|') : unwrapped(span.text);
    const around = this.#surroundings(block.item);
    // A sentence before it; bounded, since one paragraph may hold very many commands.
    const start = Math.max(block.lines[0]?.offset ?? span.start, span.start - labelMax);
    const before = plainText(this.#source.slice(start, span.start).replace(/`+\s*$/, ''));
    const lead = table ? '' : withoutNumber(before.split(/[.;]\s/).at(-1) ?? '').replace(/[:\s]+$/, '');
    const struck =
      /~~`+\s*$/.test(this.#source.slice(start, span.start)) &&
      /^\s*`+~~/.test(this.#source.slice(span.end, span.end + 9));
    const { units } = readScript(text);
    const [only] = units;
    const shape = only && units.length === 1 ? only.shape : ({ kind: 'malformed' } as const);
    if (!table) this.#where.note(text, shape, span.line);
    const place = { source: span.text, line: span.line, endLine: span.line + span.text.split('\n').length - 1 };
    const setting = { ...around, label: lead || around.label || firstLine(span.text) };
    const compiled = compileShape(shape, this.#options());
    if (compiled.kind === 'manual' && namesCommand.test(text.trim())) {
      // A word of the sentence around it: nobody could run `kubectl logs`, so it is no unit.
      this.steps.push({ ...this.#common(place, setting), kind: 'manual', reason: namesReason, prose: true });
    } else this.#push(place, setting, struck || (!table && warnsOff(before)) ? warnedOff : compiled);
    this.#markLeads(block.item);
  }
}

/** A command that the author's editor broke over lines (CommonMark, "Code spans": line ends are blanks), unless several stand there. */
function unwrapped(text: string): string {
  const [, ...more] = text.split('\n');
  return more.some((line) => beginsLikeCommand(line.trim()) || /^\s*>/.test(line))
    ? text
    : text.replaceAll(/(?<!\\)\r?\n[ \t]*/g, ' ');
}

/** Keeps what a unit assigns: its literal, what fills it, or that nobody can tell. */
export function rememberAssigned(known: Map<string, Filled>, shape: ShellUnit['shape'], options: ShapeOptions): void {
  if (shape.kind !== 'assignments') {
    for (const name of assignedIn(shape)) known.set(name, {});
    return;
  }
  for (const { name, value, filled } of shape.assignments) {
    const fill = filled ? filledBy(filled, options) : value === undefined ? {} : { value };
    known.set(name, 'refused' in fill ? {} : fill);
  }
}

/** The text of the comment lines right behind an entry. */
function commentsBehind(entries: readonly FenceEntry[], index: number): string | undefined {
  const texts: string[] = [];
  for (let at = index + 1; at < entries.length; at++) {
    const entry = entries[at];
    if (entry?.kind !== 'comment') break;
    texts.push(entry.text);
  }
  return texts.length === 0 ? undefined : texts.join('\n');
}

/** The start of an item's first paragraph; bounded, since it is looked at again for each command of the item. */
function openingOf(item: Item): string {
  let text = '';
  for (const line of item.lead ?? []) {
    text += text === '' ? line.text.slice(0, leadMax) : ` ${line.text.slice(0, leadMax)}`;
    if (text.length >= leadMax) break;
  }
  return text.slice(0, leadMax);
}

function leadText(item: Item): string {
  const text = openingOf(item);
  const lead = boldLead(text);
  if (!lead) return plainText(text);
  return lead.rest === '' ? lead.label : `${lead.label}: ${plainText(lead.rest)}`;
}

const commentText = (comments: readonly { readonly text: string }[]): string =>
  comments
    .map(({ text }) => withoutNumber(text).replace(/^\[(.*)\]$/, '$1'))
    .filter((text) => text !== '')
    .join(' — ');

const firstLine = (source: string): string => source.split('\n', 1)[0]?.trim() ?? '';

const cut = (text: string): string => (text.length > labelMax ? `${text.slice(0, labelMax - 1)}…` : text);
