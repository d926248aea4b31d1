/**
 * A PagerDuty that behaves: an acknowledge of a resolved page reopens it, notes are added as often as they are sent. It
 * throws on what it does not support, and fails when a test says so.
 */
import { OperationError } from '../../src/domain/errors.ts';
import type { OnCall, PagerUser, PageSnapshot } from '../../src/domain/page.ts';
import type { Pager } from '../../src/flow/ports.ts';

type Method = keyof Pager;
export type Fault = {
  readonly method: Method;
  /** `lost-reply`: done, and nobody is told. `dies`: done, and our process ends. The others: nothing is done. */
  readonly kind: 'lost-reply' | 'dies' | 'rate-limited' | 'unavailable' | 'refused';
  /** Only when it is asked in somebody's name. */
  readonly named?: true;
  /** The number of the request that it strikes, from 1; by default the next one. */
  readonly nth?: number;
};

export const user = (id: string, name: string, email = `${name.toLowerCase()}@example.com`): PagerUser => ({
  id,
  name,
  email,
});
const alice = user('PALICE', 'Alice');
export const bob = user('PBOB', 'Bob');
export const carol = user('PCAROL', 'Carol');

export const snapshot = (id: string, over: Partial<PageSnapshot> = {}): PageSnapshot => ({
  id,
  service: 'PSHOP',
  number: 12,
  title: 'HighErrorRate',
  url: `https://example.pagerduty.com/incidents/${id}`,
  status: 'triggered',
  urgency: 'high',
  escalationPolicy: 'PLADDER',
  assignees: [alice],
  createdAt: new Date('2026-11-22T06:00:00Z'),
  ...over,
});

export function createFakePager() {
  const pages = new Map<string, PageSnapshot>();
  const notes = new Map<string, { id: string; text: string }[]>();
  const faults: Fault[] = [];
  const calls: { readonly method: Method; readonly id: string; readonly from?: string }[] = [];
  const rota: OnCall[] = [
    { user: alice, level: 1 },
    { user: bob, level: 2 },
    { user: carol, level: 2 },
  ];
  let reopened = 0;
  /** Called before each request is answered: what others do meanwhile. */
  const meanwhile: { act?: (method: Method) => void | Promise<void> } = {};

  async function request<T>(method: Method, id: string, from: string | undefined, act: () => T): Promise<T> {
    calls.push({ method, id, ...(from === undefined ? {} : { from }) });
    await meanwhile.act?.(method);
    const count = calls.filter((call) => call.method === method).length;
    const at = faults.findIndex(
      (fault) => fault.method === method && (!fault.named || from !== undefined) && (fault.nth ?? count) === count,
    );
    const [fault] = at < 0 ? [] : faults.splice(at, 1);
    if (!fault) return act();
    switch (fault.kind) {
      case 'lost-reply':
        act();
        throw new OperationError('pager-ambiguous', 'PagerDuty did not answer.', { retryable: true });
      case 'dies':
        act();
        throw new Error('the process ended');
      case 'rate-limited':
        throw new OperationError('pager-rate-limited', 'Too many requests.', { retryable: true, retryAfterMs: 30_000 });
      case 'unavailable':
        throw new OperationError('pager-unavailable', 'PagerDuty is away.', { retryable: true });
      case 'refused':
        throw new OperationError('pager-rejected', 'PagerDuty refused it.', { retryable: false });
      default:
        throw new Error(`no fault ${String(fault.kind satisfies never)}`);
    }
  }
  const live = (id: string): PageSnapshot => {
    const page = pages.get(id);
    if (!page) throw new OperationError('pager-rejected', `there is no page ${id}`, { retryable: false });
    return page;
  };
  const change = (id: string, over: Partial<PageSnapshot>): void => void pages.set(id, { ...live(id), ...over });
  const unsupported = (name: string) => () => Promise.reject(new Error(`the fake does not support ${name}`));

  const pager: Pager = {
    page: (id) => request('page', id, undefined, () => pages.get(id)),
    setStatus: (id, status, from) =>
      request('setStatus', id, from, () => {
        const before = live(id).status;
        if (before === status) return 'unchanged' as const;
        if (before === 'resolved') reopened += 1;
        change(id, { status });
        return 'changed' as const;
      }),
    notes: (id) => request('notes', id, undefined, () => (pages.has(id) ? [...(notes.get(id) ?? [])] : undefined)),
    addNote: (id, text, from) =>
      request('addNote', id, from, () => {
        const known = notes.get(live(id).id) ?? [];
        notes.set(id, [...known, { id: `N${known.length + 1}`, text }]);
      }),
    escalate: (id, level, from) =>
      request('escalate', id, from, () =>
        change(id, {
          status: 'triggered',
          assignees: rota.filter((one) => one.level === level).map((one) => one.user),
        }),
      ),
    reassign: (id, users, from) =>
      request('reassign', id, from, () =>
        change(id, {
          assignees: users.map((one) => [alice, bob, carol].find((known) => known.id === one) ?? user(one, one)),
        }),
      ),
    levelsOf: (policy) => request('levelsOf', policy, undefined, () => 2),
    onCall: (policy) => request('onCall', policy, undefined, () => [...rota]),
    userByEmail: (email) =>
      request('userByEmail', email, undefined, () => [alice, bob, carol].find((one) => one.email === email)),
    pagesSince: unsupported('pagesSince'),
    subscriptions: unsupported('subscriptions'),
    enableSubscription: unsupported('enableSubscription'),
  };

  return {
    pager,
    pages,
    faults,
    calls,
    rota,
    meanwhile,
    reopened: () => reopened,
    /** What somebody does in PagerDuty itself. */
    change,
    notesOf: (id: string) => (notes.get(id) ?? []).map(({ text }) => text),
    sent: (method: Method) => calls.filter((call) => call.method === method),
  };
}
export type FakePager = ReturnType<typeof createFakePager>;
