/** The outbox within Slack's limits: few calls for many changes, and the urgent ones first. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { OperationError } from '../../src/domain/errors.ts';
import type { Lane, Work } from '../../src/domain/work.ts';
import { addChannel } from '../../src/sandbox/slack/workspace.ts';
import { eventually } from '../eventually.ts';
import { openOutboxDesk, type OutboxDesk } from './outbox-desk.ts';

describe('the outbox within the limits of Slack', () => {
  let desk: OutboxDesk;
  afterEach(() => desk.close());

  const open = async (timeScale: number): Promise<void> => {
    desk = await openOutboxDesk({ timeScale });
  };
  const channel = (name: string): string =>
    addChannel(desk.sandbox.workspace, { id: `C0${name.toUpperCase()}`, name, creator: 'U0BOT', members: ['U0BOT'] })
      .id;
  const put = (key: string, where: string, lane: Lane = 'decision'): Promise<void> =>
    desk.ledger.transaction((tx) => tx.putMessage({ key, kind: 'notice', subject: key, channel: where }, lane));
  const touch = (key: string, lane: Lane): Promise<void> => desk.ledger.transaction((tx) => tx.touchMessage(key, lane));
  const callsOf = (method: string) => desk.sandbox.requests.filter((request) => request.method === method);
  const textOf = (where: string, key: string): string | undefined =>
    desk.shown(where).find((one) => one.key === key)?.message.text;
  const limited = () => desk.sandbox.requests.filter(({ status }) => status === 429);

  it('draws two hundred changes of a message in a few updates, and the last of them', async () => {
    await open(20);
    const where = channel('busy');
    await put('card', where);
    await desk.idle(20_000);

    for (let change = 0; change < 200; change++) await touch('card', change % 2 ? 'status' : 'chatter');
    await desk.idle(20_000);

    expect(textOf(where, 'card')).toBe('card r201.');
    expect(callsOf('chat.update').length).toBeGreaterThan(0);
    expect(callsOf('chat.update').length).toBeLessThan(40);
    expect(callsOf('chat.postMessage')).toHaveLength(1);
    expect(limited()).toEqual([]);
  }, 60_000);

  it('draws a decision while a storm of status waits for its turn, and tells how many waited', async () => {
    await open(1);
    const keys: string[] = [];
    for (let place = 0; place < 8; place++) {
      const where = channel(`storm-${place}`);
      for (let n = 0; n < 5; n++) {
        keys.push(`${where}/${n}`);
        await put(`${where}/${n}`, where);
      }
    }
    await desk.idle(30_000);
    for (const key of keys) await touch(key, 'status');
    await eventually('the storm has to wait', () => desk.calls.some(({ outcome }) => outcome === 'postponed'), 20_000);
    const waiting = await eventually('one of them waits', () =>
      keys.find((key) => textOf(key.split('/')[0] ?? '', key) === `${key} r1.`),
    );

    await touch(waiting, 'decision');
    const seen = await eventually(
      'the decision is drawn',
      () => textOf(waiting.split('/')[0] ?? '', waiting) === `${waiting} r3.`,
      5_000,
    );

    expect(seen).toBe(true);
    expect(keys.filter((key) => textOf(key.split('/')[0] ?? '', key) === `${key} r1.`).length).toBeGreaterThan(5);
    expect(desk.calls.filter(({ outcome }) => outcome === 'postponed').every(({ lane }) => lane === 'status')).toBe(
      true,
    );
    expect(limited()).toEqual([]);
    const outbox = await desk.ledger.outbox();
    expect(outbox.find(({ lane }) => lane === 'status')?.waiting).toBeGreaterThan(5);
  }, 90_000);

  it('notes and sends nothing of a message whose turn it is not, and looks for nothing when it is', async () => {
    await open(2);
    const where = channel('full');
    for (let n = 0; n < 12; n++) await put(`note-${n}`, where, 'status');
    const asked = async () =>
      (await desk.db.selectFrom('message').select('key').where('askedAt', 'is not', null).execute()).length;
    await eventually('some have to wait', () => desk.calls.some(({ outcome }) => outcome === 'postponed'), 20_000);
    const [noted, sent] = [await asked(), callsOf('chat.postMessage').length];
    await desk.idle(30_000);

    expect(noted).toBeLessThan(12);
    // One may be noted and on its way.
    expect(noted - sent).toBeLessThanOrEqual(8);
    expect(desk.shown(where)).toHaveLength(12);
    expect(callsOf('conversations.history')).toEqual([]);
  }, 60_000);

  it('draws again what was drawn by somebody who lost the lease, or whose answer was lost', async () => {
    await open(20);
    const where = channel('late');
    await put('card', where);
    await desk.idle(20_000);
    const revision = async () => (await desk.ledger.transaction((tx) => tx.message('card')))?.revision;
    const work: Work = { id: '0', kind: 'publish', subject: 'card', lane: 'status', attempts: 1, claim: 'lost' };
    await desk.db.updateTable('message').set({ publishedRevision: 0 }).where('key', '=', 'card').execute();

    await desk.publish.handler(work, AbortSignal.abort(new OperationError('lease-lost', 'Lost.', { retryable: true })));
    const afterLease = await revision();
    desk.sandbox.faults.add({ kind: 'lost-reply', method: 'chat.update' });
    await desk.idle(20_000);
    desk.sandbox.faults.add({ kind: 'lost-reply', method: 'chat.update' });
    await desk.publish.refresh(['card']);
    const afterAnswer = await revision();
    await desk.idle(20_000);

    expect([afterLease, afterAnswer]).toEqual([2, 3]);
    expect(textOf(where, 'card')).toBe('card r3.');
  }, 60_000);
});
