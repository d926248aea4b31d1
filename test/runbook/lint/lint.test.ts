import { describe, expect, it } from '@jest/globals';
import { compileRunbook } from '../../../src/runbook/compile.ts';
import { alertRulesOf } from '../../../src/runbook/lint/alert-rules.ts';
import type { RuleId } from '../../../src/runbook/lint/finding.ts';
import { type LintOptions, lintRunbooks } from '../../../src/runbook/lint/lint.ts';

const nothingKnown: LintOptions = { rules: [], alerts: {}, withNamespace: new Set(), minCoverage: 0 };

function lint(files: Readonly<Record<string, string>>, options: Partial<LintOptions> = {}) {
  const runbooks = Object.entries(files).map(([path, text]) => compileRunbook(text, { path }));
  return lintRunbooks(runbooks, { ...nothingKnown, ...options });
}

const page = (...commands: string[]): string => `# System\n\n## Do it\n\n\`\`\`bash\n${commands.join('\n')}\n\`\`\`\n`;
const found = (text: string, rule: RuleId, options: Partial<LintOptions> = {}) =>
  lint({ 'a.md': text }, options).filter((each) => each.rule === rule);

function hpa(version: string): string {
  const spec =
    '{ maxReplicas: 3, targetCPUUtilizationPercentage: 70, scaleTargetRef: { kind: Deployment, name: web } }';
  return [
    "kubectl apply -f - <<'EOF'",
    `apiVersion: ${version}`,
    'kind: HorizontalPodAutoscaler',
    'metadata: { name: web, namespace: shop }',
    `spec: ${spec}`,
    'EOF',
  ].join('\n');
}

describe('lint of a command', () => {
  const commands: readonly (readonly [RuleId, string, string])[] = [
    ['malformed', 'kubectl get pods -n shop "', 'kubectl get pods -n shop'],
    ['unknown-flag', 'kubectl get pods -n shop --labels', 'kubectl get pods -n shop --show-labels'],
    ['unknown-verb', 'kubectl restart deployment/web -n shop', 'kubectl rollout restart deployment/web -n shop'],
    [
      'relative-replicas',
      'kubectl scale deployment/web --replicas=+2 -n shop',
      'kubectl scale deployment/web --replicas=4 -n shop',
    ],
    [
      'maybe-scale-down',
      'kubectl scale deployment/web --replicas=4 -n shop',
      'kubectl scale deployment/web --replicas=<replicas> -n shop',
    ],
    [
      'maybe-scale-down',
      'kubectl scale deployment --all --replicas=4 -n shop',
      'kubectl scale deployment/web --current-replicas=2 --replicas=4 -n shop',
    ],
    [
      'maybe-scale-down',
      `kubectl patch deployment web -n shop -p '{"spec":{"replicas":4}}'`,
      `kubectl patch deployment web -n shop -p '{"spec":{"paused":true}}'`,
    ],
    [
      'maybe-scale-down',
      `kubectl patch deployment web -n shop --type=json -p '[{"op":"replace","path":"/spec/replicas","value":4}]'`,
      `kubectl patch deployment web -n shop --type=json -p '[{"op":"replace","path":"/spec/replicas","value":0}]'`,
    ],
    [
      'literal-blank',
      'kubectl set env deployment/web -n shop MODE=YOUR_VALUE',
      'kubectl set env deployment/web -n shop MODE=<value>',
    ],
    [
      'literal-blank',
      'kubectl set image deployment/web -n shop web=nginx:x.y.z',
      'kubectl set image deployment/web -n shop web=nginx:1.27.0',
    ],
    [
      'literal-blank',
      'kubectl label pods -l app=web -n shop team=CHANGE_ME',
      'kubectl label pods -l app=web -n shop team=core',
    ],
    ['ten-lines', 'kubectl logs -l app=web -n shop', 'kubectl logs -l app=web -n shop --tail=-1'],
    ['never-run', 'kubectl delete pod web-0 -n shop --force --grace-period=0', 'kubectl delete pod web-0 -n shop'],
    ['no-namespace', 'kubectl get pods', 'kubectl get pods -n shop'],
    ['no-namespace', 'kubectl rollout restart deployment/web', 'kubectl rollout restart deployment/web -n shop'],
    ['no-namespace', 'kubectl get pods', 'kubectl get pods -A'],
    ['no-namespace', 'kubectl get pods,nodes', 'kubectl get nodes'],
    [
      'no-effect',
      `kubectl patch hpa web -n shop -p '{"spec":{"targetCPUUtilizationPercentage":70}}'`,
      `kubectl get hpa web -n shop`,
    ],
    [
      'no-effect',
      `kubectl exec web-0 -n shop -- sh -c "cd /app && python -c 'import gc; gc.collect()'"`,
      `kubectl exec web-0 -n shop -- sh -c "python check.py"`,
    ],
    [
      'no-effect',
      'kubectl edit hpa web -n shop\n# Set targetCPUUtilizationPercentage: 70',
      'kubectl edit hpa web -n shop\n# Set maxReplicas: 7',
    ],
    ['no-effect', hpa('autoscaling/v2'), hpa('autoscaling/v1')],
    [
      'no-effect',
      'kubectl exec web-0 -n shop -- python3 -c "import gc; gc.collect()"',
      'kubectl exec web-0 -n shop -- python3 check.py',
    ],
    [
      'no-effect',
      'kubectl exec web-0 -n shop -- node -e "console.log(process.memoryUsage())"',
      'kubectl exec web-0 -n shop -- node -e "console.log(1)"',
    ],
    [
      'new-process',
      'kubectl exec web-0 -n shop -- python -c "import store; store.clean()"',
      'kubectl exec web-0 -n shop -- python -c "import gc; gc.collect()"',
    ],
    [
      'not-imported',
      `kubectl exec web-0 -n shop -- python -c "print(os.environ['A'])"`,
      `kubectl exec web-0 -n shop -- python -c "import sys, os; print(os.environ['A'])"`,
    ],
    [
      'not-imported',
      `kubectl exec web-0 -n shop -- python -c "print(json.dumps(1))"`,
      `kubectl exec web-0 -n shop -- python -c "import simplejson as json; print(json.dumps(1))"`,
    ],
    [
      'not-imported',
      `kubectl exec web-0 -n shop -- python -c "print(re.sub('a', 'b', 'a'))"`,
      `kubectl exec web-0 -n shop -- python -c "print('re.sub', self.re.x, store.os)"`,
    ],
    [
      'node-events',
      'kubectl get events -n shop --field-selector reason=OOMKilling',
      'kubectl get events -A --field-selector reason=OOMKilling',
    ],
    ['node-events', 'kubectl get events -n shop | grep -i oom', 'kubectl get events -n shop | grep -i fail'],
    ['node-events', 'kubectl events -n shop | grep OOMKilling', 'kubectl events -n default | grep OOMKilling'],
    ['node-events', 'kubectl get ev -n shop | grep -i oom', 'kubectl get pods -n shop | grep -i oom'],
    ['node-events', 'kubectl get ev -n shop | grep -i oom', 'kubectl get ev -n shop | grep -iv oom'],
  ];

  it.each(commands)('%s: %s, and not %s', (rule, bad, good) => {
    expect(found(page('kubectl get nodes', bad), rule)).toMatchObject([{ path: 'a.md', line: 7 }]);
    expect(found(page('kubectl get nodes', good), rule)).toEqual([]);
  });

  it('takes a number of replicas for no scale-down when the author says how many there are, or stopped it before', () => {
    const scale = 'kubectl scale deployment/web --replicas=3 -n shop';
    const stop = scale.replace('=3', '=0');

    expect(found(page('# Three; usually two run', scale), 'maybe-scale-down')).toEqual([]);
    expect(found(page('# More', scale), 'maybe-scale-down')).toHaveLength(1);
    expect(found(page(stop, scale), 'maybe-scale-down')).toEqual([]);
    expect(found(page(stop.replace('web', 'api'), scale), 'maybe-scale-down')).toHaveLength(1);
  });

  it('does not call a flag a fault that Firebreak may only not know', () => {
    const [first] = found(page('kubectl get pods -n shop --output-watch-events'), 'unknown-flag');

    expect(first).toMatchObject({ level: 'warning', mend: expect.stringContaining('a person runs this') });
  });

  it('names no namespace once for a file of a service, whose first one stands for it', () => {
    expect(found(page('kubectl get pods'), 'no-namespace', { withNamespace: new Set(['a.md']) })).toEqual([]);
  });

  it('says what to write instead, at the line of the command', () => {
    const [first] = found(page('kubectl logs -l app=web -n shop'), 'ten-lines');

    expect(first).toEqual({
      rule: 'ten-lines',
      level: 'note',
      path: 'a.md',
      line: 6,
      endLine: 6,
      text: 'Without --tail this reads 10 lines of each pod, however long ago the trouble was.',
      mend: 'Add --tail=-1 for all lines, or the number that is wanted.',
    });
  });
});

const answer = (title: string, body: string): string =>
  `# System\n\n## ${title}\n\n### Diagnosis\n\n\`kubectl get pods -n shop\`\n\n### Resolution\n\n${body}\n`;

describe('lint of a procedure', () => {
  it('wants a look behind the last change', () => {
    const change = '`kubectl rollout restart deployment/web -n shop`';
    const look = '`kubectl rollout status deployment/web -n shop`';

    expect(found(answer('Slow', change), 'no-verification')).toMatchObject([{ line: 11 }]);
    expect(found(answer('Slow', `${change}\n\n${look}`), 'no-verification')).toEqual([]);
    expect(
      found(answer('Slow', `${change}\n\n### Verification\n\n- [ ] Look at the graph`), 'no-verification'),
    ).toEqual([]);
  });

  it('wants a restart behind a ConfigMap that changes', () => {
    const patch = `kubectl patch cm web -n shop -p '{"data":{"a":"1"}}'`;

    expect(found(page(patch, 'kubectl get pods -n shop'), 'no-restart')).toMatchObject([{ line: 6, level: 'note' }]);
    for (const restart of [
      'kubectl rollout restart deployment/web -n shop',
      'kubectl delete pods -l app=web -n shop',
      'kubectl set env deployment/web A=1 -n shop',
      './restart.sh',
    ]) {
      expect(found(page(patch, restart), 'no-restart')).toEqual([]);
    }
    expect(found(page('kubectl rollout restart deployment/web -n shop', patch), 'no-restart')).toHaveLength(1);
  });

  it.each([
    ['- `app_memory_bytes` > 90%', true],
    ['| `app_memory_bytes{device="gpu"}` | >= 90 % | Scale |', true],
    ['The p95 of request_duration_seconds above 5%.', true],
    ['- `app_memory_bytes / app_memory_limit_bytes` > 90%', false],
    ['- `app_memory_bytes` > 9000000000', false],
    ['- `app_memory_ratio` > 90%', false],
    ['- app_memory_bytes > 90 % 7', false],
  ])('knows what a metric counts: %s', (line, mixed) => {
    const texts = new Map([['a.md', line]]);

    expect(found(line, 'mixed-units', { texts })).toHaveLength(mixed ? 1 : 0);
  });

  it('wants somebody to call, for what pages', () => {
    const alert = '**Alert:** `Slow`\n\n`kubectl get pods -n shop`';

    expect(found(`# System\n\n## Slow\n\n${alert}\n`, 'no-escalation')).toMatchObject([{ line: 3 }]);
    expect(found(`# System\n\n## Slow\n\n**Escalation:** Ann, 10 minutes\n${alert}\n`, 'no-escalation')).toEqual([]);
    expect(found(page('kubectl get pods -n shop'), 'no-escalation')).toEqual([]);
  });

  it('wants an alert for what looks like the answer to trouble, and not for a task', () => {
    expect(found(answer('Slow responses', 'Restart it.'), 'no-alert')).toMatchObject([{ line: 3 }]);
    expect(found(answer('Slow responses', '**Alert:** `SlowResponses`'), 'no-alert')).toEqual([]);
    expect(found(page('kubectl get pods -n shop'), 'no-alert')).toEqual([]);
  });

  it('counts the alerts of firebreak.yaml and of rule files', () => {
    const text = answer('Slow responses', 'Restart it.');
    const rules = [{ path: 'rules.yaml', line: 4, name: 'Slow', runbookUrl: 'https://wiki/a.md#slow-responses' }];

    expect(found(text, 'no-alert', { alerts: { P99High: 'slow-responses' } })).toEqual([]);
    expect(found(text, 'no-alert', { rules })).toEqual([]);
  });

  it('counts the share of commands that can be run', () => {
    const text = page('kubectl get pods -n shop', 'make deploy');

    expect(found(text, 'low-coverage', { minCoverage: 51 })).toMatchObject([
      { text: 'Firebreak can run 1 of 2 commands (50 %), and 51 % are asked for.' },
    ]);
    expect(found(text, 'low-coverage', { minCoverage: 50 })).toEqual([]);
  });
});

describe('lint of several files', () => {
  const slow = answer('Slow', '**Alert:** `HighLatency`');

  it('finds titles and alerts that are given twice', () => {
    expect(lint({ 'a.md': slow, 'b.md': slow }).map(({ rule, path, line }) => [rule, path, line])).toEqual(
      expect.arrayContaining([
        ['duplicate-title', 'b.md', 3],
        ['ambiguous-alert', 'b.md', 3],
      ]),
    );
  });

  const rulesText = `groups:
  - name: shop
    rules:
      - record: job:rate
        expr: sum(rate(x[5m]))
      - alert: HighLatency
        expr: x > 1
      - alert: Lost
        expr: x > 2
      - alert: Linked
        annotations: { runbook_url: "https://wiki.example.com/a.md#gone" }
`;

  it('finds alerts without a runbook and addresses that lead nowhere', () => {
    const rules = alertRulesOf(rulesText, 'rules.yaml');

    expect(rules.map(({ name, line }) => [name, line])).toEqual([
      ['HighLatency', 6],
      ['Lost', 8],
      ['Linked', 10],
    ]);
    expect(lint({ 'a.md': slow }, { rules }).filter(({ path }) => path === 'rules.yaml')).toMatchObject([
      { rule: 'no-runbook', line: 8, level: 'warning' },
      { rule: 'dead-runbook-url', line: 10, level: 'error' },
    ]);
  });

  it.each([
    ['https://wiki/{{ $labels.alertname }}', 'HighLatency', []],
    ['https://wiki/{{$labels.alertname}}', 'Lost', ['dead-runbook-url']],
    ['https://wiki/{{ $labels.service }}', 'Lost', []],
  ])('reads a runbook_url with the template %s of %s', (runbookUrl, name, expected) => {
    const rules = [{ path: 'r.yaml', line: 1, name, runbookUrl }];
    const said = lint({ 'a.md': slow }, { rules }).filter(({ path }) => path === 'r.yaml');

    expect(said.map(({ rule }) => rule)).toEqual(expected);
  });

  it('takes the groups of a PrometheusRule object, and passes other YAML over', () => {
    const text = `kind: PrometheusRule\nspec:\n  groups: [{ name: a, rules: [{ alert: Lost }] }]\n---\nkind: Service\n`;

    expect(alertRulesOf(text, 'r.yaml')).toEqual([{ path: 'r.yaml', line: 3, name: 'Lost' }]);
    expect(alertRulesOf('- just\n- a list\n', 'r.yaml')).toEqual([]);
    expect(() => alertRulesOf('groups: [\n', 'r.yaml')).toThrow(/^r\.yaml:\d+ is not YAML/);
  });
});
