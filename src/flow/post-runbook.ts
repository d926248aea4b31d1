/** Finds the procedure that answers the incident's alerts, posts it, and starts its read-only diagnosis. */
import { invariant } from '../domain/errors.ts';
import type { Incident } from '../domain/incident.ts';
import type { Posting } from '../domain/posting.ts';
import type { Service } from '../domain/policy.ts';
import type { Procedure, Runbook } from '../domain/runbook.ts';
import { isRead } from '../domain/action.ts';
import { matchProcedures, searchProcedures, type Candidate } from '../runbook/match.ts';
import type { Ledger, LedgerTransaction } from './ledger.ts';
import { messageKey } from './messages.ts';
import type { NewId, Runbooks, World } from './ports.ts';
import { prefill } from './prefill.ts';
import { isAction } from './steps.ts';
import type { Handler } from './work.ts';

/** Read-only steps that run by themselves when an incident opens. */
const automaticReadsMax = 8;
const alertsLookedAt = 50;
const candidatesMax = 10;

export type Posted = { readonly postingId: string; readonly key: string };

/** Posts one procedure: stores exactly what was compiled, so that its buttons mean what they showed. */
export async function postProcedure(
  tx: LedgerTransaction,
  newId: NewId,
  what: {
    runbook: Runbook;
    procedure: Procedure;
    service: string;
    channel: string;
    incidentId?: string;
    requestedBy: string;
    parameters?: Posting['parameters'];
  },
): Promise<Posted> {
  const posting: Posting = {
    id: newId('post'),
    service: what.service,
    runbookDigest: what.runbook.digest,
    procedureId: what.procedure.id,
    channel: what.channel,
    requestedBy: what.requestedBy,
    ...(what.incidentId ? { incidentId: what.incidentId } : {}),
    ...(what.parameters ? { parameters: what.parameters } : {}),
  };
  await tx.saveRunbook(what.runbook);
  await tx.insertPosting(posting);
  const key = messageKey.posting(posting.id);
  await tx.putMessage({ key, kind: 'runbook-card', subject: posting.id, channel: what.channel }, 'status');
  await tx.journal({
    kind: 'runbook.posted',
    actor: what.requestedBy,
    ...(what.incidentId ? { incidentId: what.incidentId } : {}),
    data: { path: what.runbook.path, procedure: what.procedure.id, digest: what.runbook.digest },
  });
  return { postingId: posting.id, key };
}

/** Enqueues the procedure's diagnosis as far as it needs nobody's answer. */
export async function startDiagnosis(
  tx: LedgerTransaction,
  newId: NewId,
  what: { posted: Posted; procedure: Procedure; incidentId: string; given?: Posting['parameters'] },
): Promise<void> {
  const { alerts } = await tx.alertsOf(what.incidentId, alertsLookedAt);
  let started = 0;
  for (const [index, step] of what.procedure.steps.entries()) {
    if (started >= automaticReadsMax) break;
    if (!isAction(step) || !isRead(step.action) || step.phase !== 'diagnosis') continue;
    const filled = step.parameters.map(
      (parameter) => [parameter.name, prefill(parameter, alerts, what.given)?.value] as const,
    );
    if (filled.some(([, value]) => value === undefined)) continue;

    const id = newId('read');
    const parameters = Object.fromEntries(filled.map(([name, value]) => [name, value ?? '']));
    await tx.insertReading({
      id,
      postingId: what.posted.postingId,
      ordinal: index + 1,
      parameters,
      requestedBy: 'firebreak',
      state: 'waiting',
    });
    await tx.enqueue({ kind: 'read-step', subject: id, lane: 'chatter' });
    started++;
  }
}

/** Handles `post-runbook`. */
export function createPostRunbook({
  ledger,
  runbooks,
  services,
  newId,
}: World & { ledger: Ledger; runbooks: Runbooks }): Handler {
  async function candidatesFor(incident: Incident, service: Service) {
    const { alerts } = await ledger.transaction((tx) => tx.alertsOf(incident.id, alertsLookedAt));
    const found = await runbooks.of(service);
    const matches = new Map<string, Candidate>();
    for (const alert of alerts) {
      const runbookUrl = alert.annotations['runbook_url'];
      const wanted = { alertName: alert.name, ...(runbookUrl ? { runbookUrl } : {}) };
      for (const match of matchProcedures(wanted, found.runbooks, service.alerts)) {
        matches.set(`${match.runbook.digest}#${match.procedure.id}`, match);
      }
    }
    const { problems } = found;
    if (alerts.length > 0) {
      return { matches: [...matches.values()].slice(0, candidatesMax), isSure: true, problems, alert: alerts[0]?.name };
    }
    // Opened by a person or a page: its title is all there is to go by, and what only resembles it is offered, not posted.
    const titled = searchProcedures(incident.title, found.runbooks, service.aliases).slice(0, candidatesMax);
    return { matches: titled, isSure: titled.every(({ exact }) => exact), problems, alert: undefined };
  }

  return async (work) => {
    const { incident, posted } = await ledger.transaction(async (tx) => ({
      incident: await tx.incident(work.subject),
      posted: (await tx.postingsOf(work.subject)).length > 0,
    }));
    invariant(incident?.channel, 'the channel is stored before the runbook is posted');
    const service = services.find((candidate) => candidate.name === incident.service);
    if (posted || !service) return async () => undefined;
    const { channel, id: incidentId } = incident;
    const { matches, isSure, problems, alert } = await candidatesFor(incident, service);
    const [only] = matches;

    return async (tx) => {
      for (const problem of problems) await notice(tx, newId, channel, `A runbook could not be read: ${problem}`);
      if (only && matches.length === 1 && isSure) {
        const { runbook, procedure } = only;
        const made = await postProcedure(tx, newId, {
          runbook,
          procedure,
          service: service.name,
          channel,
          incidentId,
          requestedBy: 'firebreak',
        });
        await startDiagnosis(tx, newId, { posted: made, procedure, incidentId });
        await tx.touchMessage(messageKey.incident(incidentId), 'status');
      } else if (only) {
        for (const match of matches) await tx.saveRunbook(match.runbook);
        const candidates = matches.map(({ runbook, procedure }) => ({
          runbookDigest: runbook.digest,
          procedureId: procedure.id,
          title: procedure.title,
          path: runbook.path,
        }));
        await tx.putMessage(
          {
            key: messageKey.choice(incidentId),
            kind: 'runbook-choice',
            subject: incidentId,
            channel,
            text: JSON.stringify(candidates),
          },
          'status',
        );
      } else {
        await notice(
          tx,
          newId,
          channel,
          `No runbook answers ${alert === undefined ? `“${incident.title}”` : `the alert ${alert}`}. Type /runbook and a few words to search for one.`,
        );
      }
    };
  };
}

export async function notice(
  tx: LedgerTransaction,
  newId: NewId,
  channel: string,
  text: string,
  threadKey?: string,
): Promise<void> {
  const id = newId('note');
  await tx.putMessage(
    {
      key: messageKey.notice(id),
      kind: 'notice',
      subject: id,
      channel,
      text: text.slice(0, 2000),
      ...(threadKey ? { threadKey } : {}),
    },
    'chatter',
  );
}
