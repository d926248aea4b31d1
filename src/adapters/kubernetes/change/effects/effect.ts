/** The ways in which one request has an effect, and how each is found again after its answer was lost. */
import type { SingleChange } from '../../../../domain/change-action.ts';
import type { Json } from '../../../../domain/json.ts';
import type { EffectRequest } from '../../../../domain/outcome.ts';
import type { FieldChange, Target } from '../../../../domain/plan.ts';
import type { EffectAnswer, EffectPlan, Prepared, ReadBack } from '../../../../flow/ports.ts';
import type { Access } from '../../access/access.ts';
import type { Connection } from '../../connection.ts';
import type { Discovery } from '../../discovery.ts';

export type EffectParts = {
  readonly connection: Connection;
  readonly discovery: Discovery;
  readonly clusterUid: () => Promise<string>;
  readonly access: Access;
};

/** What the dry run of a request needs: there is no plan yet. */
export type Draft = {
  readonly action: SingleChange;
  readonly target: Target;
  readonly changes: readonly FieldChange[];
};

export type Effect = {
  /** The same request as a dry run; undefined when the server has none for it (an exec). `live`: null for what is not there yet. */
  dryRun(draft: Draft, live: Json): EffectRequest | undefined;
  /** Reads the object again and builds the bytes. The cluster is the plan's. */
  prepare(parts: EffectParts, plan: EffectPlan): Promise<Prepared>;
  /** Absent: the request is one HTTP request, and `differencesOf` reads its answer. */
  send?: (
    parts: EffectParts,
    plan: EffectPlan,
    request: EffectRequest,
    options: { auditId: string; timeoutMs: number },
  ) => Promise<EffectAnswer>;
  /** Whether it landed. The caller asks afterwards whether the cluster is still the plan's. */
  readBack(parts: EffectParts, plan: EffectPlan, request: EffectRequest): Promise<ReadBack>;
};
