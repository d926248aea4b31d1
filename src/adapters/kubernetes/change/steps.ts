/** The changes of single objects that one command comes to, before each is resolved. */
import type { ObjectChange } from '../../../domain/change-action.ts';
import type { Target } from '../../../domain/plan.ts';

export type Step = {
  readonly change: ObjectChange;
  /** A drain moves pods of every namespace that is not protected: whoever may change nodes may do that. */
  readonly anywhere?: true;
};
export type Expanded =
  | {
      readonly kind: 'expanded';
      readonly steps: readonly Step[];
      readonly notes: readonly string[];
      /** What they are about together. */
      readonly target?: Target;
    }
  | { readonly kind: 'refused'; readonly text: string };
