/** Draws what is typed, ticked or picked by date and time. */
import { html, nothing, type TemplateResult } from 'lit-html';
import { live } from 'lit-html/directives/live.js';
import type { MarksElement, TypedElement, WhenElement } from './elements.ts';
import type { Value } from './element-value.ts';
import { changeValue } from './gestures.ts';
import { valueAt } from './held.ts';
import { shortTextView } from './prose-view.ts';
import { spokenBy } from './spoken-by.ts';
import type { Use } from './use.ts';

/** What the event's input holds; every listener here stands on an input or a textarea. */
function typedIn(event: Event): string {
  const { currentTarget: input } = event;
  return input instanceof HTMLInputElement || input instanceof HTMLTextAreaElement ? input.value : '';
}

const inputTypes = {
  text: { type: 'text', mode: 'text' },
  number: { type: 'text', mode: 'decimal' },
  email: { type: 'email', mode: 'email' },
  url: { type: 'url', mode: 'url' },
  'rich-text': { type: 'text', mode: 'text' },
} as const;

export function typedView(use: Use, element: TypedElement): TemplateResult {
  const { context, spot } = use;
  const value = String(valueAt(spot, element));
  const change = (event: Event) => changeValue(context, spot, element, { value: typedIn(event), sendsAtOnce: false });
  const send = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || !use.sendsAtOnce || element.isMultiline) return;
    event.preventDefault();
    changeValue(context, spot, element, { value: typedIn(event), sendsAtOnce: true });
  };
  if (element.isMultiline) {
    return html`<textarea
      class="sl-input"
      rows="4"
      ${spokenBy(use, element.placeholder || 'Text')}
      placeholder=${element.placeholder}
      data-focus-first=${element.focusOnLoad ? '' : nothing}
      .value=${live(value)}
      @input=${change}
    ></textarea>`;
  }
  const { type, mode } = inputTypes[element.holds];
  return html`<input
    class="sl-input"
    type=${type}
    inputmode=${mode}
    autocomplete="off"
    ${spokenBy(use, element.placeholder || 'Text')}
    placeholder=${element.placeholder}
    data-focus-first=${element.focusOnLoad ? '' : nothing}
    .value=${live(value)}
    @input=${change}
    @keydown=${send}
  />`;
}

const pickers = { date: 'date', time: 'time', moment: 'datetime-local' } as const;

export function whenView(use: Use, element: WhenElement): TemplateResult {
  const { context, spot, sendsAtOnce } = use;
  const change = (event: Event) => changeValue(context, spot, element, { value: typedIn(event), sendsAtOnce });
  return html`<input
    class="sl-input sl-when"
    type=${pickers[element.holds]}
    ${spokenBy(use, 'Choose a date or time')}
    .value=${live(String(valueAt(spot, element)))}
    @change=${change}
  />`;
}

/** Radio buttons and checkboxes. */
export function marksView(use: Use, element: MarksElement): TemplateResult {
  const { context, spot, sendsAtOnce, domId } = use;
  const value = valueAt(spot, element);
  const name = `${domId}-${element.action}`;
  return html`<div
    class="sl-marks"
    role=${element.isMulti ? 'group' : 'radiogroup'}
    ${spokenBy(use, element.isMulti ? 'Choices' : 'Choice')}
  >
    ${element.options.map((option) => {
      const isOn = typeof value === 'string' ? value === option.value : value.includes(option.value);
      const toggle = () =>
        changeValue(context, spot, element, { value: toggled(element, value, option.value), sendsAtOnce });
      return html`<label class="sl-mark">
        <input
          type=${element.isMulti ? 'checkbox' : 'radio'}
          name=${name}
          .checked=${live(isOn)}
          @change=${toggle}
        />
        <span>
          ${shortTextView(context, option.text)}${
            option.description
              ? html`<span class="sl-small">${shortTextView(context, option.description)}</span>`
              : nothing
          }
        </span>
      </label>`;
    })}
  </div>`;
}

function toggled({ isMulti }: { readonly isMulti: boolean }, value: Value, one: string): Value {
  if (!isMulti || typeof value === 'string') return one;
  return value.includes(one) ? value.filter((other) => other !== one) : [...value, one];
}
