/** `firebreak rbac` as an operator runs it. What it prints is put to use in test/real/rbac.test.ts. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { rbac as command } from '../../src/cli/rbac.ts';
import { UsageError } from '../../src/cli/usage.ts';
import { OperationError } from '../../src/domain/errors.ts';
import { type SandboxKubernetes, startKubernetes } from '../../src/sandbox/kubernetes/start.ts';

const root = join(import.meta.dirname, '../..');
const main = join(root, 'src/main.ts');
const folder = mkdtempSync(join(tmpdir(), 'firebreak-rbac-'));
let kubernetes: SandboxKubernetes;

beforeAll(async () => {
  kubernetes = await startKubernetes();
  writeFileSync(join(folder, 'kubeconfig'), kubernetes.kubeconfig('shop'));
});
afterAll(async () => {
  await kubernetes.stop();
  rmSync(folder, { recursive: true, force: true });
});

type Ended = { status: number; stdout: string; stderr: string };

/** In this process, which costs less; the first test runs it as an operator does. */
async function rbac(args: readonly string[], config = join(folder, 'firebreak.yaml')): Promise<Ended> {
  const texts = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((stream) =>
    jest.spyOn(process[stream], 'write').mockImplementation((text) => {
      texts[stream] += String(text);
      return true;
    }),
  );
  try {
    const all = args.includes('--config') ? args : [...args, '--config', config];
    return { status: await command.run([...all]), ...texts };
  } catch (error) {
    if (error instanceof UsageError || error instanceof OperationError)
      return { ...texts, status: 2, stderr: error.message };
    throw error;
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

/** As an operator runs it. */
function spawned(args: readonly string[]): Promise<Ended> {
  const { PATH = '' } = process.env;
  return new Promise((resolve) => {
    execFile(process.execPath, [main, 'rbac', ...args], { cwd: root, env: { PATH } }, (error, stdout, stderr) => {
      // Of a process that ended by itself it is a number.
      resolve({ status: error ? Number(error.code ?? -1) : 0, stdout, stderr });
    });
  });
}

const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
const service = (name: string, more = ''): string =>
  `  - { name: ${name}, match: { namespace: ${name} }, namespaces: [${name}], runbooks: [${name}.md], responders: { slack: [U0ALICE] }${more} }`;
const runbook = (command: string): string => `# A\n\n## B\n\n\`\`\`bash\n${command}\n\`\`\`\n`;

/** Two services on one cluster. */
function shopAndCart(): void {
  write('shop.md', runbook('kubectl scale deployment/web --replicas=3'));
  write('cart.md', runbook('kubectl get pods'));
  write(
    'firebreak.yaml',
    ['services:', service('shop'), service('cart'), 'policy: { approvers: { slack: [U0CAROL] } }', ''].join('\n'),
  );
}

const Object = z.object({
  kind: z.string(),
  metadata: z.object({ name: z.string(), namespace: z.string().optional() }),
  rules: z
    .array(
      z.object({
        apiGroups: z.array(z.string()),
        resources: z.array(z.string()),
        resourceNames: z.array(z.string()).optional(),
        verbs: z.array(z.string()),
      }),
    )
    .optional(),
});
const objectsIn = (yaml: string) => parseAllDocuments(yaml).map((document) => Object.parse(document.toJS()));

describe('firebreak rbac', () => {
  it('prints deploy/roles.example.yaml for the example configuration', async () => {
    const { status, stdout, stderr } = await spawned(['--config', 'firebreak.example.yaml']);

    expect(status).toBe(0);
    // To write it anew: npm run --silent firebreak -- rbac --config firebreak.example.yaml > deploy/roles.example.yaml
    expect(stdout).toBe(readFileSync(join(root, 'deploy/roles.example.yaml'), 'utf8'));
    expect(stderr).toMatch(/^Not covered: runbooks\/largeforge\.md:\d+: certificates is no kind of Kubernetes itself/m);
  });

  it('never grants Secrets, nor everything of anything', async () => {
    const rules = objectsIn((await rbac([], join(root, 'firebreak.example.yaml'))).stdout).flatMap(
      (one) => one.rules ?? [],
    );

    const words = new Set(rules.flatMap(({ apiGroups, resources, verbs }) => [...apiGroups, ...resources, ...verbs]));
    expect(rules.length).toBeGreaterThan(10);
    expect(words).not.toContain('*');
    expect(words).not.toContain('secrets');
  });

  it('prints a Role in each namespace, and leaves out what is optional with --minimal', async () => {
    shopAndCart();

    const whole = objectsIn((await rbac([])).stdout);
    const minimal = objectsIn((await rbac(['--minimal', '--account', 'bot'])).stdout);

    expect(whole.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''}`)).toEqual([
      'ServiceAccount firebreak',
      'ClusterRole ',
      'ClusterRoleBinding ',
      'Role cart',
      'RoleBinding cart',
      'Role kube-system',
      'RoleBinding kube-system',
      'Role shop',
      'RoleBinding shop',
    ]);
    expect(
      minimal.flatMap(({ metadata, rules = [] }) => rules.map((rule) => ({ in: metadata.namespace, ...rule }))),
    ).toEqual([
      {
        in: undefined,
        apiGroups: [''],
        resources: ['namespaces'],
        resourceNames: ['kube-system'],
        verbs: ['get'],
      },
      { in: 'cart', apiGroups: [''], resources: ['pods'], verbs: ['list'] },
      { in: 'shop', apiGroups: [''], resources: ['pods'], verbs: ['list'] },
      { in: 'shop', apiGroups: ['apps'], resources: ['deployments'], verbs: ['get'] },
      { in: 'shop', apiGroups: ['apps'], resources: ['deployments'], verbs: ['patch'] },
    ]);
  });

  it('keeps to the services that are named', async () => {
    shopAndCart();

    const { stdout } = await rbac(['--service', 'cart', '--minimal']);

    expect(stdout).toContain('for the runbooks of cart, by “firebreak rbac --minimal”');
    expect(stdout).not.toContain('shop');
  });

  it('says the same as JSON, with the reason of each rule', async () => {
    shopAndCart();

    const { status, stdout } = await rbac(['--json']);

    const printed = z
      .object({ objects: z.array(z.unknown()), because: z.array(z.object({ places: z.array(z.string()) })) })
      .parse(JSON.parse(stdout));
    expect(status).toBe(0);
    expect(printed.objects).toEqual(
      parseAllDocuments((await rbac([])).stdout).map((document): unknown => document.toJS()),
    );
    expect(printed.because.flatMap(({ places }) => places)).toContain('shop.md:6');
  });

  it('asks the cluster that is named about kinds of others, and says what is refused anyway', async () => {
    write('shop.md', runbook('kubectl get widgets\nkubectl get pods -A'));
    write('firebreak.yaml', `services:\n${service('shop')}\npolicy: { approvers: { slack: [U0CAROL] } }\n`);

    const alone = await rbac([]);
    const asked = await rbac(['--kubeconfig', join(folder, 'kubeconfig')]);

    expect(alone.stderr).toBe(
      [
        'Not covered: shop.md:6: widgets is no kind of Kubernetes itself; its rights are not in here. Name a cluster that has it with --kubeconfig.',
        'Without rights: shop.md:7: it asks for all namespaces, which no service may.',
        '',
      ].join('\n'),
    );
    expect(alone.stdout).toContain('# Not covered: shop.md:6: widgets is no kind');
    expect(asked.stderr).toContain('Not covered: shop.md:6: the cluster has no resource type widgets');
  });

  it('grants what impersonation needs where it is configured', async () => {
    write('shop.md', runbook('kubectl get pods'));
    write(
      'firebreak.yaml',
      `clusters: { main: { impersonate: { user: email, prefix: 'oidc:', groups: [oncall] } } }\nservices:\n${service('shop')}\npolicy: { approvers: { slack: [U0CAROL] } }\n`,
    );

    const anybody = await rbac([]);
    const named = await rbac(['--approver', 'Alice@example.com', '--approver', 'bob@example.com']);

    const ofUsers = (yaml: string): unknown =>
      objectsIn(yaml)
        .flatMap((one) => one.rules ?? [])
        .find(({ resources }) => resources.includes('users'));
    expect(ofUsers(anybody.stdout)).toEqual({ apiGroups: [''], resources: ['users'], verbs: ['impersonate'] });
    expect(anybody.stderr).toContain('Look at this: the bot may act as any user (impersonate users).');
    expect(ofUsers(named.stdout)).toMatchObject({ resourceNames: ['oidc:alice@example.com', 'oidc:bob@example.com'] });
    expect(named.stdout).toContain('resourceNames: [oncall]');
    expect(named.stderr).toBe('');
  });

  it('prints what it can and ends with 1 when a runbook cannot be read', async () => {
    shopAndCart();
    rmSync(join(folder, 'cart.md'));

    const { status, stdout, stderr } = await rbac([]);

    expect(status).toBe(1);
    expect(stderr).toMatch(/^Not in here: cart\.md /);
    expect(stdout).toContain('# Not in here: cart.md ');
    expect(stdout).toContain('kind: Role\nmetadata:\n  name: firebreak\n  namespace: shop');
  });

  it('ends with 2 and says what is wrong with the command line', async () => {
    const { status, stdout, stderr } = await spawned(['--account', 'a/b/c']);

    expect(status).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(
      '--account is NAMESPACE/NAME of a ServiceAccount, or the name of a user.\n\nUsage: firebreak rbac',
    );
  });

  it.each<[readonly string[], string]>([
    [['--service', 'nope'], 'There is no service "nope". There are: shop, cart.'],
    [['--cluster', 'nope'], 'There is no cluster "nope". There are: main.'],
    [['--account', 'A b'], '--account is NAMESPACE/NAME of a ServiceAccount, or the name of a user.'],
    [['--context', 'prod'], '--context is one of a kubeconfig: name the file with --kubeconfig.'],
    [['--config', '/none.yaml'], '/none.yaml cannot be read (ENOENT).'],
  ])('refuses %j', async (args, sentence) => {
    shopAndCart();

    const { status, stdout, stderr } = await rbac(args);

    expect(status).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(sentence);
  });

  it('wants to know which cluster when there are several', async () => {
    shopAndCart();
    write(
      'firebreak.yaml',
      [
        'clusters: { one: {}, two: {} }',
        'services:',
        service('shop', ', cluster: one'),
        service('cart', ', cluster: two'),
        'policy: { approvers: { slack: [U0CAROL] } }',
      ].join('\n'),
    );

    const both = await rbac([]);
    const two = await rbac(['--cluster', 'two']);

    expect(both).toMatchObject({ status: 2, stdout: '' });
    expect(both.stderr).toContain('These services run on several clusters (one, two): name one with --cluster.');
    expect(two.stdout).toContain('on the cluster two for the runbooks of cart');
    expect(two.stdout).not.toContain('shop');
  });
});
