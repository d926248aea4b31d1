/**
 * A cut at each byte of the exchange of one effect: it happens at most once, and what is recorded agrees with the API
 * server's audit log. One suite for the stand-in, where every byte is plain, and for a real server, where they are TLS's.
 */
import type { Cut, Exchange, Side } from './fault-proxy.ts';
import { carryThrough, type Kind, kinds, type Lane, openLane, type Trial } from './fault-proxy-trials.ts';
import type { ServerForCluster } from './contracts/cluster.ts';

/** What there is to see afterwards, apart from what we recorded. */
export type Evidence = {
  /** Every write of ours in the audit log, accepted or not; a command that was let in is one. */
  readonly writes: readonly { readonly auditId: string; readonly code: number }[];
  /** Files that commands made: their names begin as the command says. */
  readonly files: readonly string[];
};

export type Wanted = {
  /** 1: a cut at every byte. The places where something begins or ends are never left out. */
  readonly everyNth: number;
  /** Of each so many cuts one is no cut: the bytes are held until the client has given up, and come late. */
  readonly holdEveryNth: number;
  readonly lanes: number;
};

export type Tally = {
  readonly kind: Kind;
  /** Bytes that client and server sent in the undisturbed exchange. */
  readonly bytes: Readonly<Record<Side, number>>;
  readonly trials: readonly Trial[];
};

export async function cutEverywhere(kind: Kind, server: ServerForCluster, wanted: Wanted): Promise<Tally> {
  const lanes: Lane[] = [];
  const trials: Trial[] = [];
  let bytes = { client: 0, server: 0 };
  try {
    const queue: Cut[] = [];
    const ready = [];
    for (let index = 0; index < wanted.lanes; index++) {
      const lane = await openLane(server, `${kind.replaceAll(/\W+/g, '-')}-${index}`);
      lanes.push(lane);
      const next = await kinds[kind](lane);
      const undisturbed = await carryThrough(lane, await next(), undefined);
      const exchange = lane.proxy.exchange();
      trials.push(undisturbed);
      ready.push({ lane, next });
      if (index > 0) continue;
      bytes = { client: lengthOf(exchange, 'client'), server: lengthOf(exchange, 'server') };
      queue.push(...cutsOf(exchange, wanted));
    }
    await Promise.all(
      ready.map(async ({ lane, next }) => {
        for (let cut = queue.shift(); cut !== undefined; cut = queue.shift()) {
          trials.push(await carryThrough(lane, await next(), cut));
        }
      }),
    );
  } finally {
    for (const lane of lanes) await lane.close();
  }
  return { kind, bytes, trials };
}

function cutsOf(exchange: Exchange, { everyNth, holdEveryNth }: Wanted): Cut[] {
  return (['client', 'server'] as const).flatMap((side) => {
    const total = lengthOf(exchange, side);
    const places = new Set(borders(exchange, side).flatMap((at) => [at - 1, at, at + 1]));
    for (let after = 0; after <= total; after += everyNth) places.add(after);
    return [...places]
      .filter((after) => after >= 0 && after <= total)
      .toSorted((a, b) => a - b)
      .flatMap((after, index): Cut[] => [
        { side, after, how: index % 2 === 0 ? 'reset' : 'end' },
        ...(index % holdEveryNth === 0 ? [{ side, after, how: 'hold' as const }] : []),
      ]);
  });
}

const lengthOf = (exchange: Exchange, side: Side): number =>
  exchange.reduce((sum, { [side]: bytes }) => sum + bytes.length, 0);

/** Where each connection begins and ends, and each of its TLS records; of plain HTTP, where its header ends. */
function borders(exchange: Exchange, side: Side): number[] {
  let start = 0;
  return exchange.flatMap(({ [side]: bytes }) => {
    const from = start;
    start += bytes.length;
    const found = [from, start];
    const header = bytes.indexOf('\r\n\r\n');
    if (header !== -1) found.push(from + header + 4);
    else for (let at = 0; at + 5 <= bytes.length; at += 5 + bytes.readUInt16BE(at + 3)) found.push(from + at);
    return found;
  });
}

/** What a trial may end as, by how often its effect happened. An `unknown` only where nobody can know (I5). */
const allowed: Readonly<Record<Kind, readonly (readonly string[])[]>> = {
  // Both can be found again and sent again, and the cluster can be asked.
  cas: [[], ['succeeded']],
  'by-name delete': [[], ['succeeded']],
  // A name that is free says nothing, nor does a container: neither is ever sent again. Refused: a look came before.
  'by-name create': [
    ['refused', 'unknown'],
    ['succeeded', 'unknown'],
  ],
  opaque: [
    ['refused', 'unknown'],
    ['succeeded', 'unknown'],
  ],
};

/** Sentences about what should not be: empty. */
export function contradictions({ kind, trials }: Tally, evidence: Evidence): string[] {
  const attempts = new Set(trials.flatMap(({ auditIds }) => auditIds));
  const seen = new Set<string>();
  const stray = evidence.writes.flatMap(({ auditId }) => {
    const why = seen.has(auditId) ? 'twice' : attempts.has(auditId) ? undefined : 'and is no attempt of ours';
    seen.add(auditId);
    return why === undefined ? [] : [`${auditId} is in the audit log ${why}`];
  });
  const wrong = trials.flatMap((trial) => {
    const effects = effectsOf(trial, evidence);
    const isTrue = trial.outcome !== 'succeeded' || kind === 'opaque' || trial.stands;
    if (isTrue && allowed[kind][effects]?.includes(trial.outcome) === true) return [];
    return [`${effects} effects and ${trial.outcome} after ${JSON.stringify(trial.cut)}: ${trial.text}`];
  });
  return [...stray, ...wrong];
}

/**
 * By the audit log; of commands by what they leave behind. A 504 there says nothing: a write whose client goes away may
 * be stored and logged as "context canceled" (seen with 1.34). Then the object tells.
 */
function effectsOf({ plan: { action }, auditIds, stands }: Trial, { writes, files }: Evidence): number {
  if (action.type === 'exec') {
    const [, pattern = ''] = action.argv;
    return files.filter((file) => file.startsWith(pattern.replace('XXXXXX', ''))).length;
  }
  const ours = writes.filter(({ auditId }) => auditIds.includes(auditId));
  const accepted = ours.filter(({ code }) => code < 300).length;
  return accepted === 0 && stands && ours.some(({ code }) => code === 504) ? 1 : accepted;
}

/** How many trials ended in each way: `succeeded, 1 effect, 2 attempts`. */
export function endings({ trials }: Tally, evidence: Evidence): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const trial of trials) {
    const how = `${trial.outcome}, ${effectsOf(trial, evidence)} effects, ${trial.auditIds.length} attempts`;
    counts[how] = (counts[how] ?? 0) + 1;
  }
  return counts;
}
