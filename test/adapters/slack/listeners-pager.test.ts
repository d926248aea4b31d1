import { describe, expect, it } from '@jest/globals';
import type { IncidentCardView } from '../../../src/domain/view.ts';
import type { PagerForm } from '../../../src/flow/interactions.ts';
import { accepted, ledgerDown, recorder, withMessage } from './scripted-slack.ts';
import { aPage, anIncident } from './views.ts';

const card = (more: Partial<IncidentCardView> = {}): IncidentCardView => ({
  kind: 'incident-card',
  incident: anIncident('HighErrorRate'),
  firing: 1,
  total: 1,
  alerts: [],
  responders: [],
  pendingPlans: [],
  pages: [aPage('HighErrorRate', { url: 'https://x.pagerduty.com/incidents/Q1' })],
  asksPager: true,
  nextStep: 'Acknowledge.',
  ...more,
});
const levels: PagerForm = {
  incidentId: 'inc-1',
  verb: 'escalate',
  page: '#12 <!channel> is down',
  choices: [
    { value: '1', label: 'Level 1: Alice' },
    { value: '2', label: `Level 2: ${'Bob, '.repeat(40)}` },
  ],
};
const people: PagerForm = {
  ...levels,
  verb: 'reassign',
  choices: [
    { value: 'PALICE', label: 'Alice (level 1)' },
    { value: 'PBOB', label: 'Bob (level 2)' },
  ],
};

describe('the page on an incident’s card', () => {
  it('is shown with its state, its people and a link', async () => {
    const { sandbox, channel } = await withMessage(card(), {});

    const shown = JSON.stringify(sandbox.workspace.channels.get(channel)?.messages.at(-1)?.blocks);

    expect(shown).toContain('<https://x.pagerduty.com/incidents/Q1|PagerDuty #12>');
    expect(shown).toContain('nobody has taken it, assigned to HighErrorRate');
    expect(shown).toContain('15 more');
  });

  it('stands beside who responds', async () => {
    const { sandbox, channel } = await withMessage(card({ pagedToo: true }), {});

    const shown = JSON.stringify(sandbox.workspace.channels.get(channel)?.messages.at(-1)?.blocks);

    expect(shown).toContain('Responders: whoever is on call in PagerDuty');
  });

  it.each([
    ['PagerDuty cannot be asked', { asksPager: false }],
    ['the page is resolved', { pages: [aPage('x', { status: 'resolved' })] }],
    ['there is no page', { pages: [] }],
  ] as const)('has no buttons when %s', async (_, more) => {
    const { sandbox, channel } = await withMessage(card(more), {});

    const shown = JSON.stringify(sandbox.workspace.channels.get(channel)?.messages.at(-1)?.blocks);

    expect(shown).toContain('Acknowledge');
    expect(shown).not.toContain('Escalate');
    expect(shown).not.toContain('Reassign');
  });

  it('is escalated to the level that somebody chooses', async () => {
    const form = recorder<object, { kind: 'form'; form: PagerForm }>({ kind: 'form', form: levels });
    const escalate = recorder<object, ReturnType<typeof accepted>>(accepted());
    const { sandbox, message, channel } = await withMessage(card(), {
      pagerForm: form.method,
      escalate: escalate.method,
    });
    const alice = sandbox.as('U0ALICE');

    await alice.click(message, 'Escalate…');
    const modal = await sandbox.waitFor(() => sandbox.modal('U0ALICE'));
    const sent = await alice.submit(modal, { 'page/level': '2' });

    expect(form.calls).toEqual([{ user: 'U0ALICE', incidentId: 'inc-1', verb: 'escalate' }]);
    expect(JSON.stringify(modal.blocks)).toContain('&lt;!channel&gt; is down');
    expect(sent.trouble).toBeUndefined();
    expect(sandbox.modal('U0ALICE')).toBeUndefined();
    expect(escalate.calls).toEqual([
      expect.objectContaining({ user: 'U0ALICE', channel, incidentId: 'inc-1', level: 2 }),
    ]);
  });

  it.each([
    ['people on call', { 'page/users': ['PALICE', 'PBOB'] }, { users: ['PALICE', 'PBOB'], slackUsers: [] }],
    ['somebody else', { 'page/others': ['U0CAROL'] }, { users: [], slackUsers: ['U0CAROL'] }],
    ['both', { 'page/users': ['PBOB'], 'page/others': ['U0CAROL'] }, { users: ['PBOB'], slackUsers: ['U0CAROL'] }],
  ])('is given to %s', async (_, values, expected) => {
    const reassign = recorder<object, ReturnType<typeof accepted>>(accepted());
    const { sandbox, message } = await withMessage(card(), {
      pagerForm: async () => ({ kind: 'form', form: people }),
      reassign: reassign.method,
    });
    const alice = sandbox.as('U0ALICE');

    await alice.click(message, 'Reassign…');
    const modal = await sandbox.waitFor(() => sandbox.modal('U0ALICE'));
    await alice.submit(modal, values);

    expect(reassign.calls).toEqual([expect.objectContaining({ incidentId: 'inc-1', ...expected })]);
  });

  it('can be given to somebody when nobody is on call', async () => {
    const { sandbox, message } = await withMessage(card(), {
      pagerForm: async () => ({ kind: 'form', form: { ...people, choices: [] } }),
    });

    await sandbox.as('U0ALICE').click(message, 'Reassign…');
    const modal = await sandbox.waitFor(() => sandbox.modal('U0ALICE'));

    expect(JSON.stringify(modal.blocks)).toContain('Somebody else');
  });

  it('whose people PagerDuty takes long to name answers the click in time and shows them when they come', async () => {
    const slow = Promise.withResolvers<{ kind: 'form'; form: PagerForm }>();
    const { sandbox, message } = await withMessage(card(), { pagerForm: () => slow.promise });

    const clicked = await sandbox.as('U0ALICE').click(message, 'Escalate…');
    const waiting = await sandbox.waitFor(() => sandbox.modal('U0ALICE'));
    slow.resolve({ kind: 'form', form: levels });
    const form = await sandbox.waitFor(
      () => sandbox.modal('U0ALICE')?.callback_id === 'firebreak.page.form' && sandbox.modal('U0ALICE'),
    );

    expect(clicked.status).toBe(200);
    expect(JSON.stringify(waiting.blocks)).toContain('Asking PagerDuty');
    expect(form.id).toBe(waiting.id);
  });

  it.each([
    ['is refused', async () => ({ kind: 'refused', text: 'You are not a responder.' }) as const, 'not a responder'],
    ['could not be recorded', ledgerDown, 'not certain'],
  ])('says in the form that an escalation %s', async (_, escalate, words) => {
    const { sandbox, message } = await withMessage(card(), {
      pagerForm: async () => ({ kind: 'form', form: levels }),
      escalate,
    });
    const alice = sandbox.as('U0ALICE');

    await alice.click(message, 'Escalate…');
    const modal = await sandbox.waitFor(() => sandbox.modal('U0ALICE'));
    await alice.submit(modal, { 'page/level': '1' });

    expect(JSON.stringify(sandbox.modal('U0ALICE')?.blocks)).toContain(words);
  });

  it('says why nothing can be chosen', async () => {
    const { sandbox, message } = await withMessage(card(), {
      pagerForm: async () => ({ kind: 'refused', text: 'PagerDuty could not be asked.' }),
    });

    await sandbox.as('U0ALICE').click(message, 'Escalate…');
    const modal = await sandbox.waitFor(() => sandbox.modal('U0ALICE'));

    expect(JSON.stringify(modal.blocks)).toContain('PagerDuty could not be asked.');
  });
});
