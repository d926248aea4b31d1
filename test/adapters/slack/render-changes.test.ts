import { describe, expect, it } from '@jest/globals';
import { detailsView } from '../../../src/adapters/slack/render/modals.ts';
import { confirmationText, planTitle } from '../../../src/adapters/slack/render/plan-text.ts';
import { renderView } from '../../../src/adapters/slack/render/render.ts';
import type { Plan, PlanContent, PlanPart } from '../../../src/domain/plan.ts';
import { aPlan, aProposal, aReading, aRun, aStep } from './views.ts';

const planWith = (over: Partial<PlanContent>): Plan => {
  const plan = aPlan('web');
  return { ...plan, content: { ...plan.content, ...over } };
};
const rendered = (plan: Plan, parameters: Readonly<Record<string, string>> = {}): string => {
  const degraded: string[] = [];
  const message = renderView(
    {
      kind: 'proposal',
      proposal: aProposal('web', { parameters }),
      step: aStep('web'),
      path: 'web.md',
      plan,
      votes: [],
    },
    (problems) => degraded.push(...problems),
  );
  expect(degraded).toEqual([]);
  return JSON.stringify(message.blocks);
};

describe('a plan that replaces a whole template', () => {
  const whole = (value: string) => ({ spec: { containers: [{ name: 'app', env: [{ name: 'DB', value }] }] } });
  const plan = planWith({
    action: { type: 'rollout-undo', target: { resource: 'deployments', name: 'web' } },
    changes: [
      {
        path: '/spec/template',
        label: 'pod template',
        before: whole('hidden-before'),
        after: whole('hidden-after'),
        shown: [
          { label: 'image (container app)', before: 'web:v2', after: 'web:v1' },
          { label: 'env API_TOKEN (container app)', before: { name: 'API_TOKEN', value: 'hunter2' }, masked: true },
        ],
      },
    ],
  });

  it('shows its lines and masks what looks secret, on the card and before the vote, and never the template', () => {
    const card = rendered(plan);
    const question = confirmationText(plan);

    for (const text of [card, question]) {
      expect(text).toContain('web:v2');
      expect(text).not.toContain('hidden');
      expect(text).not.toContain('hunter2');
    }
    expect(card).toContain('looks secret');
    expect(question).toContain('and 1 more');
  });
});

describe('a plan with values that a form gave', () => {
  const change = (name: string, value: string, hidden: boolean) => ({
    path: '/spec/template/spec/containers/0/env/0',
    label: `env ${name} (container app)`,
    after: { name, value },
    ...(hidden ? { masked: true as const } : {}),
  });
  const plan = planWith({
    action: {
      type: 'set-env',
      target: { resource: 'deployments', name: 'web' },
      assignments: [
        { name: 'DB_PASSWORD', value: 'hunter2' },
        { name: 'DB_URL', value: 'postgres://app:hunter3@db/x' },
        { name: 'MODE', value: 'fast' },
        { name: 'API_TOKEN', value: 'hunter4' },
      ],
    },
    // API_TOKEN has that value already.
    changes: [
      change('DB_PASSWORD', 'hunter2', true),
      change('DB_URL', 'postgres://app:hunter3@db/x', true),
      change('MODE', 'fast', false),
    ],
  });

  it.each([
    ['value', 'hunter2', false],
    ['part', 'hunter3', false],
    ['there', 'hunter4', false],
    ['ADMIN_PASSWORD', 'hunter5', false],
    ['options', '-Dpassword=hunter6', false],
    ['mode', 'fast', true],
  ])('shows of %s=%s what is no secret', (name, value, isShown) => {
    const card = rendered(plan, { [name]: value });

    expect(card).toContain(`${name}=`);
    expect(card.includes(`${name}=${value}`)).toBe(isShown);
    expect(card).not.toContain('hunter');
  });
});

it('shows of an answer no parameter that looks secret', () => {
  const reading = aReading('web', { parameters: { API_TOKEN: 'hunter2', url: 'http://a:hunter3@b/', pod: 'web-1' } });
  const message = renderView({ kind: 'reading', reading, step: aStep('web', { read: true }) }, () => undefined);

  const shown = JSON.stringify(message.blocks);

  expect(shown).not.toContain('hunter');
  expect(shown).toContain('pod=web-1');
});

it('says in Details where the lines are that did not fit', () => {
  const view = detailsView(
    'Plan',
    Array.from({ length: 300 }, () => 'x'.repeat(900)),
  );

  expect(JSON.stringify(view.blocks.at(-1))).toContain('more lines did not fit; the plan’s row in the ledger has them');
});

it('names a node without a namespace', () => {
  const { target } = aPlan('web').content;
  const { namespace: _, ...node } = { ...target, kind: 'Node', resource: 'nodes', name: 'node-1' };

  expect(planTitle(planWith({ action: { type: 'cordon', target: node }, target: node }))).toBe('Cordon Node node-1');
});

it('names a scale with what is there and what will be', () => {
  const changes = [{ path: '/spec/replicas', label: 'replicas', before: 3, after: 1 }];
  const scale = planWith({
    action: { type: 'scale', target: { resource: 'deployments', name: 'web' }, replicas: 1 },
    changes,
  });
  const other = { path: '/spec/paused', label: 'paused', after: true };

  expect(planTitle(scale)).toMatch(/^Scale Deployment \S+ in \S+ \(3 → 1\)$/);
  expect(rendered(scale)).toContain('(3 → 1)');
  expect(confirmationText(scale)).toContain('(3 → 1) on ');
  expect(planTitle(planWith({ ...scale.content, changes: [...changes, other] }))).not.toContain('→');
});

it.each(['a command in a container has no dry run', 'an HTTP server has no dry run', 'Docker has no dry run'])(
  'says on the card and before the vote that there is no server preview: %s',
  (why) => {
    const plan = planWith({ preview: { kind: 'none', why } });

    expect(rendered(plan)).toContain(`no server preview: ${why}`);
    expect(confirmationText(plan)).toMatch(/ No server preview\.$/);
    expect(confirmationText(plan).length).toBeLessThanOrEqual(300);
    expect(confirmationText(planWith({ preview: { kind: 'dry-run' } }))).not.toContain('preview');
  },
);

describe('a plan of several objects', () => {
  const pod = (name: string): PlanPart => ({
    action: { type: 'delete-pod', target: { resource: 'pods', name } },
    target: { ...aPlan('web').content.target, kind: 'Pod', resource: 'pods', name },
    changes: [
      {
        path: '/metadata/uid',
        label: `pod ${name}`,
        before: 'u',
        shown: [{ label: `pod ${name}`, before: 'Running', after: 'deleted' }],
      },
    ],
  });
  const names = Array.from({ length: 14 }, (_, index) => `web-${index}`);
  const plan = planWith({
    action: { type: 'each', kind: { resource: 'pods' }, selector: 'app=web', change: { type: 'delete-pod' } },
    changes: [],
    parts: names.map(pod),
  });

  it('says how many, and shows a line for each that fits', () => {
    expect(planTitle(plan)).toMatch(/^Delete 14 × Pod in /);
    expect(rendered(plan)).toContain('pod web-0');
    expect(confirmationText(plan)).toContain('and 13 more');
    expect(
      planTitle(planWith({ ...plan.content, action: { type: 'drain', target: { resource: 'nodes', name: 'n1' } } })),
    ).toMatch(/^Drain /);
  });

  it('tells the outcome of each in the thread, and leaves out none that did not succeed', () => {
    const parts = names.map((_, part) => ({
      part,
      outcome: part === 13 ? ('refused' as const) : ('succeeded' as const),
      text: part === 13 ? 'it is gone <!channel>' : 'done',
      differences: [],
    }));
    const message = renderView(
      { kind: 'run', run: { ...aRun('web'), outcome: 'partial', parts }, plan, undoAvailable: false },
      () => undefined,
    );
    const text = JSON.stringify(message.blocks);

    expect(text).toContain('⛔ `Pod web/web-13`: it is gone &lt;!channel&gt;');
    expect(text).toContain('✅ `Pod web/web-0`');
    expect(text).toContain('4 more objects: done, or not tried yet');
  });

  it('stays a card when ten objects with long names fail with long sentences, and counts the rest', () => {
    const far = {
      ...plan,
      content: { ...plan.content, parts: names.map((name) => pod(`${name}-${'&'.repeat(200)}`)) },
    };
    const parts = names.map((_, part) => ({
      part,
      outcome: 'failed' as const,
      text: '<'.repeat(500),
      differences: [],
    }));
    const degraded: string[] = [];
    const message = renderView(
      { kind: 'run', run: { ...aRun('web'), outcome: 'partial', parts }, plan: far, undoAvailable: false },
      (problems) => degraded.push(...problems),
    );
    const text = JSON.stringify(message.blocks);

    expect(degraded).toEqual([]);
    expect(text.match(/❌/g)?.length).toBeGreaterThan(1);
    expect(text).toMatch(/\d+ more did not succeed/);
    expect(text).not.toContain('done, or not tried yet');
  });
});
