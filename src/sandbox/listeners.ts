/** Those who want to hear of something each time it happens. */
export function createListeners<News = void>() {
  const listeners = new Set<(news: News) => void>();
  return {
    tell: (news: News): void => {
      for (const listener of listeners) listener(news);
    },
    /** Calls back each time, until the returned function is called. */
    add: (listener: (news: News) => void): (() => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    clear: (): void => listeners.clear(),
  };
}
