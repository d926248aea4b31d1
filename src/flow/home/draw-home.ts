/**
 * The App Home of whoever looks at theirs: drawn when it is opened, and again when something on it changes, at most
 * every few seconds for each person and for an hour after they opened it. Handles `draw-home`.
 */
import { gateOf } from '../../domain/decision.ts';
import { OperationError } from '../../domain/errors.ts';
import { freezeOf, type Freeze } from '../../domain/freeze.ts';
import type { Vote } from '../../domain/person.ts';
import type { Plan } from '../../domain/plan.ts';
import type { Service } from '../../domain/policy.ts';
import type { HomeView } from '../../domain/view.ts';
import { count, electorateOf, type Poll, pollOf } from '../decide-plan.ts';
import type { Ledger, LedgerTransaction } from '../ledger.ts';
import type { Membership } from '../membership.ts';
import { messageKey } from '../messages.ts';
import type { OnCallNow } from '../pager/on-call.ts';
import type { Chat, Clock, Directory, World } from '../ports.ts';
import type { Sight, SightOf } from './sight.ts';
import type { Handler } from '../work.ts';

const watchedForMs = 60 * 60_000;
/** Slack takes 100 views.publish a minute; this many people are drawn for in one go. */
const viewersMax = 100;
const redrawAfterMs = 3_000;

const incidentsCountedMax = 1_000;
const incidentsShownMax = 20;
const plansLookedAtMax = 50;
const plansShownMax = 15;
const servicesShownMax = 25;
const onCallMax = 8;

/** Journal entries that change nothing that the page shows. */
const unseen = new Set(['incident.furnished', 'incident.note', 'plan.refused']);
const changesHome = (kind: string): boolean => /^(?:incident|plan|vote|freeze)\./.test(kind) && !unseen.has(kind);

export const drawHome = (tx: LedgerTransaction, user: string): Promise<void> =>
  tx.enqueue({ kind: 'draw-home', subject: user, lane: 'chatter', coalesce: true });

/** The same ledger; a transaction that journals what a Home shows has the open ones drawn again. */
export function keepHomesDrawn(ledger: Ledger, clock: Clock): Ledger {
  return {
    ...ledger,
    transaction: (run) =>
      ledger.transaction(async (tx) => {
        let isSeen = false;
        const result = await run({
          ...tx,
          journal(entry) {
            isSeen ||= changesHome(entry.kind);
            return tx.journal(entry);
          },
        });
        if (isSeen) await redrawHomes(tx, clock.now());
        return result;
      }),
  };
}

/** One question where nobody looks; in an hour, this process's clock is near enough to the database's. */
async function redrawHomes(tx: LedgerTransaction, now: Date): Promise<void> {
  const since = new Date(now.getTime() - watchedForMs);
  for (const user of await tx.homeViewers(since, viewersMax)) {
    await tx.enqueue({
      kind: 'draw-home',
      subject: user,
      lane: 'chatter',
      delayMs: redrawAfterMs,
      coalesce: true,
    });
  }
}

type Parts = World & {
  ledger: Ledger;
  chat: Pick<Chat, 'publishHome'>;
  membership: Membership;
  directory: Pick<Directory, 'byEmail'>;
  onCall: OnCallNow;
  sightOf: SightOf;
};
type Waiting = { readonly plan: Plan; readonly poll: Poll; readonly channel: string; readonly ts: string | undefined };

export function createDrawHome(parts: Parts): Handler {
  const { ledger, chat, membership, directory, onCall, sightOf, services, policy, log } = parts;

  /** Whether this person's approval would count if they gave it now: asked of the very function that will count it. */
  async function voteOf(user: string, { plan, poll }: Waiting): Promise<HomeView['pending'][number]['vote']> {
    if (poll.votes.some(({ voter }) => voter === user)) return 'cast';
    const service = services.find(({ name }) => name === plan.service);
    if (!service) return 'none';
    const last = poll.votes.at(-1)?.ordinal ?? 0;
    const mine: Vote = { planId: plan.id, voter: user, verdict: 'approve', ordinal: last + 1, at: plan.expiresAt };
    const votes = [...poll.votes, mine];
    try {
      const electorate = await electorateOf(membership, service, plan, { ...poll, votes });
      const counted = count(plan, votes, electorate, policy)?.counts.find(({ voter }) => voter === user)?.counted;
      return counted === true ? 'open' : 'none';
    } catch (error) {
      // The plan's channel is gone: nobody can vote there.
      if (error instanceof OperationError && !error.retryable) return 'none';
      throw error;
    }
  }

  async function pendingOf(user: string, waiting: readonly Waiting[], freezes: readonly Freeze[]) {
    const pending = await Promise.all(
      waiting.map(async (one) => {
        const { plan, poll, channel, ts } = one;
        return {
          plan,
          channel,
          ...(ts === undefined ? {} : { ts }),
          needed: gateOf(policy, plan.content.class)?.approvals ?? 0,
          given: poll.votes.filter(({ verdict, counted }) => verdict === 'approve' && counted === true).length,
          vote: await voteOf(user, one),
          isFrozen: freezeOf(freezes, plan.service) !== undefined,
        };
      }),
    );
    return pending.toSorted((a, b) => Number(b.vote === 'open') - Number(a.vote === 'open'));
  }

  /** By firebreak.yaml and by PagerDuty; that PagerDuty cannot be asked is said and keeps nothing else away. */
  async function onCallOf(service: Service): Promise<HomeView['onCall'][number]> {
    const people = new Set(await membership.usersOf(service.responders.onCall, onCallMax));
    const others: string[] = [];
    try {
      for (const { user, identity } of (await onCall(service)).slice(0, onCallMax)) {
        const slack = identity?.includes('@') === true ? await directory.byEmail(identity) : undefined;
        if (slack === undefined) others.push(user.name);
        else people.add(slack);
      }
    } catch (error) {
      if (!(error instanceof OperationError)) throw error;
      return { service: service.name, people: [...people], others, problem: error.message };
    }
    return { service: service.name, people: [...people], others: [...new Set(others)] };
  }

  async function viewFor(user: string, sight: Sight): Promise<HomeView> {
    const { incidents, waiting, freezes, asOf } = await ledger.transaction(async (tx) => {
      const plans = (await tx.proposedPlans(incidentsCountedMax)).filter(({ service }) => sight.sees(service));
      const waiting: Waiting[] = [];
      for (const plan of plans.slice(0, plansLookedAtMax)) {
        const message = await tx.message(messageKey.proposal(plan.proposalId));
        if (message) waiting.push({ plan, poll: await pollOf(tx, plan), channel: message.channel, ts: message.ts });
      }
      return {
        incidents: (await tx.openIncidents(incidentsCountedMax)).filter(({ service }) => sight.sees(service)),
        waiting: { shown: waiting, total: plans.length },
        freezes: (await tx.freezes()).filter(({ scope }) => !sight.standings.has(scope) || sight.sees(scope)),
        asOf: await tx.now(),
      };
    });
    const seen = services.filter(({ name }) => sight.sees(name));
    return {
      incidents: incidents.slice(0, incidentsShownMax),
      incidentsTotal: incidents.length,
      pending: (await pendingOf(user, waiting.shown, freezes)).slice(0, plansShownMax),
      pendingTotal: waiting.total,
      onCall: await Promise.all(seen.slice(0, servicesShownMax).map(onCallOf)),
      freezes,
      asOf,
    };
  }

  return async ({ subject: user }) => {
    const sight = await sightOf(user);
    const home = sight.closed === undefined ? await viewFor(user, sight) : closedTo(sight.closed);
    try {
      await chat.publishHome(user, home);
    } catch (error) {
      if (!(error instanceof OperationError) || error.retryable) throw error;
      log.warn({ user, why: error.message }, 'an App Home was refused');
    }
    return async () => undefined;
  };
}

const closedTo = (closed: string): HomeView => ({
  closed,
  incidents: [],
  incidentsTotal: 0,
  pending: [],
  pendingTotal: 0,
  onCall: [],
  freezes: [],
  asOf: new Date(0),
});
