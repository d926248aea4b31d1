/** Draws one Block Kit element of any kind. */
import { html, nothing, type TemplateResult } from 'lit-html';
import { ifDefined } from 'lit-html/directives/if-defined.js';
import { keyed } from 'lit-html/directives/keyed.js';
import type { BlockElement, ButtonElement, OverflowElement } from './elements.ts';
import { buttonKey, pickOverflow, pressButton } from './gestures.ts';
import { isPending, noteBlock, spotKey } from './held.ts';
import { marksView, typedView, whenView } from './input-view.ts';
import { safeAddress } from './prose.ts';
import { selectView } from './select-view.ts';
import type { Use } from './use.ts';

/** Another button never takes the place, and so the focus, of one that is gone. */
export function elementView(use: Use, element: BlockElement): unknown {
  const name = 'action' in element ? element.action : element.kind;
  return keyed(`${name} ${element.kind === 'button' ? element.value : ''}`, drawn(use, element));
}

function drawn(use: Use, element: BlockElement): unknown {
  switch (element.kind) {
    case 'button':
      return buttonView(use, element);
    case 'overflow':
      return overflowView(use, element);
    case 'select':
      return selectView(use, element);
    case 'marks':
      return marksView(use, element);
    case 'typed':
      return typedView(use, element);
    case 'when':
      return whenView(use, element);
    case 'image':
      return imageView(element.alt);
    case 'unknown':
      return unknownView(`element “${element.type}”`, element.reason);
    default:
      return element satisfies never;
  }
}

/** Nothing is loaded from outside, so that an image is what it says of itself. */
export function imageView(alt: string): TemplateResult {
  return html`<span class="sl-image" role="img" aria-label=${alt}><span aria-hidden="true">🖼 ${alt}</span></span>`;
}

/** What this page cannot draw is said aloud: a block that nobody sees would be believed to be right. */
export function unknownView(what: string, reason: string): TemplateResult {
  return html`<div class="sl-unknown" role="alert"><strong>Not drawn: ${what}.</strong> ${reason}</div>`;
}

function buttonView(use: Use, button: ButtonElement): TemplateResult {
  const { context, spot } = use;
  noteBlock(spot, button.action, button.value);
  const waits = isPending(buttonKey(spot, button));
  const classes = `sl-button${button.style ? ` sl-${button.style}` : ''}${waits ? ' sl-waits' : ''}`;
  const press = () => pressButton(context, spot, button);
  const href = button.url === undefined ? undefined : webAddress(button.url);
  if (button.url !== undefined && href === undefined) {
    return unknownView('a button with an address', `It leads to ${button.url}, which is neither http nor https.`);
  }
  if (href !== undefined) {
    return html`<a class=${classes} href=${href} title=${href} target="_blank" rel="noopener noreferrer" aria-label=${ifDefined(button.spokenLabel)} @click=${press}>${button.label}<span class="sl-address">${new URL(href).host} ↗</span></a>`;
  }
  // Not disabled while it waits: that would take the focus away.
  return html`<button
    type="button"
    class=${classes}
    aria-label=${ifDefined(button.spokenLabel)}
    aria-disabled=${waits ? 'true' : nothing}
    aria-busy=${waits ? 'true' : nothing}
    @click=${press}
  >
    ${waits ? html`<span class="sl-spinner" aria-hidden="true"></span>` : nothing}${button.label}
  </button>`;
}

function webAddress(url: string): string | undefined {
  const href = safeAddress(url);
  return href !== undefined && /^https?:/.test(href) ? href : undefined;
}

function overflowView(use: Use, menu: OverflowElement): TemplateResult {
  const { context, spot } = use;
  const waits = isPending(spotKey(spot, menu.action));
  const pick = (event: Event, value: string) => {
    closeDetails(event);
    pickOverflow(context, spot, menu, value);
  };
  return html`<details class="sl-overflow" @keydown=${closeOnEscape}>
    <summary class=${`sl-button${waits ? ' sl-waits' : ''}`} aria-label="More actions">⋯</summary>
    <ul class="sl-menu">
      ${menu.options.map(
        ({ text, value, description }) =>
          html`<li>
            <button type="button" class="sl-menu-item" @click=${(event: Event) => pick(event, value)}>
              ${text.text}${description ? html`<span class="sl-small">${description.text}</span>` : nothing}
            </button>
          </li>`,
      )}
    </ul>
  </details>`;
}

/** For menus made of `details`: the browser opens them, and leaves closing to us. */
export function closeDetails(event: Event): void {
  const details = event.target instanceof Element ? event.target.closest('details') : null;
  if (!details) return;
  details.open = false;
  details.querySelector('summary')?.focus();
}

export function closeOnEscape(event: KeyboardEvent): void {
  const details = event.currentTarget instanceof Element ? event.currentTarget.closest('details') : null;
  if (event.key !== 'Escape' || !details?.open) return;
  // The modal around it stays.
  event.preventDefault();
  event.stopPropagation();
  closeDetails(event);
}
