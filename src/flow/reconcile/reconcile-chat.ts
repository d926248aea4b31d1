/**
 * What people did in the chat while nobody listened is lost: Slack sends nothing again over Socket Mode. Whoever
 * listens says so in the ledger; a gap is found by whoever listens next, in any process, also after a restart.
 *
 * Then each open incident's channel is read from where the gap began. What people wrote is recorded, never acted on (an
 * effect is never taken from history), and one notice says that what they pressed must be pressed again.
 */
import { invariant } from '../../domain/errors.ts';
import type { Ledger } from '../ledger.ts';
import { messageKey } from '../messages.ts';
import type { Chat, Said } from '../ports.ts';
import type { Handler } from '../work.ts';

export type Gap = { readonly from: Date; readonly to: Date };

/**
 * Tells the ledger that the chat was listened to from `since` to `at` without a break, and answers with the gap before
 * it, if there was one: each gap is answered once. `now` is what the clock of the other two shows at the call: the
 * ledger keeps its own time, as clocks of processes differ.
 */
export type HeardSlack = (listened: { since: Date; at: Date; now: Date }) => Promise<Gap | undefined>;

/** Shorter ones are not told: Slack shows people at once that a click or a command was not heard. */
const gapMinMs = 10_000;
/**
 * Longer ones are not told in the channels: nobody presses again what did nothing last week, and the longest of them are
 * times in which Slack came in over HTTP.
 */
const gapMaxMs = 7 * 24 * 60 * 60_000;
const incidentsMax = 200;
/** Its row in `sourceCheck`: until when some process listened over a socket. */
export const slackSocketSource = 'slack-socket';

export function createHeardSlack({ ledger }: { ledger: Ledger }): HeardSlack {
  return ({ since, at, now }) => {
    const askedAtMs = performance.now();
    return ledger.transaction(async (tx) => {
      await tx.lock(slackSocketSource);
      const aheadMs = (await tx.now()).getTime() - (performance.now() - askedAtMs) - now.getTime();
      const inLedgerTime = (time: Date): Date => new Date(Math.round(time.getTime() + aheadMs));
      const [from, until] = [inLedgerTime(since), inLedgerTime(at)];
      const before = await tx.sourceCheck(slackSocketSource);
      if (before && before.checkedAt >= until) return undefined;
      await tx.putSourceCheck(slackSocketSource, { checkedAt: until });
      const gapMs = before ? from.getTime() - before.checkedAt.getTime() : 0;
      if (!before || gapMs < gapMinMs) return undefined;
      const gap = { from: before.checkedAt, to: from };
      for (const incident of gapMs > gapMaxMs ? [] : await tx.openIncidents(incidentsMax)) {
        if (!incident.channel) continue;
        await tx.enqueue({ kind: 'reconcile-chat', subject: subjectOf(incident.id, gap), lane: 'status' });
      }
      await tx.journal({
        kind: 'chat.gap',
        actor: 'firebreak',
        data: { from: gap.from.toISOString(), to: gap.to.toISOString() },
      });
      return gap;
    });
  };
}

/** Handles `reconcile-chat`. */
export function createReconcileChat({ ledger, chat }: { ledger: Ledger; chat: Pick<Chat, 'saidSince'> }): Handler {
  return async (work) => {
    const asked = parseSubject(work.subject);
    invariant(asked, 'work to reconcile the chat names an incident and a gap');
    const { incidentId, gap } = asked;
    const incident = await ledger.transaction((tx) => tx.incident(incidentId));
    const channel = incident?.channel;
    if (!channel || incident.state === 'resolved') return async () => undefined;
    const said = (await chat.saidSince(channel, gap.from)).filter(({ at }) => at < gap.to);

    return async (tx) => {
      for (const one of said) {
        // What was said is the channel's; the ledger needs to know that it was seen, and by whom it was said.
        const { user, kind, ts, threadTs } = one;
        await tx.acceptDelivery({
          source: 'slack-history',
          key: `${channel}:${ts}`,
          summary: { kind, user, channel, ...(threadTs ? { threadTs } : {}) },
        });
      }
      await tx.touchMessage(messageKey.incident(incidentId), 'status');
      for (const posting of await tx.postingsOf(incidentId)) {
        await tx.touchMessage(messageKey.posting(posting.id), 'status');
      }
      await tx.putMessage(
        {
          key: messageKey.notice(`gap-${work.subject}`),
          kind: 'notice',
          subject: incidentId,
          channel,
          text: noticeText(gap, said),
        },
        'status',
      );
    };
  };
}

function noticeText(gap: Gap, said: readonly Said[]): string {
  const meant = said.filter(({ kind }) => kind !== 'message').length;
  return [
    `Firebreak was not listening to Slack from ${clockTime(gap.from)} to ${clockTime(gap.to)} (UTC).`,
    'Buttons that were pressed and commands that were sent in that time did nothing: press or send them again.',
    ...(meant > 0
      ? [`${meant === 1 ? 'One message' : `${meant} messages`} of that time, meant for Firebreak, had no effect.`]
      : []),
  ].join(' ');
}

const clockTime = (at: Date): string => at.toISOString().slice(0, 19).replace('T', ' ');

const subjectOf = (incidentId: string, gap: Gap): string => `${incidentId}@${gap.from.getTime()}-${gap.to.getTime()}`;

function parseSubject(subject: string): { incidentId: string; gap: Gap } | undefined {
  const [, incidentId, from, to] = /^(.+)@([0-9]+)-([0-9]+)$/.exec(subject) ?? [];
  if (!incidentId || !from || !to) return undefined;
  return { incidentId, gap: { from: new Date(Number(from)), to: new Date(Number(to)) } };
}
