/** Names of messages. A key is written into the message's metadata, so that a lost answer is found in the history. */
import type { Incident } from '../domain/incident.ts';
import type { StepPlace } from '../domain/view.ts';

export const messageKey = {
  incident: (incidentId: string): string => `incident:${incidentId}`,
  choice: (incidentId: string): string => `choice:${incidentId}`,
  posting: (postingId: string): string => `posting:${postingId}`,
  step: (place: StepPlace): string => `step:${place.postingId}/${place.ordinal}`,
  reading: (readingId: string): string => `reading:${readingId}`,
  proposal: (proposalId: string): string => `proposal:${proposalId}`,
  run: (runId: string): string => `run:${runId}`,
  captures: (runId: string): string => `captures:${runId}`,
  notice: (id: string): string => `notice:${id}`,
  /** Of a note in PagerDuty, by its id there: shown once. */
  pageNote: (noteId: string): string => `page-note:${noteId}`,
  /** One for each time that everything cleared. */
  resolveOffer: (incident: Required<Pick<Incident, 'id' | 'clearedAt'>>): string =>
    `offer:${incident.id}:${incident.clearedAt.getTime()}`,
};

/** `posting/ordinal`, the subject of a step's message and the value of its button. */
export const placeText = (place: StepPlace): string => `${place.postingId}/${place.ordinal}`;

export function parsePlace(text: string): StepPlace | undefined {
  const match = /^([a-z]+-[a-z0-9]{20})\/([1-9][0-9]{0,3})$/.exec(text);
  return match?.[1] && match[2] ? { postingId: match[1], ordinal: Number(match[2]) } : undefined;
}
