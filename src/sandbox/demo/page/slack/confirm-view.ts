/** Draws the question that an element asks before its click is sent. */
import { html, nothing, type TemplateResult } from 'lit-html';
import { keyed } from 'lit-html/directives/keyed.js';
import type { SlackContext } from './context.ts';
import { openQuestion } from './held.ts';
import { openDialog } from './open-dialog.ts';
import { textView } from './prose-view.ts';

export function confirmLayer(context: SlackContext): TemplateResult | typeof nothing {
  const question = openQuestion();
  if (!question) return nothing;
  const { confirm, answer } = question;
  const cancel = (event: Event) => {
    event.preventDefault();
    answer(false);
  };
  return html`${keyed(
    question,
    html`<dialog
      class="sl-modal sl-confirm"
      role="alertdialog"
      aria-labelledby="sl-confirm-title"
      aria-describedby="sl-confirm-text"
      @cancel=${cancel}
      ${openDialog(confirm.title)}
    >
      <h2 id="sl-confirm-title">${confirm.title}</h2>
      <div id="sl-confirm-text">${textView(context, confirm.text)}</div>
      <footer class="sl-modal-foot">
        <button type="button" class="sl-button" data-safe @click=${() => answer(false)}>${confirm.no}</button>
        <button
          type="button"
          class=${`sl-button ${confirm.isDangerous ? 'sl-danger sl-filled' : 'sl-primary'}`}
          @click=${() => answer(true)}
        >
          ${confirm.yes}
        </button>
      </footer>
    </dialog>`,
  )}`;
}
