/** Markdown → runbook. Pure: the same text and path give the same runbook, digest and step ids. */
import { createHash } from 'node:crypto';
import type { Procedure, Runbook } from '../domain/runbook.ts';
import { type Block, readBlocks } from './document.ts';
import { alertsOfTitle, cellsOf, factOf, severityOfTitle } from './facts.ts';
import { fenceEntries, type FenceEntry } from './fence.ts';
import { codeSpans, plainText } from './inline.ts';
import type { Variables } from './parameters.ts';
import { withoutNumber } from './prose.ts';
import { type Section, sectionsOf, storiesOf, type Story } from './sections.ts';
import { type EntriesOf, inlineCommand, StepCollector } from './steps.ts';

/** Part of every digest: raise it when the same text compiles to something else. */
const compilerVersion = '1';
const runbookBytesMax = 1024 * 1024;
const summaryMax = 1000;
const escalationMax = 20;

/**
 * Compiles one file. A file over 1 MiB is refused with a `RangeError` that says so; any other text compiles, whatever
 * its bytes, in time linear in its length.
 */
export function compileRunbook(text: string, options: { path: string }): Runbook {
  if (Buffer.byteLength(text) > runbookBytesMax) {
    throw new RangeError(`${options.path} is larger than 1 MiB; split it into one file for each service.`);
  }
  const source = text.startsWith('\uFEFF') ? text.slice(1) : text;
  const blocks = readBlocks(source);
  const file = options.path.split('/').at(-1) ?? options.path;
  const title = blocks.find((block) => block.kind === 'heading' && block.depth === 1);
  const fileTitle = title?.kind === 'heading' ? plainText(title.text) : file.replace(/\.(?:md|markdown|txt)$/i, '');
  const read = new Map<Block, readonly FenceEntry[]>();
  const entriesOf: EntriesOf = (fence) => {
    const entries = read.get(fence) ?? fenceEntries(source, fence);
    read.set(fence, entries);
    return entries;
  };
  const variables = variablesOf(blocks, entriesOf);
  const root = sectionsOf(blocks, fileTitle);
  const contacts = contactsOf(root);
  const used = new Map<string, number>();
  const isBusy = (block: Block): boolean => {
    if (block.kind === 'fence')
      return entriesOf(block).some((entry) => entry.kind === 'command' || entry.kind === 'query');
    return block.kind === 'paragraph' && codeSpans(source, block.lines).some((span) => inlineCommand.test(span.text));
  };
  const procedures = storiesOf(root, (own) => own.some(isBusy)).flatMap((story) =>
    procedureOf(source, story, { variables, entriesOf, contacts, used }),
  );
  return {
    path: options.path,
    title: fileTitle,
    digest: createHash('sha256').update(`${compilerVersion}\0`).update(text).digest('hex'),
    procedures,
  };
}

function procedureOf(
  source: string,
  story: Story,
  context: { variables: Variables; entriesOf: EntriesOf; contacts: readonly string[]; used: Map<string, number> },
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
  const summary = collector.summary.join(' · ').slice(0, summaryMax);
  return [
    {
      id,
      title,
      line: story.line,
      alerts: [...new Set(alerts)],
      ...(severity && { severity }),
      escalation: [...new Set([...own, ...context.contacts])].slice(0, escalationMax),
      ...(summary !== '' && { summary }),
      steps: drafts.map((step, index) => ({ ...step, id: `${id}/${index + 1}` })),
    },
  ];
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

/** Every variable that the document's scripts assign, with its value when there is only one and it is literal. */
function variablesOf(blocks: readonly Block[], entriesOf: EntriesOf): Variables {
  const variables = new Map<string, { value?: string }>();
  for (const block of blocks) {
    if (block.kind !== 'fence') continue;
    for (const entry of entriesOf(block)) {
      if (entry.kind !== 'command' || entry.shape.kind !== 'assignments') continue;
      for (const { name, value } of entry.shape.assignments) {
        const before = variables.get(name);
        if (before && before.value !== value) variables.set(name, {});
        else variables.set(name, value === undefined ? {} : { value });
      }
    }
  }
  return variables;
}

/** Contact tables and escalation paths that hold for the whole file. */
function contactsOf(root: Section): string[] {
  const contacts: string[] = [];
  const visit = (section: Section): void => {
    const listed = /escalation path|^escalation$/i.test(section.title);
    for (const block of section.blocks) {
      if (block.kind !== 'paragraph') continue;
      const rows = block.lines.map(({ text }) => text).filter((text) => text.startsWith('|'));
      const [head = '', , ...body] = rows;
      if (/\|\s*(?:role|team|level)\b/i.test(head) && /escalation|contact/i.test(head)) {
        for (const row of body) {
          const [role = '', contact = '', when = ''] = cellsOf(row);
          contacts.push(when === '' ? `${role}: ${contact}` : `${role}: ${contact} (${when})`);
        }
      } else if (listed && block.item && !factOf(block.lines[0]?.text ?? '')) {
        contacts.push(plainText(block.lines.map(({ text }) => text).join(' ')));
      }
    }
    for (const child of section.children) visit(child);
  };
  visit(root);
  return contacts;
}
