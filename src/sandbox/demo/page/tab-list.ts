/** Tabs by the ARIA pattern: one stop for the Tab key, arrows between them. */
import { html, nothing, type TemplateResult } from 'lit-html';

export type TabChoice<Id extends string> = { readonly id: Id; readonly label: string; readonly badge?: string };

export function tabList<Id extends string>(parts: {
  readonly label: string;
  readonly prefix: string;
  readonly choices: readonly TabChoice<Id>[];
  readonly chosen: Id;
  readonly choose: (id: Id) => void;
}): TemplateResult {
  const { choices, chosen, choose, prefix } = parts;
  const move = (event: KeyboardEvent): void => {
    const at = choices.findIndex(({ id }) => id === chosen);
    const target = targetOf(event.key, at, choices.length);
    const next = target === undefined ? undefined : choices[target];
    if (next === undefined) return;
    event.preventDefault();
    choose(next.id);
    document.getElementById(`${prefix}-tab-${next.id}`)?.focus();
  };
  return html`
    <div class="tabs" role="tablist" aria-label=${parts.label} @keydown=${move}>
      ${choices.map(
        ({ id, label, badge }) => html`<button
          role="tab"
          id=${`${prefix}-tab-${id}`}
          data-tab=${id}
          aria-selected=${id === chosen}
          aria-controls=${`${prefix}-panel`}
          tabindex=${id === chosen ? 0 : -1}
          @click=${() => choose(id)}
        >
          ${label}${badge === undefined ? nothing : html` <span class="badge">${badge}</span>`}
        </button>`,
      )}
    </div>
  `;
}

function targetOf(key: string, at: number, count: number): number | undefined {
  switch (key) {
    case 'ArrowRight':
      return (at + 1) % count;
    case 'ArrowLeft':
      return (at - 1 + count) % count;
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return undefined;
  }
}
