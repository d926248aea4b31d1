/**
 * `firebreak rbac` on the real cluster: an account with exactly what it prints can do every step of the runbook, uses all of
 * it, and with one verb of one resource less some step fails and says which right is missing (or, for an optional right,
 * says less).
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectCluster } from '../../src/adapters/kubernetes/cluster.ts';
import type { AuditEvent } from '../../src/sandbox/kubernetes/audit.ts';
import { createRecordingLog } from '../adapters/recording-log.ts';
import { compileRunbook } from '../../src/runbook/compile.ts';
import type { NeededRight } from '../../src/runbook/rights/rights-kinds.ts';
import { rightsOfStep } from '../../src/runbook/rights/rights.ts';
import { bodyOf, textOf } from '../contracts/kubernetes-server-subject.ts';
import { eventually } from '../eventually.ts';
import { connectKubernetes, openNamespace, type KubernetesApi } from './kubernetes-api.ts';
import { type Case, casesWith, clusterScoped, type Outcome, surroundings } from './rbac-cases.ts';
import {
  accountOn,
  covers,
  followAudit,
  grantedBy,
  type Granted,
  inWords,
  parseRoles,
  type Printed,
  without,
} from './rbac-stage.ts';
import { runKubectl } from './side-by-side.ts';
import { openVerbStage, type VerbStage } from './verb-stage.ts';
import { nodeName } from './verbs.ts';

const main = join(import.meta.dirname, '../../src/main.ts');
const folder = mkdtempSync(join(tmpdir(), 'firebreak-rbac-'));

/** Granted, and not tried here: these cases on this server do without. */
const unused: Readonly<Record<string, string>> = {
  'create pods/exec': 'Kubernetes 1.35 asks for it beside get',
  'get replicationcontrollers': 'needed between two pods of one workload only, and those would have to run',
  'get configmaps in kube-system': 'only when the nodes are full: whether an autoscaler adds some',
  'list verticalpodautoscalers.autoscaling.k8s.io': 'the cluster has none of them',
};
/** The audit log of the test cluster leaves these out: who uses them. */
const unseen: Readonly<Record<string, string>> = {
  'get /readyz/ping': 'kubectl get --raw /readyz/ping',
  'list events': 'kubectl events',
  'get leases.coordination.k8s.io': 'kubectl describe node/node-1',
};

/** Optional rights without which a line is simply not there, as with kubectl, or a form offers the service's own namespace. */
const leftOut = ['list endpointslices.discovery.k8s.io', 'list namespaces'];

let api: KubernetesApi;
let stage: VerbStage;
let other: Awaited<ReturnType<typeof openNamespace>>;
let newEvents: Awaited<ReturnType<typeof followAudit>>;
let cases: readonly Case[];
let account: ReturnType<typeof accountOn>;
let kubeconfig: string;
let yaml: string;
let printed: readonly Printed[] = [];
let minimal: readonly Printed[];
let optionalRights: ReadonlySet<string>;
/** Each plan asks which cluster it is on. */
const identity = 'get namespaces';
/** What the API server saw of the account in each case. */
const seen = new Map<string, readonly AuditEvent[]>();

const ignored = new Set(['authorization.k8s.io', 'authentication.k8s.io']);
const asked = async (): Promise<readonly AuditEvent[]> =>
  (await newEvents()).filter(
    ({ user, objectRef }) => user.username === account.user && !ignored.has(objectRef?.apiGroup ?? ''),
  );

async function tried(one: Case, suffix: string): Promise<Outcome> {
  // What one connection remembers of the cluster is no other's.
  const cluster = connectCluster({ name: 'main', kubeconfigText: kubeconfig, log: createRecordingLog() });
  try {
    return await one.run(cluster, stage.place(suffix));
  } catch (error) {
    return { ok: false, text: String(error) };
  } finally {
    await cluster.close();
  }
}

/** Nodes are nobody's namespace: each case has its own. */
const suffixOf = (one: Case): string => `a${cases.indexOf(one)}`;
const markdownOf = (one: Case): string =>
  `## ${one.name.replaceAll('<', '‹')}\n\n\`\`\`bash\n${one.source(stage.place(suffixOf(one)))}\n\`\`\`\n`;

const isIdentity = ({ requestURI }: AuditEvent): boolean =>
  requestURI === '/api/v1/namespaces/kube-system' || /^\/(?:apis?|version|readyz\/ping)(?:\?|$)/.test(requestURI);

function keyOfEvent({ verb, objectRef, requestURI }: AuditEvent): string {
  if (objectRef === undefined) return `${verb} ${requestURI}`;
  const { resource, subresource, apiGroup: group = '' } = objectRef;
  return keyOf({ verb, resource: subresource === undefined ? resource : `${resource}/${subresource}`, group });
}

/** What the table of rights says of a case. */
function rightsOfCase(one: Case): readonly NeededRight[] {
  const { procedures } = compileRunbook(`# Everything\n\n${markdownOf(one)}`, { path: 'one.md' });
  const steps = procedures.flatMap((procedure) => procedure.steps);
  return steps.flatMap((step) => (step.kind === 'action' ? rightsOfStep(step) : []));
}

const keysOf = (rights: readonly NeededRight[]): ReadonlySet<string> =>
  new Set(
    rights.map(({ group = '', verb, resource, url }) =>
      keyOf({ verb, resource, group, ...(url === undefined ? {} : { url }) }),
    ),
  );

/** Which rights a case cannot do without. */
const neededBy = (one: Case): ReadonlySet<string> =>
  keysOf(rightsOfCase(one).filter(({ optional }) => optional === undefined));

const isExpected = (right: Granted): boolean => (unused[keyOf(right)] ?? unused[inWords(right)]) !== undefined;

const keyOf = ({ verb, resource, group, url }: Granted): string =>
  inWords({ verb, resource, group, ...(url === undefined ? {} : { url }) });

beforeAll(async () => {
  api = await connectKubernetes();
  [stage, other] = [await openVerbStage('rbac'), await openNamespace('rbac-other')];
  const at = stage.place('a');
  cases = casesWith(other.namespace);
  account = accountOn(api, at.namespace, 'bot');
  newEvents = await followAudit(process.env['AUDIT_LOG'] ?? '', account.user);
  for (const manifest of surroundings) await stage.create(manifest);

  // The namespace that one step makes is not there yet, so that no role can stand in it.
  const makes = (one: Case): boolean => one.name === 'create namespace';
  const maker = cases.find(makes);
  if (maker === undefined) throw new Error('no case makes a namespace');
  const write = (file: string, some: readonly Case[]): void => {
    writeFileSync(join(folder, file), `# Everything\n\n${some.map(markdownOf).join('\n')}`);
  };
  write(
    'shop.md',
    cases.filter((one) => !makes(one)),
  );
  write('maker.md', cases.filter(makes));
  const service = (name: string, namespace: string): string =>
    `  - { name: ${name}, match: { namespace: ${name} }, namespaces: [${namespace}], runbooks: [${name}.md], responders: { slack: [U0ALICE] } }`;
  writeFileSync(
    join(folder, 'firebreak.yaml'),
    [
      'services:',
      service('shop', at.namespace),
      service('maker', nodeName(stage.place(suffixOf(maker)))),
      `policy: { approvers: { slack: [U0CAROL] }, clusterScoped: [${clusterScoped.join(', ')}] }`,
    ].join('\n'),
  );
  const command = ['rbac', '--config', join(folder, 'firebreak.yaml'), '--account', `${at.namespace}/bot`];
  const run = (...more: string[]) => {
    const ended = spawnSync(process.execPath, [main, ...command, '--kubeconfig', api.kubeconfig, ...more], {
      encoding: 'utf8',
    });
    expect(ended).toMatchObject({ status: 0, stderr: '' });
    return ended.stdout;
  };
  yaml = run();
  minimal = parseRoles(run('--minimal'));
  const needed = new Set(grantedBy(minimal).map(keyOf));
  optionalRights = new Set(
    grantedBy(parseRoles(yaml))
      .map(keyOf)
      .filter((key) => !needed.has(key)),
  );
  const file = join(folder, 'roles.yaml');
  writeFileSync(file, yaml);
  printed = parseRoles(yaml);
  const applied = await runKubectl(['apply', '-f', file]);
  if (applied.status !== 0) throw new Error(applied.out);
  kubeconfig = await account.kubeconfig();
  await eventually(
    'the logger runs',
    async () => {
      const answer = await stage.server.send({ path: `/api/v1/namespaces/${at.namespace}/pods/logger` });
      return textOf(bodyOf(answer)['status']?.['phase']) === 'Running';
    },
    60_000,
  );
  const last = grantedBy(printed).at(-1);
  if (last === undefined) throw new Error('nothing is granted');
  await eventually('the roles hold', () => account.may(last, last.namespace));
});

afterAll(async () => {
  await account.remove(printed);
  await stage.close();
  await other.close();
  await api.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('with exactly the printed roles', () => {
  it('every step works, and the API server refuses nothing', async () => {
    const failed: string[] = [];
    for (const one of cases) {
      await one.standUp(stage, stage.place(suffixOf(one)));
      const { ok, text } = await tried(one, suffixOf(one));
      const events = [...(await asked())];
      // A command in a container is written down when its connection has ended.
      const runs = keysOf(rightsOfCase(one)).has('get pods/exec');
      const isExec = ({ objectRef }: AuditEvent): boolean => objectRef?.subresource === 'exec';
      if (runs)
        await eventually(
          'the exec is in the log',
          async () => events.push(...(await asked())) > 0 && events.some(isExec),
        );
      seen.set(one.name, events);
      const denied = events.filter(({ responseStatus }) => responseStatus.code === 403);
      if (!ok) failed.push(`${one.name}: ${text}`);
      const table = keysOf(rightsOfCase(one));
      const beyond = events.filter((event) => !isIdentity(event) && !table.has(keyOfEvent(event)));
      failed.push(...beyond.map((event) => `${one.name}: the table does not know ${keyOfEvent(event)}`));
      failed.push(...denied.map(({ verb, requestURI }) => `${one.name}: 403 for ${verb} ${requestURI}`));
    }

    expect(failed).toEqual([]);
  });

  it('nothing is granted that no step asks for', () => {
    const granted = grantedBy(printed);
    const events = [...seen.values()].flat();
    const idle = granted.filter((right) => {
      const own = events.filter((event) => covers(right, event));
      // Where a namespace's own role is enough, the cluster's was not needed.
      const elsewhere = granted.filter((one) => one.namespace !== undefined && right.namespace === undefined);
      return own.every((event) => elsewhere.some((one) => covers(one, event)));
    });

    expect(idle.filter((right) => !isExpected(right) && unseen[keyOf(right)] === undefined).map(inWords)).toEqual([]);
    const words = new Set(granted.flatMap((right) => [keyOf(right), inWords(right)]));
    expect(Object.keys(unused).filter((key) => !words.has(key))).toEqual([]);
  });
});

describe('with one verb of one resource less', () => {
  it('a step fails and names the right, or says less where the right is optional', async () => {
    const wrong: string[] = [];
    const granted = grantedBy(printed);
    const rights = new Map(granted.map((right) => [keyOf(right), right]));
    const silent: string[] = [];
    let count = 0;
    for (const [key, right] of rights) {
      if (unused[key] !== undefined) continue;
      const all = granted.filter((one) => keyOf(one) === key);
      const uses = (one: Case) => (seen.get(one.name) ?? []).filter((event) => all.some((each) => covers(each, event)));
      // One that cannot do without it, if there is any.
      const named = cases.find((one) => one.name === unseen[key]);
      const users = cases.filter((one) => uses(one).length > 0);
      const user =
        named ??
        users.find((one) => (key === identity && one.name === 'scale deployment') || neededBy(one).has(key)) ??
        users[0];
      if (user === undefined) {
        wrong.push(`${key}: no case uses it`);
        continue;
      }
      count += 1;
      const suffix = `r${count}`;
      await user.standUp(stage, stage.place(suffix));
      const touched = printed.filter(({ rules }) => rules !== undefined);
      for (const role of touched) await account.put(without(role, right));
      const inside =
        uses(user)[0]?.objectRef?.namespace ?? all.find(({ namespace }) => namespace !== undefined)?.namespace;
      await eventually(`${key} is taken away`, async () => !(await account.may(right, inside)));
      const outcome = await tried(user, suffix);
      for (const role of touched) await account.put(role);
      await eventually(`${key} is back`, () => account.may(right, inside));
      if (optionalRights.has(key) && !/not known|unknown|may not|forbidden/i.test(outcome.text)) silent.push(key);
      if (optionalRights.has(key) !== outcome.ok) {
        wrong.push(`${key}, ${user.name}: ${outcome.ok ? 'works without' : 'fails'}: ${outcome.text.slice(0, 600)}`);
      } else if (!outcome.ok && !new RegExp(`${right.verb}.*${right.resource.split('/')[0]}`, 's').test(outcome.text)) {
        wrong.push(`${key}, ${user.name}: does not name it: ${outcome.text.slice(0, 600)}`);
      }
    }

    expect(wrong).toEqual([]);
    expect(silent.sort()).toEqual(leftOut);
    expect(count).toBeGreaterThan(30);
  });
});

describe('with the roles of --minimal', () => {
  it('every step works, though a plan says less', async () => {
    const same = (a: Printed, b: Printed): boolean =>
      a.kind === b.kind && a.metadata.namespace === b.metadata.namespace;
    for (const role of printed.filter(({ rules }) => rules !== undefined)) {
      await account.put({ ...role, rules: minimal.find((one) => same(one, role))?.rules ?? [] });
    }
    const [gone] = grantedBy(printed).filter(
      (right) => optionalRights.has(keyOf(right)) && right.namespace !== undefined,
    );
    if (gone === undefined) throw new Error('nothing is optional');
    await eventually('the optional rights are gone', async () => !(await account.may(gone, gone.namespace)));

    const failed: string[] = [];
    for (const [index, one] of cases.entries()) {
      await one.standUp(stage, stage.place(`m${index}`));
      const { ok, text } = await tried(one, `m${index}`);
      if (!ok) failed.push(`${one.name}: ${text.slice(0, 600)}`);
    }

    expect(failed).toEqual([]);
  });
});
