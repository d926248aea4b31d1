/** Draws an external select: the app is asked for options as one types. The ARIA combobox pattern with a listbox. */
import { html, nothing, type TemplateResult } from 'lit-html';
import { live } from 'lit-html/directives/live.js';
import { moveMark } from './complete-command.ts';
import { type Option, readOption, type SelectElement } from './elements.ts';
import { changeValue, tryAct } from './gestures.ts';
import { askedAt, holdAsked, holdLabel, labelAt, spotKey, valueAt } from './held.ts';
import { spokenBy } from './spoken-by.ts';
import type { Use } from './use.ts';

/** Slack waits too, so that not every letter is a request. */
const quietMs = 200;
const timers = new Map<string, ReturnType<typeof setTimeout>>();

export function searchView(use: Use, element: SelectElement): TemplateResult {
  const { context, spot, domId } = use;
  const { action } = element;
  const asked = askedAt(spot, action);
  const held = valueAt(spot, element);
  const chosen = typeof held === 'string' ? (held === '' ? [] : [held]) : held;
  const labelOf = (value: string) =>
    labelAt(spot, action, value) ?? element.initial.find((one) => one.value === value)?.text.text ?? value;
  const listId = `${domId}-${action}-list`.replaceAll(/[^\w-]/g, '_');
  const isOpen = isShown(asked);

  const type = ({ currentTarget: input }: Event) => {
    if (!(input instanceof HTMLInputElement)) return;
    holdAsked(spot, action, { typed: input.value, isOpen: true, marked: -1 });
    askSoon(use, element);
    context.changed();
  };
  const take = (option: Option) => {
    holdLabel(spot, action, option);
    holdAsked(spot, action, { typed: '', isOpen: false, marked: -1, options: [] });
    const value = element.isMulti ? [...new Set([...chosen, option.value])] : option.value;
    changeValue(context, spot, element, { value, sendsAtOnce: use.sendsAtOnce });
  };
  const drop = (value: string) => {
    const next = element.isMulti ? chosen.filter((one) => one !== value) : '';
    changeValue(context, spot, element, { value: next, sendsAtOnce: use.sendsAtOnce });
  };
  const key = (event: KeyboardEvent) => {
    // As it is now: a quick key comes before the one ahead of it was drawn.
    const asked = askedAt(spot, action);
    const isOpen = isShown(asked);
    const option = asked.options[asked.marked];
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      const marked = moveMark(asked.marked, event.key === 'ArrowDown' ? 1 : -1, asked.options.length);
      holdAsked(spot, action, { isOpen: true, marked });
      if (!isOpen) askSoon(use, element);
    } else if (event.key === 'Enter' && isOpen && option) {
      take(option);
    } else if (event.key === 'Escape' && isOpen) {
      holdAsked(spot, action, { isOpen: false, marked: -1 });
      event.stopPropagation();
    } else {
      return;
    }
    event.preventDefault();
    context.changed();
  };
  const open = () => {
    if (element.leastTyped > 0 || asked.isOpen) return;
    holdAsked(spot, action, { isOpen: true });
    askSoon(use, element);
  };
  const leave = () => {
    holdAsked(spot, action, { isOpen: false, marked: -1 });
    context.changed();
  };

  return html`<div class="sl-search">
    ${chosen.map(
      (value) =>
        html`<span class="sl-chip"
          >${labelOf(value)}<button type="button" aria-label=${`Remove ${labelOf(value)}`} @click=${() => drop(value)}>
            ×
          </button></span
        >`,
    )}
    <input
      class="sl-input"
      type="text"
      role="combobox"
      autocomplete="off"
      aria-autocomplete="list"
      aria-expanded=${isOpen ? 'true' : 'false'}
      aria-controls=${listId}
      aria-activedescendant=${asked.marked >= 0 ? `${listId}-${asked.marked}` : nothing}
      ${spokenBy(use, element.placeholder)}
      placeholder=${element.placeholder}
      .value=${live(asked.typed)}
      @input=${type}
      @focus=${open}
      @keydown=${key}
      @blur=${leave}
    />
    <ul class="sl-listbox" id=${listId} role="listbox" aria-label=${element.placeholder} ?hidden=${!isOpen}>
      ${asked.options.map(
        (option, at) =>
          html`<li
            id=${`${listId}-${at}`}
            role="option"
            class="sl-option"
            aria-selected=${at === asked.marked ? 'true' : 'false'}
            @mousedown=${(event: Event) => event.preventDefault()}
            @click=${() => take(option)}
          >
            ${option.text.text}
          </li>`,
      )}
    </ul>
    ${searchNote(element, asked)}
  </div>`;
}

const isShown = (asked: ReturnType<typeof askedAt>): boolean =>
  asked.isOpen && (asked.options.length > 0 || asked.isWaiting || asked.trouble !== undefined);

function searchNote({ leastTyped }: SelectElement, asked: ReturnType<typeof askedAt>): unknown {
  if (!asked.isOpen) return nothing;
  const text =
    asked.typed.length < leastTyped
      ? `Type at least ${leastTyped} ${leastTyped === 1 ? 'character' : 'characters'}.`
      : asked.isWaiting
        ? 'Searching…'
        : (asked.trouble ?? (asked.options.length === 0 ? 'Nothing found.' : ''));
  return text === '' ? nothing : html`<p class="sl-small" role="status">${text}</p>`;
}

/** An answer to what is not typed any more is dropped. */
function askSoon({ context, spot }: Use, { action, leastTyped }: SelectElement): void {
  const key = spotKey(spot, action);
  clearTimeout(timers.get(key));
  const { typed } = askedAt(spot, action);
  if (typed.length < leastTyped) return holdAsked(spot, action, { options: [], isWaiting: false });
  holdAsked(spot, action, { isWaiting: true });
  const run = async () => {
    const { place, block } = spot;
    const outcome = await tryAct(context, { do: 'options', place, block, action, typed });
    if (askedAt(spot, action).typed !== typed) return;
    const listed = outcome.ok ? (outcome.options ?? []) : [];
    holdAsked(spot, action, {
      isWaiting: false,
      options: listed.flatMap((one) => readOption(one) ?? []),
      ...(outcome.ok ? { trouble: '' } : { trouble: outcome.text }),
    });
    context.changed();
  };
  timers.set(
    key,
    setTimeout(() => void run(), quietMs),
  );
}
