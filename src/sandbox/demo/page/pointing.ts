/** Points at a part of the page for a moment. What is pointed at may be drawn only after the next patch. */

const lookForMs = 4_000;
const pointForMs = 2_600;
/** What is taller than this part of the window is read from its top. */
const tallPart = 0.6;

export function pointAt(spot: string): void {
  const until = performance.now() + lookForMs;
  const look = (): void => {
    const target = document.querySelector(`[data-spot="${CSS.escape(spot)}"]`) ?? document.getElementById(spot);
    if (target instanceof HTMLElement) return point(target);
    if (performance.now() < until) requestAnimationFrame(look);
  };
  // The page is drawn in the next frame.
  requestAnimationFrame(() => requestAnimationFrame(look));
}

function point(target: HTMLElement): void {
  const isTall = target.getBoundingClientRect().height > innerHeight * tallPart;
  target.scrollIntoView({ block: isTall ? 'start' : 'center', behavior: 'instant' });
  if (target.hasAttribute('tabindex')) target.focus({ preventScroll: true });
  target.classList.remove('pointed-at');
  // Reading a measure makes the browser forget the animation that may still run.
  void target.offsetWidth;
  target.classList.add('pointed-at');
  setTimeout(() => target.classList.remove('pointed-at'), pointForMs);
}
