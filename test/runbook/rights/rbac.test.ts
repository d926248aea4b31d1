/** From steps to grants and roles: where each right is granted, what is left out, and how it is printed. */
import { expect, it } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { compileRunbook } from '../../../src/runbook/compile.ts';
import { type Grant, grantsFor, type KnownKind, type Reach } from '../../../src/runbook/rights/rbac.ts';
import { type Account, objectsOf, rolesOf, rolesYaml } from '../../../src/runbook/rights/rbac-roles.ts';

const bot: Account = { kind: 'ServiceAccount', namespace: 'firebreak', name: 'firebreak' };
const open: Reach = { protectedNamespaces: ['kube-system'], clusterScoped: ['nodes'] };

function service(namespaces: readonly string[], commands: readonly string[], path = 'a.md') {
  const text = `# A\n\n## B\n\n\`\`\`bash\n${commands.join('\n')}\n\`\`\`\n`;
  const { procedures } = compileRunbook(text, { path });
  const steps = procedures
    .flatMap((procedure) => procedure.steps)
    .flatMap((step) => (step.kind === 'action' ? [{ place: `${path}:${step.line}`, step }] : []));
  return { namespaces, steps };
}

const inWords = ({ verb, resource, group, namespace, names, optional }: Grant): string =>
  `${verb} ${resource}${group === '' ? '' : `.${group}`}${names === undefined ? '' : ` ${names.join()}`} in ${namespace ?? 'the cluster'}${optional === undefined ? '' : '?'}`;

const granted = (namespaces: readonly string[], command: string, reach: Reach = open) => {
  const { grants, refused, uncovered } = grantsFor([service(namespaces, [command])], reach);
  return {
    needed: grants.filter(({ optional }) => optional === undefined).map(inWords),
    all: grants.map(inWords),
    refused: refused.map(({ place, text }) => `${place}: ${text}`),
    uncovered: uncovered.map(({ place, text }) => `${place}: ${text}`),
  };
};
const identity = 'get namespaces kube-system in the cluster';

it.each<[string, readonly string[], string, readonly string[]]>([
  ['the first namespace for what names none', ['shop', 'cart'], 'kubectl get pods', ['list pods in shop']],
  ['the namespace that is named', ['shop', 'cart'], 'kubectl get pods -n cart', ['list pods in cart']],
  [
    'each namespace where a parameter says which',
    ['shop', 'cart'],
    'kubectl get pods -n <namespace>',
    ['list pods in cart', 'list pods in shop'],
  ],
  ['the cluster for what is in no namespace', ['shop'], 'kubectl get nodes', ['list nodes in the cluster']],
  ['kube-system for its services alone', ['shop'], 'kubectl cluster-info', ['list services in kube-system']],
  [
    'the whole cluster for the pods of a node',
    ['shop'],
    'kubectl taint nodes n1 a=b:NoExecute',
    ['get nodes in the cluster', 'list pods in the cluster', 'patch nodes in the cluster'],
  ],
])('grants in %s', (_, namespaces, command, expected) => {
  const { needed, refused } = granted(namespaces, command);

  expect(needed.filter((text) => text !== identity).sort()).toEqual(expected);
  expect(refused).toEqual([]);
});

it('grants the uid of kube-system alone when there is nothing to do', () => {
  expect(granted(['shop'], 'curl https://shop.example.com').all).toEqual([identity]);
});

it.each([
  ['kubectl get pods -A', 'it asks for all namespaces, which no service may'],
  ['kubectl get pods -n other', "namespace other is not one of its service's"],
  ['kubectl rollout restart deploy/web -n other', "namespace other is not one of its service's"],
  ['kubectl rollout restart deploy/web -n kube-system', 'namespace kube-system is protected by the policy'],
  ['kubectl create namespace new', 'policy.clusterScoped allows no changes of namespaces'],
])('grants nothing for %s, which is refused anyway: %s', (command, why) => {
  const { all, refused } = granted(['shop', 'kube-system'], command);

  expect(all).toEqual([identity]);
  expect(refused).toEqual([`a.md:6: ${why}`]);
});

it('asks for no half of a change', () => {
  const { all } = granted(['shop'], 'kubectl drain n1 --force', { ...open, clusterScoped: [] });

  expect(all).toEqual([identity]);
});

it('keeps changes of namespaces to those of the service', () => {
  const reach = { ...open, clusterScoped: ['namespaces'] };

  expect(granted(['shop'], 'kubectl label ns shop team=web', reach).needed).toEqual([
    'get namespaces in the cluster',
    identity,
    'patch namespaces shop in the cluster',
  ]);
});

it.each([
  ['kubectl delete ns <namespace>', ['shop', 'cart'], []],
  ['kubectl delete ns shop', ['shop'], []],
  ['kubectl delete ns other', [], ["a.md:6: namespace other is not one of its service's"]],
])('opens what is in a namespace that ends only where it is the service’s: %s', (command, places, refused) => {
  const grants = grantsFor([service(['shop', 'cart'], [command])], { ...open, clusterScoped: ['namespaces'] });
  const logs = grants.grants.filter(({ resource }) => resource === 'pods/log' || resource === 'pods');

  expect(new Set(logs.map(({ namespace }) => namespace))).toEqual(new Set(places));
  expect(grants.refused.map(({ place, text }) => `${place}: ${text}`)).toEqual(refused);
});

it('asks the cluster about kinds that are not built in, and says so where it cannot', () => {
  const certificates: KnownKind = { resource: 'certificates', group: 'cert-manager.io', namespaced: true };
  const issuers: KnownKind = { resource: 'clusterissuers', group: 'cert-manager.io', namespaced: false };
  const kindOf: Reach['kindOf'] = ({ resource }) =>
    resource === 'certificate' ? certificates : resource === 'clusterissuers' ? issuers : undefined;

  const alone = granted(['shop'], 'kubectl get certificate web');
  const asked = granted(['shop'], 'kubectl get certificate web', { ...open, kindOf });
  const wide = granted(['shop'], 'kubectl get clusterissuers', { ...open, kindOf });
  const missing = granted(['shop'], 'kubectl get certificats.cert-manager.io', { ...open, kindOf });

  expect(alone.needed).toEqual([identity]);
  expect(alone.uncovered).toEqual([
    'a.md:6: certificate is no kind of Kubernetes itself; its rights are not in here. Name a cluster that has it with --kubeconfig',
  ]);
  expect(asked.needed).toContain('get certificates.cert-manager.io in shop');
  expect(wide.needed).toContain('list clusterissuers.cert-manager.io in the cluster');
  expect(missing.uncovered).toEqual([
    'a.md:6: the cluster has no resource type certificats.cert-manager.io; its rights are not in here',
  ]);
});

it('grants impersonation only when it is configured, and groups by their names', () => {
  const as = (groups: readonly string[]) =>
    granted(['shop'], 'kubectl version', { ...open, impersonates: { users: [], groups } }).all;

  expect(as([])).toEqual([identity, 'impersonate users in the cluster']);
  expect(as(['oncall', 'sre'])).toContain('impersonate groups oncall,sre in the cluster');
});

it('needs what one step cannot do without, though another could', () => {
  const { grants } = grantsFor([service(['shop'], ['kubectl describe pod/web', 'kubectl events'])], open);
  const [events] = grants.filter(({ resource }) => resource === 'events');

  expect(events).toMatchObject({ verb: 'list', places: ['a.md:6', 'a.md:7'] });
  expect(events?.optional).toBeUndefined();
});

it('prints each write by itself with its steps, and what is optional behind what is not', () => {
  const { grants } = grantsFor(
    [
      service(
        ['shop'],
        ['kubectl get pod web-0', 'kubectl delete pod web-0', 'kubectl rollout status deploy/web'],
        'one.md',
      ),
      service(['shop', 'cart'], ['kubectl get pod db-0 -n cart'], 'two.md'),
    ],
    open,
  );
  const roles = rolesOf(grants, bot);
  const rulesIn = (namespace: string) => roles.find((role) => role.namespace === namespace)?.rules ?? [];

  expect(roles.map(({ kind, namespace }) => [kind, namespace])).toEqual([
    ['ClusterRole', undefined],
    ['Role', 'cart'],
    ['Role', 'shop'],
  ]);
  expect(rulesIn('shop').slice(0, 3)).toEqual([
    { rule: { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] }, places: ['one.md:6', 'one.md:7'] },
    { rule: { apiGroups: [''], resources: ['pods'], verbs: ['delete'] }, places: ['one.md:7'] },
    { rule: { apiGroups: ['apps'], resources: ['deployments'], verbs: ['get'] }, places: ['one.md:8'] },
  ]);
  expect(
    rulesIn('shop')
      .slice(3)
      .every(({ optional }) => optional !== undefined),
  ).toBe(true);
  expect(rulesIn('cart').map(({ places }) => places)).toEqual([['two.md:6'], ['two.md:6']]);
});

it.each<[Account, string, object]>([
  [bot, 'firebreak', { kind: 'ServiceAccount', namespace: 'firebreak', name: 'firebreak' }],
  [
    { kind: 'ServiceAccount', namespace: 'prod', name: 'bot' },
    'firebreak-prod-bot',
    { kind: 'ServiceAccount', namespace: 'prod', name: 'bot' },
  ],
  [
    { kind: 'User', name: 'firebreak-bot' },
    'firebreak-bot',
    { kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'firebreak-bot' },
  ],
  [
    { kind: 'User', name: 'cluster-admin' },
    'firebreak-cluster-admin',
    { kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'cluster-admin' },
  ],
])('binds the roles of %j by the name %s', (account, name, subject) => {
  const roles = rolesOf(grantsFor([service(['shop'], ['kubectl get pods'])], open).grants, account);
  const objects = objectsOf(roles, account);

  expect(objects).toHaveLength(account.kind === 'User' ? 4 : 5);
  expect(objects.at(-1)).toEqual({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name, namespace: 'shop' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
    subjects: [subject],
  });
});

it('prints YAML that says the same as the objects, whatever the files are called', () => {
  const evil = 'a\n---\nkind: ClusterRole\u2028 # b.md';
  const numbers = service(
    ['1234', 'true', 'null'],
    ['kubectl get pods -n <namespace>', 'kubectl get --raw /readyz/etcd'],
    evil,
  );
  const roles = rolesOf(grantsFor([numbers], open).grants, bot);

  const yaml = rolesYaml(roles, bot, ['For what?', evil]);

  const documents = parseAllDocuments(yaml);
  expect(documents.flatMap(({ errors }) => errors)).toEqual([]);
  expect(documents.map((document): unknown => document.toJS())).toEqual(objectsOf(roles, bot));
  expect(yaml).toContain('namespace: "1234"');
});

it('prints the same for the same runbooks in another order', () => {
  const [one, two] = [
    service(['shop'], ['kubectl get pods', 'kubectl scale deploy/web --replicas=3'], 'one.md'),
    service(['shop', 'cart'], ['kubectl delete pod web-0', 'kubectl get pods -n cart'], 'two.md'),
  ];
  const printed = (...services: Parameters<typeof grantsFor>[0]) =>
    rolesYaml(rolesOf(grantsFor(services, open).grants, bot), bot, []);

  expect(printed(one, two)).toBe(printed(two, one));
});
