import { describe, expect, it } from '@jest/globals';
import { array, assert, constantFrom, oneof, property, string } from 'fast-check';
import { problemsOf, withinLimits } from '../../../src/adapters/slack/render/limits.ts';
import type { RenderedMessage } from '../../../src/adapters/slack/render/limits.ts';
import { detailsView, formView } from '../../../src/adapters/slack/render/modals.ts';
import { renderView } from '../../../src/adapters/slack/render/render.ts';
import type { View } from '../../../src/domain/view.ts';
import { aPlan, aPosting, aProcedure, aProposal, aReading, aRun, aStep, anIncident, at, viewsWith } from './views.ts';

/** Renders and fails when the message had to be degraded. */
function rendered(view: View): RenderedMessage {
  const degraded: string[] = [];
  const message = renderView(view, (problems) => degraded.push(`${view.kind}: ${problems.join(', ')}`));
  expect(degraded).toEqual([]);
  return message;
}

/** Everything in `<…>` of every mrkdwn text and of the message's text. */
function liveParts(message: RenderedMessage): string[] {
  const texts: string[] = [message.text];
  const collect = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(collect);
    if (typeof value !== 'object' || value === null) return;
    if ('type' in value && value.type === 'mrkdwn' && 'text' in value && typeof value.text === 'string') {
      texts.push(value.text);
      if (!('verbatim' in value && value.verbatim === true)) throw new Error(`not verbatim: ${value.text}`);
    }
    Object.values(value).forEach(collect);
  };
  collect(message.blocks);
  return texts.flatMap((text) => [...text.matchAll(/<([^>]*)>?/g)].map(([, inside = '']) => inside));
}

const ours = /^(@[UW][A-Z0-9]+|!subteam\^S[A-Z0-9]+|!date\^\d+\^[^|]+\|[^|<>]+|https?:\/\/[^\s<>|"]+\|[^|<>]*)$/;

const buttonsOf = (message: RenderedMessage) => JSON.stringify(message.blocks).match(/"action_id":"[^"]+"/g) ?? [];

const hostile = [
  '<!channel> <!here> <@U0EVIL> <#C0EVIL|general> <https://evil.example|click>',
  'a & b < c > d &lt;!channel&gt; &amp;',
  '```\n<!everyone>\n``` `` ` *bold* _it_ ~no~ :white_check_mark:',
  '\u202Egnp.exe\u2066 \u0000\u001b[31mred\u0007 \u{e0041}\ud800',
  'x'.repeat(20_000),
  '<'.repeat(5_000),
  '&`"\\\n'.repeat(3_000),
  '👩‍👩‍👧'.repeat(2_000),
  '\n'.repeat(4_000),
  '',
  ' ',
  '@channel @here <mailto:a@b.c> http://evil.example javascript:alert(1)',
  'https://ok.example/?a=1&b=2|<!channel>',
  '|>|<|',
];

describe('rendering', () => {
  it.each(hostile.map((text) => [JSON.stringify(text.slice(0, 40)), text]))(
    'keeps every view within limits and without live parts of its own for %s',
    (_name, text) => {
      for (const view of viewsWith(text)) {
        const message = rendered(view);

        expect(problemsOf(message)).toEqual([]);
        expect(liveParts(message).filter((part) => !ours.test(part))).toEqual([]);
      }
    },
  );

  it('does so for any text', () => {
    expect.hasAssertions();
    const bits = constantFrom(
      '<!channel>',
      '<@U1>',
      '&',
      '<',
      '>',
      '`',
      '```',
      '*',
      '\n',
      '|',
      '\u202e',
      ':a:',
      '"',
      '\\',
    );
    const text = array(oneof(bits, string({ unit: 'binary', maxLength: 50 })), { maxLength: 80 }).map((all) =>
      all.join(''),
    );
    assert(
      property(text, (hostileText) => {
        for (const view of viewsWith(hostileText)) {
          const message = rendered(view);
          expect(liveParts(message).filter((part) => !ours.test(part))).toEqual([]);
        }
      }),
      { numRuns: 25 },
    );
  });

  it('makes bidirectional and control characters visible', () => {
    const message = rendered({ kind: 'notice', text: 'safe\u202Etxt.exe\u0007' });

    expect(message.text).toBe('safe\uFFFDtxt.exe␇');
  });

  it('shows a plan with what is approved, and buttons that carry only nonces and the plan id', () => {
    const plan = aPlan('web', { class: 'destructive', undo: 'none' });
    const mayApprove = { needed: 2, responders: ['U0ALICE'], approvers: ['S0SRE'], class: 'destructive' } as const;
    const message = rendered({
      kind: 'proposal',
      proposal: aProposal('x'),
      step: aStep('kubectl scale'),
      path: 'r.md',
      plan,
      votes: [],
      mayApprove,
    });
    const shown = JSON.stringify(message.blocks);

    expect(shown).toContain('⚠️ destructive');
    expect(shown).toContain('Cannot be undone');
    expect(shown).toContain('`01234567`');
    expect(shown).toContain('2 different people');
    expect(shown).toContain('<!subteam^S0SRE>');
    expect(shown).toContain('••••');
    expect(shown).not.toContain('hunter');
    expect(shown).toContain('"value":"nonce-approve-1"');
    expect(shown).toContain('"value":"nonce-deny-1"');
    expect(shown).toContain('"style":"danger"');
    expect(shown).toContain('"confirm"');
    expect(buttonsOf(message)).toHaveLength(3);
  });

  it.each(['approved', 'denied', 'expired', 'superseded', 'cancelled'] as const)(
    'takes the buttons off a plan that is %s',
    (state) => {
      const plan = aPlan('web', { state, decidedAt: at });
      const message = rendered({
        kind: 'proposal',
        proposal: aProposal('x'),
        step: aStep('s'),
        path: 'r.md',
        plan,
        votes: [],
      });

      expect(buttonsOf(message)).toEqual([]);
    },
  );

  it('says of an undo what it takes back', () => {
    const plan = aPlan('web', { undoOf: 'run-1' });
    const message = rendered({
      kind: 'proposal',
      proposal: aProposal('x'),
      step: aStep('s'),
      path: 'r.md',
      plan,
      votes: [],
    });

    expect(JSON.stringify(message.blocks)).toContain('↩️ *Undo:*');
    expect(JSON.stringify(message.blocks)).toContain('Takes back what this step of the runbook did');
  });

  it('offers undo only when it is available', () => {
    const view = { kind: 'run', run: aRun('done'), plan: aPlan('web') } as const;

    expect(buttonsOf(rendered({ ...view, undoAvailable: true }))).toEqual(['"action_id":"firebreak.run.undo"']);
    expect(buttonsOf(rendered({ ...view, undoAvailable: false }))).toEqual([]);
  });

  it('says of a failed verification what undo would do, or why there is none, and makes it the first choice', () => {
    const run = aRun('2 of 3 new pods do not stay up', { verification: 'failed' });
    const plan = aPlan('put web back');
    const undoable = rendered({ kind: 'run', run, plan, undoAvailable: true });
    const final = rendered({ kind: 'run', run, plan: aPlan('a pod ends', { undo: 'none' }), undoAvailable: false });
    const partial = rendered({ kind: 'run', run: { ...run, outcome: 'partial' }, plan, undoAvailable: false });

    const [undo] = buttonsOf(undoable);
    expect(undo).toBe('"action_id":"firebreak.run.undo"');
    expect(JSON.stringify(undoable.blocks)).toMatch(
      /Verification failed:\* 2 of 3 new pods do not stay up\\n↩️ \*Undo\* would put web back\./,
    );
    expect(JSON.stringify(undoable.blocks)).toContain('"style":"primary"');
    expect(JSON.stringify(final.blocks)).toContain('↩️ It cannot be undone, because a pod ends.');
    expect(JSON.stringify(partial.blocks)).toContain('↩️ Undo is not offered: only a part was applied.');
  });

  it('leaves the undo of a verified change a choice among others', () => {
    const message = rendered({ kind: 'run', run: aRun('done'), plan: aPlan('web'), undoAvailable: true });

    expect(JSON.stringify(message.blocks)).not.toContain('"style":"primary"');
    expect(JSON.stringify(message.blocks)).not.toContain('*Undo* would');
  });

  it('says how many steps of a long procedure did not fit, and where they are', () => {
    const procedure = aProcedure(
      'Long',
      Array.from({ length: 80 }, (_, n) => ({ ...aStep('kubectl get pods'), line: 100 + n })),
    );
    const message = rendered({
      kind: 'runbook-card',
      posting: aPosting('s'),
      path: 'runbooks/long.md',
      procedure,
      status: [],
    });
    const shown = buttonsOf(message).length;

    expect(shown).toBeGreaterThan(20);
    expect(JSON.stringify(message.blocks)).toContain(`${80 - shown} of 80 steps did not fit here`);
    expect(JSON.stringify(message.blocks)).toContain(`from line ${100 + shown}`);
  });

  it('gives steps with parameters the asking button and manual or forbidden ones none', () => {
    const step = (view: Parameters<typeof aStep>[1]) =>
      buttonsOf(
        rendered({ kind: 'step', place: { postingId: 'p', ordinal: 1 }, step: aStep('s', view), status: 'idle' }),
      );

    expect(step({ parameters: 1 })).toEqual(['"action_id":"firebreak.step.ask"']);
    expect(step({})).toEqual(['"action_id":"firebreak.step.use"']);
    expect(step({ class: 'forbidden' })).toEqual([]);
  });

  it('says of a step whose class only the live object decides that it may be more', () => {
    const message = rendered({
      kind: 'step',
      place: { postingId: 'p', ordinal: 1 },
      step: aStep('kubectl scale', { live: true }),
      status: 'idle',
    });

    expect(JSON.stringify(message.blocks)).toContain('change (or more, by the live object)');
  });

  it('shows the beginning of a long table and the end of a long log, and says what was cut', () => {
    const lines = Array.from({ length: 2_000 }, (_, n) => `line-${n} & more`).join('\n');
    const table = rendered({ kind: 'reading', step: aStep('get'), reading: aReading(lines) });
    const log = rendered({ kind: 'reading', step: aStep('logs', { read: true }), reading: aReading(lines) });

    expect(JSON.stringify(table.blocks)).toContain('line-0 ');
    expect(JSON.stringify(table.blocks)).toContain('Only the beginning is shown');
    expect(JSON.stringify(log.blocks)).toContain('line-1999 ');
    expect(JSON.stringify(log.blocks)).toContain('Only the end is shown');
  });

  it('degrades a message that Slack would refuse to its first words', () => {
    const problems: string[] = [];
    const tooLong: RenderedMessage = {
      text: 'P1 down',
      blocks: Array.from({ length: 51 }, () => ({ type: 'divider' }) as const),
    };
    const message = withinLimits(tooLong, (all) => problems.push(...all));

    expect(problems).toEqual(['blocks: 51 > 50']);
    expect(JSON.stringify(message.blocks)).toContain('P1 down');
    expect(problemsOf(message)).toEqual([]);
  });

  it('asks before resolving while alerts still fire', () => {
    const message = rendered({
      kind: 'incident-card',
      incident: anIncident('Down'),
      firing: 2,
      total: 3,
      alerts: [],
      responders: ['U0ALICE'],
      pendingPlans: [],
      pages: [],
      asksPager: false,
      nextStep: 'Look at the runbook.',
    });

    expect(JSON.stringify(message.blocks)).toContain('2 alerts are still firing.');
    expect(message.text).toBe('🟠 P1 Down: 🔥 Open, 2 of 3 alerts firing');
  });
});

describe('modals', () => {
  it.each(hostile.map((text) => [JSON.stringify(text.slice(0, 40)), text]))('hold any text: %s', (_name, text) => {
    const field = {
      name: text.slice(0, 200),
      type: 'pod',
      initial: text,
      initialFrom: text,
      choices: [text, 'a'],
      note: text,
    } as const;
    const form = formView(
      { place: { postingId: 'p', ordinal: 1 }, title: text, source: text, fields: [field] },
      { channel: 'C1' },
    );
    const details = detailsView(
      text,
      Array.from({ length: 300 }, () => text),
    );

    for (const view of [form, details]) {
      // formView and detailsView are made of message blocks and inputs only.
      const message = { text: 'modal', blocks: view.blocks as RenderedMessage['blocks'] };
      expect(view.blocks.length).toBeLessThanOrEqual(100);
      expect(view.title.text.length).toBeLessThanOrEqual(24);
      expect(liveParts(message).filter((part) => !ours.test(part))).toEqual([]);
      for (const block of message.blocks) expect(problemsOf({ text: 'x', blocks: [block] })).toEqual([]);
    }
  });
});
