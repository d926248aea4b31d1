/** Trouble on purpose: each strikes the next call that fits. */
import { html, nothing, type TemplateResult } from 'lit-html';
import { repeat } from 'lit-html/directives/repeat.js';
import type { FaultLook } from '../protocol.ts';
import type { Shell } from './shell.ts';
import { single } from './table.ts';

const systems = ['Slack', 'Kubernetes', 'PagerDuty', 'Firebreak'] as const satisfies readonly FaultLook['system'][];

export function faultsPanel(shell: Shell): TemplateResult {
  const faults = single(shell.table, 'faults') ?? [];
  return html`
    <div class="faults">
      <p class="muted">Arm one, then go on as before: it strikes the next call that fits, and Firebreak has to cope.</p>
      ${faults.length === 0 ? html`<p class="empty">Nothing to break here.</p>` : nothing}
      ${systems.map((system) => {
        const own = faults.filter((fault) => fault.system === system);
        if (own.length === 0) return nothing;
        return html`<div class="fault-group">
          <h3>${system}</h3>
          <ul>
            ${repeat(
              own,
              (fault) => fault.id,
              (fault) => html`<li>${faultRow(shell, fault)}</li>`,
            )}
          </ul>
        </div>`;
      })}
    </div>
  `;
}

function faultRow(shell: Shell, fault: FaultLook): TemplateResult {
  return html`
    <div class="fault" ?data-armed=${fault.armed}>
      <div>
        <h4>${fault.title}</h4>
        <p>${fault.effect}</p>
        <p class="muted">
          ${fault.armed ? html`<strong class="armed">Armed.</strong> ` : nothing}${
            fault.struck === 0
              ? 'Has not struck yet.'
              : `Struck ${fault.struck === 1 ? 'once' : `${fault.struck} times`}.`
          }
        </p>
      </div>
      <button
        class="button small"
        data-fault=${fault.id}
        @click=${() => void shell.doOrSay({ do: fault.armed ? 'disarm-fault' : 'arm-fault', fault: fault.id })}
      >
        ${fault.armed ? 'Disarm' : 'Arm'}<span class="unseen">: ${fault.title}</span>
      </button>
    </div>
  `;
}
