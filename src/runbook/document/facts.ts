/** What a procedure says about itself: alert ids, severity, escalation. */
import { severityOf } from '../../domain/severity.ts';
import type { Procedure } from '../../domain/runbook.ts';
import { boldLead, plainText } from './inline.ts';

export type Fact =
  | { readonly kind: 'alerts'; readonly names: readonly string[] }
  | { readonly kind: 'severity'; readonly severity: NonNullable<Procedure['severity']> }
  | { readonly kind: 'escalation'; readonly text: string };

const name = /^[A-Za-z_:][\w:.-]*$/;

/** `**Alert:** \`Name\``, `- Alert: "Name" firing`, `**Severity:** P2`, `**Escalation**: 2 hours`. */
export function factOf(line: string): Fact | undefined {
  const lead = boldLead(line);
  const plain = /^([A-Za-z ]{3,30}):\s*(.*)$/.exec(line);
  const label = (lead?.label ?? plain?.[1] ?? '').toLowerCase().trim();
  const rest = lead?.rest ?? plain?.[2] ?? '';
  switch (label) {
    case 'alert':
    case 'alerts':
    case 'alert name':
    case 'alertname':
      return { kind: 'alerts', names: alertNames(rest) };
    case 'severity':
    case 'priority': {
      const severity = severityOf(rest);
      const word = plainText(rest).split(/[\s,;(]+/)[0] ?? '';
      return severity === undefined || word === ''
        ? undefined
        : { kind: 'severity', severity: { word, scale: severity } };
    }
    case 'escalation':
    case 'escalate':
    case 'response time': {
      if (rest === '' || !lead) return undefined;
      return {
        kind: 'escalation',
        text: label === 'response time' ? `Response time: ${plainText(rest)}` : plainText(rest),
      };
    }
    default:
      return undefined;
  }
}

function alertNames(text: string): string[] {
  const marked = [...text.matchAll(/[`"“]([^`"”]{1,200})[`"”]/g)].map((match) => match[1]?.trim() ?? '');
  if (marked.length > 0) return marked.filter((each) => name.test(each));
  const words = plainText(text).split(/\s*,\s*|\s+and\s+/);
  return words.every((word) => name.test(word)) ? words : [];
}

/** `## HighErrorRate`, `# (Critical) HighErrorRate`, `#### High API Latency Alert`. */
export function alertsOfTitle(title: string): string[] {
  const bare = title.replace(/^(?:\([^()]*\)\s*)+/, '').trim();
  const alert = /^(.*\S)\s+alert$/i.exec(bare)?.[1] ?? /^alert:\s*(.*\S)$/i.exec(bare)?.[1];
  if (alert !== undefined) return [alert];
  return /^[A-Z][A-Za-z0-9]*[a-z0-9][A-Z][\w]*$/.test(bare) || /^[A-Za-z]\w*_\w+$/.test(bare) ? [bare] : [];
}

/** `P1 - High`, `SEV2: …`, or a coloured dot in a title. */
export function severityOfTitle(title: string): Procedure['severity'] {
  const word = /\b(?:P[0-4]|SEV-?[0-4])\b|[🔴🟠🟡🟢]/iu.exec(title)?.[0];
  const scale = word === undefined ? undefined : severityOf(word.replace('-', ''));
  return word === undefined || scale === undefined ? undefined : { word, scale };
}

/** Rows of a table as cells. */
export function cellsOf(row: string): string[] {
  return row
    .replace(/^\s*\|/, '')
    .replace(/\|\s*$/, '')
    .split(/(?<!\\)\|/)
    .map((cell) => plainText(cell));
}
