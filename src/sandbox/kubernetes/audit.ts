/** The audit log: one event for each request, in the shape of audit.k8s.io/v1, written before the answer is sent. */
import { appendFileSync } from 'node:fs';
import { isObject, type Json } from './json.ts';
import { createListeners } from '../listeners.ts';

export type AuditEvent = {
  readonly kind: 'Event';
  readonly apiVersion: 'audit.k8s.io/v1';
  readonly level: 'Metadata' | 'Request';
  readonly auditID: string;
  readonly stage: 'ResponseComplete';
  readonly requestURI: string;
  /** get, list, watch, create, update, patch, delete, deletecollection. */
  readonly verb: string;
  readonly user: { readonly username: string };
  readonly impersonatedUser?: { readonly username: string; readonly groups: readonly string[] };
  readonly sourceIPs: readonly string[];
  readonly userAgent: string;
  readonly objectRef?: {
    readonly resource: string;
    readonly namespace?: string;
    readonly name?: string;
    readonly apiGroup?: string;
    readonly apiVersion: string;
    readonly subresource?: string;
  };
  readonly responseStatus: { readonly metadata: Record<string, never>; readonly code: number };
  /** The body of a write. */
  readonly requestObject?: Json;
  readonly requestReceivedTimestamp: string;
  readonly stageTimestamp: string;
};

const writeVerbs = new Set(['create', 'update', 'patch', 'delete', 'deletecollection']);
/** Questions that are asked by creating an object that is never stored. */
const questions = new Set(['authorization.k8s.io', 'authentication.k8s.io']);

/** A request that could change something, a dry run too. */
export const isWrite = (event: AuditEvent): boolean =>
  writeVerbs.has(event.verb) && !questions.has(event.objectRef?.apiGroup ?? '');

/**
 * A write that asked for an effect, refused or not: no dry run. A DELETE with a body is read by its body alone, as the
 * server does.
 */
export function isEffect(event: AuditEvent): boolean {
  if (!isWrite(event)) return false;
  const { requestObject: body } = event;
  const options = isObject(body) ? (isObject(body['deleteOptions']) ? body['deleteOptions'] : body) : {};
  const inBody = Array.isArray(options['dryRun']) && options['dryRun'].includes('All');
  const inQuery = new URL(event.requestURI, 'http://local').searchParams.has('dryRun');
  return !(event.verb.startsWith('delete') && body !== undefined ? inBody : inBody || inQuery);
}

/** Reads that stay in memory; the list is cut when it holds a quarter more. */
const readsMax = 4000;

/**
 * The requests in memory, and in `file` as well. Of the reads, only the newest few thousand are kept in memory, so that a
 * long demo does not grow without bound; writes and dry runs of writes are never dropped, nor is anything from the file.
 */
export function createAudit(file: string | undefined) {
  const events: AuditEvent[] = [];
  let reads = 0;

  function dropOldReads(): void {
    let surplus = reads - readsMax;
    const kept = events.filter((event) => isWrite(event) || surplus-- <= 0);
    events.splice(0, events.length, ...kept);
    reads = readsMax;
  }
  const listeners = createListeners();
  return {
    events,
    /** Calls back after each request, until the returned function is called. */
    onAppend: listeners.add,
    /** Synchronous on purpose: who was answered is in the file, also when this process dies at once. */
    append(event: AuditEvent): void {
      events.push(event);
      if (!isWrite(event) && ++reads > readsMax * 1.25) dropOldReads();
      if (file !== undefined) appendFileSync(file, `${JSON.stringify(event)}\n`);
      listeners.tell();
    },
  };
}

export type Audit = ReturnType<typeof createAudit>;
