/**
 * I1, for every verb: 64 appliers of one approved plan come to one run and one effect for each part. They are workers on
 * four machines. Some are woken at the same time, some have leases that lapse at once so that others take over in the
 * middle, and some claimed the work long ago, stood still, and go on without knowing that their lease has lapsed.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { partsOf, type Plan } from '../../src/domain/plan.ts';
import type { Work } from '../../src/domain/work.ts';
import { effectsOf } from '../../src/flow/parts.ts';
import { eventually } from '../eventually.ts';
import { openAuditLog } from '../scenario/audit-log.ts';
import { type ApprovedPlan, type Machine, type Office, openOffice } from './approved-plans.ts';
import { whyNotAsPlanned } from './as-planned.ts';
import { runKubectl } from './side-by-side.ts';
import { hadEffect, openVerbStage, type VerbStage } from './verb-stage.ts';
import { changeOf, nodeName, partsIn, type Place, type VerbCase, verbCases } from './verbs.ts';

const appliers = 64;
const senders = 24;
const still = 16;
const lapsing = 32;
/** Nobody renews them. */
const leasesMs = [1, 3, 10, 30, 100, 300];
const patienceMs = 60_000;

const cases = (letter: string) => verbCases.map((verb, index) => [verb.name, verb, `${letter}${index}`] as const);

describe('64 appliers of one plan', () => {
  let stage: VerbStage;
  let office: Office;
  let audit: Awaited<ReturnType<typeof openAuditLog>>;
  beforeAll(async () => {
    audit = await openAuditLog(process.env['AUDIT_LOG'] ?? '');
    stage = await openVerbStage('appliers');
    office = await openOffice(stage.server.access, { machines: 4 });
  });
  afterAll(async () => {
    await office.close();
    await stage.close();
  });

  const machineAt = (index: number): Machine => {
    const machine = office.machines[index % office.machines.length];
    if (machine === undefined) throw new Error('there is no machine');
    return machine;
  };

  async function race(workId: string): Promise<void> {
    const claimed: Work[] = [];
    for (let index = 0; index < still; index++) {
      claimed.push(await eventually('the lease has lapsed', () => office.ledger.claimWork(workId, 1), patienceMs));
    }
    await eventually('the last of them has lapsed', () =>
      office.ledger.dueWork(1_000).then((due) => due.some(({ id }) => id === workId)),
    );
    await Promise.all([
      ...claimed.map((work, index) => machineAt(index).goOn(work)),
      ...Array.from({ length: appliers - still }, async (_, index) => {
        const leaseMs = leasesMs[index % leasesMs.length] ?? 1;
        const lease = index < lapsing ? { leaseMs, renewEveryMs: patienceMs } : undefined;
        await eventually(
          'the work is over',
          async () => {
            await machineAt(index).perform(workId, lease);
            return office.isOver(workId);
          },
          patienceMs,
        );
      }),
    ]);
  }

  async function expectOneEffect(verb: VerbCase, at: Place, plan: Plan): Promise<void> {
    const { run, attempts } = await office.recordOf(plan);
    if (run === undefined) throw new Error('no run was taken');
    const targets = new Set(partsOf(plan.content).map(({ target }) => target.name));
    const effects = (await audit.since()).filter((event) => {
      const { name } = event.objectRef ?? {};
      return hadEffect(event) && event.userAgent === 'firebreak' && targets.has(name ?? nameMade(event));
    });
    const attemptOf = new Map(attempts.map((attempt) => [attempt.auditId, attempt]));

    // I6: each is joined to an attempt, and I1: at most one for each part.
    expect(effects.filter(({ auditID }) => !attemptOf.has(auditID))).toEqual([]);
    const parts = effects
      .map(({ auditID }) => attemptOf.get(auditID)?.part ?? -1)
      .toSorted((one, other) => one - other);
    expect(parts).toEqual([...new Set(parts)]);
    // I5: nobody can know only of what leaves no trace that lasts.
    const mayBeUnknown = /^(?:exec|create|create-job|autoscale|apply)$/.test(plan.content.action.type);
    const isUnknown = mayBeUnknown && run.outcome === 'unknown';
    expect(run).toMatchObject({ outcome: isUnknown ? 'unknown' : 'succeeded' });
    // I4: what was recorded is what happened.
    const all = Array.from({ length: partsIn(verb) }, (_, part) => part);
    expect(parts).toEqual(isUnknown ? parts : all);
    const otherwise = await Promise.all(effectsOf(plan).map((effect) => whyNotAsPlanned(stage, effect)));
    expect(isUnknown ? [] : otherwise.filter((why) => why !== undefined)).toEqual([]);
    expect(await ranIn(verb, at, targets)).toBe(verb.guarded === 'opaque' ? 'once\n'.repeat(parts.length) : '');
  }

  /** What the command has written, each time that it ran. */
  async function ranIn(verb: VerbCase, { namespace }: Place, [pod = '']: Iterable<string>): Promise<string> {
    if (verb.guarded !== 'opaque') return '';
    return (await runKubectl(['exec', pod, '-n', namespace, '--', 'cat', '/tmp/effects'])).out;
  }

  const prepared = async (verb: VerbCase, suffix: string): Promise<Place & ApprovedPlan> => {
    const at = stage.place(suffix);
    await stage.standUp(verb, at);
    const namespaces = [at.namespace, nodeName(at)];
    return { ...at, ...(await office.approve(changeOf(verb, at), { service: suffix, namespaces })) };
  };

  it.each(cases('a'))('%s', async (_, verb, suffix) => {
    const { plan, workId, ...at } = await prepared(verb, suffix);

    await race(workId);

    await expectOneEffect(verb, at, plan);
  });

  it('know that a command was carried out, when none of them stands still', async () => {
    const verb = verbCases.find(({ guarded }) => guarded === 'opaque');
    if (verb === undefined) throw new Error('no verb is opaque');
    const { plan, workId, ...at } = await prepared(verb, 'awake');

    await Promise.all(Array.from({ length: appliers }, (_, index) => machineAt(index).perform(workId)));

    expect(await office.recordOf(plan)).toMatchObject({ run: { outcome: 'succeeded' }, attempts: { length: 1 } });
    await expectOneEffect(verb, at, plan);
  });

  /** What holds when the ledger has let several through: the API server takes the bytes at most once. */
  it.each(cases('b').filter(([, { guarded }]) => guarded !== 'opaque'))(
    'send the same bytes: %s',
    async (_, verb, suffix) => {
      const { plan } = await prepared(verb, suffix);

      for (const effect of effectsOf(plan)) {
        const ready = await machineAt(0).cluster.prepare(effect);
        if (ready.kind !== 'ready') throw new Error(JSON.stringify(ready));
        const auditIds = new Set<string>(Array.from({ length: senders }, () => randomUUID()));
        const answers = await Promise.all(
          [...auditIds].map((auditId, index) =>
            machineAt(index).cluster.send(effect, ready.request, { auditId, timeoutMs: 30_000 }),
          ),
        );

        const accepted = (await audit.since()).filter((event) => auditIds.has(event.auditID) && hadEffect(event));
        // The end of one uid may be asked for by several at once; it cannot end twice.
        const ends = effect.action.type.startsWith('delete') || effect.action.type === 'evict';
        expect(accepted.length).toBeGreaterThan(0);
        expect(ends ? 1 : accepted.length).toBe(1);
        expect(answers.filter(({ kind }) => kind === 'accepted').length).toBeGreaterThan(0);
        expect(await whyNotAsPlanned(stage, effect)).toBeUndefined();
        expect(await machineAt(1).cluster.readBack(effect, ready.request)).toMatchObject({ kind: 'landed' });
      }
    },
  );
});

/** A POST names its object in its body. */
function nameMade({ requestObject }: { requestObject?: unknown }): string {
  const metadata = (requestObject as { metadata?: { name?: string } } | undefined)?.metadata;
  return metadata?.name ?? '';
}
