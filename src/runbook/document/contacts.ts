/** What holds for the whole file: contacts, the escalation path, and how fast each severity is answered. */
import { type Severity, severityOf } from '../../domain/severity.ts';
import { cellsOf, factOf, severityOfTitle } from './facts.ts';
import { plainText } from './inline.ts';
import type { Section } from './sections.ts';

export type Contacts = {
  /** The escalation path first. */
  readonly everybody: readonly string[];
  /** `Response time: 15 minutes`, by severity. */
  readonly bySeverity: ReadonlyMap<Severity, readonly string[]>;
};

const escalates = /escalation path|^escalation$/i;
/** Columns of a severity table that say what it means and not what is done. */
const tells = /^(?:what it is|meaning|description|definition|criteria|impact|examples?)$/i;
const namesContacts = /^(?:(?:emergency|team|external|key|on-?call|escalation)\s+)?contacts?(?: information)?$/i;

export function contactsOf(root: Section): Contacts {
  const path: string[] = [];
  const others: string[] = [];
  const bySeverity = new Map<Severity, string[]>();
  const answer = (severity: Severity | undefined, texts: readonly string[]): void => {
    if (severity) bySeverity.set(severity, [...(bySeverity.get(severity) ?? []), ...texts]);
  };
  const visit = (section: Section, inContacts: boolean): void => {
    const escalation = escalates.test(section.title);
    const listed = escalation || inContacts || namesContacts.test(section.title);
    const level = severityOfTitle(section.title)?.scale;
    for (const block of section.blocks) {
      if (block.kind !== 'paragraph') continue;
      const texts = block.lines.map(({ text }) => text);
      const [head = '', , ...rows] = texts.filter((text) => text.startsWith('|'));
      if (/\|\s*(?:role|team|level)\b/i.test(head) && /escalation|contact/i.test(head)) {
        path.push(...rows.map(contactIn));
      } else if (/\|\s*(?:severity|priority)\b/i.test(head) && /response|escalation/i.test(head)) {
        const [, ...columns] = cellsOf(head);
        for (const row of rows) {
          const [word = '', ...cells] = cellsOf(row);
          answer(
            severityOf(word),
            columns.flatMap((column, at) => (cells[at] && !tells.test(column) ? [`${column}: ${cells[at]}`] : [])),
          );
        }
      } else if (listed && block.item && !factOf(texts[0] ?? '')) {
        const text = plainText(texts.join(' '));
        // `[Your on-call system]` was never filled in.
        if (!/:\s*\[[^\]]*\]$/.test(text)) (escalation ? path : others).push(text);
      }
      if (level && !listed) answer(level, texts.flatMap(answerIn));
    }
    for (const child of section.children) visit(child, listed);
  };
  visit(root, false);
  return { everybody: [...path, ...others], bySeverity };
}

function contactIn(row: string): string {
  const [role = '', contact = '', when = ''] = cellsOf(row);
  return when === '' ? `${role}: ${contact}` : `${role}: ${contact} (${when})`;
}

/** `**Response Time**: 15 minutes`, `**Escalation**: Immediate`, as factOf tells them. */
function answerIn(text: string): string[] {
  const fact = factOf(text);
  if (fact?.kind !== 'escalation') return [];
  return [/^response time/i.test(fact.text) ? fact.text : `Escalation: ${fact.text}`];
}
