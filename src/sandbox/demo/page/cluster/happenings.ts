/** What the cluster says happened, and what Firebreak wrote. */
import { html, nothing, type TemplateResult } from 'lit-html';
import { repeat } from 'lit-html/directives/repeat.js';
import type { EventLook, WriteLook } from '../../protocol.ts';
import { clock } from '../clock.ts';
import { flame } from './workload.ts';

const shownMax = 40;

export function writesView(writes: readonly WriteLook[]): TemplateResult {
  const real = writes.filter((write) => !write.isDryRun);
  const dry = writes.filter((write) => write.isDryRun);
  return html`
    <section aria-labelledby="writes-title">
      <h3 id="writes-title">${flame()} What Firebreak wrote</h3>
      ${real.length === 0 ? html`<p class="empty">Nothing yet. A plan changes nothing until it is approved.</p>` : writeList(real)}
      ${
        dry.length === 0
          ? nothing
          : html`<details class="dry">
              <summary>${dry.length} ${dry.length === 1 ? 'dry run' : 'dry runs'}: asked, nothing changed</summary>
              ${writeList(dry)}
            </details>`
      }
    </section>
  `;
}

function writeList(writes: readonly WriteLook[]): TemplateResult {
  return html`<ol class="writes">
    ${repeat(
      writes.slice(0, shownMax),
      (write) => `${write.auditId} ${write.at}`,
      (write) => html`<li class="write" ?data-dry=${write.isDryRun}>
        <p>
          <time datetime=${write.at}>${clock(write.at)}</time>
          <code>${write.text}</code>
          <span class="code" data-ok=${write.code >= 200 && write.code < 300}>${write.code === 0 ? 'no answer' : write.code}</span>
        </p>
        <p class="muted">Audit-ID <span class="mono">${write.auditId}</span></p>
      </li>`,
    )}
  </ol>`;
}

export function eventsView(events: readonly EventLook[]): TemplateResult {
  return html`
    <section aria-labelledby="events-title">
      <h3 id="events-title">Events</h3>
      ${events.length === 0 ? html`<p class="empty">None</p>` : nothing}
      <ol class="events">
        ${events.slice(0, shownMax).map(
          (event) => html`<li class="event" ?data-warning=${event.isWarning}>
            <p>
              <time datetime=${event.at}>${clock(event.at)}</time>
              <strong>${event.isWarning ? html`<span aria-hidden="true">▲ </span><span class="unseen">Warning: </span>` : nothing}${event.reason}</strong>
              <span class="mono about">${event.about}</span>
              ${event.count > 1 ? html`<span class="muted">×${event.count}</span>` : nothing}
            </p>
            <p class="event-text">${event.text}</p>
          </li>`,
        )}
      </ol>
    </section>
  `;
}
