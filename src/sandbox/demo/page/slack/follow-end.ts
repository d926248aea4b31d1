/**
 * Keeps a list of messages at its end while the reader is there, and says when something new came while they were
 * not. What grows (a card that is updated) is followed too, so it watches sizes and not messages.
 */
import type { ElementPart } from 'lit-html';
import { AsyncDirective } from 'lit-html/async-directive.js';
import { directive, type PartInfo, PartType } from 'lit-html/directive.js';

/** How near to the end is at the end, in pixels. */
const nearPx = 48;

type State = {
  /** Tells one newest message from the next. */
  readonly last: string;
  /** The reader wrote it, and wants to see it. */
  readonly isMine: boolean;
  readonly onUnseen: (unseen: boolean) => void;
};

class FollowEnd extends AsyncDirective {
  #scroller: HTMLElement | undefined;
  #observer: ResizeObserver | undefined;
  #isAtEnd = true;
  #last = '';
  /** Undefined until it was told: what an earlier list of the same channel said may still stand. */
  #isUnseen: boolean | undefined;
  #onUnseen: State['onUnseen'] = () => undefined;
  /** The message in which the focus was last. */
  #focused: HTMLElement | undefined;

  constructor(part: PartInfo) {
    super(part);
    if (part.type !== PartType.ELEMENT) throw new Error('followEnd stands on an element.');
  }

  render(_state: State): unknown {
    return undefined;
  }

  override update(part: ElementPart, [state]: [State]): void {
    this.#onUnseen = state.onUnseen;
    if (!this.#scroller && part.element instanceof HTMLElement) this.#start(part.element);
    const isNew = state.last !== this.#last && this.#last !== '';
    this.#last = state.last;
    // What the list will hold is drawn right after this.
    queueMicrotask(() => {
      if (this.#isAtEnd || (isNew && state.isMine)) this.#toEnd();
      else if (isNew) this.#tell(true);
      this.#keepFocus();
    });
  }

  override disconnected(): void {
    this.#observer?.disconnect();
    this.#observer = undefined;
    this.#scroller = undefined;
  }

  #start(scroller: HTMLElement): void {
    this.#scroller = scroller;
    scroller.addEventListener(
      'scroll',
      () => {
        this.#look(scroller);
      },
      { passive: true },
    );
    scroller.addEventListener('focusin', (event) => {
      const article = event.target instanceof Element ? event.target.closest('article') : null;
      this.#focused = article instanceof HTMLElement ? article : undefined;
    });
    scroller.addEventListener('focusout', (event) => {
      // Gone elsewhere by itself; an element that was removed has no such event with a destination.
      if (event.relatedTarget !== null) this.#focused = undefined;
    });
    this.#observer = new ResizeObserver(() => {
      if (this.#isAtEnd) this.#toEnd();
      // Another width can bring the end into sight, and no scrolling tells of it.
      this.#look(scroller);
    });
    this.#observer.observe(scroller);
    queueMicrotask(() => {
      for (const child of scroller.children) this.#observer?.observe(child);
    });
  }

  #look(scroller: HTMLElement): void {
    this.#isAtEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < nearPx;
    if (this.#isAtEnd) this.#tell(false);
  }

  #toEnd(): void {
    if (this.#scroller) this.#scroller.scrollTop = this.#scroller.scrollHeight;
  }

  #tell(unseen: boolean): void {
    if (unseen === this.#isUnseen) return;
    this.#isUnseen = unseen;
    this.#onUnseen(unseen);
  }

  /** A button that vanished with an update takes the focus with it; the message keeps it for who uses the keyboard. */
  #keepFocus(): void {
    if (document.activeElement !== document.body || !this.#focused?.isConnected) return;
    this.#focused.focus({ preventScroll: true });
  }
}

export const followEnd = directive(FollowEnd);
