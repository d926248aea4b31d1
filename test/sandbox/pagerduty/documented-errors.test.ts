/**
 * The codes of "REST API: Errors" that the product tells apart: what brings each about on the stand-in, and what the
 * product makes of it. The requests are the product's own.
 */
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { createPager } from '../../../src/adapters/pagerduty/pager.ts';
import { OperationError } from '../../../src/domain/errors.ts';
import type { Pager } from '../../../src/flow/ports.ts';
import type { Incident } from '../../../src/sandbox/pagerduty/account.ts';
import { type SandboxPagerDuty, startPagerDuty } from '../../../src/sandbox/pagerduty/start.ts';
import { silent } from '../../ledger.ts';

let pagerduty: SandboxPagerDuty;
let page: Incident;
let pager: Pager;
beforeEach(async () => {
  pagerduty = await startPagerDuty({ requestsPerMinute: 5 });
  page = pagerduty.trigger();
  pager = pagerWith(pagerduty.token);
});
afterEach(() => pagerduty.stop());

const pagerWith = (token: string, from = 'firebreak@example.com'): Pager =>
  createPager({ token, apiUrl: pagerduty.apiUrl, from, log: silent });

type Heard = { value: unknown } | { code: string; retryable: boolean; says: unknown };
const value = (given: unknown): Heard => ({ value: given });
const failure = (code: string, retryable: boolean, says: string): Heard => ({
  code,
  retryable,
  says: expect.stringContaining(says),
});
const rejected = (says: string): Heard => failure('pager-rejected', false, says);

const cases: [code: number, status: number, how: string, act: () => Promise<unknown>, heard: Heard][] = [
  [
    1001,
    400,
    'a page is resolved that is resolved',
    () => {
      pagerduty.automation.resolve(page.id);
      return pager.setStatus(page.id, 'resolved');
    },
    value('unchanged'),
  ],
  [
    1001,
    400,
    'a resolved page is escalated',
    () => {
      pagerduty.automation.resolve(page.id);
      return pager.escalate(page.id, 2);
    },
    rejected('the page is already resolved'),
  ],
  [
    1002,
    400,
    'a page is acknowledged that is acknowledged',
    () => {
      pagerduty.automation.acknowledge(page.id);
      return pager.setStatus(page.id, 'acknowledged');
    },
    value('unchanged'),
  ],
  [
    1006,
    400,
    'a level is asked for that the policy does not have',
    () => pager.escalate(page.id, 9),
    rejected('level'),
  ],
  [
    1007,
    400,
    'a page is given to nobody known',
    () => pager.reassign(page.id, ['PNOBODY']),
    rejected('person to assign'),
  ],
  [
    1008,
    400,
    'a page is changed in the name of nobody known',
    () => pager.setStatus(page.id, 'resolved', 'eve@example.com'),
    rejected('PAGERDUTY_FROM'),
  ],
  [
    1008,
    400,
    'a note is written in the name of nobody known',
    () => pager.addNote(page.id, 'Hello', 'eve@example.com'),
    rejected('PAGERDUTY_FROM'),
  ],
  [
    2000,
    500,
    'PagerDuty fails at a write',
    () => {
      pagerduty.faults.add({ kind: 'status-500', method: 'PUT' });
      return pager.setStatus(page.id, 'resolved');
    },
    failure('pager-ambiguous', true, 'may have happened'),
  ],
  [
    2000,
    500,
    'PagerDuty fails at a read',
    () => {
      pagerduty.faults.add({ kind: 'status-500', method: 'GET' });
      return pager.page(page.id);
    },
    failure('pager-unavailable', true, 'trouble of its own'),
  ],
  [2001, 400, 'a note is empty', () => pager.addNote(page.id, ''), rejected('HTTP 400 (code 2001)')],
  [2006, 401, 'the token is wrong', () => pagerWith('guessed').page(page.id), rejected('PAGERDUTY_TOKEN')],
  [
    2020,
    429,
    'a minute has had its requests',
    async () => {
      for (let count = 0; count < 5; count++) await pager.page(page.id);
      return pager.setStatus(page.id, 'resolved');
    },
    failure('pager-rate-limited', true, 'rate limit is reached'),
  ],
  [2100, 404, 'a page is read that is not there', () => pager.page('QNONE'), value(undefined)],
  [2100, 404, 'the notes are read of a page that is not there', () => pager.notes('QNONE'), value(undefined)],
  [
    2100,
    404,
    'a page is resolved that is not there',
    () => pager.setStatus('QNONE', 'resolved'),
    rejected('no such thing'),
  ],
  [2100, 404, 'a policy is read that is not there', () => pager.levelsOf('PNONE'), rejected('no such thing')],
  [
    2100,
    404,
    'a webhook subscription is enabled that is not there',
    () => pager.enableSubscription('PNONE'),
    rejected('no such thing'),
  ],
];

it.each(cases)('%i with status %i when %s', async (code, status, _how, act, heard) => {
  const told = await act().then(value, (error: unknown) => {
    if (!(error instanceof OperationError)) throw error;
    return { code: error.code, retryable: error.retryable, says: error.message };
  });

  expect(pagerduty.audit.at(-1)).toMatchObject({ answered: String(code), status });
  expect(told).toEqual(heard);
});

it.each([
  [1001, 'resolved'],
  [1002, 'acknowledged'],
] as const)('%i changes nothing and starts no webhook', async (_code, status) => {
  await pager.setStatus(page.id, status);
  const known = pagerduty.events.length;

  await pager.setStatus(page.id, status);

  expect(pagerduty.events).toHaveLength(known);
  expect(pagerduty.incident(page.id).status).toBe(status);
});
