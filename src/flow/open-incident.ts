/**
 * Exactly one channel for each incident. The name is no idempotency key in Slack (two concurrent creates may both
 * succeed), so: note in the ledger that we are about to ask, ask, store the id. Whoever finds the note without an id
 * looks for the channel before asking again.
 */
import { channelName, type Incident } from '../domain/incident.ts';
import { OperationError, invariant } from '../domain/errors.ts';
import type { Ledger } from './ledger.ts';
import type { Membership } from './membership.ts';
import { messageKey } from './messages.ts';
import type { Chat, World } from './ports.ts';
import { offerResolution } from './receive-alert.ts';
import type { Handler } from './work.ts';

const namesTried = 5;
/** Slack's conversations.invite takes 100; nobody wants more than this in an incident. */
const invitedMax = 50;

type Parts = World & { ledger: Ledger; chat: Chat; membership: Membership; channelPrefix: string };

/** Handles `open-incident`. */
export function createOpenIncident({ ledger, chat, failpoint, channelPrefix }: Parts): Handler {
  /** A channel of this name that we made and that no other incident has. */
  async function adopt(name: string, incident: Incident): Promise<string | undefined> {
    const found = await chat.findChannel(name);
    if (!found?.ours) return undefined;
    const owner = await ledger.transaction((tx) => tx.incidentOfChannel(found.channel));
    return owner === undefined || owner.id === incident.id ? found.channel : undefined;
  }

  async function makeChannel(incident: Incident): Promise<string> {
    const askedBefore = incident.channelAskedAt !== undefined;
    if (!askedBefore) {
      await ledger.transaction(async (tx) => tx.updateIncident(incident.id, { channelAskedAt: await tx.now() }));
    }
    const base = channelName(channelPrefix, incident);
    for (let suffix = 1; suffix <= namesTried; suffix++) {
      const name = suffix === 1 ? base : `${base}-${suffix}`;
      const before = askedBefore ? await adopt(name, incident) : undefined;
      if (before) return before;
      failpoint('channel:before-create');
      const answer = await chat.createChannel(name);
      failpoint('channel:after-create');
      if (answer.kind === 'created') return answer.channel;
      // Nobody asked for this incident before, so one of this name is somebody else's, or of an older ledger.
      const taken = askedBefore ? await adopt(name, incident) : undefined;
      if (taken) return taken;
    }
    throw new OperationError(
      'chat-rejected',
      `all names like ${base} are taken in Slack; archive or rename one of them`,
      {
        retryable: false,
      },
    );
  }

  /**
   * The first channel in the ledger is the incident's. Stored at once and not with the end of the work: of two workers
   * that were both given a channel, also the one whose lease ran out has to learn that its own is one too many.
   */
  async function settleChannel(incident: Incident, made: string): Promise<string> {
    const place = await ledger.transaction(async (tx) => {
      await tx.lock(`channel:${incident.id}`);
      const stored = (await tx.incident(incident.id))?.channel;
      if (stored) return stored;
      await tx.updateIncident(incident.id, { channel: made });
      await tx.journal({
        kind: 'incident.channel',
        incidentId: incident.id,
        actor: 'firebreak',
        data: { channel: made },
      });
      return made;
    });
    if (place !== made) await chat.archiveChannel(made);
    return place;
  }

  return async (work) => {
    const incident = await ledger.transaction((tx) => tx.incident(work.subject));
    invariant(incident, 'work names an incident that exists');
    const place = incident.channel ?? (await settleChannel(incident, await makeChannel(incident)));

    return async (tx) => {
      const isFirst = (await tx.message(messageKey.incident(incident.id))) === undefined;
      await tx.putMessage(
        { key: messageKey.incident(incident.id), kind: 'incident-card', subject: incident.id, channel: place },
        'status',
      );
      await tx.touchMessage(messageKey.incident(incident.id), 'status');
      await tx.enqueue({ kind: 'furnish-channel', subject: incident.id, lane: 'status', coalesce: true });
      if (isFirst) await tx.enqueue({ kind: 'post-runbook', subject: incident.id, lane: 'status', coalesce: true });
    };
  };
}

/** Handles `furnish-channel`: topic, bookmarks, people, the pinned card. Every part may be repeated without harm. */
export function createFurnishChannel({ ledger, chat, services, membership, log }: Parts): Handler {
  /** Slack may dislike a link that an alert brought; whether people are invited does not depend on it. */
  async function unlessRefused(asked: Promise<void>): Promise<void> {
    try {
      await asked;
    } catch (error) {
      if (!(error instanceof OperationError) || error.retryable) throw error;
      log.warn({ why: error.message }, 'a part of the channel was refused');
    }
  }

  return async (work) => {
    const { incident, card, alert } = await ledger.transaction(async (tx) => {
      const incident = await tx.incident(work.subject);
      invariant(incident?.channel, 'the channel is stored before it is furnished');
      return {
        incident: { ...incident, channel: incident.channel },
        card: await tx.message(messageKey.incident(incident.id)),
        alert: (await tx.alertsOf(incident.id, 1)).alerts[0],
      };
    });
    if (!card?.ts) return async () => ({ againInMs: 300 });

    const service = services.find((candidate) => candidate.name === incident.service);
    await unlessRefused(chat.pin(incident.channel, card.ts));
    const topic = `${incident.severity} · ${incident.title} · ${incident.service} · ${incident.state}`;
    await unlessRefused(chat.setTopic(incident.channel, topic));
    const links = bookmarks(service?.dashboard, alert?.annotations ?? {}, alert?.generatorUrl);
    await unlessRefused(chat.addBookmarks(incident.channel, links));
    if (service) {
      const people = [...service.responders.slack, ...service.responders.onCall];
      const users = await membership.usersOf(people, invitedMax);
      await chat.invite(incident.channel, users);
      log.info({ incidentId: incident.id, invited: users.length }, 'channel furnished');
    }
    return async (tx) => {
      await offerResolution(tx, incident);
      await tx.journal({ kind: 'incident.furnished', incidentId: incident.id, actor: 'firebreak', data: {} });
    };
  };
}

/** Only http and https: a label of an alert is nobody's word for a link. */
function bookmarks(
  dashboard: string | undefined,
  annotations: Readonly<Record<string, string>>,
  alertUrl: string | undefined,
) {
  const wanted = [
    { title: 'Dashboard', link: dashboard ?? annotations['dashboard_url'] ?? annotations['dashboard'] },
    { title: 'Runbook', link: annotations['runbook_url'] },
    { title: 'Alert', link: alertUrl },
  ];
  return wanted.flatMap(({ title, link }) => {
    const address = link === undefined ? undefined : webAddress(link);
    return address === undefined ? [] : [{ title, link: address }];
  });
}

/** As the parser understood it: it drops blanks and line ends that another one might trip over. */
function webAddress(text: string): string | undefined {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:') || url.username !== '') return undefined;
  return url.href.length <= 2000 ? url.href : undefined;
}
