/** The stories: what each system is, what goes wrong with it, and how its alert stands. */
import { html, nothing, svg, type TemplateResult } from 'lit-html';
import { repeat } from 'lit-html/directives/repeat.js';
import type { StoryLook } from '../protocol.ts';
import { single } from './table.ts';
import type { Shell } from './shell.ts';
import { shown, sparkOf } from './sparkline.ts';

export const stateWords = {
  calm: 'Calm',
  broken: 'Going wrong',
  firing: 'Firing',
  clearing: 'Clearing',
  cleared: 'Cleared',
  waiting: 'Waiting',
} as const satisfies Record<StoryLook['state'] | 'waiting', string>;

/** How its state is drawn: a story with something else to say than its state waits for it. */
export function stateOf({ state, note }: Pick<StoryLook, 'state' | 'note'>): keyof typeof stateWords {
  return note === undefined ? state : 'waiting';
}

const stateMeaning = {
  calm: 'Everything works.',
  broken: 'The trouble has begun; the alert waits for it to last.',
  firing: 'The alert fires until its cause is gone.',
  clearing: 'The cause is gone; the alert waits until it stays away.',
  cleared: 'The alert has cleared.',
} as const satisfies Record<StoryLook['state'], string>;

const sends = {
  Alertmanager: 'Sends an Alertmanager webhook to Firebreak when the alert fires.',
  PagerDuty: 'Sends a PagerDuty page to Firebreak when the alert fires.',
} as const satisfies Record<StoryLook['via'], string>;

const introOfStandIn =
  'Start one: a system breaks, its alert reaches Firebreak over HTTP, and an incident channel opens. The alert clears when the right thing was done, and not before.';
const introOfReal =
  'Each sends a test alert about one deployment of your cluster to Firebreak. Nothing breaks, but what is approved here is really done there.';

const isReal = (shell: Shell): boolean => single(shell.table, 'cluster')?.kind === 'real';

/** The middle of the page before the first incident. */
export function storiesView(shell: Shell): TemplateResult {
  const stories = single(shell.table, 'stories') ?? [];
  return html`
    <section class="stories" aria-labelledby="stories-title">
      <header class="middle-head">
        <h2 id="stories-title">Stories</h2>
        <p>${isReal(shell) ? introOfReal : introOfStandIn}</p>
      </header>
      <ul class="story-list">
        ${repeat(
          stories,
          (story) => story.id,
          (story) => html`<li>${storyCard(shell, story)}</li>`,
        )}
      </ul>
      ${stories.length === 0 ? html`<p class="empty">No stories here: this demo shows what the cluster really does.</p>` : nothing}
    </section>
  `;
}

function storyCard(shell: Shell, story: StoryLook): TemplateResult {
  const isCalm = story.state === 'calm';
  return html`
    <article class="story" data-state=${stateOf(story)} data-spot=${`story-${story.id}`} tabindex="-1"
      aria-labelledby=${`story-${story.id}`}>
      <header>
        <p class="story-system">${story.system} <span class="muted">· ${story.namespace}</span></p>
        ${stateBadge(story)}
      </header>
      <h3 id=${`story-${story.id}`}>${story.title}</h3>
      <p class="story-summary">${story.summary}</p>
      ${signalView(story)}
      <footer>
        ${isCalm ? startButton(shell, story) : startedButtons(shell, story)}
      </footer>
    </article>
  `;
}

function start(shell: Shell, story: StoryLook): void {
  const said = isReal(shell)
    ? `The test alert about ${story.system} is on its way to Firebreak.`
    : `${story.system} is going wrong now. Firebreak hears of it when the alert fires.`;
  // While Firebreak starts nothing begins: the card says what the story waits for.
  const isStarting = single(shell.table, 'guide')?.steps === 0;
  void shell.doOrSay({ do: 'start-story', story: story.id }, isStarting ? undefined : said);
}

function startButton(shell: Shell, story: StoryLook): TemplateResult {
  return html`<button class="button primary" data-start=${story.id} @click=${() => start(shell, story)}>
      Start<span class="unseen">: ${story.title}</span>
    </button>
    <p class="story-sends">${sends[story.via]}</p>`;
}

function startedButtons(shell: Shell, story: StoryLook): TemplateResult {
  const { channel } = story;
  const reset = (): void => {
    void shell.doOrSay(
      { do: 'reset-story', story: story.id },
      `${story.system} is being put back as it was at the start.`,
    );
  };
  return html`${
    channel === undefined
      ? html`<p class="story-sends">
          ${story.note ?? (story.state === 'broken' ? 'The alert fires soon.' : 'Firebreak opens a channel.')}
        </p>`
      : html`<button class="button primary" data-open=${story.id} @click=${() => shell.go({ middle: channel, front: 'middle' })}>
            Open the incident
          </button>`
  }
    ${
      story.state === 'cleared'
        ? html`<button class="button" data-start=${story.id} @click=${() => start(shell, story)}>
            Start again<span class="unseen">: ${story.title}</span>
          </button>`
        : nothing
    }
    <button class="button quiet" data-reset=${story.id} @click=${reset}>
      Reset<span class="unseen">: ${story.title}</span>
    </button>`;
}

/** Shape and word, not colour alone. */
export function stateBadge(story: StoryLook): TemplateResult {
  return html`<span class="state" data-state=${stateOf(story)} title=${story.note ?? stateMeaning[story.state]}>
    <span class="state-sign" aria-hidden="true"></span>${stateWords[stateOf(story)]}
  </span>`;
}

/** What the alert looks at, now and before. */
export function signalView(story: StoryLook, isSmall = false): TemplateResult | typeof nothing {
  const { signal } = story;
  if (signal === null) return nothing;
  const box = isSmall ? { width: 72, height: 22, room: 2 } : { width: 260, height: 56, room: 3 };
  const spark = sparkOf(signal.history, signal.limit, box);
  const isOver = signal.value > signal.limit;
  const words = `${signal.label}: ${shown(signal.value)} ${signal.unit}, limit ${shown(signal.limit)} ${signal.unit}`;
  const line =
    spark === undefined
      ? nothing
      : svg`
        <line class="spark-limit" x1="0" x2=${box.width} y1=${spark.limitY} y2=${spark.limitY}></line>
        <polyline class="spark-line" points=${spark.points}></polyline>
        <path class="spark-now" d=${`M${spark.last.x} ${spark.last.y}h0`}></path>`;
  const picture = html`<svg
    class="spark"
    viewBox=${`0 0 ${box.width} ${box.height}`}
    width=${box.width}
    height=${box.height}
    role="img"
    aria-label=${words}
    preserveAspectRatio="none"
  >
    ${line}
  </svg>`;
  if (isSmall) return html`<span class="signal small" ?data-over=${isOver}>${picture}</span>`;
  return html`
    <figure class="signal" ?data-over=${isOver}>
      <figcaption>
        <span>${signal.label}</span>
        <span class="signal-value"
          ><strong>${shown(signal.value)}</strong> ${signal.unit}
          <span class="muted">${isOver ? 'over' : 'within'} the limit of ${shown(signal.limit)}</span></span
        >
      </figcaption>
      ${picture}
    </figure>
  `;
}
