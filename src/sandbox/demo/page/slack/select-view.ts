/** Draws selects: a menu for one, a list to tick for several, and a search where the app lists as one types. */
import { html, nothing, type TemplateResult } from 'lit-html';
import { live } from 'lit-html/directives/live.js';
import type { OptionGroup, SelectElement } from './elements.ts';
import { changeValue } from './gestures.ts';
import { valueAt } from './held.ts';
import { searchView } from './search-view.ts';
import { spokenBy } from './spoken-by.ts';
import type { Use } from './use.ts';

export function selectView(use: Use, element: SelectElement): TemplateResult {
  if (element.from === 'app') return searchView(use, element);
  const groups = groupsOf(use, element);
  return element.isMulti ? severalView(use, element, groups) : oneView(use, element, groups);
}

/** People and channels are the page's to list. */
function groupsOf({ context }: Use, element: SelectElement): readonly OptionGroup[] {
  const plain = (text: string) => ({ kind: 'plain', text, verbatim: true }) as const;
  const one = (value: string, text: string) => ({ value, text: plain(text), description: undefined, url: undefined });
  switch (element.from) {
    case 'people': {
      // Apps last: they are there, and hardly ever meant.
      const people = Object.values(context.people).toSorted(
        (a, b) => Number(a.isBot) - Number(b.isBot) || a.realName.localeCompare(b.realName),
      );
      return [{ label: undefined, options: people.map(({ id, realName }) => one(id, realName)) }];
    }
    case 'channels':
      return [{ label: undefined, options: Object.entries(context.channels).map(([id, name]) => one(id, `#${name}`)) }];
    case 'list':
    case 'app':
      return element.groups;
    default:
      return element.from satisfies never;
  }
}

function oneView(use: Use, element: SelectElement, groups: readonly OptionGroup[]): TemplateResult {
  const { context, spot, sendsAtOnce } = use;
  const value = String(valueAt(spot, element));
  const change = ({ currentTarget: select }: Event) => {
    if (!(select instanceof HTMLSelectElement)) return;
    changeValue(context, spot, element, { value: select.value, sendsAtOnce });
  };
  const options = ({ options: list }: OptionGroup) =>
    list.map(
      (option) =>
        html`<option value=${option.value} .selected=${live(option.value === value)}>${option.text.text}</option>`,
    );
  // Nothing chosen can be chosen again where a form may be sent without it.
  const mayBeEmpty = use.field?.isRequired === false;
  return html`<select
    class="sl-input sl-select"
    ${spokenBy(use, element.placeholder)}
    data-focus-first=${element.focusOnLoad ? '' : nothing}
    @change=${change}
  >
    <option value="" ?disabled=${!mayBeEmpty} .selected=${live(value === '')}>${element.placeholder}</option>
    ${groups.map((group) =>
      group.label === undefined ? options(group) : html`<optgroup label=${group.label}>${options(group)}</optgroup>`,
    )}
  </select>`;
}

function severalView(use: Use, element: SelectElement, groups: readonly OptionGroup[]): TemplateResult {
  const { context, spot, sendsAtOnce } = use;
  const held = valueAt(spot, element);
  const chosen = typeof held === 'string' ? [] : held;
  const isFull = element.most !== undefined && chosen.length >= element.most;
  const toggle = (value: string) => {
    const next = chosen.includes(value) ? chosen.filter((one) => one !== value) : [...chosen, value];
    changeValue(context, spot, element, { value: next, sendsAtOnce });
  };
  const count = chosen.length === 0 ? element.placeholder : `${chosen.length} chosen`;
  return html`<div
    class="sl-several"
    role="group"
    ${spokenBy(use, element.placeholder)}
  >
    <p class="sl-small">${count}${isFull ? `, the most that may be chosen` : nothing}</p>
    <div class="sl-several-list" tabindex="-1">
      ${groups.map(
        (group) => html`
          ${group.label === undefined ? nothing : html`<p class="sl-small"><b>${group.label}</b></p>`}
          ${group.options.map((option) => {
            const isOn = chosen.includes(option.value);
            return html`<label class="sl-mark">
              <input
                type="checkbox"
                .checked=${live(isOn)}
                ?disabled=${isFull && !isOn}
                @change=${() => toggle(option.value)}
              />
              <span>${option.text.text}</span>
            </label>`;
          })}
        `,
      )}
    </div>
  </div>`;
}
