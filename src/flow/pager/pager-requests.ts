/**
 * Requests to PagerDuty that are read before they are sent, so that each may be tried again after a lost answer, a
 * killed process or a lease that ran out.
 */
import { OperationError } from '../../domain/errors.ts';
import type { Json } from '../../domain/json.ts';
import { inTheNameOf } from './pager-sender.ts';
import type { Clock, Pager } from '../ports.ts';

/** What was read longer ago than this is read again before anything is sent on it. */
const readFreshMs = 5_000;
/** Reads before one send; then the rest is left to the next try of the work. */
const looksMax = 3;
/** A request whose answer was lost may still be on its way: what is not repeatable waits before it looks again. */
const lostNoteWaitMs = 5_000;

export type Wanted =
  /** `key` is what the note is recognized by. */
  | { readonly kind: 'note'; readonly text: string; readonly key: string }
  | { readonly kind: 'escalate'; readonly level: number }
  | { readonly kind: 'reassign'; readonly users: readonly string[] };

export type Writing = { readonly pager: Pager; readonly clock: Clock; readonly from?: string };

export type Done =
  /** `facts` are for the journal, with PagerDuty's ids; `refused`, for people, is what some of the pages did not take. */
  | {
      readonly kind: 'done';
      readonly facts: { readonly pages: string[] } & { readonly [key: string]: Json };
      readonly refused?: string;
    }
  /** For people. */
  | { readonly kind: 'refused'; readonly text: string };

/** `left`: resolved, so not acknowledged. `gone`: PagerDuty does not have it any more. */
export type Followed = 'changed' | 'already' | 'left' | 'gone';

/**
 * Acknowledges what is triggered, resolves what is not resolved, and never the other way: an acknowledge of a resolved
 * page would reopen it. An answer that was lost is looked for at once.
 */
export async function setStatusOnce(
  writing: Writing,
  page: string,
  to: 'acknowledged' | 'resolved',
): Promise<Followed> {
  const { pager, from } = writing;
  try {
    return await inTheNameOf(from, async (sender) => {
      const live = await freshLook(writing, async () => (await pager.page(page))?.status);
      if (live === undefined) return 'gone';
      if (live === to) return 'already';
      if (live === 'resolved') return 'left';
      return (await pager.setStatus(page, to, sender)) === 'changed' ? 'changed' : 'already';
    });
  } catch (error) {
    if (!(error instanceof OperationError) || error.code !== 'pager-ambiguous') throw error;
    if ((await pager.page(page))?.status === to) return 'changed';
    throw error;
  }
}

/** `pages` are PagerDuty's ids. Throws what the pager throws. */
export async function fulfil(writing: Writing, wanted: Wanted, pages: readonly string[]): Promise<Done> {
  switch (wanted.kind) {
    case 'note':
      return callAll(pages, gone, {}, (page) => addNoteOnce(writing, page, wanted));
    case 'escalate':
      return callAll(pages, over('escalate'), { level: wanted.level }, (page) => escalate(writing, page, wanted.level));
    case 'reassign':
      return callAll(pages, over('reassign'), { users: [...wanted.users] }, (page) => reassign(writing, page, wanted));
    default:
      return wanted satisfies never;
  }
}

/** A look that took so long that it says nothing about now is taken again. */
async function freshLook<T>({ clock }: Writing, look: () => Promise<T>): Promise<T> {
  for (let looks = 1; looks <= looksMax; looks++) {
    const startedAt = clock.now().getTime();
    const seen = await look();
    if (clock.now().getTime() - startedAt <= readFreshMs) return seen;
  }
  throw new OperationError('pager-unavailable', 'PagerDuty takes too long to say how things stand.', {
    retryable: true,
  });
}

/** `over`: resolved or gone, and never touched then. A sentence: it cannot be done at all. */
type Called = 'done' | 'over' | { readonly refusal: string };

const over = (verb: string): string => `It is resolved there meanwhile, so there was nothing to ${verb}.`;
const gone = 'Its page is not there any more, so the note is only here.';

/** What one page does not take is no reason to leave out the others, and what they took is not undone by it. */
async function callAll(
  pages: readonly string[],
  nothingLeft: string,
  facts: { readonly [key: string]: Json },
  call: (page: string) => Promise<Called>,
): Promise<Done> {
  const called: string[] = [];
  const refused: { page: string; reason: string }[] = [];
  for (const page of pages) {
    const result = await call(page).catch(refusalOf);
    if (typeof result === 'object') refused.push({ page, reason: result.refusal });
    if (result === 'done') called.push(page);
  }
  const reasons = [...new Set(refused.map(({ reason }) => reason))].join(' ');
  if (called.length === 0) return { kind: 'refused', text: refused.length === 0 ? nothingLeft : reasons };
  return {
    kind: 'done',
    facts: { ...facts, pages: called, ...(refused.length > 0 && { refused }) },
    ...(refused.length > 0 && { refused: reasons }),
  };
}

/** Throws on what may pass. */
function refusalOf(error: unknown): Called {
  if (!(error instanceof OperationError) || error.retryable) throw error;
  return { refusal: `${error.message} Do it in PagerDuty.` };
}

async function addNoteOnce(
  writing: Writing,
  page: string,
  { text, key }: { text: string; key: string },
): Promise<Called> {
  const { pager, from } = writing;
  try {
    return await inTheNameOf(from, async (sender) => {
      const notes = await freshLook(writing, () => pager.notes(page));
      if (!notes) return 'over';
      if (!notes.some((note) => note.text.includes(key))) await pager.addNote(page, `${text}\n${key}`, sender);
      return 'done';
    });
  } catch (error) {
    if (!(error instanceof OperationError) || error.code !== 'pager-ambiguous') throw error;
    throw new OperationError(error.code, error.message, {
      retryable: true,
      retryAfterMs: Math.max(lostNoteWaitMs, error.retryAfterMs ?? 0),
      cause: error,
    });
  }
}

/** The level is absolute; a page that is with everybody who is on call at it is there already. */
async function escalate(writing: Writing, page: string, level: number): Promise<Called> {
  const { pager, from } = writing;
  const look = async (): Promise<Called | 'send'> => {
    const live = await pager.page(page);
    if (!live || live.status === 'resolved') return 'over';
    if (live.escalationPolicy === undefined) return 'send';
    const levels = await pager.levelsOf(live.escalationPolicy);
    if (level > levels)
      return { refusal: `its escalation policy has ${levels} levels, so there is no level ${level}.` };
    const there = (await pager.onCall(live.escalationPolicy)).filter((person) => person.level === level);
    return isSame(
      live.assignees.map(({ id }) => id),
      there.map(({ user }) => user.id),
    )
      ? 'done'
      : 'send';
  };
  return inTheNameOf(from, async (sender) => {
    const seen = await freshLook(writing, look);
    if (seen !== 'send') return seen;
    await pager.escalate(page, level, sender);
    return 'done';
  });
}

async function reassign(writing: Writing, page: string, { users }: { users: readonly string[] }): Promise<Called> {
  const { pager, from } = writing;
  const look = async (): Promise<Called | 'send'> => {
    const live = await pager.page(page);
    if (!live || live.status === 'resolved') return 'over';
    return isSame(
      live.assignees.map(({ id }) => id),
      users,
    )
      ? 'done'
      : 'send';
  };
  return inTheNameOf(from, async (sender) => {
    const seen = await freshLook(writing, look);
    if (seen !== 'send') return seen;
    await pager.reassign(page, users, sender);
    return 'done';
  });
}

const isSame = (some: readonly string[], others: readonly string[]): boolean =>
  some.length > 0 && new Set(some).size === new Set(others).size && others.every((id) => some.includes(id));
