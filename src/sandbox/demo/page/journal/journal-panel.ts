/** Who did what, sealed into a chain that anybody can check. */
import { html, nothing, type TemplateResult } from 'lit-html';
import { repeat } from 'lit-html/directives/repeat.js';
import type { JournalLook, JournalRow } from '../../protocol.ts';
import { clock } from '../clock.ts';
import type { Shell } from '../shell.ts';
import { single } from '../table.ts';

export function journalPanel(shell: Shell): TemplateResult {
  const journal = single(shell.table, 'journal');
  if (journal === undefined) return html`<p class="empty">The journal is being read…</p>`;
  return html`
    <div class="journal">
      ${banner(shell, journal.verified)}
      <p class="muted journal-count">
        ${
          journal.total > journal.rows.length
            ? `The newest ${journal.rows.length} of ${journal.total} rows.`
            : `${journal.total} ${journal.total === 1 ? 'row' : 'rows'}, newest first.`
        }
      </p>
      <ol class="journal-rows">
        ${repeat(
          journal.rows,
          (row) => row.id,
          (row) => html`<li>${rowView(row)}</li>`,
        )}
      </ol>
    </div>
  `;
}

function banner(shell: Shell, verified: JournalLook['verified']): TemplateResult {
  const { ok, sealed, unsealed, head, trouble } = verified;
  const state = ok === null ? 'checking' : ok ? 'holds' : 'broken';
  return html`
    <section class="chain" data-state=${state} aria-labelledby="chain-title">
      <div role=${ok === false ? 'alert' : 'status'}><h3 id="chain-title">
        <span aria-hidden="true">${ok === null ? '…' : ok ? '✓' : '✕'}</span>
        ${
          ok === null
            ? 'The chain is being checked'
            : ok
              ? `The chain holds: ${sealed} ${sealed === 1 ? 'row' : 'rows'} sealed`
              : 'The chain is broken'
        }
      </h3></div>
      ${trouble === undefined ? nothing : html`<p>${trouble}</p>`}
      ${unsealed === 0 ? nothing : html`<p class="muted">${unsealed} more wait for their seal.</p>`}
      <div class="chain-foot">
        ${
          head === undefined
            ? nothing
            : html`<details>
                <summary>Head <span class="mono">${head.slice(0, 8)}</span></summary>
                <p class="mono full-hash">${head}</p>
              </details>`
        }
        <button class="button small" @click=${() => void shell.doOrSay({ do: 'verify-journal' })}>
          Verify again
        </button>
      </div>
    </section>
  `;
}

function rowView(row: JournalRow): TemplateResult {
  const details: readonly (readonly [string, string])[] = [
    ...row.details,
    ...(row.digest === undefined ? [] : [['Plan’s digest', row.digest] as const]),
    ...(row.hash === undefined ? [] : [['Seal', row.hash] as const]),
  ];
  const line = html`
    <span class="seq mono" title=${row.seq === null ? 'Waits for its seal' : `Place ${row.seq} in the chain`}
      >${row.seq ?? '·'}</span
    >
    <time datetime=${row.at}>${clock(row.at)}</time>
    <span class="journal-what"
      ><strong>${row.who}</strong> ${row.what}
      ${row.incident === undefined ? nothing : html`<span class="tag">incident ${row.incident}</span>`}
      ${row.digest === undefined ? nothing : html`<span class="tag mono" title="The plan’s digest">${row.digest.slice(0, 8)}</span>`}</span
    >
  `;
  if (details.length === 0) return html`<p class="journal-row">${line}</p>`;
  return html`<details class="journal-more">
    <summary class="journal-row">${line}</summary>
    <dl class="facts">
      ${details.map(
        ([label, text]) => html`<div class="fact">
          <dt>${label}</dt>
          <dd class=${/^[0-9a-f]{32,}$/.test(text) ? 'mono full-hash' : 'plain'}>${text}</dd>
        </div>`,
      )}
    </dl>
  </details>`;
}
