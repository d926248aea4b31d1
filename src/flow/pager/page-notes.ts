/** Notes that people write in PagerDuty: in the journal and, once there is a channel, in the channel; each once. */
import { maskText } from '../../domain/masking.ts';
import type { Incident } from '../../domain/incident.ts';
import type { PageNote } from '../../domain/page.ts';
import type { LedgerTransaction } from '../ledger.ts';
import { messageKey } from '../messages.ts';

const textMax = 4_000;
const shownMax = 1_800;

/** What one of our notes ends with, in a line of its own, so that a lost answer is found again. */
export const noteKey = (order: string): string => `[firebreak:${order}]`;

/** Our own notes are in the channel already. One that only names a key, or a key that we never gave, is somebody's. */
export async function isOurs(tx: LedgerTransaction, text: string): Promise<boolean> {
  const [, order] = /(?:^|\n)\[firebreak:([\w-]{1,60})\]\s*$/.exec(text) ?? [];
  return order !== undefined && (await tx.order(order))?.order.kind === 'note';
}

/** As it is kept: without what looks like a secret. */
export const keptNote = (note: PageNote): PageNote => ({ ...note, text: maskText(note.text).slice(0, textMax) });

export async function journalNote(tx: LedgerTransaction, incident: Incident, note: PageNote): Promise<void> {
  const { id, pageId, at, text } = note;
  await tx.journal({
    kind: 'page.note',
    incidentId: incident.id,
    actor: 'pagerduty',
    data: { note: id, page: pageId, at: at.toISOString(), by: note.by ?? null, text },
  });
}

/** Does nothing for notes that are in the channel already, and nothing while there is no channel. */
export async function showNotes(tx: LedgerTransaction, incident: Incident, notes: readonly PageNote[]): Promise<void> {
  const { channel } = incident;
  if (!channel) return;
  for (const { id, by, text } of notes) {
    await tx.putMessage(
      {
        key: messageKey.pageNote(id),
        kind: 'notice',
        subject: id,
        channel,
        text: `${by ?? 'An integration'} noted in PagerDuty: ${text.slice(0, shownMax)}`,
      },
      'chatter',
    );
  }
}

/** What was written before the channel was there. */
export async function showAllNotes(tx: LedgerTransaction, incident: Incident): Promise<void> {
  for (const page of await tx.pagesOf(incident.id)) await showNotes(tx, incident, await tx.notesOf(page.id));
}
