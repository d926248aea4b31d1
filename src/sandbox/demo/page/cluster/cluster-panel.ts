/** The cluster: the story's namespace open, the others on a line each. */
import { html, nothing, type TemplateResult } from 'lit-html';
import { repeat } from 'lit-html/directives/repeat.js';
import type { ClusterLook, StoryLook, WorkloadLook } from '../../protocol.ts';
import { focusStory } from '../focus-story.ts';
import { remember, remembered } from '../remembered.ts';
import type { Shell } from '../shell.ts';
import { signalView, stateBadge } from '../stories.ts';
import { single } from '../table.ts';
import { type Baseline, baselineOf, workloadKey } from './changes.ts';
import { eventsView, writesView } from './happenings.ts';
import { nodesView } from './nodes.ts';
import { namespacesOf, nearFirst, restlessFirst } from './order.ts';
import { huesOf } from './pod-state.ts';
import { workloadCard } from './workload.ts';

/** What the panel keeps between two drawings. */
export function createClusterPanel() {
  let baseline = readBaseline();
  let lookedAt: ClusterLook | undefined;
  let writesAtStart: number | undefined;
  /** What somebody opened or closed by hand; the rest follows the story. */
  const byHand = new Map<string, boolean>();
  let focused: string | undefined;

  return (shell: Shell): TemplateResult => {
    const cluster = single(shell.table, 'cluster');
    if (cluster === undefined) return html`<p class="empty">The cluster is being read…</p>`;
    const stories = single(shell.table, 'stories') ?? [];
    if (cluster !== lookedAt) {
      lookedAt = cluster;
      baseline = baselineOf(baseline, cluster, stories);
      remember('baseline', JSON.stringify([...baseline]));
    }
    writesAtStart ??= cluster.writes.length;
    const story = focusStory(stories, shell.where.middle, single(shell.table, 'guide')?.story);
    if (story?.id !== focused) byHand.clear();
    focused = story?.id;

    const fresh = cluster.writes.slice(0, Math.max(0, cluster.writes.length - writesAtStart));
    const writesTo = (workload: WorkloadLook): number =>
      fresh.filter((write) => !write.isDryRun && write.text.split(' ').includes(workloadKey(workload))).length;
    const hues = huesOf(cluster.nodes);
    const groups = namespacesOf(cluster, story);
    return html`
      <div class="cluster">
        <p class="cluster-name">
          <span class="tag">${cluster.kind === 'stand-in' ? 'Stand-in' : 'Real cluster'}</span>
          <span class="mono">${cluster.name}</span>
        </p>
        ${cluster.trouble === undefined ? nothing : html`<p class="trouble" role="status">${cluster.trouble}</p>`}
        ${story === undefined ? nothing : storySignal(story)}
        <section aria-labelledby="workloads-title">
          <h3 id="workloads-title">Deployments</h3>
          ${repeat(
            groups,
            ([namespace]) => namespace,
            ([namespace, workloads]) => {
              const isOpen = byHand.get(namespace) ?? (story?.namespace === namespace || groups.length === 1);
              return html`<details
                class="namespace"
                data-spot=${`namespace-${namespace}`}
                .open=${isOpen}
                @toggle=${(event: Event) => {
                  // The listener stands on the element itself.
                  const now = (event.currentTarget as HTMLDetailsElement).open;
                  if (now === isOpen) return;
                  byHand.set(namespace, now);
                  shell.changed();
                }}
              >
                <summary>
                  <span class="mono">${namespace}</span>
                  <span class="namespace-line">${summaryOf(workloads)}</span>
                </summary>
                ${
                  isOpen
                    ? repeat(restlessFirst(workloads), workloadKey, (workload) =>
                        workloadCard(workload, {
                          hues,
                          was: baseline.get(workloadKey(workload)),
                          writes: writesTo(workload),
                        }),
                      )
                    : nothing
                }
              </details>`;
            },
          )}
        </section>
        ${writesView(cluster.writes)} ${nodesView(nearFirst(cluster, story), hues)} ${eventsView(cluster.events)}
      </div>
    `;
  };
}

/** A reload in the middle of a story still knows how it began. */
function readBaseline(): Baseline {
  const text = remembered('baseline');
  // We wrote it ourselves, from a map of this type.
  return new Map(text === undefined ? [] : (JSON.parse(text) as [string, WorkloadLook][]));
}

function storySignal(story: StoryLook): TemplateResult {
  return html`<section class="cluster-signal" aria-label="The alert of the story">
    <p><strong>${story.system}</strong> ${stateBadge(story)}</p>
    ${signalView(story)}
  </section>`;
}

function summaryOf(workloads: readonly WorkloadLook[]): TemplateResult {
  const ready = workloads.reduce((sum, workload) => sum + workload.ready, 0);
  const wanted = workloads.reduce((sum, workload) => sum + workload.wanted, 0);
  const stuck = workloads.filter((workload) => workload.state === 'stuck').length;
  const moving = workloads.filter((workload) => workload.state === 'moving').length;
  const words = [
    `${workloads.length} ${workloads.length === 1 ? 'deployment' : 'deployments'}`,
    ...(moving === 0 ? [] : [`${moving} rolling out`]),
    ...(stuck === 0 ? [] : [`${stuck} stuck`]),
  ];
  return html`<span data-short=${ready < wanted}>${ready}/${wanted} ready</span> · ${words.join(' · ')}`;
}
