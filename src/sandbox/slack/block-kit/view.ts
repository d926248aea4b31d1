import { z } from 'zod';
import type { Block, JsonObject, View } from '../workspace.ts';
import { type Checked, checkViewBlocks } from './check.ts';
import { complaints } from './complaints.ts';
import { plainText } from './text.ts';

/** A modal or home page as an app sends it, by Slack's "View objects" reference. */

const shared = {
  blocks: z.array(z.unknown()),
  private_metadata: z.string().max(3000).optional(),
  callback_id: z.string().max(255).optional(),
  external_id: z.string().max(255).optional(),
};
const sentView = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('modal'),
    title: plainText(24),
    close: plainText(24).optional(),
    submit: plainText(24).optional(),
    clear_on_close: z.boolean().optional(),
    notify_on_close: z.boolean().optional(),
    submit_disabled: z.boolean().optional(),
    ...shared,
  }),
  z.strictObject({ type: z.literal('home'), ...shared }),
]);

/** Slack refuses a view of more than 250 KB with `view_too_large`. */
const viewBytesMax = 250 * 1024;

/** Facts that Slack adds to a view that an app sent. */
export type ViewPlace = Pick<View, 'id' | 'hash' | 'root_view_id' | 'previous_view_id'> & JsonObject;

/** Checks a view for the surface it is meant for and completes it. */
export function checkView(
  given: unknown,
  type: View['type'],
  place: ViewPlace,
  newBlockId: () => string,
): Checked<View> {
  const parsed = sentView.safeParse(given, { reportInput: true });
  if (!parsed.success) return { ok: false, code: 'invalid_arguments', faults: complaints(parsed.error, '/view') };
  const sent = parsed.data;
  if (sent.type !== type) {
    return { ok: false, code: 'invalid_arguments', faults: [`must be of type ${type} [json-pointer:/view/type]`] };
  }
  if (Buffer.byteLength(JSON.stringify(given)) > viewBytesMax) return { ok: false, code: 'view_too_large', faults: [] };
  const blocks = checkViewBlocks(sent.blocks, newBlockId);
  if (!blocks.ok) return blocks;
  if (sent.type === 'modal' && sent.submit === undefined && hasInput(blocks.value)) {
    const fault = 'missing required field: submit (a view with input blocks needs it) [json-pointer:/view/submit]';
    return { ok: false, code: 'invalid_arguments', faults: [fault] };
  }
  return {
    ok: true,
    value: {
      clear_on_close: false,
      notify_on_close: false,
      close: null,
      submit: null,
      external_id: '',
      ...sent,
      ...place,
      blocks: blocks.value,
      callback_id: sent.callback_id ?? '',
      private_metadata: sent.private_metadata ?? '',
      state: { values: {} },
    },
  };
}

function hasInput(blocks: readonly Block[]): boolean {
  return blocks.some((block) => block.type === 'input');
}
