/** Marks an element with `data-cut` while its text has more lines than it shows, for the style to offer the rest. */
import { nothing, type ElementPart } from 'lit-html';
import { AsyncDirective } from 'lit-html/async-directive.js';
import { directive, type PartInfo, PartType } from 'lit-html/directive.js';

class MarkCut extends AsyncDirective {
  #element: Element | undefined;
  #observer: ResizeObserver | undefined;

  constructor(part: PartInfo) {
    super(part);
    if (part.type !== PartType.ELEMENT) throw new Error('markCut stands on an element.');
  }

  render(): unknown {
    return nothing;
  }

  override update({ element }: ElementPart): unknown {
    this.#element = element;
    if (this.#observer === undefined) {
      this.#observer = new ResizeObserver(() => this.#measure());
      this.#observer.observe(element);
    }
    // Another text of as many lines changes no size.
    queueMicrotask(() => this.#measure());
    return nothing;
  }

  override disconnected(): void {
    this.#observer?.disconnect();
    this.#observer = undefined;
  }

  #measure(): void {
    const element = this.#element;
    // A pixel for rounding.
    element?.toggleAttribute('data-cut', element.scrollHeight > element.clientHeight + 1);
  }
}

export const markCut = directive(MarkCut);
