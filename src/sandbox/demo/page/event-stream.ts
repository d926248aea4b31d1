/** `/live` as the browser reads it, and whether somebody looks at the page. */
import type { OpenStream, Visibility } from './store.ts';

export const openEventStream: OpenStream = (address, listener) => {
  const source = new EventSource(address);
  source.addEventListener('open', () => listener.onOpen());
  source.addEventListener('patch', (event: MessageEvent<string>) => listener.onPatch(event.data));
  // A browser gives up for good after an answer that is no stream.
  source.addEventListener('error', () => listener.onError(source.readyState === EventSource.CLOSED));
  return { close: () => source.close() };
};

export const pageVisibility: Visibility = {
  isVisible: () => document.visibilityState === 'visible',
  onChange: (listener) => document.addEventListener('visibilitychange', listener),
};
