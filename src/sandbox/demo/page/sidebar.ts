/** Who I am, where I can go: people, stories, the App Home and the channels. */
import { html, nothing, type TemplateResult } from 'lit-html';
import { repeat } from 'lit-html/directives/repeat.js';
import type { Channel } from '../protocol.ts';
import { avatarView } from './avatar.ts';
import type { Shell } from './shell.ts';
import { signalView, stateOf, stateWords } from './stories.ts';
import { channelsOf, single } from './table.ts';
import type { Middle } from './where.ts';

export type SidebarState = {
  /** How many messages somebody has not seen, by channel. */
  unread(channel: string): number;
  /** A phone's drawer is open. */
  readonly isOpen: boolean;
  close(): void;
};

export function sidebar(shell: Shell, state: SidebarState): TemplateResult {
  const channels = channelsOf(shell.table);
  const open = channels.filter((channel) => !channel.isArchived);
  const archived = channels.filter((channel) => channel.isArchived);
  const goTo = (middle: Middle): void => {
    state.close();
    shell.go({ middle, front: 'middle' });
  };
  return html`
    <div class="sidebar" ?data-open=${state.isOpen} id="sidebar">
      <div class="side-scroll">
        ${people(shell)}
        <nav aria-label="Workspace">
          ${entry(shell, 'home', 'App Home', html`<span class="side-sign" aria-hidden="true">⌂</span>`, goTo)}
          ${entry(shell, 'stories', 'All stories', html`<span class="side-sign" aria-hidden="true">▤</span>`, goTo)}
          <h2 class="side-title" id="channels-title">Channels</h2>
          <ul aria-labelledby="channels-title">
            ${repeat(
              open.toSorted(incidentsFirst),
              (channel) => channel.id,
              (channel) => html`<li>${channelEntry(shell, state, channel, goTo)}</li>`,
            )}
          </ul>
          ${
            archived.length === 0
              ? nothing
              : html`<details class="side-more">
                  <summary>Archived (${archived.length})</summary>
                  <ul>
                    ${repeat(
                      archived,
                      (channel) => channel.id,
                      (channel) => html`<li>${channelEntry(shell, state, channel, goTo)}</li>`,
                    )}
                  </ul>
                </details>`
          }
          <h2 class="side-title" id="stories-list-title">Stories</h2>
          ${stories(shell, goTo)}
        </nav>
      </div>
    </div>
  `;
}

/** Newest incidents on top, what was always there below. */
function incidentsFirst(a: Channel, b: Channel): number {
  const rank = (channel: Channel): number => (channel.name.startsWith('inc-') ? 0 : 1);
  return rank(a) - rank(b) || b.createdAtMs - a.createdAtMs;
}

function channelEntry(
  shell: Shell,
  state: SidebarState,
  channel: Channel,
  goTo: (middle: Middle) => void,
): TemplateResult {
  const count = shell.where.middle === channel.id ? 0 : state.unread(channel.id);
  const sign = html`<span class="side-sign" aria-hidden="true">${channel.isPrivate ? '⚿' : '#'}</span>`;
  const mark =
    count === 0
      ? nothing
      : html`<span class="unread"><span aria-hidden="true">${count > 99 ? '99+' : count}</span><span class="unseen">, ${count} unread</span></span>`;
  return entry(shell, channel.id, channel.name, sign, goTo, mark);
}

function entry(
  shell: Shell,
  middle: Middle,
  name: string,
  sign: TemplateResult,
  goTo: (middle: Middle) => void,
  mark: TemplateResult | typeof nothing = nothing,
): TemplateResult {
  const isHere = shell.where.middle === middle;
  return html`<button
    class="side-entry"
    ?data-unread=${mark !== nothing}
    data-middle=${middle}
    aria-current=${isHere ? 'page' : 'false'}
    @click=${() => goTo(middle)}
  >
    ${sign}<span class="side-name" title=${name}>${name}</span>${mark}
  </button>`;
}

function stories(shell: Shell, goTo: (middle: Middle) => void): TemplateResult {
  const all = single(shell.table, 'stories') ?? [];
  return html`
    <ul aria-labelledby="stories-list-title">
      ${repeat(
        all,
        (story) => story.id,
        (story) => html`<li>
          <button
            class="side-story"
            data-state=${stateOf(story)}
            data-story=${story.id}
            @click=${() => {
              goTo(story.channel ?? 'stories');
              if (story.channel === undefined) shell.pointAt(`story-${story.id}`);
            }}
          >
            <span class="side-story-name">${story.system}</span>
            <span class="side-story-title" title=${story.title}>${story.title}</span>
            <span class="state" data-state=${stateOf(story)}
              ><span class="state-sign" aria-hidden="true"></span>${stateWords[stateOf(story)]}</span
            >
            ${story.state === 'calm' ? nothing : signalView(story, true)}
          </button>
        </li>`,
      )}
    </ul>
  `;
}

/** Several people in one window: radio buttons that look like faces. */
function people(shell: Shell): TemplateResult {
  const everybody = single(shell.table, 'people') ?? {};
  const actors = Object.values(everybody).filter((person) => person.canAct);
  const { me } = shell;
  return html`
    <fieldset class="people" data-spot="people" tabindex="-1">
      <legend>Acting as</legend>
      <div class="faces">
        ${repeat(
          actors,
          (person) => person.id,
          (person) => html`<label title=${`${person.realName}: ${person.title}`}>
            <input
              type="radio"
              name="acting-as"
              .value=${person.id}
              .checked=${person.id === me?.id}
              @change=${() => shell.go({ as: person.id })}
            />
            ${avatarView(everybody, person.id)}
            <span class="face-name">${person.realName.split(' ')[0]}</span>
            <span class="unseen">, ${person.title}</span>
          </label>`,
        )}
      </div>
      <p class="people-title" aria-live="polite">
        ${me === undefined ? nothing : html`<strong>${me.realName}</strong> ${me.title}`}
      </p>
    </fieldset>
  `;
}
