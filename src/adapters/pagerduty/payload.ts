/**
 * A webhook's body, version 3 (PagerDuty documentation, "Webhooks: Webhook Payload", "Event Data Types") → an event.
 * Every body becomes an event, for a signed one is always accepted: what is not understood is of kind `other`.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { PageEvent, PageStatus } from '../../domain/page.ts';
import { commonFields, Id, IncidentNumber, Status, textUpTo, Time, toSnapshot, User, users } from './snapshot.ts';

const noteMax = 30_000;

/**
 * Events about an incident, with the status that the type says by itself: the data may be of a later moment.
 * A page is reopened to triggered or to acknowledged, so there the data says which.
 */
const pageTypes: ReadonlyMap<string, (said: PageStatus) => PageStatus> = new Map([
  ['incident.triggered', () => 'triggered'],
  ['incident.acknowledged', () => 'acknowledged'],
  ['incident.unacknowledged', () => 'triggered'],
  ['incident.resolved', () => 'resolved'],
  ['incident.reopened', (said: PageStatus) => (said === 'resolved' ? 'triggered' : said)],
  ...['delegated', 'escalated', 'incident_type.changed', 'priority_updated', 'reassigned', 'service_updated'].map(
    (name): [string, (said: PageStatus) => PageStatus] => [`incident.${name}`, (said) => said],
  ),
]);

const Word = z.string().regex(/^[\x21-\x7e]{1,200}$/);

const Envelope = z.object({
  event: z.object({
    id: Word,
    event_type: Word,
    occurred_at: Time,
    agent: User.nullish().catch(null),
    data: z.unknown(),
  }),
});

const PageData = z
  .object({
    ...commonFields,
    number: IncidentNumber,
    status: Status.nullish().catch(null),
    assignees: z.array(z.unknown()).catch([]),
    created_at: Time.nullish().catch(null),
  })
  .transform(({ number, status, assignees, created_at: createdAt, ...rest }) => ({
    number,
    status,
    assignees: users(assignees),
    createdAt,
    rest,
  }));

const NoteData = z.object({ id: Id, content: textUpTo(noteMax), incident: z.object({ id: Id }) });

/** `problem`: what of the body was not as documented, one sentence for the log. */
type ParsedPageEvent = { readonly event: PageEvent; readonly problem?: string };

/** Never throws. `receivedAt` is the time of a body that names none. */
export function parsePageEvent(rawBody: Buffer, receivedAt: Date): ParsedPageEvent {
  let json: unknown;
  try {
    json = JSON.parse(rawBody.toString('utf8'));
  } catch {
    return unreadable(rawBody, receivedAt, 'The body is not JSON.');
  }
  const envelope = Envelope.safeParse(json);
  if (!envelope.success) return unreadable(rawBody, receivedAt, firstProblem(envelope.error, []));
  const { id, event_type: type, occurred_at: at, agent, data } = envelope.data.event;
  const head = { id, at, type, ...(agent ? { agent } : {}) };

  if (type === 'pagey.ping') return { event: { ...head, kind: 'ping' } };
  if (type === 'incident.annotated') {
    const note = NoteData.safeParse(data);
    if (!note.success) return { event: { ...head, kind: 'other' }, problem: firstProblem(note.error, inData) };
    const { id: noteId, content: text, incident } = note.data;
    return { event: { ...head, kind: 'note', pageId: incident.id, noteId, text } };
  }
  const statusOf = pageTypes.get(type);
  if (!statusOf) return { event: { ...head, kind: 'other' } };
  const page = PageData.safeParse(data);
  if (!page.success) return { event: { ...head, kind: 'other' }, problem: firstProblem(page.error, inData) };
  const { rest, number, status: said, assignees, createdAt } = page.data;
  // Only a type that says the status itself can do without it in the data.
  const status = statusOf(said ?? 'triggered');
  if (!said && statusOf('acknowledged') === 'acknowledged' && statusOf('resolved') === 'resolved') {
    return { event: { ...head, kind: 'other' }, problem: 'event.data.status: is not a status of an incident.' };
  }
  const snapshot = toSnapshot(rest, { number, status, assignees, createdAt: createdAt ?? at });
  return { event: { ...head, kind: 'page', page: snapshot } };
}

const inData = ['event', 'data'] as const;

/** The digest of the body stands for the id, so that the same bytes are the same event. */
function unreadable(rawBody: Buffer, at: Date, problem: string): ParsedPageEvent {
  const id = `sha256:${createHash('sha256').update(rawBody).digest('hex')}`;
  return { event: { id, at, type: 'unreadable', kind: 'other' }, problem };
}

/** Names the field, never its value. */
function firstProblem(error: z.ZodError, under: readonly PropertyKey[]): string {
  const issue = error.issues[0];
  const field = [...under, ...(issue?.path ?? [])].join('.') || 'the body';
  return `${field}: ${issue?.message ?? 'is not as documented'}.`;
}
