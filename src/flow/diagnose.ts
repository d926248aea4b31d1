/** Runs one read-only step and keeps its answer. Handles `read-step`. */
import { isRead, type Parameter } from '../domain/action.ts';
import type { ReadAction } from '../domain/read-action.ts';
import { invariant, OperationError } from '../domain/errors.ts';
import { maskText } from '../domain/masking.ts';
import { bindAction } from '../runbook/bind.ts';
import type { Ledger } from './ledger.ts';
import { messageKey, placeText } from './messages.ts';
import type { Cluster, World } from './ports.ts';
import { runReading, type Reach } from './reach.ts';
import { isAction, namespaceOf, type PlacedStep, placedStep } from './steps.ts';
import type { Service } from '../domain/policy.ts';
import type { Handler } from './work.ts';

const readTimeoutMs = 12_000;
const textLimit = 64 * 1024;
/** What a read may hold before its filters shorten it. */
const rawTextLimit = 4 * 1024 * 1024;

/** As many names as `Cluster.candidates` gives at most. */
const candidatesMax = 100;

type Answer = { text: string; exitCode: number; truncated: boolean };

export function createDiagnose({
  ledger,
  reachOf,
  services,
  clock,
}: World & { ledger: Ledger; reachOf: (service: Service) => Reach }): Handler {
  async function answer(
    placed: PlacedStep,
    values: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Answer> {
    const { step, service } = placed;
    invariant(isAction(step) && isRead(step.action), 'only reads are read');
    const reach = reachOf(service);
    const { cluster } = reach;
    const missing = await missingSuspect(cluster, namespaceOf(placed), step.parameters, values);
    if (missing) return { text: missing, exitCode: 1, truncated: false };
    const bound = bindAction(step.action, step.parameters, values);
    if (!bound.ok) {
      return {
        text: bound.problems.map(({ parameter, text }) => `${parameter}: ${text}`).join('\n'),
        exitCode: 1,
        truncated: false,
      };
    }
    // A compiled read binds to a read: `bindAction` keeps the action's type.
    const action = bound.action as ReadAction;
    const context = {
      defaultNamespace: service.namespaces[0] ?? 'default',
      allowedNamespaces: service.namespaces,
      signal: AbortSignal.any([signal, AbortSignal.timeout(readTimeoutMs)]),
      textLimit: rawTextLimit,
    };
    const filtered = await runReading(reach, action, context);
    // Objects come masked from the cluster's adapter; logs come as the program wrote them, and a channel has many readers.
    const shown = maskText(filtered.text.slice(0, textLimit));
    return {
      text: shown.slice(0, textLimit),
      exitCode: filtered.exitCode,
      truncated: filtered.truncated || filtered.text.length > textLimit,
    };
  }

  return async (work, signal) => {
    const { reading, placed } = await ledger.transaction(async (tx) => {
      const reading = await tx.reading(work.subject);
      return { reading, placed: reading && (await placedStep(tx, reading, services)) };
    });
    invariant(reading, 'work names a reading that exists');
    if (reading.state !== 'waiting') return async () => undefined;
    const startedAt = clock.now().getTime();
    const result = await (placed
      ? answer(placed, reading.parameters, signal)
      : Promise.resolve({ text: 'This service is no longer configured.', exitCode: 1, truncated: false })
    ).catch((error: unknown) => {
      // A cluster that cannot be asked now may answer later; the worker's retries bound how often.
      if (error instanceof OperationError && error.retryable && work.attempts < 4) throw error;
      if (error instanceof OperationError) return { text: error.message, exitCode: 1, truncated: false };
      throw error;
    });

    return async (tx) => {
      await tx.updateReading(reading.id, { state: 'done', ...result, tookMs: clock.now().getTime() - startedAt });
      const place = { postingId: reading.postingId, ordinal: reading.ordinal };
      const key = messageKey.step(place);
      const posting = await tx.posting(reading.postingId);
      invariant(posting, 'a reading keeps its posting');
      if (await tx.message(key)) await tx.touchMessage(key, 'chatter');
      else await tx.putMessage({ key, kind: 'step', subject: placeText(place), channel: posting.channel }, 'chatter');
      if (isLong(result.text)) {
        await tx.putMessage(
          {
            key: messageKey.reading(reading.id),
            kind: 'reading',
            subject: reading.id,
            channel: posting.channel,
            threadKey: key,
          },
          'chatter',
        );
      }
      await tx.touchMessage(messageKey.posting(reading.postingId), 'chatter');
      await tx.journal({
        kind: 'step.read',
        actor: reading.requestedBy,
        ...(posting.incidentId ? { incidentId: posting.incidentId } : {}),
        data: { step: placed?.step.id ?? placeText(place), exitCode: result.exitCode, characters: result.text.length },
      });
    };
  };
}

/** Above this the step shows the end of the text, and the whole follows in the thread. */
const isLong = (text: string): boolean => text.length > 1800 || text.split('\n').length > 30;

/** A literal name that the runbook made up (`hdc-toolkit-pod`) is used only when it is there. */
async function missingSuspect(
  cluster: Cluster,
  namespace: string,
  parameters: readonly Parameter[],
  values: Readonly<Record<string, string>>,
): Promise<string | undefined> {
  for (const parameter of parameters) {
    const value = values[parameter.name];
    if (parameter.from !== 'literal' || value === undefined || value !== parameter.default) continue;
    const live = await cluster.candidates(parameter.type, { namespace });
    // A full list may be a cut one; then kubectl's own answer says whether the name is there.
    if (live.length < candidatesMax && !live.includes(value)) {
      return `There is no ${parameter.type} ${value} in ${namespace}; the runbook's name is an example. Press the step's button to choose one of ${live.length}.`;
    }
  }
  return undefined;
}
