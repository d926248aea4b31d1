/** What the page says over everything else: alarms, a server that is gone, and short answers. */
import { html, nothing, type TemplateResult } from 'lit-html';
import { repeat } from 'lit-html/directives/repeat.js';
import type { Shell } from './shell.ts';
import { single } from './table.ts';

export function alarmBanner(shell: Shell): TemplateResult | typeof nothing {
  const alarms = single(shell.table, 'alarms') ?? [];
  const [newest, ...older] = alarms;
  if (newest === undefined) return nothing;
  return html`
    <section class="alarms" role="alert" aria-label="Alarms">
      ${alarmRow(shell, newest)}
      ${
        older.length === 0
          ? nothing
          : html`<details>
              <summary>${older.length} more</summary>
              ${repeat(
                older,
                (alarm) => alarm.id,
                (alarm) => alarmRow(shell, alarm),
              )}
            </details>`
      }
    </section>
  `;
}

function alarmRow(shell: Shell, alarm: { id: string; title: string; details: readonly string[] }): TemplateResult {
  return html`
    <div class="alarm">
      <div>
        <strong>${alarm.title}</strong>
        ${alarm.details.length === 0 ? nothing : html`<ul>${alarm.details.map((detail) => html`<li>${detail}</li>`)}</ul>`}
      </div>
      <button
        class="button small"
        @click=${() => void shell.doOrSay({ do: 'dismiss-alarm', alarm: alarm.id })}
      >
        Dismiss<span class="unseen">: ${alarm.title}</span>
      </button>
    </div>
  `;
}

export function connectionBanner(shell: Shell): TemplateResult | typeof nothing {
  if (shell.connection === 'refused') return html`<p class="gone" role="status">${shell.refusal}</p>`;
  if (shell.connection !== 'gone') return nothing;
  return html`<p class="gone" role="status">
    Firebreak’s demo has stopped. Run <code>npm run demo</code> again; this page goes on by itself.
  </p>`;
}

const shownMs = 6_000;
const toastsMax = 3;

/** Short answers in a corner; a screen reader hears them, and they leave by themselves. */
export function createToasts(onChange: () => void) {
  let toasts: readonly { readonly id: number; readonly text: string }[] = [];
  let last = 0;
  const drop = (id: number): void => {
    toasts = toasts.filter((toast) => toast.id !== id);
    onChange();
  };
  return {
    say: (text: string): void => {
      last += 1;
      const id = last;
      toasts = [...toasts.filter((toast) => toast.text !== text), { id, text }].slice(-toastsMax);
      setTimeout(() => drop(id), shownMs);
      onChange();
    },
    view: (): TemplateResult => html`<div class="toasts" role="status">
      ${repeat(
        toasts,
        (toast) => toast.id,
        (toast) => html`<p class="toast">
          <span>${toast.text}</span>
          <button class="button small quiet" aria-label="Dismiss" @click=${() => drop(toast.id)}>✕</button>
        </p>`,
      )}
    </div>`,
  };
}
