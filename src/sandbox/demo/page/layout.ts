/** The page's frame: what stands where, on a desk and on a phone. */
import { html, nothing, type TemplateResult } from 'lit-html';
import { flame } from './cluster/workload.ts';
import { alarmBanner, connectionBanner } from './notices.ts';
import type { Shell } from './shell.ts';
import { single } from './table.ts';
import { isChannel } from './where.ts';

export type LayoutParts = {
  readonly themeSwitch: TemplateResult;
  readonly guide: TemplateResult | typeof nothing;
  /** Undefined while the guide is shown. */
  readonly showGuide: (() => void) | undefined;
  readonly sidebar: TemplateResult;
  readonly middle: TemplateResult;
  readonly panel: TemplateResult;
  /** Modals, confirmations and toasts. */
  readonly above: readonly (TemplateResult | typeof nothing)[];
  readonly drawer: { readonly isOpen: boolean; toggle(): void };
  /** The channel that a phone's “Slack” leads to. */
  readonly lastSlack: string;
};

export function layout(shell: Shell, parts: LayoutParts): TemplateResult {
  const name = single(shell.table, 'workspace')?.name;
  const cluster = single(shell.table, 'cluster');
  const { drawer } = parts;
  return html`
    <a class="skip" href="#middle" @click=${skipTo}>Skip to the messages</a>
    <div class="frame" data-front=${shell.where.front} ?data-thread=${shell.where.thread !== undefined}>
      <header class="top">
        <button
          class="button small quiet drawer-button"
          aria-expanded=${drawer.isOpen}
          aria-controls="sidebar"
          @click=${() => drawer.toggle()}
        >
          <span aria-hidden="true">☰</span><span class="unseen">Channels and people</span>
        </button>
        <h1>${flame()} Firebreak <span class="top-demo">demo</span></h1>
        ${name === undefined ? nothing : html`<p class="top-name">${name}</p>`}
        ${cluster?.kind === 'real' ? html`<p class="top-real" title=${cluster.name}>Real cluster</p>` : nothing}
        <p class="top-live" data-connection=${shell.connection} role="status">
          <span class="state-sign" aria-hidden="true"></span><span class="top-live-word">${connectionWords[shell.connection]}</span>
        </p>
        ${shell.me === undefined ? nothing : html`<p class="top-me">as ${shell.me.realName.split(' ')[0]}</p>`}
        <div class="top-tools">
          ${
            parts.showGuide === undefined
              ? nothing
              : html`<button class="button small quiet" data-guide="bring-back" @click=${parts.showGuide}>Guide</button>`
          }
          ${parts.themeSwitch}
        </div>
      </header>
      <div class="strips">${connectionBanner(shell)}${alarmBanner(shell)}${parts.guide}</div>
      <aside class="side" aria-label="People, stories and channels">${parts.sidebar}</aside>
      ${drawer.isOpen ? html`<div class="drawer-shade" @click=${() => drawer.toggle()}></div>` : nothing}
      <main class="main">
        <section class="middle" id="middle" tabindex="-1" aria-label="Slack">${parts.middle}</section>
        <section class="panel" aria-label="Around Slack">${parts.panel}</section>
      </main>
      ${bottomBar(shell, parts.lastSlack)}
    </div>
    ${parts.above}
  `;
}

const connectionWords = {
  connecting: 'Connecting',
  live: 'Live',
  gone: 'Stopped',
  refused: 'Not connected',
} as const satisfies Record<Shell['connection'], string>;

/** The address holds where we are, so that a link may not change it. */
function skipTo(event: Event): void {
  event.preventDefault();
  document.getElementById('middle')?.focus();
}

/** A phone's way between the parts. */
function bottomBar(shell: Shell, lastSlack: string): TemplateResult {
  const { where } = shell;
  const isMiddle = where.front === 'middle';
  const item = (id: string, label: string, isHere: boolean, go: () => void): TemplateResult => html`<button
    data-bar=${id}
    aria-current=${isHere ? 'page' : 'false'}
    @click=${go}
  >
    ${label}
  </button>`;
  return html`<nav class="bar" aria-label="Parts of the page">
    ${item('stories', 'Stories', isMiddle && where.middle === 'stories', () => shell.go({ middle: 'stories', front: 'middle' }))}
    ${item('slack', 'Slack', isMiddle && where.middle !== 'stories', () =>
      shell.go({ middle: isChannel(where.middle) ? where.middle : lastSlack, front: 'middle' }),
    )}
    ${item('cluster', 'Cluster', !isMiddle && where.tab !== 'journal', () => shell.go({ tab: 'cluster', front: 'panel' }))}
    ${item('journal', 'Journal', !isMiddle && where.tab === 'journal', () => shell.go({ tab: 'journal', front: 'panel' }))}
  </nav>`;
}
