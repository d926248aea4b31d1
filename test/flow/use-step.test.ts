import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { type Desk, openDesk } from './desk.ts';

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk();
});
beforeEach(() => desk.reset());
afterAll(() => desk.close());

it('each press of a button that looks something up leaves a line in the journal, before the form is filled in', async () => {
  const place = { postingId: desk.postingId, ordinal: desk.stepOf('kubectl logs $FOUND') };
  const answer = await desk.interactions.useStep({ ...desk.gesture('U0ALICE'), place });
  await desk.interactions.useStep({ ...desk.gesture('U0BOB'), place });

  expect(answer).toMatchObject({ kind: 'form', form: { fields: [{ name: 'FOUND' }] } });
  const rows = await desk.db.selectFrom('journal').selectAll().where('kind', '=', 'step.looked-up').execute();
  expect(rows.map(({ actor, data }) => [actor, data])).toEqual([
    ['U0ALICE', { step: expect.any(String), names: ['FOUND'] }],
    ['U0BOB', { step: expect.any(String), names: ['FOUND'] }],
  ]);
});
