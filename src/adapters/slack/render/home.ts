/** The App Home: one page for each person. Slack: a view holds 100 blocks, a section 3,000 characters. */
import type { HomeView as SlackHome, KnownBlock } from '@slack/web-api';
import type { HomeView } from '../../../domain/view.ts';
import { context, fittingLines, header, section } from './blocks.ts';
import { freezeLine } from './freeze.ts';
import { incidentLine } from './incident-list.ts';
import { limits } from './limits.ts';
import { channelLink, code, inline, join, md, messageLink, people, slackDate } from './mrkdwn.ts';
import type { Mrkdwn } from './mrkdwn.ts';
import { planTitle } from './plan-text.ts';
import { classWords } from './words.ts';

const incidentsMax = 20;
const pendingMax = 15;
const servicesMax = 25;
const freezesMax = 10;
const peopleMax = 8;
/** Characters of a section, counted as JSON. */
const room = 2_800;

/** `workspaceUrl` is where links to messages begin, such as `https://acme.slack.com/`; without it the channel is named. */
export function renderHome(home: HomeView, workspaceUrl: string | undefined): SlackHome {
  const blocks: KnownBlock[] = home.closed
    ? [header('Firebreak'), section(md`${inline(home.closed, 500)}`)]
    : [...freezes(home), ...incidents(home), ...pending(home, workspaceUrl), ...onCall(home), foot(home)];
  return { type: 'home', blocks: blocks.slice(0, limits.modalBlocks) };
}

function freezes({ freezes: standing }: HomeView): KnownBlock[] {
  if (standing.length === 0) return [];
  const lines = standing.slice(0, freezesMax).map(freezeLine);
  const more = standing.length - lines.length;
  if (more > 0) lines.push(md`_and ${more} more_`);
  return [header('🧊 Frozen'), section(fittingLines(lines, room, ''))];
}

function incidents(home: HomeView): KnownBlock[] {
  const shown = home.incidents.slice(0, incidentsMax);
  const more = home.incidentsTotal - shown.length;
  return [
    header(`Open incidents (${home.incidentsTotal})`),
    ...(shown.length === 0 ? [section(md`None. ${code('/incident new')} opens one without an alert.`)] : []),
    ...shown.map((incident) => section(incidentLine(incident))),
    ...(more > 0 ? [context(md`${more} more: ${code('/incident status')}`)] : []),
  ];
}

function pending(home: HomeView, workspaceUrl: string | undefined): KnownBlock[] {
  if (home.pendingTotal === 0) return [header('Waiting for approval (0)'), section(md`No plan waits for a vote.`)];
  const shown = home.pending.slice(0, pendingMax);
  const more = home.pendingTotal - shown.length;
  return [
    header(`Waiting for approval (${home.pendingTotal})`),
    ...shown.map((one) => section(pendingLine(one, workspaceUrl))),
    ...(more > 0 ? [context(md`${more} more wait in their channels.`)] : []),
  ];
}

const voteWords = {
  open: md`🗳️ *You may approve this.*`,
  cast: md`You have voted.`,
  none: md`Your approval would not count.`,
} satisfies Record<HomeView['pending'][number]['vote'], Mrkdwn>;

function pendingLine(one: HomeView['pending'][number], workspaceUrl: string | undefined): Mrkdwn {
  const { plan, channel, ts, needed, given } = one;
  const title = inline(planTitle(plan), 250);
  const where = ts === undefined ? undefined : messageLink(workspaceUrl, { channel, ts }, 'Open the plan');
  return join(
    [
      md`*${title}* · ${classWords[plan.content.class]} · ${code(plan.service, 80)}`,
      md`${given} of ${needed} approvals, expires ${slackDate(plan.expiresAt, 'time')} · ${where ?? channelLink(channel)}`,
      one.isFrozen ? md`🧊 *Frozen:* no votes are taken.` : voteWords[one.vote],
    ],
    '\n',
  );
}

function onCall({ onCall: services }: HomeView): KnownBlock[] {
  if (services.length === 0) return [];
  const lines = services.slice(0, servicesMax).map(({ service, people: known, others, problem }) => {
    const names = [
      ...(known.length > 0 ? [people(known, peopleMax)] : []),
      ...others.slice(0, peopleMax).map((name) => inline(name, 80)),
    ];
    const who = names.length === 0 && problem === undefined ? [md`_nobody is configured_`] : [join(names, ', ')];
    const trouble = problem === undefined ? [] : [md`⚠️ ${inline(problem, 200)}`];
    return join(
      [code(service, 80), ...who, ...trouble].filter(({ text }) => text !== ''),
      ' ',
    );
  });
  const more = services.length - lines.length;
  if (more > 0) lines.push(md`_and ${more} more services_`);
  return [header('On call'), section(fittingLines(lines, room, ''))];
}

const foot = ({ asOf }: HomeView): KnownBlock =>
  context(md`As of ${slackDate(asOf, 'time')}. Kept up to date for an hour after you open this page.`);
