/** Draws the modal in front. Those below it come back when it is closed, so that they need not be drawn. */
import { html, nothing, type TemplateResult } from 'lit-html';
import { keyed } from 'lit-html/directives/keyed.js';
import type { JsonObject } from '../../protocol.ts';
import { blocksView } from './block-view.ts';
import { readBlocks } from './blocks.ts';
import type { SlackContext } from './context.ts';
import { readText } from './elements.ts';
import { inputsOf } from './element-value.ts';
import { closeView, submitForm, submitKey } from './gestures.ts';
import { isPending } from './held.ts';
import { textIn } from './json.ts';
import { refusalsView } from './message-view.ts';
import { focusFirstError, openDialog } from './open-dialog.ts';

/** `modals`: Slack's views, the one in front last. */
export function modalLayer(
  context: SlackContext,
  { modals }: { readonly modals: readonly JsonObject[] },
): TemplateResult | typeof nothing {
  const front = modals.at(-1);
  if (!front) return nothing;
  return html`${keyed(`${context.me.id} ${textIn(front, 'id')}`, modalView(context, front, modals.length))}`;
}

function modalView(context: SlackContext, view: JsonObject, depth: number): TemplateResult {
  const id = textIn(view, 'id') ?? '';
  const spot = { me: context.me.id, place: { view: id } };
  const blocks = readBlocks(view);
  const words = (field: string) => readText(view[field])?.text;
  const submit = words('submit');
  const waits = isPending(submitKey(context.me.id, id));
  const close = () => closeView(context, id);
  const cancel = (event: Event) => {
    // The server closes it; until then it stays.
    event.preventDefault();
    close();
  };
  const send = (event: Event) => {
    event.preventDefault();
    if (view['submit_disabled'] === true) return;
    void submitForm(context, { id, json: view }).then((errors) => {
      if (Object.keys(errors).length > 0) focusFirstError();
    });
  };
  const fields = inputsOf(blocks).map((input) => input.id);
  return html`<dialog class="sl-modal" aria-labelledby="sl-modal-title" @cancel=${cancel} ${openDialog(fields.join(' '))}>
    <form class="sl-modal-form" novalidate @submit=${send}>
      <header class="sl-modal-head">
        <h2 id="sl-modal-title">${words('title') ?? 'Modal'}</h2>
        ${depth > 1 ? html`<span class="sl-small">${depth - 1} below</span>` : nothing}
        <button type="button" class="sl-quiet sl-close" aria-label="Close" @click=${close}>✕</button>
      </header>
      <div class="sl-modal-body" tabindex="0" role="group" aria-label=${words('title') ?? 'Content'}>
        ${blocksView({ context, spot, frame: 'modal' }, blocks)} ${refusalsView(context, spot)}
      </div>
      <footer class="sl-modal-foot">
        <button type="button" class="sl-button" data-safe @click=${close}>${words('close') ?? 'Close'}</button>
        ${
          submit === undefined
            ? nothing
            : html`<button
                type="submit"
                class=${`sl-button sl-primary${waits ? ' sl-waits' : ''}`}
                aria-disabled=${waits || view['submit_disabled'] === true ? 'true' : nothing}
                aria-busy=${waits ? 'true' : nothing}
              >
                ${waits ? html`<span class="sl-spinner" aria-hidden="true"></span>` : nothing}${submit}
              </button>`
        }
      </footer>
    </form>
  </dialog>`;
}
