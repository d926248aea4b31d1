/** Opens a `dialog` as a modal: the browser keeps the focus in it and the rest of the page out of reach. */
import type { ElementPart } from 'lit-html';
import { AsyncDirective } from 'lit-html/async-directive.js';
import { directive, type PartInfo, PartType } from 'lit-html/directive.js';

const fields = 'input:not([disabled]), select:not([disabled]), textarea:not([disabled])';

class OpenDialog extends AsyncDirective {
  #dialog: HTMLDialogElement | undefined;
  #content = '';
  /** What had the focus before. */
  #before: Element | null = null;

  constructor(part: PartInfo) {
    super(part);
    if (part.type !== PartType.ELEMENT) throw new Error('openDialog stands on a dialog.');
  }

  /** `content` changes when the focus should go to the first field again, as when a form replaces “One moment”. */
  render(_content: string): unknown {
    return undefined;
  }

  override update(part: ElementPart, [content]: [string]): void {
    const { element } = part;
    if (!(element instanceof HTMLDialogElement)) return;
    const isOther = content !== this.#content;
    this.#content = content;
    this.#dialog = element;
    // It is put into the document, and filled, right after this.
    queueMicrotask(() => {
      if (!element.open && element.isConnected) {
        this.#before = document.activeElement;
        element.showModal();
      }
      if (isOther) focusFirst(element);
    });
  }

  override disconnected(): void {
    this.#dialog?.close();
    const before = this.#before;
    this.#before = null;
    queueMicrotask(() => {
      if (before instanceof HTMLElement && before.isConnected && document.activeElement === document.body)
        before.focus();
    });
  }
}

export const openDialog = directive(OpenDialog);

function focusFirst(dialog: HTMLDialogElement): void {
  const first =
    dialog.querySelector('[data-focus-first]') ?? dialog.querySelector(fields) ?? dialog.querySelector('[data-safe]');
  if (first instanceof HTMLElement) first.focus();
}

/** The first field with an error, once it is drawn. */
export function focusFirstError(): void {
  requestAnimationFrame(() => {
    const found = document.querySelector(`dialog .sl-invalid :is(${fields})`);
    if (found instanceof HTMLElement) found.focus();
  });
}
