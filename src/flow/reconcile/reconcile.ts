/**
 * Webhooks may get lost; each source is therefore asked again and again what it says now. Handles `reconcile`: one work
 * row for each source, `pagerduty` or `alertmanager:<url>`, which is followed by the next one when it is done.
 *
 * `sourceCheck` tells until when everything that a source said is in the ledger. When a source cannot be asked, nothing
 * changes but the note there, and the log hears of it once.
 */
import { describeError, OperationError } from '../../domain/errors.ts';
import type { PeopleMap } from '../../domain/identity.ts';
import type { NewWork } from '../../domain/work.ts';
import type { Ledger, LedgerTransaction } from '../ledger.ts';
import { createPagerSubscription } from '../pager/pager-subscription.ts';
import type { AlertSource, Pager, World } from '../ports.ts';
import { createReconcileAlerts } from './reconcile-alerts.ts';
import { createFollowPages } from './follow-pages.ts';
import { createReconcilePages } from './reconcile-pages.ts';
import type { Handler } from '../work.ts';

const everyMs = 60_000;

type Check = (since: Date) => Promise<{ readonly isBehind?: boolean; readonly changed: number }>;

export type Reconcile = {
  readonly handler: Handler;
  /** The first of each source; the rest follow by themselves. Enqueueing them again does no harm. */
  readonly work: readonly NewWork[];
};

export function createReconcile(
  world: World & {
    ledger: Ledger;
    /** Absent: PagerDuty is not configured. */
    pager: Pager | undefined;
    /** By address, as in `services[].alertmanager`. */
    alertSources: ReadonlyMap<string, AlertSource>;
    people: PeopleMap;
    /** Whether a webhook subscription that is off may be switched on again. */
    enableSubscription: boolean;
    /** The id of ours in PagerDuty. Absent: whatever delivers to our path is looked at. */
    subscription?: string;
  },
): Reconcile {
  const { ledger, pager, alertSources, services, log } = world;
  const checks = new Map<string, Check>();
  if (pager && services.some((service) => service.pager?.service !== undefined)) {
    const pages = createReconcilePages({ ...world, pager });
    const incidents = createFollowPages(world);
    const subscription = createPagerSubscription({ ...world, pager });
    checks.set('pagerduty', async (since) => {
      const { found, isBehind } = await pages(since);
      const resolved = await incidents();
      await subscription();
      return { changed: found + resolved, isBehind };
    });
  }
  const alerts = createReconcileAlerts(world);
  for (const [url, source] of alertSources) {
    const name = `alertmanager:${url}`;
    checks.set(name, async () => {
      const { missed, ended } = await alerts(name, url, source);
      return { changed: missed + ended };
    });
  }

  const handler: Handler = async ({ subject }) => {
    const check = checks.get(subject);
    // No longer in firebreak.yaml.
    if (!check) return async () => undefined;
    const { previous, startedAt } = await ledger.transaction(async (tx) => ({
      previous: await tx.sourceCheck(subject),
      startedAt: await tx.now(),
    }));
    const since = previous?.checkedAt ?? startedAt;
    const result = await check(since).catch(failureOf);
    if ('error' in result) {
      const { error } = result;
      const note = describeError(error);
      if (!(error instanceof OperationError) && previous?.note !== note)
        log.error({ source: subject, err: error }, 'a source could not be checked, by a mistake in Firebreak');
      else if (previous?.note === undefined)
        log.warn({ source: subject, why: note }, 'a source cannot be asked; what it says stays as it was');
    } else {
      if (previous?.note !== undefined) log.info({ source: subject }, 'a source can be asked again');
      if (result.changed > 0)
        log.info({ source: subject, changed: result.changed }, 'a source said what its webhooks did not');
    }

    return async (tx: LedgerTransaction) => {
      const failed = 'error' in result;
      await tx.putSourceCheck(subject, {
        checkedAt: failed || result.isBehind ? since : startedAt,
        ...(failed && { note: describeError(result.error) }),
      });
      const askedMs = failed && result.error instanceof OperationError ? result.error.retryAfterMs : undefined;
      await tx.enqueue({ ...workOf(subject), delayMs: askedMs ?? everyMs });
    };
  };
  return { handler, work: [...checks.keys()].map(workOf) };
}

/** Whatever went wrong, the source is asked again in a minute. Throws while the ledger is away: the work waits for it. */
function failureOf(error: unknown): { readonly error: unknown } {
  if (error instanceof OperationError && error.retryable && error.code.startsWith('ledger-')) throw error;
  return { error };
}

const workOf = (subject: string): NewWork => ({ kind: 'reconcile', subject, lane: 'chatter', coalesce: true });
