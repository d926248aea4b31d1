import { describe, expect, it } from '@jest/globals';
import { focusStory } from '../../../src/sandbox/demo/page/focus-story.ts';
import { leadTo } from '../../../src/sandbox/demo/page/guide/lead-there.ts';
import { atStart, moved, readWhere, type Where, writeWhere } from '../../../src/sandbox/demo/page/where.ts';
import type { Message, StoryLook } from '../../../src/sandbox/demo/protocol.ts';

describe('the address of the page', () => {
  it.each<Where>([
    atStart,
    { as: 'U0BOB', middle: 'home', tab: 'journal', front: 'panel' },
    { as: 'U0BOB', middle: 'C0123', thread: '1763812800.000100', tab: 'pager', front: 'middle' },
  ])('brings back %o', (where) => {
    expect(readWhere(writeWhere(where))).toEqual(where);
  });

  it.each(['', '#', '#tab=nowhere&front=behind', '#thread=<script>', '#as='])('is as at the start for %j', (hash) => {
    expect(readWhere(hash)).toEqual(atStart);
  });

  it('loses the thread with its channel, and with nothing else', () => {
    const there: Where = { ...atStart, middle: 'C1', thread: '1.000001' };

    expect(moved(there, { middle: 'C2' }).thread).toBeUndefined();
    expect(moved(there, { middle: 'C1', tab: 'journal' }).thread).toBe('1.000001');
    expect(moved(there, { as: 'U0BOB' }).thread).toBe('1.000001');
    expect(moved(there, { middle: 'C2', thread: '2.000001' }).thread).toBe('2.000001');
  });
});

describe('“Show me”', () => {
  const messages: Record<string, Message> = {
    '1.000001': { ts: '1.000001', user: 'U0BOT', text: 'root', thread_ts: '1.000001' },
    '2.000001': { ts: '2.000001', user: 'U0BOT', text: 'reply', thread_ts: '1.000001' },
    '3.000001': { ts: '3.000001', user: 'U0BOT', text: 'both', thread_ts: '1.000001', subtype: 'thread_broadcast' },
  };
  const lead = (at: Parameters<typeof leadTo>[0]) => leadTo(at, (_channel, ts) => messages[ts]);

  it('opens the channel and points at a message', () => {
    expect(lead({ channel: 'C1', ts: '1.000001' })).toMatchObject({
      go: { middle: 'C1', front: 'middle' },
      spot: { frame: 'channel', channel: 'C1', ts: '1.000001' },
    });
    expect(lead({ channel: 'C1', ts: '3.000001' }).go.thread).toBeUndefined();
  });

  it('opens the thread of a reply', () => {
    expect(lead({ channel: 'C1', ts: '2.000001' })).toMatchObject({
      go: { middle: 'C1', thread: '1.000001' },
      spot: { frame: 'thread' },
    });
  });

  it('opens the channel alone when no message is named', () => {
    expect(lead({ channel: 'C1' })).toMatchObject({ go: { middle: 'C1' } });
    expect(lead({ channel: 'C1' }).spot).toBeUndefined();
  });

  it('switches the person, and opens views and stories', () => {
    expect(lead({ person: 'U0BOB' }).go).toEqual({ as: 'U0BOB' });
    expect(lead({ view: 'journal' }).go).toEqual({ tab: 'journal', front: 'panel' });
    expect(lead({ view: 'home' }).go).toEqual({ middle: 'home', front: 'middle' });
    expect(lead({ story: 'hdc-cuda' })).toMatchObject({ go: { middle: 'stories' }, spot: { name: 'story-hdc-cuda' } });
  });
});

describe('the story that the page is about', () => {
  const story = (id: string, state: StoryLook['state'], channel?: string): StoryLook => ({
    id,
    system: id,
    title: id,
    summary: '',
    via: 'Alertmanager',
    namespace: id,
    state,
    signal: null,
    ...(channel === undefined ? {} : { channel }),
  });
  const stories = [story('calm', 'calm'), story('old', 'cleared', 'C1'), story('new', 'firing', 'C2')];

  it('is the one whose channel is open', () => {
    expect(focusStory(stories, 'C1', 'new')?.id).toBe('old');
  });

  it('is else the one that the guide speaks of, once it was started', () => {
    expect(focusStory(stories, 'stories', 'old')?.id).toBe('old');
    expect(focusStory(stories, 'stories', 'calm')?.id).toBe('new');
  });

  it('is none while everything is calm', () => {
    expect(focusStory([story('calm', 'calm')], 'stories', 'calm')).toBeUndefined();
  });
});
