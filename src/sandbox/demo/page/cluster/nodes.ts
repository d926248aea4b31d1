/** Nodes as boxes, their GPUs and HPUs as squares in the colour of the pod that holds them. */
import { html, nothing, type TemplateResult } from 'lit-html';
import { repeat } from 'lit-html/directives/repeat.js';
import type { NodeLook } from '../../protocol.ts';
import { shortName } from './pod-state.ts';

export function nodesView(nodes: readonly NodeLook[], hues: ReadonlyMap<string, number>): TemplateResult {
  return html`
    <section aria-labelledby="nodes-title">
      <h3 id="nodes-title">Nodes</h3>
      <ul class="nodes">
        ${repeat(
          nodes,
          (node) => node.name,
          (node) => html`<li>${nodeBox(node, hues)}</li>`,
        )}
      </ul>
    </section>
  `;
}

function nodeBox(node: NodeLook, hues: ReadonlyMap<string, number>): TemplateResult {
  return html`
    <div class="node" ?data-unready=${!node.ready} ?data-cordoned=${node.cordoned}>
      <p class="node-name mono" title=${node.name}>${node.name}</p>
      <p class="node-state">
        ${node.pods} ${node.pods === 1 ? 'pod' : 'pods'}${node.ready ? nothing : html` · <strong>Not ready</strong>`}${
          node.cordoned ? html` · <strong>Cordoned</strong>` : nothing
        }
      </p>
      ${node.devices.map((device) => devices(device, hues))}
    </div>
  `;
}

function devices(device: NodeLook['devices'][number], hues: ReadonlyMap<string, number>): TemplateResult {
  const used = device.usedBy.length;
  const slots = Array.from({ length: Math.max(device.total, used) }, (_, at) => device.usedBy[at]);
  return html`
    <p class="devices" title=${device.resource}>
      <span class="devices-label">${device.label}</span>
      <span class="unseen">${used} of ${device.total} in use</span>
      <span class="device-row" aria-hidden="true">
        ${slots.map((pod) =>
          pod === undefined
            ? html`<span class="device free" title="free"></span>`
            : html`<span class="device" data-hue=${hues.get(pod) ?? 0} title=${pod}>${shortName(pod).slice(0, 2)}</span>`,
        )}
      </span>
    </p>
  `;
}
