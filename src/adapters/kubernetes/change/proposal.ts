import type { ActionClass } from '../../../domain/action.ts';
import type { FieldChange, Undo } from '../../../domain/plan.ts';

/** What an action makes of a live object. Pure; the server has not been asked yet. */
export type Proposal =
  | {
      readonly kind: 'proposed';
      readonly changes: readonly FieldChange[];
      readonly class: ActionClass;
      readonly classReason?: string;
      readonly undo: Undo;
      readonly warnings: readonly string[];
    }
  | { readonly kind: 'no-change'; readonly text: string }
  | { readonly kind: 'refused'; readonly text: string };
