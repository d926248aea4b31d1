/** From a place on a card to the step it shows, with everything needed to act on it. */
import { invariant } from '../domain/errors.ts';
import type { Alert } from '../domain/alert.ts';
import type { Posting } from '../domain/posting.ts';
import type { Service } from '../domain/policy.ts';
import type { ActionStep, Procedure, Runbook, Step } from '../domain/runbook.ts';
import type { StepPlace } from '../domain/view.ts';
import type { LedgerTransaction } from './ledger.ts';

export type PlacedStep = {
  readonly place: StepPlace;
  readonly posting: Posting;
  readonly runbook: Runbook;
  readonly procedure: Procedure;
  readonly step: Step;
  readonly service: Service;
  /** The incident's alerts, for pre-filling; empty outside an incident. */
  readonly alerts: readonly Alert[];
};

/** Alerts looked at for pre-filling; a storm's tail adds nothing. */
const alertsMax = 200;

/** Undefined when there is no such posting or step, or its service is no longer configured. */
export async function placedStep(
  tx: LedgerTransaction,
  place: StepPlace,
  services: readonly Service[],
): Promise<PlacedStep | undefined> {
  const posting = await tx.posting(place.postingId);
  const service = posting && services.find((candidate) => candidate.name === posting.service);
  if (!posting || !service) return undefined;
  const runbook = await tx.runbook(posting.runbookDigest);
  invariant(runbook, 'a posting keeps its runbook');
  const procedure = runbook.procedures.find((candidate) => candidate.id === posting.procedureId);
  const step = procedure?.steps[place.ordinal - 1];
  if (!procedure || !step) return undefined;
  const alerts = posting.incidentId ? (await tx.alertsOf(posting.incidentId, alertsMax)).alerts : [];
  return { place, posting, runbook, procedure, step, service, alerts };
}

/** Where the step's names are looked up: the namespace that the author wrote, else the service's first. */
export function namespaceOf({ step, service }: Pick<PlacedStep, 'step' | 'service'>): string {
  const written = isAction(step) ? step.action.namespace : undefined;
  return typeof written === 'string' ? written : (service.namespaces[0] ?? 'default');
}

export const isAction = (step: Step): step is ActionStep => step.kind === 'action';
