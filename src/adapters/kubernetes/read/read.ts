/** One read: its scope is checked, it is run, and its text cut to the caller's limit. */
import type { ClusterRead } from '../../../domain/read-action.ts';
import { isLabelName, isObjectName } from '../../../domain/names.ts';
import type { ReadAnswer, ReadContext } from '../../../flow/ports.ts';
import type { ExecPatterns } from '../../../runbook/exec-policy.ts';
import type { Connection } from '../connection.ts';
import type { Discovery, Kind } from '../discovery.ts';
import { readAbout } from './about.ts';
import { namingAbsentNamespaces } from './absent-namespace.ts';
import { readCanI } from './can-i.ts';
import { readDescribe } from './describe.ts';
import { readEvents } from './events.ts';
import { readExec } from './exec.ts';
import { readGet } from './get.ts';
import { readLogs } from './logs.ts';
import { failure, failureOf, oneByOne, type Printed } from './printed.ts';
import { readRolloutHistory } from './rollout-history.ts';
import { readRolloutStatus } from './rollout-status.ts';
import { readTop } from './top.ts';
import { readWait } from './wait.ts';

type Parts = {
  readonly connection: Connection;
  readonly discovery: Discovery;
  /** `policy.exec`. */
  readonly execReads: ExecPatterns;
};

/**
 * The text that a terminal would show (output, then notes and errors). With filters behind it only the output:
 * a pipe does not filter kubectl's error stream, and the last filter's exit code is the chain's.
 */
export async function runRead(parts: Parts, action: ClusterRead, context: ReadContext): Promise<ReadAnswer> {
  const warnings = new Set<string>();
  const { connection } = parts;
  const onWarning = (text: string): void => void warnings.add(text);
  const warned: Connection = { ...connection, get: (path, options) => connection.get(path, { ...options, onWarning }) };
  // Alone of all, `top` does not look for the namespace.
  const asked = action.type === 'top' ? warned : namingAbsentNamespaces(warned);
  let result: Printed;
  try {
    result = await printedBy({ ...parts, connection: asked }, action, context);
  } catch (error) {
    result = failureOf([error]);
  }
  const err = [...warnings].map((text) => `Warning: ${text}\n`).join('') + result.err;
  const piped = (action.filters?.length ?? 0) > 0;
  const notes = piped ? '' : limit(err, context.textLimit).text;
  // What was cut is told behind it, so there has to be room.
  const { text, cut } = limit(result.out, context.textLimit - Buffer.byteLength(notes));
  return {
    text: text + notes,
    ...(notes === '' ? {} : { errorText: notes }),
    exitCode: result.exitCode,
    truncated: cut || result.cut === true,
  };
}

async function printedBy(parts: Parts, action: ClusterRead, context: ReadContext): Promise<Printed> {
  const namespace = action.namespace ?? context.defaultNamespace;
  if (!isLabelName(namespace))
    return failure(`error: ${JSON.stringify(namespace.slice(0, 80))} is not a namespace's name`);
  const bad = namesIn(action).find((name) => !isObjectName(name.replaceAll(':', '-')));
  if (bad !== undefined) return failure(`error: ${JSON.stringify(bad.slice(0, 80))} is not an object's name`);
  const allNamespaces = 'allNamespaces' in action;
  const outside = (kind: Kind): string | undefined =>
    kind.namespaced ? refuseScope({ namespace, allNamespaces }, context.allowedNamespaces) : undefined;
  const scope = { namespace, signal: context.signal, textLimit: context.textLimit, outside };
  // These also read kinds that are in no namespace, and ask `outside` themselves.
  if (action.type === 'get') return await readGet(parts, action, scope);
  if (action.type === 'describe') return await readDescribe(parts, action, scope);
  if (action.type === 'wait') return await readWait(parts, action, scope);
  // These read no object of a namespace.
  if (action.type === 'about') return await readAbout(parts, action, scope);
  if (action.type === 'can-i') return await readCanI(parts, action, scope);
  if (action.type === 'top') return await readTop(parts.connection, action, scope);

  const refused = refuseScope({ namespace, allNamespaces }, context.allowedNamespaces);
  if (refused !== undefined) return failure(`error: ${refused}`);
  switch (action.type) {
    case 'logs':
      return await readLogs(parts, action, scope);
    case 'events':
      return await readEvents(parts, action, scope);
    case 'exec-read':
      return await readExec(parts, action, scope);
    case 'rollout-status':
      return await oneByOne([action.target, ...(action.also ?? [])], (target) =>
        readRolloutStatus(parts, { ...action, target }, scope),
      );
    case 'rollout-history':
      return await oneByOne([action.target, ...(action.also ?? [])], (target) =>
        readRolloutHistory(parts, { ...action, target }, scope),
      );
    default:
      return action satisfies never;
  }
}

function refuseScope(
  { namespace, allNamespaces }: { namespace: string; allNamespaces: boolean },
  allowed: readonly string[] | undefined,
): string | undefined {
  if (allowed === undefined) return undefined;
  const names = allowed.join(', ');
  if (allNamespaces)
    return `all namespaces are asked for, and this service may only read ${names}. Name one of them with -n.`;
  return allowed.includes(namespace)
    ? undefined
    : `namespace ${namespace} is not one of this service's (${names}). Name one of them, or add it to the service.`;
}

function namesIn(action: ClusterRead): readonly string[] {
  switch (action.type) {
    case 'get':
      return action.objects.flatMap(({ name }) => (name === undefined ? [] : [name]));
    case 'logs':
      return 'name' in action.of ? [action.of.name] : [];
    case 'describe':
      return [...action.names, ...(action.also ?? []).flatMap(({ name }) => (name === undefined ? [] : [name]))];
    case 'events':
      return action.about === undefined ? [] : [action.about.name];
    case 'top':
      return action.name === undefined ? [] : [action.name];
    case 'rollout-status':
    case 'rollout-history':
      return [action.target, ...(action.also ?? [])].map(({ name }) => name);
    case 'exec-read':
      return [action.of.name];
    case 'can-i':
      return action.of?.name === undefined ? [] : [action.of.name];
    case 'wait':
      return action.objects.map(({ name }) => name);
    case 'about':
      return [];
    default:
      return action satisfies never;
  }
}

/** Cuts at the last whole character below the limit, in bytes. */
function limit(text: string, bytes: number): { text: string; cut: boolean } {
  const buffer = Buffer.from(text);
  if (buffer.length <= bytes) return { text, cut: false };
  let end = Math.max(0, bytes);
  // Bytes 10xxxxxx continue a character.
  while (end > 0 && ((buffer[end] ?? 0) & 0xc0) === 0x80) end--;
  return { text: buffer.subarray(0, end).toString('utf8'), cut: true };
}
