/** What ends because time passed, by the database's clock. Handles `expire-plan`. */
import { settlePlan } from './decide-plan.ts';
import type { Handler } from './work.ts';

export function createExpirePlan(): Handler {
  return async (work) => async (tx) => {
    const plan = await tx.planForUpdate(work.subject);
    if (!plan) return undefined;
    const now = await tx.now();
    if (plan.state === 'proposed') {
      const leftMs = plan.expiresAt.getTime() - now.getTime();
      if (leftMs > 0) return { againInMs: leftMs };
      return settlePlan(tx, plan, { state: 'expired', reason: 'nobody decided in time', actor: 'firebreak', now });
    }
    if (plan.state === 'approved' && plan.approvalExpiresAt && !(await tx.runOfPlan(plan.id))) {
      const leftMs = plan.approvalExpiresAt.getTime() - now.getTime();
      if (leftMs > 0) return { againInMs: leftMs };
      return settlePlan(tx, plan, {
        state: 'expired',
        reason: 'the approval ran out before the change could start',
        actor: 'firebreak',
        now,
      });
    }
    return undefined;
  };
}
