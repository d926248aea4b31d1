/** One command by kubectl and by us, from the same start, and what differs. */
import { type Action, type CompiledAction, isRead, type Parameter } from '../../../src/domain/action.ts';
import { bindAction } from '../../../src/runbook/bind.ts';
import { compileCommand } from '../../../src/runbook/command.ts';
import type { OursRan, Ran, Recorder } from './record.ts';

/** A row of a table: a command, or one whose twin is written differently because kubectl would not end. */
export type Row = string | { readonly command: string; readonly theirs: string };

export type Case = {
  /** As a person would type it. */
  readonly command: string;
  /** What bash runs. */
  readonly script: string;
  readonly namespace: string;
  readonly env?: Readonly<Record<string, string>>;
};

/** What we made of the words. */
export type Reading =
  | { readonly kind: 'action'; readonly action: Action }
  | { readonly kind: 'manual'; readonly code: string; readonly text: string }
  | { readonly kind: 'unbound'; readonly text: string };

export type Compared = { readonly theirs: Ran; readonly ours: OursRan | undefined; readonly reading: Reading };

export const commandOf = (row: Row): string => (typeof row === 'string' ? row : row.command);

/** `{pod:web}` is the first pod of a deployment, since the server makes up its name. */
export function caseOf(row: Row, recorder: Recorder, namespace: string): Case {
  const fill = (text: string): string =>
    text.replaceAll(/\{pod:([a-z-]+)\}/g, (_, app: string) => {
      const [pod] = recorder.sandbox.world.pods(namespace, { app });
      if (!pod) throw new Error(`no pod of ${app} in ${namespace}`);
      return pod.metadata.name;
    });
  const command = fill(commandOf(row));
  const theirs = typeof row === 'string' ? command : fill(row.theirs);
  return { command, script: withoutWaiting(theirs), namespace };
}

/** Nobody ends pods on a clock that stands still, and what is compared was done before the waiting. */
export const withoutWaiting = (script: string): string =>
  /--wait\b/.test(script) ? script : script.replace(/^(?:kubectl|oc)\s(?:[^|;&]*?\s)?delete(?=\s)/, '$& --wait=false');

export function readingOf(command: string, values: Readonly<Record<string, string>> = {}): Reading {
  const compiled = compileCommand(command);
  if (compiled.kind === 'manual') return { kind: 'manual', ...compiled.reason };
  return boundOf(compiled, values);
}

export function boundOf(
  { action, parameters }: { readonly action: CompiledAction; readonly parameters: readonly Parameter[] },
  values: Readonly<Record<string, string>>,
): Reading {
  const bound = bindAction(action, parameters, values);
  if (bound.ok) return { kind: 'action', action: bound.action };
  return { kind: 'unbound', text: bound.problems.map(({ text }) => text).join(' ') };
}

export async function runBoth(recorder: Recorder, each: Case, reading: Reading): Promise<Compared> {
  // A chain's errors stand among what it prints, as a terminal shows them.
  const isChain = reading.kind === 'action' && reading.action.type === 'chain';
  const script = isChain ? `{ ${each.script}\n} 2>&1` : each.script;
  const podsEnd = reading.kind === 'action' && reading.action.type === 'drain';
  const env = each.env ?? {};
  const theirs = await recorder.theirs(script, each.namespace, { podsEnd, env });
  const ours = reading.kind === 'action' ? await recorder.ours(reading.action, each.namespace, { podsEnd }) : undefined;
  return { theirs, ours, reading };
}

/**
 * What differs where the two should be the same, as one value each, for `toEqual`. Of a read: all that is printed, and
 * the exit code. Of a change: the writes in their order and every object. A change that changes nothing may send nothing.
 * Of `exec`: in which container, and every word.
 */
export function views({ theirs, ours, reading }: Compared): readonly [object, object] {
  if (!ours || reading.kind !== 'action') {
    return [{ reading }, { kubectl: 'was compiled', out: theirs.out, err: theirs.err, exit: theirs.exit }];
  }
  if (reading.action.type === 'exec' || reading.action.type === 'exec-read') {
    return [{ executed: ours.executed }, { executed: theirs.executed }];
  }
  if (isRead(reading.action)) {
    const view = ({ out, err, exit, writes }: Ran) => ({ out, err, exit, writes });
    return [view(ours), view(theirs)];
  }
  const idle = Object.keys(theirs.changed).length === 0 && theirs.exit === 0;
  if (idle && ours.end === 'no-change')
    return [
      { changed: ours.changed, writes: [] },
      { changed: {}, writes: ours.writes },
    ];
  const done = { end: ours.end, err: ours.end === 'done' ? '' : ours.err };
  // kubectl evicts all pods of a node at once, so that their order is nobody's.
  const writes = (ran: Ran) => (reading.action.type === 'drain' ? effective(ran).toSorted() : effective(ran));
  return [
    { ...done, writes: writes(ours), changed: ours.changed },
    { end: 'done', err: theirs.exit === 0 ? '' : theirs.err, writes: writes(theirs), changed: theirs.changed },
  ];
}

/** kubectl writes what is so already; we look first and leave it out. */
const effective = ({ writes, changed }: Ran): string[] =>
  writes.filter((text) => Object.hasOwn(changed, text.slice(text.indexOf(' ') + 1)));

/** What fails by kubectl fails by us, before anything is written: only our sentence is another. */
export function failures({ theirs, ours, reading }: Compared): readonly [object, object] {
  const isReading = reading.kind === 'action' && isRead(reading.action);
  const view = ({ out, exit, writes, changed }: Ran) => ({
    ...(isReading ? { out } : {}),
    failed: exit !== 0,
    writes,
    changed,
  });
  // What is meant to fail proves nothing where kubectl is content.
  return [
    ours ? { ...view(ours), theirsFailed: theirs.exit !== 0 } : { reading },
    { ...view(theirs), theirsFailed: true },
  ];
}

/** Neither writes, whatever each says: the object is so already, or there is none. */
export function idle({ theirs, ours, reading }: Compared): readonly [object, object] {
  const view = ({ writes, changed }: Ran) => ({ writes, changed });
  return [ours ? { ...view(ours), done: ours.end === 'done' } : { reading }, { ...view(theirs), done: false }];
}

/** kubectl writes, perhaps before it fails; we refuse the whole when it is planned. */
export function declined({ theirs, ours, reading }: Compared): readonly [object, object] {
  return [
    ours
      ? { end: ours.end, writes: ours.writes, changed: ours.changed, writesOfTheirs: theirs.writes.length > 0 }
      : { reading },
    { end: 'refused', writes: [], changed: {}, writesOfTheirs: true },
  ];
}
