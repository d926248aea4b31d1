/** Markdown → runbook. Pure: the same text and path give the same runbook, digest and step ids. */
import { createHash } from 'node:crypto';
import type { Parameter, ParameterType } from '../domain/action.ts';
import type { Procedure, Runbook, Step } from '../domain/runbook.ts';
import { type CompilePolicy, policyDigestText } from './compile-policy.ts';
import { type Block, readBlocks } from './document/document.ts';
import { type Contacts, contactsOf } from './document/contacts.ts';
import { alertsOfTitle, severityOfTitle } from './document/facts.ts';
import { fenceEntries, type FenceEntry } from './fence.ts';
import { codeSpans, plainText } from './document/inline.ts';
import { withNestedFences } from './document/nested-fences.ts';
import type { Filled, Variables } from './parameters.ts';
import { withoutNumber } from './document/prose.ts';
import { sectionsOf, storiesOf, type Story } from './document/sections.ts';
import { assignedIn } from './shell/shell.ts';
import { type EntriesOf, inlineCommand, rememberAssigned, StepCollector } from './steps.ts';

/** Part of every digest: raise it when the same text compiles to something else. */
const compilerVersion = '3';
export const runbookBytesMax = 1024 * 1024;
const summaryMax = 1000;
const escalationMax = 20;

export type CompileOptions = {
  readonly path: string;
  /** Absent: `defaultCompilePolicy`. */
  readonly policy?: CompilePolicy;
};

/**
 * Compiles one file. A file over 1 MiB, or in UTF-16, is refused with a `RangeError` that says so; any other text
 * compiles, whatever its bytes, in time linear in its length.
 */
export function compileRunbook(text: string, options: CompileOptions): Runbook {
  if (Buffer.byteLength(text) > runbookBytesMax) {
    throw new RangeError(`${options.path} is larger than 1 MiB; split it into one file for each service.`);
  }
  // What the mark and the first characters of UTF-16 look like when they are read as UTF-8: no command would be found.
  if (/^\uFFFD\uFFFD(?:[^\0]\0|\0[^\0]){2}/.test(text)) {
    throw new RangeError(`${options.path} is in UTF-16; save it as UTF-8.`);
  }
  const source = text.startsWith('\uFEFF') ? text.slice(1) : text;
  const blocks = withNestedFences(source, readBlocks(source));
  const file = options.path.split('/').at(-1) ?? options.path;
  const title = blocks.find((block) => block.kind === 'heading' && block.depth === 1);
  const fileTitle = title?.kind === 'heading' ? plainText(title.text) : file.replace(/\.(?:md|markdown|txt)$/i, '');
  const read = new Map<Block, readonly FenceEntry[]>();
  const entriesOf: EntriesOf = (fence) => {
    const entries = read.get(fence) ?? fenceEntries(source, fence);
    read.set(fence, entries);
    return entries;
  };
  const { policy } = options;
  const policyText = policy ? policyDigestText(policy) : '';
  const variables = variablesOf(blocks, entriesOf, policy);
  const root = sectionsOf(blocks, fileTitle);
  const contacts = contactsOf(root);
  const used = new Map<string, number>();
  const isBusy = (block: Block): boolean => {
    if (block.kind === 'fence')
      return entriesOf(block).some((entry) => entry.kind === 'command' || entry.kind === 'query');
    return block.kind === 'paragraph' && codeSpans(source, block.lines).some((span) => inlineCommand.test(span.text));
  };
  const procedures = storiesOf(root, (own) => own.some(isBusy)).flatMap((story) =>
    procedureOf(source, story, { variables, entriesOf, contacts, used, ...(policy && { policy }) }),
  );
  return {
    path: options.path,
    title: fileTitle,
    digest: createHash('sha256')
      .update(`${compilerVersion}\0`)
      .update(policyText === '' ? '' : createHash('sha256').update(policyText).digest())
      .update(text)
      .digest('hex'),
    procedures,
  };
}

function procedureOf(
  source: string,
  story: Story,
  context: {
    variables: Variables;
    entriesOf: EntriesOf;
    contacts: Contacts;
    used: Map<string, number>;
    policy?: CompilePolicy;
  },
): Procedure[] {
  const collector = new StepCollector(source, context);
  for (const { heading, blocks } of story.pieces) {
    if (heading) collector.open(heading.title, heading.part);
    for (const block of blocks) collector.add(block);
  }
  const drafts = collector.finish();
  if (drafts.length === 0) return [];

  const title = withoutNumber(story.title) || story.title;
  const id = uniqueId(idOf(title), context.used);
  const { facts } = collector;
  const alerts = [...facts.flatMap((fact) => (fact.kind === 'alerts' ? fact.names : [])), ...alertsOfTitle(title)];
  const stated = facts.find((fact) => fact.kind === 'severity');
  const severity = stated?.kind === 'severity' ? stated.severity : severityOfTitle(title);
  const own = facts.flatMap((fact) => (fact.kind === 'escalation' ? [fact.text] : []));
  const { everybody, bySeverity } = context.contacts;
  const level = (severity && bySeverity.get(severity.scale)) ?? [];
  const summary = collector.summary.join(' · ').slice(0, summaryMax);
  return [
    {
      id,
      title,
      line: story.line,
      alerts: [...new Set(alerts)],
      ...(severity && { severity }),
      escalation: [...new Set([...own, ...level, ...everybody])].slice(0, escalationMax),
      ...(summary !== '' && { summary }),
      steps: agreed(drafts.map((step, index) => ({ ...step, id: `${id}/${index + 1}` }))),
    },
  ];
}

/** One name is one parameter: where one step takes it as text and the others as one kind of thing, it is that thing. */
function agreed(steps: readonly Step[]): readonly Step[] {
  const types = new Map<string, Set<ParameterType>>();
  for (const { name, type } of steps.flatMap((step) => (step.kind === 'action' ? step.parameters : []))) {
    types.set(name, (types.get(name) ?? new Set()).add(type));
  }
  const agree = (parameter: Parameter): Parameter => {
    const [only, ...others] = [...(types.get(parameter.name) ?? [])].filter((type) => type !== 'text');
    return only === undefined || others.length > 0 ? parameter : { ...parameter, type: only };
  };
  return steps.map((step) => (step.kind === 'action' ? { ...step, parameters: step.parameters.map(agree) } : step));
}

/** The author's own id (`INC-004: …`), else a slug. */
function idOf(title: string): string {
  const own = /^([A-Z][A-Z0-9]{1,15}-\d{1,6})(?![\w-])/.exec(title)?.[1];
  return own ?? (slugOf(title.replace(/\s*\([^()]*\)\s*/g, ' ')) || slugOf(title) || 'procedure');
}

export function slugOf(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 80);
}

function uniqueId(id: string, used: Map<string, number>): string {
  const count = (used.get(id) ?? 0) + 1;
  used.set(id, count);
  if (count === 1) return id;
  return uniqueId(`${id}-${count}`, used);
}

/** Every variable that the document's scripts assign, with what it is when it is the same everywhere. */
function variablesOf(blocks: readonly Block[], entriesOf: EntriesOf, policy: CompilePolicy | undefined): Variables {
  const variables = new Map<string, Filled>();
  for (const block of blocks) {
    if (block.kind !== 'fence') continue;
    for (const entry of entriesOf(block)) {
      if (entry.kind !== 'command' || assignedIn(entry.shape).length === 0) continue;
      const own = new Map<string, Filled>();
      rememberAssigned(own, entry.shape, { variables, suspects: true, ...(policy && { policy }) });
      for (const [name, fill] of own) {
        const before = variables.get(name);
        variables.set(name, before && JSON.stringify(before) !== JSON.stringify(fill) ? {} : fill);
      }
    }
  }
  return variables;
}
