/** Which part of a procedure a heading or a bold label opens. */
import type { Phase } from '../../domain/runbook.ts';

/** `text`: symptoms, meaning, impact; told in the summary. `structure`: a part of a procedure that is no phase. */
export type Part = Phase | 'text' | 'structure';

const words: Readonly<Record<string, Part>> = {
  symptom: 'text',
  symptoms: 'text',
  meaning: 'text',
  impact: 'text',
  description: 'text',
  'user impact': 'text',
  diagnosis: 'diagnosis',
  diagnostics: 'diagnosis',
  diagnose: 'diagnosis',
  investigation: 'diagnosis',
  investigate: 'diagnosis',
  triage: 'diagnosis',
  check: 'diagnosis',
  checks: 'diagnosis',
  assessment: 'diagnosis',
  debugging: 'diagnosis',
  debug: 'diagnosis',
  'root cause': 'diagnosis',
  resolution: 'remedy',
  mitigation: 'remedy',
  mitigate: 'remedy',
  remediation: 'remedy',
  remedy: 'remedy',
  fix: 'remedy',
  'immediate action': 'remedy',
  'immediate actions': 'remedy',
  'immediate mitigation': 'remedy',
  'immediate response': 'remedy',
  'response actions': 'remedy',
  actions: 'remedy',
  action: 'remedy',
  solution: 'remedy',
  rollback: 'remedy',
  recovery: 'remedy',
  resolve: 'remedy',
  response: 'remedy',
  verification: 'verification',
  verify: 'verification',
  validation: 'verification',
  confirm: 'verification',
  prevention: 'prevention',
  prevent: 'prevention',
  escalation: 'escalation',
  escalate: 'escalation',
  'escalation path': 'escalation',
  prerequisites: 'structure',
  prerequisite: 'structure',
  steps: 'structure',
  procedure: 'structure',
};

/** The part that a title names, or undefined: `Investigation Steps`, `2. Immediate Actions (0-5 minutes):`. */
export function partOf(title: string): Part | undefined {
  const bare = title
    .toLowerCase()
    .replace(/\([^()]*\)/g, ' ')
    .replace(/^[\s\d.):#-]+/, '')
    .replace(/[^a-z ]+/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  const known = Object.hasOwn(words, bare) ? words[bare] : undefined;
  if (known) return known;
  const stem = /^(.+) (?:steps|phase|procedure|commands)$/.exec(bare)?.[1];
  return stem !== undefined && Object.hasOwn(words, stem) && words[stem] !== 'structure' ? words[stem] : undefined;
}
