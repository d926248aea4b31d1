/** A webhook subscription that is off is told of, and switched on when it is surely ours and that is allowed. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createPager } from '../../src/adapters/pagerduty/pager.ts';
import { OperationError } from '../../src/domain/errors.ts';
import { createPagerSubscription } from '../../src/flow/pager/pager-subscription.ts';
import type { Pager } from '../../src/flow/ports.ts';
import { type SandboxPagerDuty, startPagerDuty } from '../../src/sandbox/pagerduty/start.ts';
import { createRecordingLog, type RecordingLog } from '../adapters/recording-log.ts';
import { openTestLedger, silent, type TestLedger } from '../ledger.ts';

describe('a webhook subscription that PagerDuty switched off', () => {
  let opened: TestLedger;
  let pagerduty: SandboxPagerDuty;
  let pager: Pager;
  let log: RecordingLog;
  beforeAll(async () => {
    opened = await openTestLedger();
  });
  afterAll(() => opened.close());
  beforeEach(async () => {
    pagerduty = await startPagerDuty({ deliver: 'hold' });
    pagerduty.connect('http://127.0.0.1:9/webhooks/pagerduty');
    const { apiUrl, token } = pagerduty;
    pager = createPager({ token, apiUrl, from: 'firebreak@example.com', log: silent, timeoutMs: 2_000 });
    log = createRecordingLog();
  });
  afterEach(() => pagerduty.stop());

  type Settings = { readonly enableSubscription: boolean; readonly subscription?: string };
  const allowed: Settings = { enableSubscription: true };
  const look = (over: Partial<Pager> = {}, settings: Settings = { enableSubscription: false }) =>
    createPagerSubscription({ ledger: opened.ledger, log, pager: { ...pager, ...over }, ...settings });
  const journal = (kind: string) => opened.db.selectFrom('journal').selectAll().where('kind', '=', kind).execute();
  const sourceCheck = (source: string) => opened.ledger.transaction((tx) => tx.sourceCheck(source));
  const lines = (level: 'warn' | 'error' | 'info') => log.lines.filter((line) => line.level === level);
  const switchOff = () => {
    const [subscription] = pagerduty.webhooks.subscriptions.values();
    if (!subscription) throw new Error('connected before');
    subscription.disabledUntilMs = Date.now() + 86_400_000;
    return subscription;
  };
  const forget = () => opened.db.deleteFrom('sourceCheck').where('source', 'like', 'pagerduty:%').execute();
  const enabling = () => {
    const ids: string[] = [];
    const enableSubscription = async (id: string): Promise<void> => void ids.push(id);
    return { ids, enableSubscription };
  };
  const staging = 'https://staging.example.com/webhooks/pagerduty';

  it('says what to do, once, and leaves it off', async () => {
    await forget();
    const { id } = switchOff();
    const before = (await journal('pager.subscription-off')).length;

    await look()();
    await look()();

    expect(lines('error')).toMatchObject([{ fields: { note: expect.stringMatching(`${id}.*enableSubscription`) } }]);
    expect(await journal('pager.subscription-off')).toHaveLength(before + 1);
    expect(await pager.subscriptions()).toMatchObject([{ temporarilyDisabled: true }]);
    const kept = await sourceCheck('pagerduty:subscription');
    expect(kept?.note).toContain(id);
  });

  it('switches it on when that is allowed', async () => {
    await forget();
    switchOff();

    await look({}, allowed)();

    expect(await pager.subscriptions()).toMatchObject([{ active: true, temporarilyDisabled: false }]);
    expect(lines('error')).toEqual([]);
    expect((await journal('pager.subscription-enabled')).length).toBeGreaterThan(0);
  });

  it('switches it on once in one outage, says when that did not help, and once again in the next', async () => {
    await forget();
    const { id } = switchOff();
    const { ids, enableSubscription } = enabling();
    const check = look({ enableSubscription }, allowed);
    for (const _ of [1, 2, 3]) await check();
    const inFirst = [...ids];
    pagerduty.webhooks.subscriptions.forEach((one) => pagerduty.webhooks.enable(one));
    await check();
    switchOff();

    await check();

    expect(inFirst).toEqual([id]);
    expect(ids).toEqual([id, id]);
    expect(lines('error')).toMatchObject([{ fields: { note: expect.stringContaining('switched on once') } }]);
  });

  it('tries again to switch it on when PagerDuty could not be reached', async () => {
    await forget();
    const { id } = switchOff();
    const { ids, enableSubscription } = enabling();
    const away: Partial<Pager> = {
      async enableSubscription() {
        throw new OperationError('pager-unavailable', 'PagerDuty is away', { retryable: true });
      },
    };

    await look(away, allowed)();
    await look({ enableSubscription }, allowed)();

    expect(ids).toEqual([id]);
  });

  it('switches on none of several, which may be somebody else’s', async () => {
    await forget();
    const { id } = switchOff();
    pagerduty.connect(staging);
    const { ids, enableSubscription } = enabling();

    await look({ enableSubscription }, allowed)();

    expect(ids).toEqual([]);
    expect(lines('error')).toMatchObject([
      { fields: { note: expect.stringMatching(`${id}.*pagerduty.subscription`) } },
    ]);
  });

  it('looks at no other than the one that is configured', async () => {
    await forget();
    switchOff();
    const own = pagerduty.connect(staging).id;
    const { ids, enableSubscription } = enabling();
    const named = (subscription: string) => look({ enableSubscription }, { ...allowed, subscription });

    await named(own)();
    const fine = await sourceCheck('pagerduty:subscription');
    await named('PNOSUCH')();

    expect(ids).toEqual([]);
    expect(fine?.note).toBeUndefined();
    expect((await sourceCheck('pagerduty:subscription'))?.note).toContain('no webhook subscription PNOSUCH');
  });

  it('says why it could not be switched on', async () => {
    await forget();
    switchOff();
    const refused: Partial<Pager> = {
      async enableSubscription() {
        throw new OperationError('pager-rejected', 'The token may not do that.', { retryable: false });
      },
    };

    await look(refused, allowed)();

    expect(lines('error')).toMatchObject([{ fields: { note: expect.stringContaining('The token may not do that.') } }]);
  });
});
