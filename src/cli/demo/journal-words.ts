/** What a journal row says, in words for a person who has never seen the ledger. */
import type { Json } from '../../domain/json.ts';
import { fieldText, objectName, type PlanContent, shownChanges } from '../../domain/plan.ts';

type Data = { readonly [key: string]: Json };
type Details = readonly (readonly [label: string, text: string])[];

const textOf = (value: Json | undefined): string =>
  value === undefined || value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value);

/** Kinds whose sentence is always the same; everything else is below. */
const sentences: Readonly<Record<string, string>> = {
  'alert.ended': 'An alert that was missed is over',
  'alert.missed': 'Alerts that no webhook brought were found at Alertmanager',
  'alert.unmatched': 'Alerts came that belong to no service',
  'chat.gap': 'Slack was not heard for a while',
  'freeze.lifted': 'Changes are allowed again',
  'freeze.set': 'Changes are frozen',
  'incident.acknowledged': 'The incident is acknowledged',
  'incident.bookmarked': 'A bookmark is set in the channel',
  'incident.channel': 'The incident’s channel is made',
  'incident.channel-left': 'The incident’s channel is given up for a new one',
  'incident.cleared': 'All alerts have cleared',
  'incident.furnished': 'People are invited, the card is pinned',
  'incident.note': 'A note is written down',
  'incident.opened': 'The incident is opened',
  'incident.reopened': 'The incident is open again',
  'incident.resolved': 'The incident is resolved',
  'incident.severity': 'The severity is changed',
  'incident.taken': 'Somebody takes the incident over',
  'incident.unacknowledged': 'The incident is given back',
  'ledger.pruned': 'Details of old incidents are removed',
  'page.note': 'A note came from PagerDuty',
  'page.unheard': 'A page that no webhook brought was found at PagerDuty',
  'page.unmatched': 'A page came that belongs to no service',
  'pager.asked': 'PagerDuty is asked to follow the incident',
  'pager.escalated': 'The page is escalated',
  'pager.left': 'The page is left as it is',
  'pager.noted': 'A note is written to PagerDuty',
  'pager.reassigned': 'The page is assigned to somebody else',
  'pager.refused': 'PagerDuty did not do what was asked',
  'part.failed': 'One of the objects failed; nothing happened to it',
  'part.refused': 'One of the objects was refused; nothing happened to it',
  'part.succeeded': 'One of the objects is done',
  'part.unknown': 'Nobody can know what happened to one of the objects: look at the cluster',
  'plan.approved': 'The plan is approved',
  'plan.cancelled': 'The plan is cancelled',
  'plan.denied': 'The plan is denied',
  'plan.expired': 'The plan ran out of time',
  'plan.proposed': 'A change is planned; nothing is done yet',
  'plan.refused': 'No plan could be made',
  'plan.superseded': 'A newer plan takes the place of this one',
  'pods.captured': 'Logs and events of the pods that are about to end are kept',
  'run.failed': 'The change failed and had no effect',
  'run.partial': 'The change was done in part',
  'run.refused': 'The change was refused and had no effect',
  'run.started': 'The change is about to be sent',
  'run.succeeded': 'The change is done',
  'run.unknown': 'Nobody can know whether the change was done: look at the cluster',
  'runbook.posted': 'A runbook is posted',
  'step.looked-up': 'The values that a step needs were looked up',
  'step.read': 'A read-only step has run',
  'undo.asked': 'Somebody asks for the way back',
  'verification.failed': 'The rollout did not work out',
  'verification.passed': 'The rollout finished',
  'waves.asked': 'Somebody asks for the pods in another order',
  'work.failed': 'A piece of work failed for good',
};

/** A kind that is not in the table is said as it is: nothing in the journal is left out. */
export function sentenceOf(kind: string, data: Json): string {
  const known = Object.hasOwn(sentences, kind) ? sentences[kind] : undefined;
  if (known !== undefined) return known;
  if (kind === 'vote.cast') return isData(data) && data['verdict'] === 'deny' ? 'votes against' : 'votes for the plan';
  const [area, word = ''] = kind.split('.');
  if (area === 'page') return `PagerDuty says: ${word.replaceAll('_', ' ')}`;
  if (area === 'pager') return `In PagerDuty: ${word.replaceAll('-', ' ')}`;
  return kind;
}

/** In this order; what is not here is left to the journal itself. */
const labels = {
  service: 'Service',
  title: 'Title',
  text: 'Text',
  reason: 'Reason',
  class: 'Class',
  source: 'Step',
  step: 'Step',
  verdict: 'Vote',
  path: 'Runbook',
  procedure: 'Procedure',
  exitCode: 'Exit code',
  characters: 'Characters read',
  from: 'From',
  to: 'To',
  scope: 'Scope',
  channel: 'Channel',
  names: 'Names',
  alerts: 'Alerts',
  page: 'Page',
  status: 'Status',
  by: 'By',
  assignees: 'Assigned to',
  result: 'Result',
  auditId: 'Audit-ID',
  error: 'Error',
} as const;

const textMax = 600;

export function detailsOf(row: { readonly kind: string; readonly data: Json; readonly plan?: PlanContent }): Details {
  const { data, plan } = row;
  const given: [string, string][] = [];
  if (isData(data)) {
    for (const [key, label] of Object.entries(labels)) {
      // `source` is the step as its author wrote it, `step` only its place.
      if (key === 'step' && data['source'] !== undefined) continue;
      const text = textOf(data[key]);
      if (text !== '') given.push([label, text.slice(0, textMax)]);
    }
  }
  return [...given, ...(plan ? planDetails(plan) : [])];
}

function planDetails({ target, undo, ...content }: PlanContent): Details {
  return [
    ['Object', `${target.kind} ${objectName(target)}`],
    ...shownChanges(content).map(
      ({ label, before, after, masked }) =>
        [label, `${fieldText(before, masked === true)} → ${fieldText(after, masked === true)}`] as const,
    ),
    ['Undo', undo.kind === 'action' ? undo.text : `cannot be undone: ${undo.why}`],
  ];
}

/** Who did it: a person's name, `Firebreak`, or the system that said so. */
export function nameOf(actor: string, personName: (id: string) => string | undefined): string {
  const systems: Readonly<Record<string, string>> = {
    firebreak: 'Firebreak',
    alertmanager: 'Alertmanager',
    pagerduty: 'PagerDuty',
  };
  return systems[actor] ?? personName(actor) ?? actor;
}

const isData = (data: Json): data is Data => typeof data === 'object' && data !== null && !Array.isArray(data);
