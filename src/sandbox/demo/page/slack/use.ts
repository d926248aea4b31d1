/** Where an element stands and how it is spoken of, handed from a block to what draws its elements. */
import type { SlackContext } from './context.ts';
import { placeKey, type Spot } from './held.ts';
import type { Frame } from './show-message.ts';

export type Surface = { readonly context: SlackContext; readonly spot: Omit<Spot, 'block'>; readonly frame: Frame };

export type Use = {
  readonly context: SlackContext;
  readonly spot: Spot;
  /** Begins every id of this block in the document. */
  readonly domId: string;
  /** Slack sends it at once: everywhere but in a form's input. */
  readonly sendsAtOnce: boolean;
  /** Of a form's input: its label and what describes it are elsewhere in the document. */
  readonly field?: {
    readonly labelId: string;
    readonly describedBy: string;
    readonly isInvalid: boolean;
    readonly isRequired: boolean;
  };
};

export function useOf({ context, spot, frame }: Surface, block: string, sendsAtOnce: boolean): Use {
  const domId = `sl-${frame}-${placeKey(spot)}-${block}`.replaceAll(/[^\w-]/g, '_');
  return { context, spot: { ...spot, block }, domId, sendsAtOnce };
}
