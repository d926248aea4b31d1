/** The end of the demo: the journal and the API server's audit log say the same as the story did. */
import type { Database } from '../../adapters/postgres/connection.ts';
import { verifyJournal } from '../../adapters/postgres/verify-journal.ts';
import { isEffect } from '../../sandbox/kubernetes/audit.ts';
import type { SandboxKubernetes } from '../../sandbox/kubernetes/start.ts';
import { StoryBroken } from '../../sandbox/story/stage.ts';
import type { Teller } from '../../sandbox/story/teller.ts';

type Parts = { readonly teller: Teller; readonly database: Database; readonly kubernetes: SandboxKubernetes };

/** For an app that has stopped, and so has sealed its journal. Throws `StoryBroken` when something does not fit. */
export async function showProof(parts: Parts): Promise<void> {
  const { teller } = parts;
  const journal = await verifyJournal(parts.database);
  if (!journal.ok || journal.unsealed > 0 || !journal.head)
    throw new StoryBroken('an unbroken journal, sealed to its end', [JSON.stringify(journal)]);
  const { head, sealed } = journal;
  teller.fact(
    `The journal’s hash chain holds from its first to its last row (${sealed}): head ${head.hash.slice(0, 16)}…`,
  );
  await compareWrites(parts);
  teller.blank();
  await listDeeds(parts);
}

async function compareWrites({ teller, database, kubernetes }: Parts): Promise<void> {
  const writes = kubernetes.audit.filter(isEffect);
  const attempts = await database.selectFrom('attempt').select('auditId').execute();
  const written = writes.map(({ auditID }) => auditID).toSorted();
  const recorded = attempts.map(({ auditId }) => auditId).toSorted();
  if (written.length === 0 || written.join() !== recorded.join())
    throw new StoryBroken('each write in the API server’s audit log to be one recorded attempt', [
      `in the audit log: ${written.join(', ') || 'none'}`,
      `recorded: ${recorded.join(', ') || 'none'}`,
    ]);
  teller.fact(`The API server’s audit log has ${writes.length} writes, and each is one recorded attempt:`);
  for (const { auditID, verb, objectRef, responseStatus } of writes) {
    const object = `${objectRef?.resource} ${objectRef?.namespace}/${objectRef?.name}`;
    teller.item('', `${verb} ${object} → ${responseStatus.code}, Audit-ID ${auditID}`);
  }
}

async function listDeeds({ teller, database }: Parts): Promise<void> {
  const incidents = await database.selectFrom('incident').select(['id', 'number', 'title', 'state']).execute();
  for (const { id, number, title, state } of incidents) teller.item('incident', `${number}, ${id}, ${title}: ${state}`);
  const plans = await database
    .selectFrom('plan')
    .innerJoin('run', 'run.planId', 'plan.id')
    .select(['plan.id', 'plan.digest', 'plan.undoOf', 'plan.stateReason', 'run.outcome', 'run.verification'])
    .orderBy('plan.seq')
    .execute();
  for (const { id, digest, undoOf, stateReason, outcome, verification } of plans) {
    teller.item(
      undoOf === null ? 'change' : 'undo',
      `${id}, digest ${digest.slice(0, 8)}, ${stateReason}: ${outcome}, ${verification === 'passed' ? 'verified' : verification}`,
    );
  }
}
