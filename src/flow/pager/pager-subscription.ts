/**
 * PagerDuty switches a webhook subscription off for a day after a few dropped events, and people may switch one off.
 * Said once when it happens, and again only when something else is wrong; what is wrong stays in `sourceCheck`.
 *
 * Which subscription is ours only firebreak.yaml can say (`pagerduty.subscription`). Without that all that deliver to
 * our path are looked at, and one of several is never switched on: it may be another installation's. One is switched on
 * at most once until it was seen active again.
 */
import { describeError, OperationError } from '../../domain/errors.ts';
import type { Ledger } from '../ledger.ts';
import type { Pager, PagerSubscription, World } from '../ports.ts';

/** Its row in `sourceCheck`; the note is what is wrong and what to do. */
const subscriptionSource = 'pagerduty:subscription';
/** A row whose note says that this subscription was switched on in the outage that lasts. */
const enabledSource = (id: string): string => `pagerduty:enabled:${id}`;

/** Of all that deliver to our path, those to look at, and whether one of them is surely ours. */
export function watchedOf(
  subscriptions: readonly PagerSubscription[],
  own: string | undefined,
): { readonly watched: readonly PagerSubscription[]; readonly isOurs: boolean } {
  if (own === undefined) return { watched: subscriptions, isOurs: subscriptions.length === 1 };
  return { watched: subscriptions.filter(({ id }) => id === own), isOurs: true };
}

export function createPagerSubscription({
  ledger,
  pager,
  enableSubscription,
  subscription: own,
  log,
}: Pick<World, 'log'> & {
  ledger: Ledger;
  pager: Pager;
  enableSubscription: boolean;
  /** The id of ours. */
  subscription?: string;
}): () => Promise<void> {
  /** What is wrong, for people; undefined when nothing is, or when it is right again by now. */
  async function problemWith(
    { id, active, temporarilyDisabled }: PagerSubscription,
    isOurs: boolean,
  ): Promise<string | undefined> {
    const isOn = active && !temporarilyDisabled;
    const wasEnabled = await ledger.transaction(async (tx) => {
      const enabled = await tx.sourceCheck(enabledSource(id));
      if (isOn && enabled?.note !== undefined)
        await tx.putSourceCheck(enabledSource(id), { checkedAt: await tx.now() });
      return enabled?.note !== undefined;
    });
    if (isOn) return undefined;
    const what = temporarilyDisabled
      ? `PagerDuty has switched off the webhook subscription ${id} for a day, because events were refused or not answered in time`
      : `the webhook subscription ${id} is not active`;
    if (!isOurs)
      return `${what}. If it is not Firebreak’s, name the one that is as pagerduty.subscription in firebreak.yaml. If it is, switch it on in PagerDuty (Integrations, Generic Webhooks).`;
    if (!enableSubscription)
      return `${what}. Switch it on in PagerDuty (Integrations, Generic Webhooks), or set pagerduty.enableSubscription to true in firebreak.yaml. Until then PagerDuty is asked every minute.`;
    if (wasEnabled)
      return `${what}. It was switched on once and is not on, so nothing more is tried. Switch it on in PagerDuty (Integrations, Generic Webhooks).`;
    return enable(id, what);
  }

  async function enable(id: string, what: string): Promise<string | undefined> {
    const refused = await pager.enableSubscription(id).then(() => undefined, refusalOf);
    await ledger.transaction(async (tx) => {
      const kind = refused === undefined ? 'pager.subscription-enabled' : 'pager.subscription-refused';
      await tx.putSourceCheck(enabledSource(id), { checkedAt: await tx.now(), note: kind });
      await tx.journal({ kind, actor: 'firebreak', data: { subscription: id, reason: refused ?? null } });
    });
    if (refused !== undefined) return `${what}, and could not be switched on: ${refused} Switch it on in PagerDuty.`;
    log.warn({ subscription: id }, 'a webhook subscription was off in PagerDuty and is switched on again');
    return undefined;
  }

  async function problems(): Promise<readonly string[]> {
    const { watched, isOurs } = watchedOf(await pager.subscriptions(), own);
    const found: string[] = [];
    for (const subscription of watched) {
      const problem = await problemWith(subscription, isOurs);
      if (problem !== undefined) found.push(problem);
    }
    if (watched.length > 0) return found;
    return own === undefined
      ? [
          'no webhook subscription of PagerDuty ends in /webhooks/pagerduty, so PagerDuty is only asked every minute. Add one in PagerDuty (Integrations, Generic Webhooks)',
        ]
      : [
          `no webhook subscription ${own} of PagerDuty ends in /webhooks/pagerduty, so PagerDuty is only asked every minute. Correct pagerduty.subscription in firebreak.yaml, or the subscription in PagerDuty (Integrations, Generic Webhooks)`,
        ];
  }

  /** How it stands is not known. It says nothing about pages, and is told once. */
  async function keepUnknown(error: OperationError): Promise<void> {
    const note = `whether PagerDuty’s webhooks are on is not known: ${describeError(error)}`;
    const isNews = await ledger.transaction(async (tx) => {
      const before = await tx.sourceCheck(subscriptionSource);
      await tx.putSourceCheck(subscriptionSource, { checkedAt: await tx.now(), note });
      return before?.note !== note;
    });
    if (isNews) log.warn({ why: error.message }, 'PagerDuty does not tell how its webhook subscriptions stand');
  }

  return async () => {
    const found = await problems().catch((error: unknown) => {
      if (!(error instanceof OperationError) || error.code.startsWith('ledger-')) throw error;
      return error;
    });
    if (found instanceof OperationError) {
      // What may pass in a minute is not even worth a note.
      if (!found.retryable) await keepUnknown(found);
      return;
    }
    const note = found.join(' ');
    const isNews = await ledger.transaction(async (tx) => {
      const before = await tx.sourceCheck(subscriptionSource);
      await tx.putSourceCheck(subscriptionSource, { checkedAt: await tx.now(), ...(note !== '' && { note }) });
      if ((before?.note ?? '') === note) return false;
      const kind = note === '' ? 'pager.subscription-fine' : 'pager.subscription-off';
      // The first time that all is well is no news.
      if (before || note !== '') await tx.journal({ kind, actor: 'firebreak', data: { note } });
      return note !== '';
    });
    if (isNews) log.error({ note }, 'PagerDuty does not deliver its webhooks here');
  };
}

/** Throws what certainly did nothing and may pass: then it was not tried. */
function refusalOf(error: unknown): string {
  const isAnswer = error instanceof OperationError && (!error.retryable || error.code === 'pager-ambiguous');
  if (!isAnswer) throw error;
  return describeError(error);
}
