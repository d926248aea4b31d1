import { maskText } from '../../domain/masking.ts';
import type { Incident } from '../../domain/incident.ts';
import type { NoteView } from '../../domain/view.ts';
import type { LedgerTransaction } from '../ledger.ts';
import { messageKey } from '../messages.ts';
import { noteToPager } from '../pager/order-pager.ts';
import type { NewId } from '../ports.ts';

/** What a person writes down: in the timeline, shown in the channel in their name, and on the page in PagerDuty; without what looks like a secret. */
export async function writeNote(
  tx: LedgerTransaction,
  newId: NewId,
  { incident, user, text: written }: { incident: Incident; user: string; text: string },
): Promise<void> {
  const text = maskText(written);
  await tx.journal({ kind: 'incident.note', incidentId: incident.id, actor: user, data: { text } });
  await noteToPager(tx, newId, { incidentId: incident.id, by: user, text: `<@${user}>: ${text}` });
  if (!incident.channel) return;
  const id = newId('note');
  const shown: Omit<NoteView, 'kind'> = { by: user, text };
  await tx.putMessage(
    {
      key: messageKey.notice(id),
      kind: 'note',
      subject: id,
      channel: incident.channel,
      text: JSON.stringify(shown),
    },
    'status',
  );
}
