import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { newId } from '../../src/flow/new-id.ts';
import { aPage } from '../adapters/slack/views.ts';
import { alert, at, delivery, group, receiverOn } from './alerts.ts';
import { hostile, openTalk, type Talk } from './incident-talk.ts';

describe('/incident in an incident’s channel', () => {
  let talk: Talk;
  beforeAll(async () => {
    talk = await openTalk();
  });
  beforeEach(() => talk.reset());
  afterAll(() => talk.close());

  describe('take', () => {
    it('acknowledges, records who and when, and draws the card and the topic', async () => {
      const { id } = await talk.open();
      const answer = await talk.say('U0BOB', 'take');

      expect(answer).toMatchObject({ kind: 'accepted', refresh: [`incident:${id}`] });
      expect(await talk.now(id)).toMatchObject({
        state: 'acknowledged',
        acknowledgedBy: 'U0BOB',
        stateAt: expect.any(Date),
      });
      expect(await talk.rows('incident.acknowledged', id)).toMatchObject([{ actor: 'U0BOB' }]);
      expect(await talk.worksOf(`${id}/topic`)).toContain('furnish-channel');
    });

    it('hands it over when somebody else has it; the button does not', async () => {
      const { id } = await talk.open();
      await talk.say('U0BOB', 'ack');
      const clicked = await talk.desk.interactions.acknowledge({ ...talk.desk.gesture('U0CAROL'), incidentId: id });
      const again = await talk.say('U0BOB', 'take');
      await talk.say('U0CAROL', 'take');

      expect(clicked).toMatchObject({ kind: 'refused', text: expect.stringContaining('already acknowledged') });
      expect(again).toMatchObject({ kind: 'refused', text: expect.stringContaining('You have incident') });
      expect(await talk.now(id)).toMatchObject({ state: 'acknowledged', acknowledgedBy: 'U0CAROL' });
      expect(await talk.rows('incident.taken', id)).toMatchObject([{ actor: 'U0CAROL', data: { from: 'U0BOB' } }]);
    });
  });

  describe('severity', () => {
    it.each([
      ['P0', 'P0'],
      ['sev3', 'P2'],
      ['sev 1', 'P0'],
      ['critical', 'P0'],
      ['low', 'P3'],
    ])('%s is %s', async (word, severity) => {
      const { id } = await talk.open('new P1 load');
      const answer = await talk.say('U0BOB', `severity ${word}`);

      expect(answer).toMatchObject({ kind: 'accepted' });
      expect(await talk.now(id)).toMatchObject({ severity });
      expect(await talk.rows('incident.severity', id)).toMatchObject([
        { actor: 'U0BOB', data: { from: 'P1', to: severity } },
      ]);
      expect(await talk.worksOf(`${id}/topic`)).toContain('furnish-channel');
    });

    it.each(['severity', 'severity P7', 'severity not so critical any more'])(
      '%s is answered with what to write',
      async (text) => {
        const { id } = await talk.open();

        expect(await talk.say('U0BOB', text)).toMatchObject({
          kind: 'refused',
          text: expect.stringContaining('Write /incident severity P0, P1, P2 or P3'),
        });
        expect((await talk.now(id)).severity).toBe('P2');
      },
    );

    it('that a person gave is raised by a worse alert, and lowered by none', async () => {
      const receive = receiverOn(talk.desk.ledger);
      const key = `{}:{alertname="Load-${talk.channel}"}`;
      const firing = (fingerprint: string, severity: string, minute: number) =>
        receive(
          group(key, [
            alert({ fingerprint, startsAt: at(minute), labels: { alertname: 'Load', namespace: 'shop', severity } }),
          ]),
          delivery(),
        );
      await firing('a', 'warning', 1);
      const { id } = await talk.newest();
      await talk.desk.ledger.transaction((tx) => tx.updateIncident(id, { channel: talk.channel }));
      await talk.say('U0BOB', 'severity P1');
      await firing('b', 'info', 2);
      const afterLesser = (await talk.now(id)).severity;
      await talk.say('U0BOB', 'severity P3');
      await firing('c', 'critical', 3);

      expect(afterLesser).toBe('P1');
      expect((await talk.now(id)).severity).toBe('P0');
    });
  });

  describe('note', () => {
    it.each([
      ['hostile', hostile],
      ['long', 'word '.repeat(1_000).trim()],
    ])('that is %s is in the timeline as it was written, and shown in the channel', async (_, text) => {
      const { id } = await talk.open();
      const answer = await talk.say('U0BOB', `note ${text}`);

      expect(answer.kind).toBe('accepted');
      expect(await talk.rows('incident.note', id)).toMatchObject([{ actor: 'U0BOB', data: { text } }]);
      const [note] = (await talk.messages()).filter(({ kind }) => kind === 'note');
      expect(JSON.parse(note?.text ?? '{}')).toEqual({ by: 'U0BOB', text });
    });

    it.each([
      ['Write the note behind the word', 'note'],
      ['A note holds 10000 characters and this has 10001', `note ${'x'.repeat(10_001)}`],
    ])('may be refused: %s', async (why, text) => {
      const { id } = await talk.open();

      expect(await talk.say('U0BOB', text)).toMatchObject({ kind: 'refused', text: expect.stringContaining(why) });
      expect(await talk.rows('incident.note', id)).toEqual([]);
    });
  });

  it('keeps what looks like a secret out of notes, titles and reasons', async () => {
    const { id, title } = await talk.open('new login with password=hunter2hunter2 fails');
    await talk.say('U0BOB', 'note the token=hunter2hunter2 was wrong');
    await talk.say('U0BOB', 'freeze shop password=hunter2hunter2 leaked');
    await talk.say('U0BOB', 'unfreeze');

    const [note] = await talk.rows('incident.note', id);
    const kept = await talk.desk.db
      .selectFrom('journal')
      .select('data')
      .where('kind', 'in', ['freeze.set', 'incident.opened'])
      .execute();
    const messages = await talk.messages();
    expect(title).toMatch(/^login with password=\S+ fails$/);
    expect(JSON.stringify([title, note, kept, messages])).not.toContain('hunter2');
  });

  it('tells the incident’s page in PagerDuty of a taking, a note and the end', async () => {
    const { id } = await talk.open();
    await talk.desk.ledger.transaction((tx) =>
      tx.putPage(aPage('disk is full', { id: `Q${talk.channel}`, incidentId: id })),
    );
    await talk.say('U0BOB', 'take');
    await talk.say('U0BOB', 'note cache was cold');
    await talk.say('U0BOB', 'resolve');

    const orders = await talk.desk.ledger.transaction((tx) => tx.ordersOf(id));
    expect(orders).toMatchObject([{ order: { kind: 'note', text: '<@U0BOB>: cache was cold' }, requestedBy: 'U0BOB' }]);
    expect(await talk.rows('pager.asked', id)).toMatchObject([
      { actor: 'U0BOB', data: { to: 'acknowledged' } },
      { actor: 'U0BOB', data: { to: 'resolved' } },
    ]);
  });

  it('resolve keeps what was said, and reopen takes it back', async () => {
    const { id } = await talk.open();
    await talk.say('U0BOB', 'resolve the cache was cold');
    const resolved = await talk.now(id);
    const late = await talk.say('U0BOB', 'take');
    const opened = await talk.say('U0CAROL', 'reopen');

    expect(resolved).toMatchObject({ state: 'resolved', resolvedAt: expect.any(Date), stateAt: resolved.resolvedAt });
    expect(await talk.rows('incident.note', id)).toMatchObject([{ data: { text: 'the cache was cold' } }]);
    expect(late).toMatchObject({ kind: 'refused', text: expect.stringContaining('/incident reopen opens it again') });
    expect(opened.kind).toBe('accepted');
    const open2 = await talk.now(id);
    expect(open2.state).toBe('open');
    expect(open2.resolvedAt).toBeUndefined();
    expect(open2.acknowledgedBy).toBeUndefined();
    expect(await talk.rows('incident.reopened', id)).toMatchObject([{ actor: 'U0CAROL' }]);
    expect(await talk.say('U0CAROL', 'reopen')).toMatchObject({ kind: 'refused' });
  });

  it('reopen is refused when another incident has taken the place', async () => {
    const { number: _, ...first } = await talk.open();
    await talk.say('U0BOB', 'resolve');
    await talk.desk.ledger.transaction((tx) =>
      tx.insertIncident({ ...first, id: newId('inc'), state: 'open', channel: 'C0NEWER' }),
    );

    expect(await talk.say('U0BOB', 'reopen')).toMatchObject({
      kind: 'refused',
      text: expect.stringContaining('has taken its place'),
    });
    expect((await talk.now(first.id)).state).toBe('resolved');
  });

  it('status tells of the incident here, and of all that are open elsewhere', async () => {
    const here = await talk.open('new P1 here is trouble');
    await talk.say('U0BOB', 'freeze shop release');
    await talk.say('U0BOB', 'take');
    const told = await talk.say('U0DAVE', 'status');
    const list = await talk.say('U0DAVE', '', 'C0NOWHERE');
    const guest = await talk.say('U0GUEST', 'status', 'C0NOWHERE');
    await talk.say('U0BOB', 'unfreeze');

    expect(told).toMatchObject({
      kind: 'accepted',
      text: expect.stringMatching(
        new RegExp(
          `^Incident ${here.number} \\(P1, shop\\) is acknowledged: here is trouble\\..*Taken by BOB\\..*frozen by BOB: release\\.$`,
        ),
      ),
    });
    if (list.kind !== 'incidents') throw new Error(`not a list: ${JSON.stringify(list)}`);
    expect(list.incidents[0]).toMatchObject({ id: here.id });
    expect(list.total).toBeGreaterThanOrEqual(list.incidents.length);
    expect(list.freezes).toMatchObject([{ scope: 'shop', reason: 'release' }]);
    expect(guest).toMatchObject({
      kind: 'refused',
      text: 'A guest of this workspace sees no incidents or runbooks here.',
    });
  });

  it.each(['take', 'severity P0', 'note x', 'resolve', 'reopen'])(
    '%s outside of an incident’s channel says where to go',
    async (text) => {
      expect(await talk.say('U0BOB', text, 'C0NOWHERE')).toEqual({
        kind: 'refused',
        text: 'This channel has no incident. Go to one, or open one with /incident new.',
      });
    },
  );

  it.each(['take', 'severity P0', 'note x', 'resolve'])('%s is for responders', async (text) => {
    const { id } = await talk.open();

    expect(await talk.say('U0DAVE', text)).toMatchObject({
      kind: 'refused',
      text: expect.stringContaining('Only responders of shop'),
    });
    expect(await talk.now(id)).toMatchObject({ state: 'open', severity: 'P2' });
  });

  it('help names every verb, and so does the answer to a word that it does not know', async () => {
    const verbs = ['new', 'status', 'take', 'severity', 'note', 'resolve', 'reopen', 'freeze', 'unfreeze', 'help'];
    const help = await talk.say('U0DAVE', 'help');
    const unknown = await talk.say('U0DAVE', 'explode now');

    for (const answer of [help, unknown]) {
      const text = 'text' in answer ? (answer.text ?? '') : '';
      expect(verbs.filter((verb) => !text.includes(`/incident ${verb}`))).toEqual([]);
      expect(text.length).toBeLessThan(3_000);
    }
    expect(unknown).toMatchObject({ kind: 'refused', text: expect.stringContaining('“explode”') });
  });
});
