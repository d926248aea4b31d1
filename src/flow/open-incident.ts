/**
 * Exactly one channel for each incident. The name is no idempotency key in Slack (two concurrent creates may both
 * succeed), so: when it is our turn to ask, note in the ledger that we are about to, ask, store the id. Whoever finds
 * the note without an id looks for the channel before asking again.
 *
 * An incident that is reopened when people have archived its channel gets a new one, and its card and whatever was not
 * posted yet go there. Bots cannot unarchive (Slack documentation, conversations.unarchive).
 *
 * The furniture comes after the card, each piece as work of its own: one that has to wait for its turn, or that Slack
 * refuses, neither holds the others back nor has them done again.
 */
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { channelName, type Incident } from '../domain/incident.ts';
import { OperationError, invariant } from '../domain/errors.ts';
import type { Json } from '../domain/json.ts';
import type { Ledger, LedgerTransaction } from './ledger.ts';
import type { Membership } from './membership.ts';
import { messageKey } from './messages.ts';
import { showAllNotes } from './pager/page-notes.ts';
import type { Chat, World } from './ports.ts';
import { notice } from './post-runbook.ts';
import { offerResolution } from './receive-alert.ts';
import type { Handler } from './work.ts';

const namesTried = 5;
const channelLeft = 'incident.channel-left';
const LeftChannel = z.object({ channel: z.string() });
const movedText =
  'This incident goes on here because its former channel is archived or deleted. What was posted there stays there; type /runbook and a few words to post a procedure here.';
/** Slack's conversations.invite takes 100; nobody wants more than this in an incident. */
const invitedMax = 50;

type Parts = World & { ledger: Ledger; chat: Chat; membership: Membership; channelPrefix: string };

/** Handles `open-incident`. */
export function createOpenIncident({ ledger, chat, failpoint, newId, log, channelPrefix }: Parts): Handler {
  /** A channel of this name that we made and that no other incident has. */
  async function adopt(name: string, incident: Incident): Promise<string | undefined> {
    const found = await chat.findChannel(name);
    if (!found?.ours) return undefined;
    const owner = await ledger.transaction((tx) => tx.incidentOfChannel(found.channel));
    return owner === undefined || owner.id === incident.id ? found.channel : undefined;
  }

  async function makeChannel(incident: Incident): Promise<string> {
    const askedBefore = incident.channelAskedAt !== undefined;
    let noted = askedBefore;
    const beforeSend = async (): Promise<void> => {
      if (!noted) {
        await ledger.transaction(async (tx) => tx.updateIncident(incident.id, { channelAskedAt: await tx.now() }));
      }
      noted = true;
      failpoint('channel:before-create');
    };
    const base = channelName(channelPrefix, incident);
    for (let suffix = 1; suffix <= namesTried; suffix++) {
      const name = suffix === 1 ? base : `${base}-${suffix}`;
      const before = askedBefore ? await adopt(name, incident) : undefined;
      if (before) return before;
      const answer = await chat.createChannel(name, { beforeSend });
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

  /** As it is when nothing can be said in its channel any more: without one. */
  async function leaveDeadChannel(incident: Incident): Promise<Incident> {
    const { id, channel } = incident;
    if (channel === undefined || (await chat.isLive(channel))) return incident;
    log.warn({ incidentId: id, channel }, 'the channel is archived or deleted; the incident gets a new one');
    return ledger.transaction(async (tx) => {
      await tx.lock(`channel:${id}`);
      // Of two workers the first one leaves it.
      if ((await tx.incident(id))?.channel === channel) {
        await tx.updateIncident(id, { channel: null, channelAskedAt: null });
        await tx.journal({ kind: channelLeft, incidentId: id, actor: 'firebreak', data: { channel } });
      }
      const now = await tx.incident(id);
      invariant(now, 'incidents are never deleted');
      return now;
    });
  }

  /** False: it has had no other channel, or everything went from there before. */
  async function moveFromFormer(tx: LedgerTransaction, incident: Incident, place: string): Promise<boolean> {
    const left = LeftChannel.safeParse((await tx.newestEntry(incident.id, channelLeft))?.data);
    if (!left.success || left.data.channel === place) return false;
    const moved = await tx.moveMessages({
      from: left.data.channel,
      to: place,
      also: messageKey.incident(incident.id),
    });
    if (moved > 0) await notice(tx, newId, place, movedText);
    return moved > 0;
  }

  return async (work) => {
    const known = await ledger.transaction((tx) => tx.incident(work.subject));
    invariant(known, 'work names an incident that exists');
    const incident = await leaveDeadChannel(known);
    const place = incident.channel ?? (await settleChannel(incident, await makeChannel(incident)));

    return async (tx) => {
      const hasMoved = await moveFromFormer(tx, incident, place);
      const isFirst = (await tx.message(messageKey.incident(incident.id))) === undefined;
      await tx.putMessage(
        { key: messageKey.incident(incident.id), kind: 'incident-card', subject: incident.id, channel: place },
        'status',
      );
      await tx.touchMessage(messageKey.incident(incident.id), 'status');
      const furnish = isFirst || hasMoved ? [incident.id] : [`${incident.id}/topic`, `${incident.id}/people`];
      for (const subject of furnish) {
        await tx.enqueue({ kind: 'furnish-channel', subject, lane: 'status', coalesce: true });
      }
      if (isFirst) await tx.enqueue({ kind: 'post-runbook', subject: incident.id, lane: 'status', coalesce: true });
      if (isFirst) await showAllNotes(tx, { ...incident, channel: place });
    };
  };
}

const isSlackUser = /^[UW][A-Z0-9]+$/;

type Bookmark = { readonly title: string; readonly link: string };
const bookmarked = 'incident.bookmarked';
/** A channel has room for a hundred. */
const bookmarksMax = 100;

/** What a channel is given; bookmarks by their number, from 1. */
type Piece = 'pin' | 'topic' | 'people' | 'on-call' | `bookmark-${number}`;

/**
 * Handles `furnish-channel`: of an incident's id it asks for the pieces once the card is there, of `id/links` for the
 * bookmarks that it has not been given (a page may come later), of `id/piece` it does the piece. Each may be repeated
 * without harm: what is there already stays as it is. An app without bookmarks:read cannot look for a bookmark, so the
 * journal says which were given; a second one of a link, after an answer that was lost, is the most that can be too much.
 */
export function createFurnishChannel({ ledger, chat, services, membership, log }: Parts): Handler {
  const load = (id: string) =>
    ledger.transaction(async (tx) => {
      const incident = await tx.incident(id);
      invariant(incident?.channel, 'the channel is stored before it is furnished');
      const service = services.find((candidate) => candidate.name === incident.service);
      const alert = (await tx.alertsOf(incident.id, 1)).alerts[0];
      return {
        incident: { ...incident, channel: incident.channel },
        service,
        card: await tx.message(messageKey.incident(incident.id)),
        given: await givenIn(tx, id),
        links: bookmarks(service?.dashboard, alert?.annotations ?? {}, {
          alert: alert?.generatorUrl,
          page: (await tx.pagesOf(incident.id)).at(-1)?.url,
        }),
      };
    });

  /** Gives what the journal should remember of it. */
  async function give(id: string, piece: Piece): Promise<Bookmark | undefined> {
    const { incident, service, card, links, given } = await load(id);
    switch (piece) {
      case 'pin':
        if (card?.ts) await chat.pin(incident.channel, card.ts);
        return undefined;
      case 'topic': {
        const topic = `${incident.severity} · ${incident.title} · ${incident.service} · ${incident.state}`;
        await chat.setTopic(incident.channel, topic);
        return undefined;
      }
      case 'people': {
        if (!service) return undefined;
        const opened = await ledger.transaction((tx) => tx.newestEntry(incident.id, 'incident.opened'));
        // Whoever opened it by hand, who may be an approver and no responder.
        const opener = opened && isSlackUser.test(opened.actor) ? [opened.actor] : [];
        const people = [...opener, ...service.responders.slack, ...service.responders.onCall];
        const users = await membership.usersOf(people, invitedMax);
        await chat.invite(incident.channel, users);
        log.info({ incidentId: incident.id, invited: users.length }, 'people were invited to the channel');
        return undefined;
      }
      case 'on-call': {
        if (!service || incident.state === 'resolved') return undefined;
        const { people, others } = await membership.onCallOf(service);
        await chat.invite(incident.channel, people.slice(0, invitedMax));
        log.info(
          { incidentId: incident.id, invited: people.length, unknown: others.length },
          'who is on call was invited',
        );
        return undefined;
      }
      default: {
        const link = links[Number(piece.slice('bookmark-'.length)) - 1];
        if (!link || given.some((data) => isDeepStrictEqual(data, link))) return undefined;
        await chat.addBookmarks(incident.channel, [link]);
        return link;
      }
    }
  }

  return async (work) => {
    const [id = '', piece] = work.subject.split('/');
    if (piece === 'links') {
      const { links, given } = await load(id);
      const missing = links.flatMap((link, at) =>
        given.some((data) => isDeepStrictEqual(data, link)) ? [] : [`${id}/bookmark-${at + 1}`],
      );
      return async (tx) => {
        for (const subject of missing) {
          await tx.enqueue({ kind: 'furnish-channel', subject, lane: work.lane, coalesce: true });
        }
      };
    }
    if (piece === undefined) {
      const { incident, service, card, links } = await load(id);
      if (!card?.ts) return async () => ({ againInMs: 300 });
      const pieces: readonly Piece[] = [
        'people',
        ...(service?.pager?.escalationPolicy === undefined ? [] : (['on-call'] as const)),
        'pin',
        'topic',
        ...links.map((_, at): Piece => `bookmark-${at + 1}`),
      ];
      return async (tx) => {
        for (const each of pieces) {
          await tx.enqueue({ kind: 'furnish-channel', subject: `${id}/${each}`, lane: work.lane, coalesce: true });
        }
        await offerResolution(tx, incident);
        await tx.journal({ kind: 'incident.furnished', incidentId: incident.id, actor: 'firebreak', data: {} });
      };
    }
    let given: Bookmark | undefined;
    try {
      // Written above and nowhere else.
      given = await give(id, piece as Piece);
    } catch (error) {
      // Slack may dislike a link that an alert brought; that is no failure of ours, and nobody can mend it.
      if (!(error instanceof OperationError) || error.retryable) throw error;
      log.warn({ incidentId: id, piece, why: error.message }, 'a part of the channel was refused');
    }
    return async (tx) => {
      if (given) await tx.journal({ kind: bookmarked, incidentId: id, actor: 'firebreak', data: given });
    };
  };
}

/** Bookmarks of the channel that it has now. */
async function givenIn(tx: LedgerTransaction, id: string): Promise<readonly Json[]> {
  const since = (await tx.newestEntry(id, 'incident.channel'))?.at.getTime() ?? 0;
  const entries = await tx.newestEntries(id, bookmarked, bookmarksMax);
  return entries.filter(({ at }) => at.getTime() >= since).map(({ data }) => data);
}

/** Only http and https: a label of an alert is nobody's word for a link. */
function bookmarks(
  dashboard: string | undefined,
  annotations: Readonly<Record<string, string>>,
  urls: { readonly alert: string | undefined; readonly page: string | undefined },
): readonly Bookmark[] {
  const wanted = [
    { title: 'Dashboard', link: dashboard ?? annotations['dashboard_url'] ?? annotations['dashboard'] },
    { title: 'Runbook', link: annotations['runbook_url'] },
    { title: 'Alert', link: urls.alert },
    { title: 'PagerDuty', link: urls.page },
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
