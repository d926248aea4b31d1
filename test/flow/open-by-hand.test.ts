import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createDoor } from '../../src/flow/gestures/door.ts';
import { createOpenByHand } from '../../src/flow/gestures/open-by-hand.ts';
import { createSightOf } from '../../src/flow/home/sight.ts';
import { createMembership } from '../../src/flow/membership.ts';
import { newId } from '../../src/flow/new-id.ts';
import { createPostRunbook } from '../../src/flow/post-runbook.ts';
import { compileRunbook } from '../../src/runbook/compile.ts';
import { silent } from '../ledger.ts';
import { policy, service } from './alerts.ts';
import { hostile, openTalk, type Talk } from './incident-talk.ts';

describe('an incident that is opened by hand', () => {
  let talk: Talk;
  beforeAll(async () => {
    talk = await openTalk();
  });
  beforeEach(() => talk.reset());
  afterAll(() => talk.close());

  describe('new', () => {
    it('opens an incident of the only service, with a channel to be made', async () => {
      const answer = await talk.say('U0ALICE', 'new P1 Checkout answers slowly');

      const incident = await talk.newest();
      expect(answer).toMatchObject({
        kind: 'accepted',
        text: expect.stringContaining(`Incident ${incident.number} is open`),
      });
      expect(incident).toMatchObject({
        service: 'shop',
        severity: 'P1',
        title: 'Checkout answers slowly',
        state: 'open',
      });
      expect(await talk.worksOf(incident.id)).toEqual(['open-incident']);
      expect(await talk.rows('incident.opened', incident.id)).toMatchObject([
        { actor: 'U0ALICE', data: { number: incident.number, service: 'shop', title: 'Checkout answers slowly' } },
      ]);
    });

    it.each([
      ['new High load on web service=shop', 'High load on web', 'P2'],
      ['new sev2 service=SHOP load', 'load', 'P1'],
      ['new p0 load', 'load', 'P0'],
      ['NEW critical path is slow', 'critical path is slow', 'P2'],
    ])('%s is read as a title and a severity', async (text, title, severity) => {
      await talk.say('U0ALICE', text);

      expect(await talk.newest()).toMatchObject({ title, severity, service: 'shop' });
    });

    it('asks with a form for what is missing, and opens nothing yet', async () => {
      const { id } = await talk.open();

      expect(await talk.say('U0ALICE', 'new')).toEqual({ kind: 'form', form: { service: 'shop', services: ['shop'] } });
      expect(await talk.say('U0ALICE', 'new P0')).toMatchObject({ kind: 'form', form: { severity: 'P0' } });
      expect((await talk.newest()).id).toBe(id);
    });

    it.each([
      ['U0DAVE', 'Only responders of shop', 'new disk full'],
      ['U0GUEST', 'A guest of this workspace', 'new disk full'],
      ['U0ALICE', 'There is no service bank. Write service= and one of shop.', 'new disk full service=bank'],
      ['U0ALICE', 'The title has 5000 characters; 150 are the most', `new ${'x'.repeat(5_000)}`],
    ])('from %s may be refused: %s', async (user, why, text) => {
      const before = await talk.open();
      const answer = await talk.say(user, text);

      expect(answer).toMatchObject({ kind: 'refused', text: expect.stringContaining(why) });
      expect((await talk.newest()).id).toBe(before.id);
    });

    it.each(['U0GUEST', 'U0OTHER'])('gives %s no form, which would name the services', async (user) => {
      for (const text of ['new', 'new load service=bank']) {
        expect(await talk.say(user, text)).toEqual({
          kind: 'refused',
          text: expect.stringMatching(/^A \w+ of this workspace sees no/),
        });
      }
    });

    it('names only the services that the person sees', async () => {
      const services = [
        service('shop', { responders: { slack: ['U0ALICE'], onCall: [] } }),
        service('bank', { responders: { slack: ['U0BOB'], onCall: [] } }),
      ];
      const { ledger, directory } = talk.desk;
      const membership = createMembership({ directory, policy, log: silent });
      const byHand = createOpenByHand({
        services,
        policy,
        clock: { now: () => new Date() },
        newId,
        log: silent,
        failpoint: () => undefined,
        door: createDoor({ ledger, membership }),
        sightOf: createSightOf({ services, membership, privateChannels: true }),
      });
      const gesture = (user: string) => talk.desk.gesture(user);

      const form = await byHand.command(gesture('U0ALICE'), {});
      const unknown = await byHand.command(gesture('U0ALICE'), { service: 'vault' });
      const theirs = await byHand.command(gesture('U0ALICE'), { service: 'bank' });
      const nothing = await byHand.command(gesture('U0DAVE'), {});

      expect(form).toEqual({ kind: 'form', form: { services: ['shop'] } });
      expect(unknown).toEqual({
        kind: 'refused',
        text: 'There is no service vault. Write service= and one of shop.',
      });
      expect(theirs).toMatchObject({ kind: 'refused', text: expect.stringContaining('Only responders of bank') });
      expect(nothing).toMatchObject({ kind: 'refused', text: expect.stringContaining('not a responder') });
    });

    it('says at each field of its form what is wrong, and opens when it is right', async () => {
      const before = await talk.open();
      const submit = (user: string, over: object) =>
        talk.desk.interactions.submitIncident({
          ...talk.desk.gesture(user),
          title: 'disk full',
          severity: 'P3',
          service: 'shop',
          ...over,
        });

      const empty = await submit('U0ALICE', { title: ' \n ', severity: '', service: '' });
      const stranger = await submit('U0DAVE', {});
      const long = await submit('U0ALICE', { title: 'x'.repeat(151) });
      expect(empty).toEqual({
        kind: 'errors',
        errors: { title: expect.any(String), severity: expect.any(String), service: expect.any(String) },
      });
      expect(stranger).toEqual({ kind: 'errors', errors: { service: expect.stringContaining('Only responders') } });
      expect(long).toEqual({ kind: 'errors', errors: { title: expect.stringContaining('151 characters') } });
      expect((await talk.newest()).id).toBe(before.id);

      const right = await submit('U0ALICE', { title: `  ${hostile}  ` });
      expect(right.kind).toBe('accepted');
      expect(await talk.newest()).toMatchObject({ severity: 'P3', title: hostile });
    });
  });

  describe('and its runbook', () => {
    const text = ['# Shop', '', '## Web is slow', '', '```bash', 'kubectl get pods', '```'].join('\n');
    const runbook = compileRunbook(text, { path: 'shop.md' });
    const posted = async (
      title: string,
    ): Promise<{ kinds: string[]; postings: number; text: string | null | undefined }> => {
      const { id } = await talk.open(`new ${title}`);
      const handler = createPostRunbook({
        ledger: talk.desk.ledger,
        runbooks: { of: async () => ({ runbooks: [runbook], problems: [] }) },
        services: [service('shop')],
        policy,
        clock: { now: () => new Date() },
        newId,
        log: silent,
        failpoint: () => undefined,
      });
      const settle = await handler(
        { id: '1', kind: 'post-runbook', subject: id, lane: 'status', attempts: 1, claim: 'x' },
        new AbortController().signal,
      );
      await talk.desk.ledger.transaction(settle);
      const messages = await talk.messages();
      const postings = await talk.desk.ledger.transaction((tx) => tx.postingsOf(id));
      return { kinds: messages.map(({ kind }) => kind), postings: postings.length, text: messages[0]?.text };
    };

    it('is posted when the title names it', async () => {
      expect(await posted('Web is slow')).toMatchObject({ kinds: ['runbook-card'], postings: 1 });
    });

    it('is offered, not posted, when the title only resembles it', async () => {
      const offered = await posted('web frontend slow again');

      expect(offered).toMatchObject({ kinds: ['runbook-choice'], postings: 0 });
      expect(JSON.parse(offered.text ?? '[]')).toMatchObject([{ title: 'Web is slow' }]);
    });

    it('is searched for by a person when nothing is alike', async () => {
      expect(await posted('zzz qqq')).toMatchObject({
        kinds: ['notice'],
        text: expect.stringContaining('No runbook answers “zzz qqq”. Type /runbook'),
      });
    });
  });
});
