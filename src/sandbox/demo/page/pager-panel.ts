/** What PagerDuty’s own page would say. */
import { html, nothing, type TemplateResult } from 'lit-html';
import { repeat } from 'lit-html/directives/repeat.js';
import type { PagerLook } from '../protocol.ts';
import type { Shell } from './shell.ts';
import { single } from './table.ts';

type PagerIncident = PagerLook['incidents'][number];

const words = {
  triggered: 'Triggered',
  acknowledged: 'Acknowledged',
  resolved: 'Resolved',
} as const satisfies Record<PagerIncident['status'], string>;

export function pagerPanel(shell: Shell): TemplateResult {
  const pager = single(shell.table, 'pager');
  if (pager === undefined || pager === null) return html`<p class="empty">There is no PagerDuty in this demo.</p>`;
  return html`
    <div class="pager">
      <p class="muted">Pages come from here, and what people do in Slack goes back: acknowledged, resolved, notes.</p>
      ${pager.incidents.length === 0 ? html`<p class="empty">Nobody has been paged.</p>` : nothing}
      <ul>
        ${repeat(
          pager.incidents,
          (incident) => incident.id,
          (incident) => html`<li>${page(incident)}</li>`,
        )}
      </ul>
    </div>
  `;
}

function page(incident: PagerIncident): TemplateResult {
  return html`
    <article class="page" data-status=${incident.status}>
      <header>
        <h3>#${incident.number} ${incident.title}</h3>
        <span class="page-status"><span class="state-sign" aria-hidden="true"></span>${words[incident.status]}</span>
      </header>
      <p class="muted">
        <span class="mono">${incident.id}</span> ·
        ${incident.assignees.length === 0 ? 'assigned to nobody' : `assigned to ${incident.assignees.join(', ')}`}
      </p>
      ${
        incident.notes.length === 0
          ? nothing
          : html`<h4>Notes</h4>
              <ol class="notes">
                ${incident.notes.map((note) => html`<li><strong>${note.by}</strong> <span class="note-text">${note.text}</span></li>`)}
              </ol>`
      }
    </article>
  `;
}
