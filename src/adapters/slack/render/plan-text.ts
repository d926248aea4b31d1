/** A plan in plain words, for titles and Slack's confirmation dialogs. Untrusted text: the caller escapes. */
import { fieldText, shownChanges } from '../../../domain/plan.ts';
import type { Plan, ShownChange } from '../../../domain/plan.ts';
import { verbWords } from './words.ts';

/** `Scale Deployment web in largeforge`. */
export function planTitle(plan: Pick<Plan, 'content'>): string {
  const { action, target } = plan.content;
  const where = target.namespace === undefined ? '' : ` in ${target.namespace}`;
  return `${verbWords[action.type]} ${target.kind} ${target.name}${where}`;
}

/** `replicas: 3 → 0`. */
function changeText(change: ShownChange): string {
  const masked = change.masked === true;
  const after = change.after === undefined ? 'removed' : fieldText(change.after, masked);
  return `${change.label}: ${fieldText(change.before, masked)} → ${after}`;
}

/** What Slack asks before an approval is sent: the same values as the message, at most 300 characters. */
export function confirmationText(plan: Plan): string {
  const { content } = plan;
  const undo = content.undo.kind === 'none' ? ' Cannot be undone.' : '';
  const where = `${planTitle(plan)} on ${content.target.cluster}. `;
  const pods = ` ${content.affected.pods} pods affected.`;
  const [first, ...others] = shownChanges(content.changes).map(changeText);
  const more = others.length > 0 ? `; and ${others.length} more` : '';
  const room = 300 - cutTo(where, 120).length - pods.length - undo.length - more.length - 1;
  return `${cutTo(where, 120)}${cutTo(first ?? '', Math.max(20, room))}${more}.${pods}${undo}`;
}

const cutTo = (text: string, max: number): string => (text.length > max ? `${text.slice(0, max - 1)}…` : text);
