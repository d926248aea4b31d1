/**
 * When an alert fires and when it is over, as Prometheus decides it ("Alerting rules"): the condition has to hold for
 * `for`, and the alert goes on for `keep_firing_for` after it held last.
 *
 *   quiet → pending → firing → quiet
 */

export type RuleTimes = { readonly forMs: number; readonly keepFiringForMs: number };

/** Times are milliseconds since the epoch. */
export type RuleState =
  | { readonly phase: 'quiet' }
  | { readonly phase: 'pending'; readonly since: number }
  | { readonly phase: 'firing'; readonly startsAt: number; readonly heldAt: number };

export const quietRule: RuleState = { phase: 'quiet' };

/** The state after one more look at the condition. */
export function lookAtRule(
  before: RuleState,
  { holds, now, times }: { readonly holds: boolean; readonly now: number; readonly times: RuleTimes },
): RuleState {
  if (before.phase === 'firing') {
    if (holds) return { ...before, heldAt: now };
    return now - before.heldAt >= times.keepFiringForMs ? quietRule : before;
  }
  if (!holds) return quietRule;
  const since = before.phase === 'pending' ? before.since : now;
  if (now - since < times.forMs) return { phase: 'pending', since };
  return { phase: 'firing', startsAt: now, heldAt: now };
}
