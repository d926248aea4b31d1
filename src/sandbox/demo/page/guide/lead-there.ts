/** Where “Show me” leads. No DOM in here. */
import type { GuideLook, Message } from '../../protocol.ts';
import type { Where } from '../where.ts';

export type Lead = {
  readonly go: Partial<Where>;
  /** What to point at once it is there. */
  readonly spot?:
    | { readonly name: string }
    | { readonly frame: 'channel' | 'thread'; readonly channel: string; readonly ts: string };
  /** What the button says. */
  readonly label: string;
};

/** @param find the message, so that one in a thread opens its thread */
export function leadTo(
  at: NonNullable<GuideLook['at']>,
  find: (channel: string, ts: string) => Message | undefined,
): Lead {
  const label = 'Show me';
  if ('story' in at) return { go: { middle: 'stories', front: 'middle' }, spot: { name: `story-${at.story}` }, label };
  if ('person' in at) return { go: { as: at.person }, spot: { name: 'people' }, label: 'Switch' };
  if ('view' in at) {
    return at.view === 'home'
      ? { go: { middle: 'home', front: 'middle' }, label }
      : { go: { tab: at.view, front: 'panel' }, spot: { name: 'panel' }, label };
  }
  const { channel, ts } = at;
  if (ts === undefined) return { go: { middle: channel, front: 'middle' }, label };
  const message = find(channel, ts);
  const root = message?.thread_ts;
  const inThread = root !== undefined && root !== ts && message?.['subtype'] !== 'thread_broadcast';
  return {
    go: { middle: channel, front: 'middle', ...(inThread ? { thread: root } : {}) },
    spot: { frame: inThread ? 'thread' : 'channel', channel, ts },
    label,
  };
}
