import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { readRunbookCommand } from '../../src/flow/gestures/read-runbook-command.ts';
import { createDoor } from '../../src/flow/gestures/door.ts';
import { createRunbookGestures } from '../../src/flow/gestures/runbook-commands.ts';
import { createSightOf } from '../../src/flow/home/sight.ts';
import { createMembership } from '../../src/flow/membership.ts';
import { newId } from '../../src/flow/new-id.ts';
import { compileRunbook } from '../../src/runbook/compile.ts';
import { silent } from '../ledger.ts';
import { policy, service } from './alerts.ts';
import { type Desk, openDesk } from './desk.ts';

describe('what is typed after /runbook', () => {
  it.each([
    ['gpu-oom', 'gpu-oom', {}],
    ['gpu oom pod=web-1', 'gpu oom', { pod: 'web-1' }],
    ['pod=web-1 gpu-oom ns="shop two"', 'gpu-oom', { pod: 'web-1', ns: 'shop two' }],
    ['gpu-oom ns=“shop two”', 'gpu-oom', { ns: 'shop two' }],
    ["gpu-oom ns='shop'", 'gpu-oom', { ns: 'shop' }],
    ['gpu-oom q=$(rm -rf /);`id`', 'gpu-oom -rf /);`id`', { q: '$(rm' }],
    ['gpu-oom q="$(rm -rf /);`id` && x"', 'gpu-oom', { q: '$(rm -rf /);`id` && x' }],
    ['gpu-oom selector=app=web,tier!=x', 'gpu-oom', { selector: 'app=web,tier!=x' }],
    ['list pods', 'list pods', {}],
    ['gpu-oom __proto__=x', 'gpu-oom', {}],
  ])('%s is cut into words and values, and nothing is expanded', (text, query, parameters) => {
    expect(readRunbookCommand(text)).toEqual({ verb: 'post', query, parameters });
  });

  it.each([
    ['pod= has no value', 'gpu-oom pod='],
    ['pod= is there twice', 'gpu-oom pod=a pod=b'],
    ['Say which runbook the values are for', 'pod=web-1'],
    ['Say what to search for', 'search'],
    ['longer than 1000 characters', `gpu-oom text=${'x'.repeat(1_000)}`],
  ])('may be answered with what to write: %s', (why, text) => {
    expect(readRunbookCommand(text)).toEqual({ verb: 'wrong', text: expect.stringContaining(why) });
  });
});

describe('/runbook', () => {
  let desk: Desk;
  beforeAll(async () => {
    desk = await openDesk();
  });
  beforeEach(() => desk.reset());
  afterAll(() => desk.close());

  const say = (user: string, text: string) => desk.interactions.runbookCommand({ ...desk.gesture(user), text });
  const postings = () => desk.db.selectFrom('posting').select(['id', 'parameters']).orderBy('seq').execute();
  const formOf = async (command: string) => {
    const { id: postingId } = (await postings()).at(-1) ?? { id: '' };
    const place = { postingId, ordinal: desk.stepOf(command) };
    return desk.interactions.useStep({ ...desk.gesture('U0ALICE'), place });
  };

  it('fills the values into the forms of the posting, and says where they come from', async () => {
    const answer = await say('U0ALICE', 'web is slow Deployment=web count=4');
    const form = await formOf('deployment/<deployment>');

    expect(answer).toMatchObject({
      kind: 'accepted',
      text: expect.stringContaining('with deployment, count filled in'),
    });
    expect((await postings()).at(-1)?.parameters).toEqual({ deployment: 'web', count: '4' });
    expect(form).toMatchObject({
      kind: 'form',
      form: {
        fields: [
          { name: 'deployment', initial: 'web', initialFrom: 'from the command' },
          { name: 'count', initial: '4', initialFrom: 'from the command' },
        ],
      },
    });
  });

  it('leaves the forms of a posting without values empty', async () => {
    await say('U0ALICE', 'web is slow');
    const form = await formOf('deployment/<deployment>');

    if (form.kind !== 'form') throw new Error('a form was expected');
    expect(form.form.fields.map(({ initial }) => initial)).toEqual([undefined, undefined]);
    expect((await postings()).at(-1)?.parameters).toBeNull();
  });

  it.each([
    ['web is slow pdo=web', 'has no parameter pdo. It has deployment, count, FOUND.'],
    ['web is slow deployment=../../secrets', 'deployment=../../secrets is not an object name'],
    ['web is slow deployment="$(kubectl delete ns shop)"', 'is not an object name'],
    ['web is slow count=+2', 'count=+2 is not a number of replicas'],
  ])('%s is refused, and nothing is posted', async (text, why) => {
    const before = (await postings()).length;

    expect(await say('U0ALICE', text)).toMatchObject({ kind: 'refused', text: expect.stringContaining(why) });
    expect(await postings()).toHaveLength(before);
  });

  it('search shows what matches and posts nothing, and a pick carries the values', async () => {
    const before = (await postings()).length;
    const found = await say('U0ALICE', 'search slow');
    if (found.kind !== 'choose') throw new Error('a choice was expected');
    const [candidate] = found.candidates;
    expect(await postings()).toHaveLength(before);

    const { runbookDigest = '', procedureId = '' } = candidate ?? {};
    const pick = (parameters: Record<string, string>) =>
      desk.interactions.chooseProcedure({ ...desk.gesture('U0ALICE'), runbookDigest, procedureId, parameters });
    const forged = await pick({ deployment: '../x' });
    const picked = await pick({ deployment: 'web' });

    expect(forged).toMatchObject({ kind: 'refused', text: expect.stringContaining('is not an object name') });
    expect(picked.kind).toBe('accepted');
    expect((await postings()).at(-1)?.parameters).toEqual({ deployment: 'web' });
  });

  it('lists procedures, and says what can be typed', async () => {
    const list = await say('U0DAVE', 'list');
    const empty = await say('U0DAVE', '');
    const help = await say('U0DAVE', 'help');
    const nothing = await say('U0DAVE', 'search zzz qqq');

    expect(list).toMatchObject({ text: expect.stringMatching(/^shop:\n {2}\S+ {2}Web is slow$/) });
    expect(empty).toMatchObject({ text: expect.stringContaining('shop: 1 procedures') });
    for (const answer of [empty, help]) {
      const text = 'text' in answer ? (answer.text ?? '') : '';
      for (const verb of ['NAME [KEY=VALUE …]', 'search WORDS', 'list', 'help'])
        expect(text).toContain(`/runbook ${verb}`);
    }
    expect(nothing).toMatchObject({ kind: 'refused', text: expect.stringContaining('No procedure matches “zzz qqq”') });
  });

  it.each(['U0GUEST', 'U0OTHER', 'U0BOT', 'U0GONE'])('shows nothing to %s, who is no full member', async (user) => {
    const answers = await Promise.all(['', 'list', 'search slow', 'slow'].map((text) => say(user, text)));

    for (const answer of answers) {
      expect(answer).toEqual({ kind: 'refused', text: expect.stringMatching(/^A \w+ of this workspace sees no/) });
    }
  });

  it('shows nothing while nobody can say who it is', async () => {
    desk.directory.away = true;

    expect(await say('U0ALICE', 'list')).toMatchObject({ kind: 'refused', text: expect.stringContaining('try again') });
  });

  it.each(['', 'list', 'search slow', 'slow', 'web is slow'])(
    '“%s” shows nothing of a service that the person does not see, nor what is wrong with its files',
    async (text) => {
      const runbook = (path: string, title: string) =>
        compileRunbook(['# X', '', `## ${title}`, '', '```bash', 'kubectl get pods', '```'].join('\n'), { path });
      const found = new Map([
        ['shop', { runbooks: [runbook('shop.md', 'Shop is slow')], problems: [] }],
        ['bank', { runbooks: [runbook('bank.md', 'Web is slow')], problems: ['/etc/bank/vault.md: no headings'] }],
      ]);
      const membership = createMembership({ directory: desk.directory, policy, log: silent });
      const { runbookCommand } = createRunbookGestures({
        services: [service('shop'), service('bank', { responders: { slack: ['U0BOB'], onCall: [] } })],
        policy,
        clock: { now: () => new Date() },
        newId,
        log: silent,
        failpoint: () => undefined,
        ledger: desk.ledger,
        door: createDoor({ ledger: desk.ledger, membership }),
        sightOf: createSightOf({
          services: [
            service('shop', { responders: { slack: ['U0ALICE'], onCall: [] } }),
            service('bank', { responders: { slack: ['U0BOB'], onCall: [] } }),
          ],
          membership,
          privateChannels: true,
        }),
        runbooks: { of: async ({ name }) => found.get(name) ?? { runbooks: [], problems: [] } },
      });

      const told = JSON.stringify(await runbookCommand({ ...desk.gesture('U0ALICE'), text }));
      const strange = await runbookCommand({ ...desk.gesture('U0DAVE'), text });

      expect(told).not.toMatch(/bank|vault|Web is slow/);
      expect(strange).toMatchObject({ kind: 'refused', text: expect.stringContaining('not a responder') });
    },
  );

  it('is posted by responders only', async () => {
    expect(await say('U0DAVE', 'web is slow')).toMatchObject({
      kind: 'refused',
      text: expect.stringContaining('Only responders'),
    });
  });
});
