/** Collects the steps of one procedure from its blocks, in source order, each unit exactly once. */
import type { ActionStep, ManualStep, Phase } from '../domain/runbook.ts';
import { type CompiledCommand, compileShape } from './command.ts';
import type { Block, Item } from './document.ts';
import { factOf, type Fact } from './facts.ts';
import type { Fence, FenceEntry } from './fence.ts';
import { boldLead, type CodeSpan, codeSpans, plainText } from './inline.ts';
import type { Variables } from './parameters.ts';
import { type Part, partOf } from './phases.ts';
import { asksForAction, splitCondition, withoutNumber } from './prose.ts';
import { reason } from './reasons.ts';
import { readScript } from './shell.ts';

type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never;
export type DraftStep = WithoutId<ActionStep | ManualStep>;

/** What a fence holds; each is read once. */
export type EntriesOf = (fence: Fence) => readonly FenceEntry[];

type Place = { readonly source: string; readonly line: number; readonly endLine: number };
/** What stands around a unit. */
type Setting = { readonly label: string; readonly condition?: string; readonly item?: Item };
type Comment = Extract<FenceEntry, { kind: 'comment' }>;

const promqlReason = reason('not-supported-yet', 'Prometheus queries are not compiled yet; run it in Prometheus.');
const proseReason = reason('prose', 'This is written for a person; do it and mark it done.');
const conditionOf = (condition: string | undefined): { condition?: string } =>
  condition === undefined ? {} : { condition };

const labelMax = 200;
const leadMax = 400;
export const inlineCommand = /^(?:kubectl|oc)\s+\S/;

/** What a line of a script does to the lines below it. */
const switches =
  /^(?:(?:kubectl|oc)\s+config\s+(?:use|set|unset|delete|rename)|kubectx\b|kubens\b|oc\s+(?:project|login|logout)\b|export\s+KUBECONFIG=|KUBECONFIG=\S+\s*$|alias\s+(?:kubectl|oc)=|unalias\b|ssh\s+\S+\s*$|(?:function\s+)?(?:kubectl|oc)\s*\(\))/;

export class StepCollector {
  readonly steps: DraftStep[] = [];
  readonly facts: Fact[] = [];
  readonly summary: string[] = [];
  readonly #source: string;
  readonly #variables: Variables;
  readonly #entriesOf: EntriesOf;
  readonly #prose: { readonly step: DraftStep; readonly item: Item }[] = [];
  readonly #leads = new Set<Item>();
  #part: Part = 'other';
  #above = '';
  #switched: number | undefined;

  constructor(source: string, document: { readonly variables: Variables; readonly entriesOf: EntriesOf }) {
    this.#source = source;
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
    for (const entry of entries) {
      switch (entry.kind) {
        case 'gap':
          flush();
          break;
        case 'comment':
          if (before !== 'comment') flush();
          comments.push(entry);
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
          if (entry.kind === 'query') this.#push(entry, setting, { kind: 'manual', reason: promqlReason });
          else this.#addCommand(entry, setting);
          this.#markLeads(fence.item);
        }
      }
      before = entry.kind;
    }
    flush();
    this.#above = '';
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

  #addCommand(entry: Extract<FenceEntry, { kind: 'command' }>, setting: Setting): void {
    const { shape, source } = entry;
    if (switches.test(source)) this.#switched ??= entry.line;
    if (shape.kind === 'assignments' && !shape.lookUp) return;
    this.#push(entry, setting, compileShape(shape, { variables: this.#variables, suspects: true }));
  }

  #push(place: Place, setting: Setting, compiled: CompiledCommand): void {
    const common = this.#common(place, setting);
    if (compiled.kind === 'manual') {
      this.steps.push({ ...common, kind: 'manual', reason: compiled.reason });
      return;
    }
    if (this.#switched !== undefined) {
      const text = `Line ${this.#switched} chooses another cluster, namespace or machine for what follows; run this by hand after it.`;
      this.steps.push({ ...common, kind: 'manual', reason: reason('shell-logic', text) });
      return;
    }
    const { action, class: actionClass, live, parameters, bounded } = compiled;
    this.steps.push({
      ...common,
      ...(bounded && { label: `${common.label} (one bounded read, not followed)` }),
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
    const text = table ? span.text.replaceAll('\\|', '|') : span.text;
    const around = this.#surroundings(block.item);
    // A sentence before it; bounded, since one paragraph may hold very many commands.
    const start = Math.max(block.lines[0]?.offset ?? span.start, span.start - labelMax);
    const before = plainText(this.#source.slice(start, span.start).replace(/`+\s*$/, ''));
    const lead = table ? '' : withoutNumber(before.split(/[.;]\s/).at(-1) ?? '').replace(/[:\s]+$/, '');
    const { units } = readScript(text);
    const [only] = units;
    const shape = only && units.length === 1 ? only.shape : ({ kind: 'malformed' } as const);
    this.#push(
      { source: span.text, line: span.line, endLine: span.line + span.text.split('\n').length - 1 },
      { ...around, label: lead || around.label || firstLine(span.text) },
      compileShape(shape, { variables: this.#variables, suspects: true }),
    );
    this.#markLeads(block.item);
  }
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
