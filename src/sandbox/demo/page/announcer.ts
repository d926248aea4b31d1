/** What a screen reader hears. The same words again are no change to it, so they are taken away in between. */
export function createAnnouncer(element: HTMLElement): (text: string) => void {
  let waiting: string[] = [];
  return (text) => {
    element.textContent = '';
    waiting.push(text);
    if (waiting.length > 1) return;
    requestAnimationFrame(() => {
      element.textContent = waiting.join(' ');
      waiting = [];
    });
  };
}
