/** A deployment with its pods, the old revision beside the new one while it rolls out. */
import { html, nothing, type TemplateResult } from 'lit-html';
import { repeat } from 'lit-html/directives/repeat.js';
import type { PodLook, WorkloadLook } from '../../protocol.ts';
import { envFacts, type Fact, specFacts } from './changes.ts';
import { byRevision, shapeOf, shortName, statusOf } from './pod-state.ts';

export type WorkloadContext = {
  readonly hues: ReadonlyMap<string, number>;
  /** As it was at the start. */
  readonly was: WorkloadLook | undefined;
  /** How often Firebreak wrote to it while the page was open. */
  readonly writes: number;
};

const stateWords = {
  steady: 'At rest',
  moving: 'Rolling out',
  stuck: 'Stuck',
} as const satisfies Record<WorkloadLook['state'], string>;

export function workloadCard(workload: WorkloadLook, context: WorkloadContext): TemplateResult {
  const groups = byRevision(workload.pods, workload.revision);
  // Two names for one animation: another name is what makes a browser run it again.
  const pulse = context.writes === 0 ? 'none' : context.writes % 2 === 0 ? 'even' : 'odd';
  return html`
    <article class="workload" data-workload=${`${workload.namespace}/${workload.name}`} data-pulse=${pulse}>
      <header>
        <h4 class="mono">${workload.name}</h4>
        ${mark(workload)}
        <span class="rollout" data-state=${workload.state}>${workload.paused ? 'Paused' : stateWords[workload.state]}</span>
        <span class="ready" title="ready of wanted"><strong>${workload.ready}/${workload.wanted}</strong> ready</span>
      </header>
      <div class="revisions">
        ${repeat(
          groups,
          (group) => group.revision,
          (group) => html`
            <div class="revision">
              <p class="revision-name">
                Revision ${group.revision}${
                  groups.length < 2 ? nothing : html` <span class="tag">${group.isCurrent ? 'new' : 'old'}</span>`
                }
              </p>
              <ul class="pods">
                ${repeat(
                  group.pods,
                  (pod) => pod.name,
                  (pod) => html`<li>${podTile(pod, context.hues.get(pod.name))}</li>`,
                )}
              </ul>
            </div>
          `,
        )}
        ${groups.length === 0 ? html`<p class="empty">No pods</p>` : nothing}
      </div>
      ${facts(specFacts(workload, context.was), envFacts(workload, context.was))}
    </article>
  `;
}

/** Somebody looks for this: what did Firebreak touch? */
function mark({ mark }: Pick<WorkloadLook, 'mark'>): TemplateResult | typeof nothing {
  if (mark === undefined) return nothing;
  return html`<span class="firebreak-mark" title=${`Carries the marker of plan ${mark}`}>${flame()}Firebreak</span>`;
}

export function flame(): TemplateResult {
  return html`<svg class="flame" viewBox="0 0 16 16" aria-hidden="true">
    <path
      d="M8.800 1c.3 2.600-3.400 4.300-4.300 7.400-.9 3.300 1 6.300 3.900 6.600 3 .3 5.200-2.100 4.900-4.900-.2-2-1.300-3-1.800-4.500-.5.6-.9 1.200-1 2C9.800 5.800 10.400 3 8.800 1Z"
      fill="currentColor"
    ></path>
  </svg>`;
}

function podTile(pod: PodLook, hue: number | undefined): TemplateResult {
  const use = [pod.memory, pod.cpu].filter((one) => one !== undefined).join(' · ');
  return html`
    <div class="pod" data-shape=${shapeOf(pod)} title=${`${pod.name}${pod.node === undefined ? '' : ` on ${pod.node}`}`}>
      <p class="pod-name">
        <span class="pod-sign" aria-hidden="true"></span>
        <span class="mono" data-hue=${hue ?? 'none'}>${shortName(pod.name)}</span>
        ${pod.restarts === 0 ? nothing : html`<span class="restarts">${pod.restarts}×<span class="unseen"> restarted</span></span>`}
      </p>
      <p class="pod-status">${breakable(statusOf(pod))}</p>
      ${use === '' ? nothing : html`<p class="pod-use">${use}</p>`}
    </div>
  `;
}

/** `CrashLoopBackOff` may go on in the next line after `CrashLoop`. */
function breakable(status: string): TemplateResult[] {
  return status.split(/(?<=[a-z])(?=[A-Z])/).map((part) => html`${part}<wbr />`);
}

function facts(spec: readonly Fact[], env: readonly Fact[]): TemplateResult {
  const hasChanged = env.filter((one) => one.was !== undefined);
  const rest = env.filter((one) => one.was === undefined);
  return html`
    <dl class="facts">${spec.map(factRow)}${hasChanged.map(factRow)}</dl>
    ${
      rest.length === 0
        ? nothing
        : html`<details class="env">
            <summary>${rest.length} ${hasChanged.length === 0 ? '' : 'other '}environment ${rest.length === 1 ? 'variable' : 'variables'}</summary>
            <dl class="facts">${rest.map(factRow)}</dl>
          </details>`
    }
  `;
}

function factRow(fact: Fact): TemplateResult {
  const { was } = fact;
  return html`
    <div class="fact" ?data-changed=${was !== undefined}>
      <dt>${fact.label}</dt>
      <dd>
        ${fact.value === '' ? html`<span class="muted">removed</span>` : html`<span class="mono">${fact.value}</span>`}${
          was === undefined
            ? nothing
            : html` <span class="was">${was === null ? 'added' : html`was <span class="mono">${was}</span>`}</span>`
        }
      </dd>
    </div>
  `;
}
