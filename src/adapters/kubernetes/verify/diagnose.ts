/** What is wrong with the pods of a change: read, then told. */
import type { Json } from '../../../domain/json.ts';
import type { Connection } from '../connection.ts';
import { textAt } from '../live.ts';
import { createGraceMs } from './bounds.ts';
import { whyNotMade } from './creation-trouble.ts';
import { changedAt, notMadeYet, type PodsOfChange } from './new-pods.ts';
import { troublesOf } from './pod-trouble.ts';
import { readEvents, withLastLines } from './read-evidence.ts';
import { type Diagnosis, diagnosisOf } from './sentence.ts';
import { type Evidence, eventsOf, isGoing, noEvidence, timeAt, uidOf } from './trouble.ts';

export type Waiting = {
  readonly kind: string;
  readonly namespace: string;
  readonly live: Json;
  readonly wanted: number;
  readonly pods: PodsOfChange;
};

/** Undefined: nothing is known to be wrong. */
export async function diagnoseChange(connection: Connection, waiting: Waiting): Promise<Diagnosis | undefined> {
  const { namespace, pods, live } = waiting;
  const { made, before, old, maker } = pods;
  const ending = [...before, ...old].filter(isGoing);
  const seen = await readEvents(connection, namespace, {
    pods: [...made, ...ending],
    others: uidOf(maker) === uidOf(live) ? [live] : [maker, live],
  });
  const now = connection.now();
  const troubles = [...troublesOf(made, seen, now), ...troublesOf(ending, seen, now)];
  const evidence = await withLastLines(connection, seen, troubles);
  const older = troublesOf(
    before.filter((pod) => !isGoing(pod)),
    noEvidence,
    now,
  );
  const { kind, wanted } = waiting;
  const unmade = unmadeOf({ kind, maker, wanted, made: made.length, since: changedAt(live) ?? 0 }, evidence, now);
  return diagnosisOf(
    { pods: [...made, ...ending], noun: 'new pod', troubles, older, ...(unmade === undefined ? {} : { unmade }) },
    evidence,
  );
}

/** Of pods of one controller. Only the trouble of those that `judges` picks can be final: the others had it before. */
export async function diagnosePods(
  connection: Connection,
  {
    namespace,
    pods,
    noun,
    judges = () => true,
    controller,
  }: {
    namespace: string;
    pods: readonly Json[];
    noun: string;
    judges?: (pod: Json) => boolean;
    controller?: { readonly kind: string; readonly live: Json; readonly wanted: number };
  },
): Promise<Diagnosis | undefined> {
  const others = controller === undefined || controller.live === null ? [] : [controller.live];
  const seen = await readEvents(connection, namespace, { pods, others });
  const now = connection.now();
  const troubles = troublesOf(pods, seen, now).map((one) => ({ ...one, isFinal: one.isFinal && judges(one.pod) }));
  const unmade =
    controller === undefined
      ? undefined
      : unmadeOf({ ...controller, maker: controller.live, made: pods.length, since: now - recentMs }, seen, now);
  return diagnosisOf(
    { pods, noun, troubles, ...(unmade === undefined ? {} : { unmade }) },
    await withLastLines(connection, seen, troubles),
  );
}

/** A controller that cannot make a pod tries again and again, at least this often at first. */
const recentMs = 120_000;

type Making = {
  readonly kind: string;
  readonly maker: Json;
  readonly wanted: number;
  readonly made: number;
  /** Events from before tell of another time. */
  readonly since: number;
};

function unmadeOf({ kind, maker, wanted, made, since }: Making, evidence: Evidence, now: number) {
  const { count, condition } = notMadeYet(kind, maker, wanted, made);
  if (count === 0) return undefined;
  if (condition !== undefined) {
    const first = timeAt(condition, 'lastTransitionTime') ?? now;
    return { count, why: whyNotMade(textAt(condition, 'message') ?? ''), isFinal: now - first >= createGraceMs };
  }
  // Kinds without such a condition say it by events alone.
  const event = eventsOf(evidence, uidOf(maker), ['FailedCreate'])
    .filter(({ last }) => last >= since)
    .at(-1);
  if (event === undefined) return undefined;
  return { count, why: whyNotMade(event.message), isFinal: now - Math.max(event.first, since) >= createGraceMs };
}
