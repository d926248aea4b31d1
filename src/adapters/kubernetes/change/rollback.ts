/**
 * `kubectl rollout undo`, pinned. kubectl chooses the second newest revision when it runs, and so toggles; here the
 * plan holds the template of one ReplicaSet, and the patch replaces exactly the template that people saw.
 *
 * Like kubectl, the annotations of that ReplicaSet come along (rollback.go, annotationsToSkip); unlike kubectl each is
 * a field of its own with its test, and our marker is this plan's, not the one that was copied to the ReplicaSet. Of a
 * StatefulSet or DaemonSet kubectl puts back the template alone, and so does this.
 */
import type { ActionClass } from '../../../domain/action.ts';
import type { RolloutUndoAction } from '../../../domain/change-action.ts';
import type { Json } from '../../../domain/json.ts';
import type { FieldChange, ShownChange, Undo } from '../../../domain/plan.ts';
import type { Connection } from '../connection.ts';
import { at, pointerKey, pointerKeys, textsAt } from '../live.ts';
import { markerAnnotation } from './patch.ts';
import type { Proposal } from './proposal.ts';
import { onDelete } from './restart.ts';
import { currentRevision, revisionsOf, sameTemplate, type Revision } from './revisions.ts';
import { guardedDifferences, whyDestructive } from './template-class.ts';
import { shownOf } from './shown-values.ts';
import { templateDiff } from './template-diff.ts';

const kept = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  'deployment.kubernetes.io/revision',
  'deployment.kubernetes.io/revision-history',
  'deployment.kubernetes.io/desired-replicas',
  'deployment.kubernetes.io/max-replicas',
  'deprecated.deployment.rollback.to',
  markerAnnotation,
]);

export async function proposeRollback(
  connection: Connection,
  action: RolloutUndoAction<string>,
  live: Json,
  { namespace, imageRepositories }: { namespace: string; imageRepositories: readonly string[] },
): Promise<Proposal> {
  const object = `${action.target.resource}/${action.target.name}`;
  if (at(live, 'spec', 'paused') === true) {
    return {
      kind: 'refused',
      text: `${object} is paused and cannot be rolled back. Resume it first (kubectl rollout resume).`,
    };
  }
  const revisions = await revisionsOf(connection, namespace, live);
  const current = currentRevision(revisions, live);
  const chosen = choose(action, { revisions, current, object });
  if ('refused' in chosen) return { kind: 'refused', text: chosen.refused };
  const before = at(live, 'spec', 'template') ?? null;
  if (sameTemplate(before, chosen.template)) {
    return { kind: 'no-change', text: `${object} already runs the template of revision ${chosen.number}.` };
  }
  const annotations = annotationChanges(live, action.pinned?.annotations ?? wantedBy(live, chosen));
  return {
    kind: 'proposed',
    changes: [
      {
        path: '/spec/template',
        label: 'pod template',
        before,
        after: chosen.template,
        shown: [told(current, chosen), ...templateDiff(before, chosen.template)],
      },
      ...annotations,
    ],
    ...classOf(before, chosen, imageRepositories),
    undo: undoOf(action, current, annotations),
    warnings: onDelete(live, object),
  };
}

/** The fields that differ decide, not the verb: what an older template brings back may be more than an image. */
function classOf(
  before: Json,
  { number, template }: Revision,
  imageRepositories: readonly string[],
): { class: ActionClass; classReason?: string } {
  const guarded = guardedDifferences(before, template);
  if (guarded.length > 0) {
    return {
      class: 'forbidden',
      classReason: `Revision ${number} also differs in ${guarded.join(', ')}, which Firebreak never changes. Roll back by hand.`,
    };
  }
  const why = whyDestructive(before, template, imageRepositories);
  return why === undefined ? { class: 'change' } : { class: 'destructive', classReason: why };
}

function choose(
  action: RolloutUndoAction<string>,
  history: { revisions: readonly Revision[]; current: Revision | undefined; object: string },
): Revision | { readonly refused: string } {
  const { toRevision, pinned } = action;
  const { revisions, current, object } = history;
  if (pinned !== undefined) {
    return (
      revisions.find(({ uid, hash }) => uid === pinned.uid && hash === pinned.hash) ?? {
        refused: `What ${object} should go back to is gone from its history. Choose a revision (kubectl rollout history), or set the image.`,
      }
    );
  }
  if (toRevision !== undefined) {
    return (
      revisions.find(({ number }) => number === toRevision) ?? {
        refused: `${object} has no revision ${toRevision}. It has ${revisions.map(({ number }) => number).join(', ') || 'none'}.`,
      }
    );
  }
  // The revision before the newest is the one before this template only when the newest is this template.
  if (current === undefined || current !== revisions[0]) {
    return {
      refused: `The controller of ${object} has not recorded the template of now as its newest revision yet. Try again in a moment, or name the revision (--to-revision; kubectl rollout history lists them).`,
    };
  }
  return revisions[1] ?? { refused: `${object} has no earlier revision to go back to.` };
}

const told = (current: Revision | undefined, chosen: Revision): ShownChange => ({
  label: chosen.kind,
  ...(current === undefined ? {} : { before: `${current.name} (revision ${current.number})` }),
  after: `${chosen.name} (revision ${chosen.number})`,
});

/** Those of the ReplicaSet and no others, as kubectl does; null: to be removed. */
function wantedBy(live: Json, { annotations }: Revision): Readonly<Record<string, string | null>> {
  if (annotations === undefined) return {};
  const removed = Object.keys(textsAt(live, 'metadata', 'annotations')).map((key) => [key, null] as const);
  return { ...Object.fromEntries(removed), ...annotations };
}

function annotationChanges(live: Json, wanted: Readonly<Record<string, string | null>>): readonly FieldChange[] {
  const have = textsAt(live, 'metadata', 'annotations');
  const keys = Object.keys(wanted).filter((key) => !kept.has(key));
  return keys.sort().flatMap((key): FieldChange[] => {
    const [before, after] = [have[key], wanted[key] ?? undefined];
    if (before === after) return [];
    const path = `/metadata/annotations/${pointerKey(key)}`;
    const label = `annotation ${key}`;
    return [
      {
        path,
        label,
        ...(before === undefined ? {} : { before }),
        ...(after === undefined ? {} : { after }),
        ...shownOf({ path, label, before, after }),
      },
    ];
  });
}

function undoOf(
  action: RolloutUndoAction<string>,
  current: Revision | undefined,
  annotations: readonly FieldChange[],
): Undo {
  if (current === undefined) {
    return { kind: 'none', why: 'the template of now is not in the history yet, so it could not be found again' };
  }
  const { toRevision: _, pinned: __, ...rest } = action;
  const before = Object.fromEntries(
    annotations.map((change) => [
      pointerKeys(change.path).at(-1) ?? '',
      typeof change.before === 'string' ? change.before : null,
    ]),
  );
  return {
    kind: 'action',
    action: { ...rest, pinned: { uid: current.uid, hash: current.hash, annotations: before } },
    text: `go back to the template of ${current.kind} ${current.name} (revision ${current.number} now)`,
  };
}
