import type { KnownBlock } from '@slack/web-api';
import type { Alert } from '../../../domain/alert.ts';
import type { Page } from '../../../domain/page.ts';
import type { IncidentCardView } from '../../../domain/view.ts';
import { actionIds } from './action-ids.ts';
import { actions, button, confirm, context, header, section } from './blocks.ts';
import { freezeLine } from './freeze.ts';
import type { RenderedMessage } from './limits.ts';
import { code, inline, join, link, md, nothing, people, person, slackDate } from './mrkdwn.ts';
import type { Mrkdwn } from './mrkdwn.ts';
import { planTitle } from './plan-text.ts';
import { pageWords, severityWords, stateWords } from './words.ts';

const alertsMax = 5;
const labelsMax = 4;
const pendingMax = 5;
const pagesMax = 3;
const assigneesMax = 5;
/** Shown elsewhere on the card, or of no use to a person. */
const dullLabels = new Set(['alertname', 'severity', 'prometheus', 'endpoint', 'job', 'uid']);

/** The pinned card: what it is, how it stands, who is on it, what comes next. */
export function renderIncidentCard(view: IncidentCardView): RenderedMessage {
  const { incident, firing, total } = view;
  const blocks: KnownBlock[] = [
    header(`${severityWords[incident.severity]} · ${incident.title}`),
    section(
      join(
        [stateLine(view), ...(view.freeze ? [freezeLine(view.freeze)] : []), md`*Next:* ${inline(view.nextStep, 600)}`],
        '\n',
      ),
    ),
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
  if (view.pages.length > 0) blocks.push(section(join(view.pages.slice(0, pagesMax).map(pageLine), '\n')));
  blocks.push(
    context(
      md`Service ${code(incident.service, 80)}`,
      respondersOf(view),
      view.runbook
        ? md`Runbook: ${inline(view.runbook.title, 120)} (${code(view.runbook.path, 150)})`
        : md`No runbook matched; try ${code('/runbook')}`,
    ),
  );
  if (incident.state !== 'resolved') blocks.push(buttons(view));
  const alerts = total > 0 ? md`, ${firing} of ${total} alerts firing` : nothing;
  const text = md`${severityWords[incident.severity]} ${incident.title}: ${stateWords[incident.state]}${alerts}`;
  return { text: text.text, blocks };
}

function respondersOf({ responders, pagedToo }: IncidentCardView): Mrkdwn {
  const onCall = pagedToo ? [md`whoever is on call in PagerDuty`] : [];
  const who = [...(responders.length > 0 ? [people(responders, 10)] : []), ...onCall];
  return who.length > 0 ? md`Responders: ${join(who, ', ')}` : md`No responders are configured`;
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

/** Names are PagerDuty's own: not everybody there has a Slack account. */
function pageLine(page: Page): Mrkdwn {
  const title = link(page.url, `PagerDuty #${page.number}`);
  const names = page.assignees.slice(0, assigneesMax).map(({ name }) => inline(name, 60));
  const more = page.assignees.length - names.length;
  if (more > 0) names.push(md`${more} more`);
  const who = names.length > 0 ? md`, assigned to ${join(names, ', ')}` : nothing;
  return md`📟 *${title}* ${pageWords[page.status]}${who}`;
}

function buttons(view: IncidentCardView): KnownBlock {
  const { incident, firing } = view;
  const resolve = button({
    actionId: actionIds.resolve,
    label: 'Resolve',
    value: incident.id,
    confirm: confirm({
      title: 'Resolve this incident?',
      text: firing > 0 ? `${firing} alerts are still firing.` : 'No alert is firing.',
      yes: 'Resolve',
      no: 'Not yet',
    }),
  });
  const callable = view.asksPager && view.pages.some(({ status }) => status !== 'resolved');
  const calls = callable
    ? [
        button({ actionId: actionIds.escalatePage, label: 'Escalate…', value: incident.id }),
        button({ actionId: actionIds.reassignPage, label: 'Reassign…', value: incident.id }),
      ]
    : [];
  if (incident.state !== 'open') return actions(resolve, ...calls);
  const acknowledge = button({
    actionId: actionIds.acknowledge,
    label: 'Acknowledge',
    value: incident.id,
    style: 'primary',
  });
  return actions(acknowledge, resolve, ...calls);
}
