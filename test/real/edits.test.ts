/**
 * 1,000 edits between the approval of a plan and its effect, drawn over all verbs: a relevant one is always refused and
 * certainly has no effect; a change of the status, or of something that the plan is not about, never refuses it.
 *
 * EDITS_SEED draws the same ones again.
 */
import { randomInt, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectCluster } from '../../src/adapters/kubernetes/cluster.ts';
import type { ClusterChange } from '../../src/domain/change-action.ts';
import { effectsOf } from '../../src/flow/parts.ts';
import { newId } from '../../src/flow/new-id.ts';
import type { Cluster, EffectAnswer, EffectPlan, Prepared } from '../../src/flow/ports.ts';
import { createRecordingLog } from '../adapters/recording-log.ts';
import { eventually } from '../eventually.ts';
import { openAuditLog } from '../scenario/audit-log.ts';
import { type Office, openOffice } from './approved-plans.ts';
import { type Edit, editsOf, letGo } from './edit-kinds.ts';
import { hadEffect, openVerbStage, type VerbStage } from './verb-stage.ts';
import { changeOf, nodeName, partsIn, type Place, type VerbCase, verbCases } from './verbs.ts';

const trialsTotal = 1_000;
/** Side by side. */
const stagesTotal = 4;
const lanesOfEach = 4;
/** A busy machine takes minutes. */
const patienceMs = 600_000;
/** A command needs a pod that runs. */
const commandsMax = 10;

type Trial = {
  readonly number: number;
  readonly verb: VerbCase;
  readonly edit: Edit;
  readonly part: number;
  readonly moment: 'early' | 'late';
};
type Ended = Trial & { readonly auditId: string; readonly prepared: Prepared; readonly answer?: EffectAnswer };

/** Numbers from 0 to below `below`, the same for the same seed (mulberry32). */
function numbersFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

function draw(seed: number): readonly Trial[] {
  const next = numbersFrom(seed);
  const one = <T>(of: readonly T[]): T => {
    const found = of[next(of.length)];
    if (found === undefined) throw new Error('nothing to draw from');
    return found;
  };
  const trials: Trial[] = [];
  let commands = 0;
  while (trials.length < trialsTotal) {
    const verb = one(verbCases);
    if (verb.guarded === 'opaque' && ++commands > commandsMax) continue;
    const edit = one(editsOf(verb));
    const part = edit.part ?? next(partsIn(verb));
    trials.push({ number: trials.length, verb, edit, part, moment: edit.moment ?? one(['early', 'late']) });
  }
  return trials;
}

const nameOf = ({ number, verb, edit, part, moment }: Trial): string =>
  `${number}: ${verb.name}, part ${part}, ${moment}: ${edit.name} (${edit.relevant ? 'relevant' : 'irrelevant'})`;

describe('edits between approval and apply', () => {
  const seed = Number(process.env['EDITS_SEED'] ?? randomInt(2 ** 31));
  let stages: readonly VerbStage[] = [];
  let cluster: Cluster;
  let audit: Awaited<ReturnType<typeof openAuditLog>>;
  beforeAll(async () => {
    audit = await openAuditLog(process.env['AUDIT_LOG'] ?? '');
    stages = await Promise.all(Array.from({ length: stagesTotal }, () => openVerbStage('edits')));
    cluster = connectCluster({ name: 'main', ...stages[0]?.server.access, log: createRecordingLog() });
  });
  afterAll(async () => {
    await cluster.close();
    await Promise.all(stages.map((stage) => stage.close()));
  });

  async function effectIn(stage: VerbStage, { verb, part }: Trial, at: Place): Promise<EffectPlan> {
    await stage.standUp(verb, at);
    // The cluster was asked what a person would have asked it.
    const action = changeOf(verb, at) as ClusterChange;
    const resolution = await cluster.resolve(action, {
      defaultNamespace: at.namespace,
      protectedNamespaces: [],
      podsPerPlan: 50,
      now: new Date(),
    });
    if (resolution.kind !== 'resolved') throw new Error(`${resolution.kind}: ${resolution.text}`);
    const id = newId('plan');
    const content = { ...resolution.facts, id, action, policyDigest: '', runbookDigest: '', expiresAt: '' };
    const effect = effectsOf({ id, content })[part];
    if (effect === undefined) throw new Error('the plan has another number of parts');
    return effect;
  }

  async function run(stage: VerbStage, trial: Trial): Promise<Ended> {
    const { verb, edit, moment } = trial;
    const at = stage.place(`t${trial.number}`);
    const auditId = randomUUID();
    const effect = await effectIn(stage, trial, at);
    const scene = { stage, verb, at, effect };
    if (moment === 'early') await edit.act(scene);
    const prepared = await cluster.prepare(effect);
    if (moment === 'late') await edit.act(scene);
    const answer =
      prepared.kind === 'ready'
        ? await cluster.send(effect, prepared.request, { auditId, timeoutMs: 20_000 })
        : undefined;
    await letGo(scene);
    return { ...trial, auditId, prepared, ...(answer === undefined ? {} : { answer }) };
  }

  /** What is wrong with it, in words. */
  function judge({ edit, moment, prepared, answer }: Ended, effects: number): string | undefined {
    const told = JSON.stringify({ prepared, answer }).slice(0, 600);
    if (!edit.relevant) return effects === 1 && answer?.kind === 'accepted' ? undefined : `was refused: ${told}`;
    if (effects > 0) return `had an effect: ${told}`;
    if (moment === 'late' && prepared.kind !== 'ready') return `was not ready before: ${told}`;
    // What was to end has ended: nothing is sent, or it is not there any more.
    const isOver = (prepared.kind === 'landed' && prepared.text !== undefined) || answer?.status === 404;
    return prepared.kind === 'refused' || answer?.kind === 'rejected' || isOver ? undefined : `went through: ${told}`;
  }

  it(
    `refuses the relevant ones of ${trialsTotal} and none of the others (seed ${seed})`,
    async () => {
      const trials = draw(seed);
      const ended: Ended[] = [];
      const broken: string[] = [];
      const waiting = [...trials];

      await Promise.all(
        Array.from({ length: stages.length * lanesOfEach }, async (_, lane) => {
          const stage = stages[lane % stages.length];
          if (stage === undefined) return;
          for (let trial = waiting.shift(); trial !== undefined; trial = waiting.shift()) {
            const current = trial;
            const end = await run(stage, current).catch((error: unknown) => {
              broken.push(`${nameOf(current)} ${String(error)}`);
            });
            if (end) ended.push(end);
          }
        }),
      );

      const had = new Map<string, number>();
      for (const event of await audit.since()) {
        if (hadEffect(event)) had.set(event.auditID, (had.get(event.auditID) ?? 0) + 1);
      }
      const wrong = ended.flatMap((each) => {
        const why = judge(each, had.get(each.auditId) ?? 0);
        return why === undefined ? [] : [`${nameOf(each)} ${why}`];
      });
      expect({ seed, broken, wrong }).toEqual({ seed, broken: [], wrong: [] });
      expect(ended).toHaveLength(trialsTotal);
      const relevant = ended.filter(({ edit }) => edit.relevant).length;
      expect(Math.min(relevant, trialsTotal - relevant)).toBeGreaterThan(trialsTotal / 4);
    },
    patienceMs,
  );

  const relevant: readonly ((at: Place) => Over)[] = [
    ({ namespace }) => ({ policy: { protectedNamespaces: ['kube-system', namespace], clusterScoped: [] } }),
    () => ({ service: { namespaces: ['elsewhere'] }, policy: { clusterScoped: [] } }),
    () => ({ policy: { digest: 'another' } }),
  ];
  const irrelevant: readonly ((at: Place) => Over)[] = [
    () => ({ policy: { protectedNamespaces: ['kube-system', 'elsewhere'] } }),
    (at) => ({ service: { namespaces: ['elsewhere', at.namespace, nodeName(at)] } }),
  ];

  it(
    'of the policy and the service: of what is protected by now, or not theirs, nothing is changed',
    async () => {
      const [stage] = stages;
      if (stage === undefined) throw new Error('there is no stage');
      const office = await openOffice(stage.server.access, { machines: 1 });
      try {
        for (const [index, verb] of verbCases.entries()) {
          const isRelevant = index % 2 === 0;
          const overs = isRelevant ? relevant : irrelevant;
          const over = overs[Math.floor(index / 2) % overs.length];
          const at = stage.place(`p${index}`);
          await stage.standUp(verb, at);
          const namespaces = [at.namespace, nodeName(at)];
          const { plan, workId } = await office.approve(changeOf(verb, at), { service: at.suffix, namespaces });

          const machine = office.hire(over?.(at) ?? {});
          // Part by part, and again when the cluster could not be asked.
          await eventually(
            'the work is over',
            async () => {
              await machine.perform(workId);
              return office.isOver(workId);
            },
            60_000,
          );

          const { run, attempts, state } = await office.recordOf(plan);
          const outcome = isRelevant ? undefined : 'succeeded';
          expect({ verb: verb.name, state, outcome: run?.outcome, attempts: attempts.length }).toEqual({
            verb: verb.name,
            state: isRelevant ? 'cancelled' : 'approved',
            outcome,
            attempts: isRelevant ? 0 : partsIn(verb),
          });
        }
      } finally {
        await office.close();
      }
    },
    patienceMs,
  );
});

type Over = Parameters<Office['hire']>[0];
