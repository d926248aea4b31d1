/** A plan in plain words, for titles and Slack's confirmation dialogs. Untrusted text: the caller escapes. */
import { fieldText, shownChanges } from '../../../domain/plan.ts';
import type { Plan, ShownChange } from '../../../domain/plan.ts';
import { waveText } from '../../../domain/waves.ts';
import { verbWords } from './words.ts';

/** `Scale Deployment web in largeforge (3 → 1)`, `Delete 3 × Pod in largeforge`, `Drain Node n1`. */
export function planTitle(plan: Pick<Plan, 'content'>): string {
  const { action, target, parts } = plan.content;
  const [first] = parts ?? [];
  if (parts !== undefined && first !== undefined && action.type !== 'drain') {
    const alike = parts.every(
      (part) => part.action.type === first.action.type && part.target.kind === first.target.kind,
    );
    const what = alike
      ? `${verbWords[first.action.type]} ${parts.length} × ${first.target.kind}`
      : `${parts.length} changes`;
    return `${what}${first.target.namespace === undefined ? '' : ` in ${first.target.namespace}`}`;
  }
  const where = target.namespace === undefined ? '' : ` in ${target.namespace}`;
  return `${verbWords[action.type]} ${target.kind} ${target.name}${where}${scaleText(plan.content)}`;
}

/** What a scale is about stands wherever it is named. */
function scaleText({ action, changes }: Pick<Plan['content'], 'action' | 'changes'>): string {
  const [change, ...others] = changes;
  const resizes = ['scale', 'patch', 'set-field', 'apply'].includes(action.type);
  if (!resizes || change?.path !== '/spec/replicas' || others.length > 0) return '';
  return ` (${fieldText(change.before, false)} → ${fieldText(change.after, false)})`;
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
  const order = content.waves === undefined ? '' : ` ${waveText(content.waves)}`;
  const unseen = content.preview.kind === 'none' ? ' No server preview.' : '';
  const undo = `${content.undo.kind === 'none' ? ' Cannot be undone.' : ''}${unseen}`;
  const where = `${planTitle(plan)} on ${content.target.cluster}. `;
  const pods = ` ${content.affected.pods} pods affected${order === '' ? '' : `,${order}`}.`;
  const [first, ...others] = shownChanges(content).map(changeText);
  const more = others.length > 0 ? `; and ${others.length} more` : '';
  const room = 300 - cutTo(where, 120).length - pods.length - undo.length - more.length - 1;
  return `${cutTo(where, 120)}${cutTo(first ?? '', Math.max(20, room))}${more}.${pods}${undo}`;
}

const cutTo = (text: string, max: number): string => (text.length > max ? `${text.slice(0, max - 1)}…` : text);
