/**
 * Where a person writes. Enter sends, Shift+Enter begins a line. A leading slash lists the commands, then how one is
 * used and its examples: a listbox that the arrows move in while the focus stays in the text.
 */
import { html, nothing, type TemplateResult } from 'lit-html';
import { live } from 'lit-html/directives/live.js';
import type { Command } from '../../protocol.ts';
import { type Completion, completeCommand, moveMark } from './complete-command.ts';
import type { SlackContext } from './context.ts';
import { tryAct } from './gestures.ts';
import { type Draft, draftOf, setDraft } from './held.ts';

export type ComposerLook = {
  readonly channel: string;
  readonly thread?: string;
  readonly commands: readonly Command[];
  /** Said of where it goes, such as `#general`. */
  readonly name: string;
};

const linesMax = 8;

export function composer(context: SlackContext, look: ComposerLook): TemplateResult {
  const { channel, thread, commands, name } = look;
  const key = draftKey(context, channel, thread);
  const { draft, offered, marked } = stateOf(key, commands);
  const id = `sl-compose-${channel}-${thread ?? 'channel'}`;
  const change = (next: Draft) => {
    setDraft(key, next);
    context.changed();
  };
  // What happens asks for the draft of that moment: a quick Enter comes before the last letter was drawn.
  const take = (at: number) => {
    const line = stateOf(key, commands).offered?.suggestions[at]?.line;
    if (line === undefined) return;
    change({ text: line });
    document.getElementById(id)?.focus();
  };
  const send = () => {
    const { draft } = stateOf(key, commands);
    if (draft.text.trim() === '' || draft.isSending) return;
    void say(context, look, key);
  };
  const press = (event: KeyboardEvent) => {
    const { draft, offered, marked } = stateOf(key, commands);
    const count = offered?.suggestions.length ?? 0;
    const isArrow = event.key === 'ArrowDown' || event.key === 'ArrowUp';
    if (count > 0 && isArrow) {
      change({ ...draft, marked: moveMark(marked, event.key === 'ArrowDown' ? 1 : -1, count) });
    } else if (count > 0 && marked >= 0 && (event.key === 'Tab' || event.key === 'Enter') && !event.shiftKey) {
      take(marked);
    } else if (count > 0 && event.key === 'Escape') {
      change({ ...draft, hidesSuggestions: true });
    } else if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
      send();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };
  const type = ({ currentTarget: area }: Event) => {
    // Only the text is kept: marks and refusals belong to what was typed before.
    if (area instanceof HTMLTextAreaElement) change({ text: area.value });
  };
  const rows = Math.min(linesMax, draft.text.split('\n').length);
  const isOpen = (offered?.suggestions.length ?? 0) > 0;
  return html`<div class="sl-composer">
    ${suggestionsView(id, offered, { marked, take })}
    ${draft.refusal === undefined ? nothing : html`<p class="sl-error" id=${`${id}-refusal`}>⚠ ${draft.refusal}</p>`}
    <div class="sl-composer-line">
      <textarea
        id=${id}
        class="sl-input"
        rows=${rows}
        aria-label=${`Message ${name}`}
        aria-autocomplete="list"
        aria-haspopup="listbox"
        aria-controls=${isOpen ? `${id}-list` : nothing}
        aria-activedescendant=${isOpen && marked >= 0 ? `${id}-list-${marked}` : nothing}
        aria-describedby=${draft.refusal === undefined ? nothing : `${id}-refusal`}
        placeholder=${commands.length > 0 ? `Message ${name}, or / for commands` : `Reply in ${name}`}
        autocomplete="off"
        .value=${live(draft.text)}
        @input=${type}
        @keydown=${press}
      ></textarea>
      <button
        type="button"
        class="sl-button sl-primary"
        aria-disabled=${draft.text.trim() === '' || draft.isSending ? 'true' : nothing}
        @click=${send}
      >
        Send
      </button>
    </div>
  </div>`;
}

function stateOf(
  key: string,
  commands: readonly Command[],
): { readonly draft: Draft; readonly offered: Completion | undefined; readonly marked: number } {
  const draft = draftOf(key);
  const offered = draft.hidesSuggestions ? undefined : completeCommand(commands, draft.text);
  return { draft, offered, marked: draft.marked ?? offered?.marked ?? -1 };
}

function suggestionsView(
  id: string,
  offered: Completion | undefined,
  { marked, take }: { readonly marked: number; readonly take: (at: number) => void },
): unknown {
  if (!offered) return nothing;
  const { suggestions, usage } = offered;
  if (suggestions.length === 0 && usage === undefined) return nothing;
  return html`<div class="sl-suggestions">
    ${usage === undefined ? nothing : html`<p class="sl-usage"><code>${usage}</code></p>`}
    <ul id=${`${id}-list`} class="sl-listbox" role="listbox" aria-label="Commands" ?hidden=${suggestions.length === 0}>
      ${suggestions.map(
        ({ line, note }, at) =>
          html`<li
            id=${`${id}-list-${at}`}
            class="sl-option"
            role="option"
            aria-selected=${at === marked ? 'true' : 'false'}
            @mousedown=${(event: Event) => event.preventDefault()}
            @click=${() => take(at)}
          >
            <b>${line.trimEnd()}</b> <span class="sl-small">${note}</span>
          </li>`,
      )}
    </ul>
    ${
      suggestions.length === 0
        ? nothing
        : html`<p class="sl-small" role="status">
            ${suggestions.length} ${suggestions.length === 1 ? 'suggestion' : 'suggestions'}: arrows to choose, Enter to
            take, Escape to hide
          </p>`
    }
  </div>`;
}

const draftKey = ({ me }: SlackContext, channel: string, thread = ''): string => `${me.id} ${channel} ${thread}`;

/** Says above the composer of a channel what was refused elsewhere in it. */
export function refuse(context: SlackContext, channel: string, refusal: string): void {
  const key = draftKey(context, channel);
  setDraft(key, { ...draftOf(key), refusal });
  context.announce(refusal);
  context.changed();
}

/** The text goes at once, as in Slack, and comes back when it was refused and nothing else was typed meanwhile. */
async function say(context: SlackContext, { channel, thread }: ComposerLook, key: string): Promise<void> {
  const { text } = draftOf(key);
  setDraft(key, { text: '', isSending: true });
  context.changed();
  const outcome = await tryAct(context, { do: 'say', channel, text, ...(thread === undefined ? {} : { thread }) });
  const { isSending: _sent, ...now } = draftOf(key);
  if (outcome.ok) {
    setDraft(key, now);
  } else {
    setDraft(key, { ...now, text: now.text === '' ? text : now.text, refusal: outcome.text });
    context.announce(outcome.text);
  }
  context.changed();
}
