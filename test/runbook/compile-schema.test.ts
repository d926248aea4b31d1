/** `docs/compile.schema.json` against what is compiled: the seeds, our own runbooks, and a command of each kind. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import * as z from 'zod';
import type { ActionType, CompiledAction } from '../../src/domain/action.ts';
import type { Filter, OpenFilter } from '../../src/domain/filter.ts';
import type { Template } from '../../src/domain/object-reference.ts';
import type { ReasonCode } from '../../src/domain/runbook.ts';
import { compileRunbook } from '../../src/runbook/compile.ts';
import { compileJson } from '../../src/runbook/compile-json.ts';
import { createTable } from '../real/recording/commands-create.ts';
import { deleteTable } from '../real/recording/commands-delete.ts';
import { filtersTable } from '../real/recording/commands-filters.ts';
import { getTable } from '../real/recording/commands-get.ts';
import { labelTable } from '../real/recording/commands-label.ts';
import { nodesTable } from '../real/recording/commands-nodes.ts';
import { patchTable } from '../real/recording/commands-patch.ts';
import { readsTable } from '../real/recording/commands-reads.ts';
import { rolloutTable } from '../real/recording/commands-rollout.ts';
import { scaleTable } from '../real/recording/commands-scale.ts';
import { setTable } from '../real/recording/commands-set.ts';
import { shellTable } from '../real/recording/commands-shell.ts';
import type { Table } from '../real/recording/table.ts';

type Schema = {
  readonly $defs: Readonly<
    Record<string, { readonly enum?: readonly string[]; readonly oneOf?: readonly { readonly $ref: string }[] }>
  >;
};
const text = readFileSync(new URL('../../docs/compile.schema.json', import.meta.url), 'utf8');
// The file is this repository's own; the tests below fail when it has another shape.
const definitions = (JSON.parse(text) as Schema).$defs;
const schema = z.fromJSONSchema(JSON.parse(text));

/** What is read by `JSON.parse` is what a consumer gets: `undefined` is not there. */
const jsonOf = (files: readonly { readonly path: string; readonly text: string }[]) =>
  JSON.parse(JSON.stringify(compileJson(files.map((file) => compileRunbook(file.text, { path: file.path })))));
const filesIn = (folder: URL) =>
  readdirSync(folder).map((name) => ({ path: name, text: readFileSync(new URL(name, folder), 'utf8') }));
const problems = (json: unknown): readonly unknown[] => schema.safeParse(json).error?.issues ?? [];

/** One document for each, so that no line can change what another means. */
const documents = (commands: readonly string[]) =>
  commands.map((command, index) => ({ path: `${index}.md`, text: `# T\n\n\`\`\`bash\n${command}\n\`\`\`\n` }));

/** A command that compiles to it, or has it inside; nothing where no command does. */
const commands = {
  get: 'kubectl get pods web-0 -n shop -o jsonpath={.status.phase} --ignore-not-found',
  logs: 'kubectl logs -f deploy/web -c app --since=10m --tail=5 --timestamps',
  describe: 'kubectl describe pods -l app=web',
  events: 'kubectl events --for pod/web-0 --types=Warning -n shop',
  top: 'kubectl top pods --containers --sort-by=memory -n shop',
  'rollout-status': 'kubectl rollout status deploy/web --timeout=60s -n shop',
  'rollout-history': 'kubectl rollout history deploy/web --revision=2 -n shop',
  'can-i': 'kubectl auth can-i get pods -n shop',
  about: 'kubectl api-resources --namespaced=true -o name',
  wait: 'kubectl wait --for=condition=Ready pod/web-0 --timeout=30s -n shop',
  'exec-read': 'kubectl exec web-0 -c app -n shop -- df -h',
  'http-read': "curl -sS -f -m 5 -H 'Accept: text/plain' -w '%{http_code}' http://web.shop:8080/health",
  query: '# Query: sum(rate(http_requests_total[5m]))',
  'docker-read': 'docker logs --tail 50 -t web',
  echo: 'kubectl get pods -n shop && echo -n done',
  chain: 'kubectl get pods -n shop | grep -q web || echo "none"',
  'rollout-restart': 'kubectl rollout restart deploy/web -n shop',
  scale: 'kubectl scale deploy/web --replicas=<replicas> --current-replicas=2 -n shop',
  'set-env': 'kubectl set env deploy/web -c app A=1 B- -n shop',
  'set-image': 'kubectl set image deploy/web app=example/app:<version> -n shop',
  'set-resources': 'kubectl set resources deploy/web -c app --limits=cpu=1,memory=1Gi -n shop',
  'rollout-undo': 'kubectl rollout undo deploy/web --to-revision=3 -n shop',
  'rollout-pause': 'kubectl rollout pause deploy/web -n shop',
  'rollout-resume': 'kubectl rollout resume deploy/web -n shop',
  'delete-pod': 'kubectl delete pod <pod-name> --grace-period=30 -n shop',
  delete: 'kubectl delete job import --cascade=orphan --ignore-not-found -n shop',
  evict: undefined,
  cordon: 'kubectl cordon <node-name>',
  uncordon: 'kubectl uncordon node-1',
  patch: `kubectl patch deploy web --type=json -p '[{"op":"replace","path":"/spec/replicas","value":3}]' -n shop`,
  'set-field': 'kubectl edit configmap web -n shop\n# Set batchSize: 64',
  label: 'kubectl label pod web-0 tier=web old- --overwrite -n shop',
  annotate: 'kubectl annotate deploy web note=checked -n shop',
  taint: 'kubectl taint nodes node-1 gpu=bad:NoSchedule old-',
  autoscale: 'kubectl autoscale deploy web --min=2 --max=5 --cpu-percent=80 -n shop',
  apply: 'kubectl apply -f - <<EOF\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: web }\ndata: { a: "1" }\nEOF',
  create: 'kubectl create configmap web --from-literal=a=1 -n shop',
  'create-job': 'kubectl create job again --from=cronjob/nightly -n shop',
  exec: 'kubectl exec deploy/web -n shop -- python -c "print(1)"',
  'http-send': "curl -X POST -d '{}' http://web.shop:8080/reload",
  'docker-change': 'docker-compose up -d --no-deps web',
  drain: 'kubectl drain node-1 --ignore-daemonsets --delete-emptydir-data --timeout=5m',
  each: 'kubectl delete pods -l app=web -n shop',
  several: 'kubectl cordon node-1 node-2',
} satisfies Record<ActionType, string | undefined>;

const given = Object.entries(commands).flatMap(([type, command]) => (command === undefined ? [] : [[type, command]]));

/** A pipe that compiles to it. */
const pipes = {
  grep: 'grep -iE -A 2 "a|b"',
  head: 'head -5',
  tail: 'tail -n +2',
  sort: 'sort -k2,2nr -u',
  uniq: 'uniq -c',
  wc: 'wc -l',
  cut: 'cut -d: -f1,3-',
  tr: 'tr -d "\\n"',
  awk: "awk -F: '{print $1}'",
  sed: "sed -n '1,5p'",
  jq: 'jq -r .kind',
  column: 'column -t',
  nl: 'nl',
  tac: 'tac',
  rev: 'rev',
  cat: 'cat -n',
  open: 'grep "<pattern>"',
} satisfies Record<(Filter | OpenFilter<Template>)['program'], string>;

const tables: readonly Table[] = [
  createTable,
  deleteTable,
  filtersTable,
  getTable,
  labelTable,
  nodesTable,
  patchTable,
  readsTable,
  rolloutTable,
  scaleTable,
  setTable,
  shellTable,
];

const reasons = {
  'unknown-flag': true,
  'unknown-verb': true,
  'needs-terminal': true,
  endless: true,
  'edits-by-hand': true,
  'operator-host': true,
  'other-cluster': true,
  'localhost-url': true,
  'shell-logic': true,
  'pipes-into-code': true,
  'writes-file': true,
  'reads-secret': true,
  'external-tool': true,
  'relative-replicas': true,
  'several-objects': true,
  'unresolved-substitution': true,
  'dropped-by-server': true,
  'never-run': true,
  'changes-nothing': true,
  'left-to-people': true,
  malformed: true,
  'not-a-command': true,
  'not-exact': true,
  'several-requests': true,
  prose: true,
} satisfies Record<ReasonCode, true>;

const named = (definition: string): string[] => definitions[definition]?.oneOf?.map(({ $ref }) => $ref) ?? [];

describe('the schema', () => {
  it('describes each type of action, each program behind a pipe and each reason, and no other', () => {
    expect(named('action')).toEqual(Object.keys(commands).map((type) => `#/$defs/action-${type}`));
    expect(named('filter')).toEqual(Object.keys(pipes).map((program) => `#/$defs/filter-${program}`));
    expect(definitions['reasonCode']?.enum?.toSorted()).toEqual(Object.keys(reasons).toSorted());
    expect(Object.keys(definitions).filter((name) => /^(?:action|filter)-/.test(name))).toHaveLength(
      Object.keys(commands).length + Object.keys(pipes).length,
    );
  });

  it.each(['seeds', 'runbooks'])('holds for all of the %s', (folder) => {
    const files = filesIn(new URL(folder === 'seeds' ? '../fixtures/seeds/' : '../../runbooks/', import.meta.url));

    expect(files.length).toBeGreaterThan(4);
    expect(problems(jsonOf(files))).toEqual([]);
  });

  it.each(given)('holds for an action of type %s: %s', (type, command) => {
    const json = jsonOf(documents([command ?? '']));
    const [step] = json.files[0].procedures[0].steps;

    expect(typesIn(step.action)).toContain(type);
    expect(problems(json)).toEqual([]);
  });

  it.each(Object.entries(pipes))('holds for a read behind which stands %s', (program, pipe) => {
    const json = jsonOf(documents([`kubectl get pods -n shop -o json | ${pipe}`]));

    expect(json.files[0].procedures[0].steps[0].filters).toMatchObject([{ program }]);
    expect(problems(json)).toEqual([]);
  });

  it('holds for each command that is compared with kubectl’s requests', () => {
    const rows = tables.flatMap(({ same, fails = [], idle = [], declined = [] }) => [
      ...same,
      ...fails,
      ...idle,
      ...declined,
    ]);
    const json = jsonOf(documents(rows.map((row) => (typeof row === 'string' ? row : row.command))));

    expect(json.summary.actions).toBeGreaterThan(400);
    expect(problems(json)).toEqual([]);
  });

  it('refuses what nobody described', () => {
    const spoilt = (spoil: (step: { action: Record<string, unknown>; filters: object[]; kind: string }) => void) => {
      const json = jsonOf(documents(['kubectl get pods -n shop | head -5']));
      spoil(json.files[0].procedures[0].steps[0]);
      return problems(json).length;
    };

    expect(spoilt(() => undefined)).toBe(0);
    expect(spoilt(({ action }) => (action['type'] = 'guess'))).toBeGreaterThan(0);
    expect(spoilt(({ action }) => (action['replicas'] = 3))).toBeGreaterThan(0);
    expect(spoilt(({ action }) => delete action['objects'])).toBeGreaterThan(0);
    expect(spoilt(({ filters }) => filters.push({ program: 'head', lines: 5, fromStart: true }))).toBeGreaterThan(0);
    expect(spoilt((step) => (step.kind = 'guess'))).toBeGreaterThan(0);
  });
});

/** The action's own type and those of what it is made of. */
function typesIn(action: CompiledAction): string[] {
  if (action.type === 'chain') return ['chain', ...action.links.map(({ read }) => read.type)];
  return [action.type];
}
