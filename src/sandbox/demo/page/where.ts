/** Where somebody is on the page, kept in the address so that a reload, the back button and a second window work. */

export const tabs = ['cluster', 'journal', 'faults', 'pager'] as const;
export type Tab = (typeof tabs)[number];

/** `stories`, `home` or a channel's id. */
export type Middle = string;

export type Where = {
  /** Whose eyes; absent until the server says who there is. */
  readonly as?: string;
  readonly middle: Middle;
  /** The root of the open thread, in the channel in the middle. */
  readonly thread?: string;
  readonly tab: Tab;
  /** What a phone shows: the middle or the panel. */
  readonly front: 'middle' | 'panel';
};

export const atStart: Where = { middle: 'stories', tab: 'cluster', front: 'middle' };

/** What cannot be read is as at the start. */
export function readWhere(hash: string): Where {
  const fields = new URLSearchParams(hash.replace(/^#/, ''));
  const as = fields.get('as');
  const thread = fields.get('thread');
  const tab = tabs.find((one) => one === fields.get('tab'));
  const ts = thread !== null && /^\d+\.\d+$/.test(thread) ? thread : undefined;
  return {
    ...(as === null || as === '' ? {} : { as }),
    middle: fields.get('in') ?? atStart.middle,
    ...(ts === undefined ? {} : { thread: ts }),
    tab: tab ?? atStart.tab,
    front: fields.get('front') === 'panel' ? 'panel' : 'middle',
  };
}

export function writeWhere(where: Where): string {
  const fields = new URLSearchParams();
  if (where.as !== undefined) fields.set('as', where.as);
  fields.set('in', where.middle);
  if (where.thread !== undefined) fields.set('thread', where.thread);
  if (where.tab !== atStart.tab) fields.set('tab', where.tab);
  if (where.front !== atStart.front) fields.set('front', where.front);
  return `#${fields.toString()}`;
}

/** Another middle closes the thread, unless one is named with it. */
export function moved(where: Where, change: Partial<Where>): Where {
  const leaves = change.middle !== undefined && change.middle !== where.middle;
  return { ...(leaves ? withoutThread(where) : where), ...change };
}

export function withoutThread(where: Where): Where {
  const { thread, ...rest } = where;
  return thread === undefined ? where : rest;
}

export function isChannel(middle: Middle): boolean {
  return middle !== 'stories' && middle !== 'home';
}
