/** `firebreak rbac`: the Roles with which the bot can do what the runbooks ask for, and nothing else. */
import { inspectCluster } from '../adapters/kubernetes/inspect.ts';
import { createRunbookFiles } from '../adapters/runbook-files/runbook-files.ts';
import { compilePolicyOf, type Config, readConfigFile } from '../config.ts';
import { isLabelName, isObjectName } from '../domain/names.ts';
import { createLog } from '../log.ts';
import { type Grants, grantsFor, type Remark } from '../runbook/rights/rbac.ts';
import { type Account, objectsOf, type Role, rolesOf, rolesYaml } from '../runbook/rights/rbac-roles.ts';
import { reachOf, type ServiceRunbooks, stepsOf } from './service-steps.ts';
import { parseFlags, UsageError } from './usage.ts';
import { visible } from './visible.ts';

const help = `Usage: firebreak rbac [options]

Prints the least rights on a cluster with which the bot can do what its runbooks ask for, as YAML for
kubectl apply -f -: a ServiceAccount, a Role in each namespace, a ClusterRole for what belongs to no namespace. A comment
on each rule names the steps that need it. Reads firebreak.yaml and the runbooks, and asks no cluster unless one is named.

  --config FILE        default: $FIREBREAK_CONFIG, else ./firebreak.yaml
  --cluster NAME       of firebreak.yaml; needed when its services run on several
  --service NAME       only this service; may be repeated
  --account NS/NAME    the bot's ServiceAccount, default firebreak/firebreak; without a slash a user of a kubeconfig
  --approver EMAIL     where firebreak.yaml has impersonate: whom the bot may act for; may be repeated, default anybody
  --minimal            without the rights that only make a plan's warnings more exact
  --kubeconfig FILE    ask this cluster about kinds that are not Kubernetes' own
  --context NAME       of that file
  --json               { "objects": […], "because": […], "refused": […], "uncovered": […] }

What the roles do not cover is said on the error stream and in a comment: kinds that only a cluster knows, steps that are
refused whatever the account may do. Exit code 0, or 1 when a runbook cannot be read.
`;

type Flags = {
  readonly config: string;
  readonly cluster: string | undefined;
  readonly services: readonly string[];
  readonly account: Account;
  readonly approvers: readonly string[];
  readonly minimal: boolean;
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly json: boolean;
};

export const rbac = {
  help,
  async run(args: string[]): Promise<number> {
    const flags = flagsOf(args);
    const config = await readConfigFile(flags.config);
    const { cluster, services } = chosen(config, flags);
    const { read, problems } = await runbooksOf(config, services);
    const grants = await grantsOf(config, { cluster, read }, flags);
    const kept = flags.minimal ? grants.grants.filter(({ optional }) => optional === undefined) : grants.grants;
    const roles = rolesOf(kept, flags.account);
    const remarks = [
      ...problems.map((problem) => `Not in here: ${problem}`),
      ...grouped(grants.uncovered).map((text) => `Not covered: ${text}`),
      ...(isOpenToAll(grants) ? [openToAll] : []),
      ...grouped(grants.refused).map((text) => `Without rights: ${text}`),
    ];
    process.stdout.write(
      flags.json
        ? `${JSON.stringify(asJson({ cluster, roles, grants }, flags.account), null, 2)}\n`
        : rolesYaml(roles, flags.account, [...headingOf({ cluster, read }, flags), ...remarks]),
    );
    for (const line of remarks) process.stderr.write(`${visible(line)}\n`);
    return problems.length > 0 ? 1 : 0;
  },
};

const openToAll =
  'Look at this: the bot may act as any user (impersonate users). Name those who approve with --approver EMAIL.';
const isOpenToAll = ({ grants }: Grants): boolean =>
  grants.some(({ verb, resource, names }) => verb === 'impersonate' && resource === 'users' && names === undefined);

function flagsOf(args: string[]): Flags {
  const { values } = parseFlags({
    args,
    options: {
      config: { type: 'string' },
      cluster: { type: 'string' },
      service: { type: 'string', multiple: true },
      account: { type: 'string' },
      approver: { type: 'string', multiple: true },
      minimal: { type: 'boolean' },
      kubeconfig: { type: 'string' },
      context: { type: 'string' },
      json: { type: 'boolean' },
    },
  });
  if (values.context !== undefined && values.kubeconfig === undefined) {
    throw new UsageError('--context is one of a kubeconfig: name the file with --kubeconfig.');
  }
  return {
    // As serve has it; the rest of the environment is not needed.
    config: values.config ?? (process.env['FIREBREAK_CONFIG'] || './firebreak.yaml'),
    cluster: values.cluster,
    services: values.service ?? [],
    account: accountOf(values.account ?? 'firebreak/firebreak'),
    approvers: values.approver ?? [],
    minimal: values.minimal ?? false,
    kubeconfig: values.kubeconfig,
    context: values.context,
    json: values.json ?? false,
  };
}

function accountOf(text: string): Account {
  const [namespace = '', name, ...more] = text.split('/');
  if (name === undefined && isObjectName(namespace)) return { kind: 'User', name: namespace };
  if (name !== undefined && more.length === 0 && isLabelName(namespace) && isObjectName(name)) {
    return { kind: 'ServiceAccount', namespace, name };
  }
  throw new UsageError('--account is NAMESPACE/NAME of a ServiceAccount, or the name of a user.');
}

type Chosen = { readonly cluster: string; readonly services: Config['services'] };

/** One cluster: roles of one are no use on another. */
function chosen(config: Config, { cluster, services: names }: Flags): Chosen {
  const unknown = names.find((name) => !config.services.some((service) => service.name === name));
  if (unknown !== undefined) {
    const there = config.services.map(({ name }) => name).join(', ') || 'none';
    throw new UsageError(`There is no service ${JSON.stringify(unknown)}. There are: ${there}.`);
  }
  const clusters = Object.keys(config.clusters).join(', ');
  if (cluster !== undefined && !Object.hasOwn(config.clusters, cluster)) {
    throw new UsageError(`There is no cluster ${JSON.stringify(cluster)}. There are: ${clusters}.`);
  }
  const services = config.services.filter(
    (service) =>
      (names.length === 0 || names.includes(service.name)) && (cluster === undefined || service.cluster === cluster),
  );
  const [first, ...others] = new Set(services.map((service) => service.cluster));
  if (first === undefined) throw new UsageError('No service of firebreak.yaml is meant: there is nothing to grant.');
  if (others.length > 0) {
    throw new UsageError(
      `These services run on several clusters (${[first, ...others].join(', ')}): name one with --cluster.`,
    );
  }
  return { cluster: first, services };
}

async function runbooksOf(
  config: Config,
  services: Config['services'],
): Promise<{ read: readonly ServiceRunbooks[]; problems: readonly string[] }> {
  const files = createRunbookFiles({
    root: config.root,
    log: createLog({ level: 'silent', to: 'stderr', secrets: [] }),
    policyOf: (service) => compilePolicyOf(config, service),
  });
  const read: ServiceRunbooks[] = [];
  const problems: string[] = [];
  for (const service of services) {
    const found = await files.of(service);
    read.push({ service, runbooks: found.runbooks });
    problems.push(...found.problems);
  }
  return { read, problems: [...new Set(problems)] };
}

async function grantsOf(
  config: Config,
  { cluster, read }: { cluster: string; read: readonly ServiceRunbooks[] },
  { kubeconfig, context, approvers }: Flags,
): Promise<Grants> {
  const reach = reachOf(config.policy, config.clusters[cluster], approvers);
  if (kubeconfig === undefined) return grantsFor(stepsOf(read), reach);
  const inspection = inspectCluster({ name: cluster, kubeconfig, ...(context === undefined ? {} : { context }) });
  try {
    return grantsFor(stepsOf(read), { ...reach, kindOf: await inspection.kinds() });
  } finally {
    await inspection.close();
  }
}

function headingOf(
  { cluster, read }: { cluster: string; read: readonly ServiceRunbooks[] },
  { account, minimal }: Flags,
): readonly string[] {
  const names = read.map(({ service }) => service.name).join(', ');
  const own =
    account.kind === 'ServiceAccount' &&
    `kubectl create namespace ${account.namespace} comes first, if it is not there.`;
  return [
    `What Firebreak needs on the cluster ${cluster} for the runbooks of ${names}, by “firebreak rbac${minimal ? ' --minimal' : ''}”.`,
    ...(own === false ? [] : [own]),
  ];
}

/** One sentence with all the steps that it is about. */
function grouped(remarks: readonly Remark[]): readonly string[] {
  const places = new Map<string, string[]>();
  for (const { text, place } of remarks) places.set(text, [...(places.get(text) ?? []), place]);
  return [...places].map(([text, at]) => `${at.join(', ')}: ${text}.`);
}

function asJson(
  { cluster, roles, grants }: { cluster: string; roles: readonly Role[]; grants: Grants },
  account: Account,
): object {
  return {
    cluster,
    account,
    objects: objectsOf(roles, account),
    because: roles.flatMap(({ kind, name, namespace, rules }) =>
      rules.map(({ places, optional }, rule) => ({ role: { kind, name, namespace }, rule, places, optional })),
    ),
    refused: grants.refused,
    uncovered: grants.uncovered,
  };
}
