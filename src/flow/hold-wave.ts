/** Whether the next part of a plan that goes in waves may be taken now; asked again each time, by the ledger and the cluster. */
import { freezeOf } from '../domain/freeze.ts';
import type { Run } from '../domain/outcome.ts';
import type { Plan } from '../domain/plan.ts';
import { startsOf } from './freeze-changes.ts';
import type { Ledger, LedgerTransaction } from './ledger.ts';
import { noteRun } from './pager/note-run.ts';
import type { Actor, EffectPlan, World } from './ports.ts';
import { noteWait, stopRun } from './record-run.ts';
import { lookAtWave, lookAtWaveEveryMs, waveBehind } from './waves.ts';
import type { Handler } from './work.ts';

type Between = { readonly plan: Plan; readonly run: Run; readonly effects: readonly EffectPlan[] };

/** What settles the work while a wave is not whole; undefined: the next part may go, or is under way. */
export async function holdWave(
  { ledger, newId, log }: Pick<World, 'newId' | 'log'> & { ledger: Ledger },
  { plan, run, effects }: Between,
  actor: () => Actor,
): Promise<Awaited<ReturnType<Handler>> | undefined> {
  const ended = run.parts ?? [];
  const wave = waveBehind(plan.content, ended);
  if (wave.length === 0) return undefined;
  const { now, goesOn } = await ledger.transaction(async (tx) => ({
    now: await tx.now(),
    // A freeze ends the parts that are left; see `takePart`.
    goesOn: (await isBegun(tx, run)) || freezeOf(await tx.freezes(), plan.service) !== undefined,
  }));
  if (goesOn) return undefined;
  const since = new Date(ended.at(-1)?.at ?? run.startedAt);
  const found = await lookAtWave(actor, { effects, wave, waitedMs: now.getTime() - since.getTime() });
  if (found.kind === 'whole') return undefined;
  if (found.kind === 'wait') {
    return async (tx) => {
      await noteWait(tx, plan, run, found.text);
      return { againInMs: lookAtWaveEveryMs };
    };
  }
  log.info({ planId: plan.id, runId: run.id, parts: ended.length }, 'wave not whole in time');
  return async (tx) => {
    // Whoever held the work before may have gone on with the next part: then that one is read back.
    await tx.lock(startsOf(plan.service));
    if (await isBegun(tx, run)) return { againInMs: 0 };
    await stopRun(tx, plan, run, found.text);
    await noteRun(tx, newId, plan, run.id);
    return undefined;
  };
}

const isBegun = async (tx: LedgerTransaction, { id, parts = [] }: Run): Promise<boolean> =>
  (await tx.attemptsOf(id)).some(({ part }) => part === parts.length);
