import type { KnownBlock } from '@slack/web-api';
import type { Alert } from '../../../domain/alert.ts';
import type { IncidentCardView } from '../../../domain/view.ts';
import { actionIds } from './action-ids.ts';
import { actions, button, confirm, context, header, section } from './blocks.ts';
import type { RenderedMessage } from './limits.ts';
import { code, inline, join, link, md, nothing, people, person, slackDate } from './mrkdwn.ts';
import type { Mrkdwn } from './mrkdwn.ts';
import { planTitle } from './plan-text.ts';
import { severityWords, stateWords } from './words.ts';

const alertsMax = 5;
const labelsMax = 4;
const pendingMax = 5;
/** Shown elsewhere on the card, or of no use to a person. */
const dullLabels = new Set(['alertname', 'severity', 'prometheus', 'endpoint', 'job', 'uid']);

/** The pinned card: what it is, how it stands, who is on it, what comes next. */
export function renderIncidentCard(view: IncidentCardView): RenderedMessage {
  const { incident, firing, total } = view;
  const blocks: KnownBlock[] = [
    header(`${severityWords[incident.severity]} · ${incident.title}`),
    section(join([stateLine(view), md`*Next:* ${inline(view.nextStep, 600)}`], '\n')),
  ];
  if (view.alerts.length > 0) {
    const lines = view.alerts.slice(0, alertsMax).map(alertLine);
    const more = total - Math.min(view.alerts.length, alertsMax);
    if (more > 0) lines.push(md`_and ${more} more_`);
    blocks.push(section(join([md`*Alerts:* ${firing} of ${total} firing`, ...lines], '\n')));
  }
  if (view.pendingPlans.length > 0) {
    const lines = view.pendingPlans
      .slice(0, pendingMax)
      .map((plan) => md`🗳️ ${inline(planTitle(plan), 150)}, expires ${slackDate(plan.expiresAt, 'time')}`);
    const more = view.pendingPlans.length - pendingMax;
    if (more > 0) lines.push(md`_and ${more} more_`);
    blocks.push(section(join([md`*Waiting for approval*`, ...lines], '\n')));
  }
  blocks.push(
    context(
      md`Service ${code(incident.service, 80)}`,
      view.responders.length > 0 ? md`Responders: ${people(view.responders, 10)}` : md`No responders are configured`,
      view.runbook
        ? md`Runbook: ${inline(view.runbook.title, 120)} (${code(view.runbook.path, 150)})`
        : md`No runbook matched; try ${code('/runbook')}`,
    ),
  );
  if (incident.state !== 'resolved') blocks.push(buttons(view));
  const text = md`${severityWords[incident.severity]} ${incident.title}: ${stateWords[incident.state]}, ${firing} of ${total} alerts firing`;
  return { text: text.text, blocks };
}

function stateLine({ incident }: IncidentCardView): Mrkdwn {
  const opened = md`*${stateWords[incident.state]}* · opened ${slackDate(incident.openedAt, 'moment')}`;
  const parts = [opened];
  if (incident.acknowledgedBy) parts.push(md`acknowledged by ${person(incident.acknowledgedBy)}`);
  if (incident.resolvedAt) parts.push(md`resolved ${slackDate(incident.resolvedAt, 'moment')}`);
  else if (incident.clearedAt) parts.push(md`alerts cleared ${slackDate(incident.clearedAt, 'moment')}`);
  return join(parts, ' · ');
}

function alertLine(alert: Alert): Mrkdwn {
  const icon = alert.status === 'firing' ? md`🔥 firing` : md`✅ resolved`;
  const since = alert.status === 'firing' ? alert.startsAt : (alert.endsAt ?? alert.startsAt);
  const name = alert.generatorUrl ? link(alert.generatorUrl, alert.name) : inline(alert.name, 150);
  const summary = alert.annotations['summary'] ?? alert.annotations['description'];
  const labels = Object.entries(alert.labels)
    .filter(([key]) => !dullLabels.has(key))
    .slice(0, labelsMax)
    .map(([key, value]) => code(`${key}=${value}`, 70));
  return md`${icon} *${name}* since ${slackDate(since, 'moment')}${labels.length > 0 ? md` ${join(labels, ' ')}` : nothing}${
    summary ? md`\n    ${inline(summary, 150)}` : nothing
  }`;
}

function buttons({ incident, firing }: IncidentCardView): KnownBlock {
  const resolve = button({
    actionId: actionIds.resolve,
    label: 'Resolve',
    value: incident.id,
    confirm: confirm({
      title: 'Resolve this incident?',
      text: firing > 0 ? `${firing} alerts are still firing.` : 'No alert is firing any more.',
      yes: 'Resolve',
      no: 'Not yet',
    }),
  });
  if (incident.state !== 'open') return actions(resolve);
  const acknowledge = button({
    actionId: actionIds.acknowledge,
    label: 'Acknowledge',
    value: incident.id,
    style: 'primary',
  });
  return actions(acknowledge, resolve);
}
