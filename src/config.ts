/**
 * firebreak.yaml → `Config`. Everything that is wrong is said at once, each with its line, its key and what to
 * write; nothing starts on half a configuration. Secrets are not in here: see environment.ts.
 */
import { readFile, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import canonicalize from 'canonicalize';
import { LineCounter, parseDocument } from 'yaml';
import type { Document } from 'yaml';
import { ConfigFile } from './config-schema.ts';
import { digestOf } from './domain/digest.ts';
import { OperationError, invariant } from './domain/errors.ts';
import type { Impersonation } from './domain/acting-as.ts';
import type { Policy, Service } from './domain/policy.ts';
import { type CompilePolicy, defaultCompilePolicy } from './runbook/compile-policy.ts';

type ClusterSettings = {
  /** Absolute. Absent: $KUBECONFIG, else the pod's own account. */
  readonly kubeconfig?: string;
  /** The file's content instead of a path; never from firebreak.yaml, only from the demo. */
  readonly kubeconfigText?: string;
  readonly context?: string;
  /** Absent: changes are made as the account itself. */
  readonly impersonate?: Impersonation;
};

/** What a service says about the systems around it; a system that is absent is off. */
type ServiceIntegrations = {
  readonly prometheus?: string;
  readonly http?: { readonly allow: readonly string[]; readonly map: Readonly<Record<string, string>> };
  readonly docker?: { readonly host: string };
};

/** The parts of the policy that bound what may be read or touched, beside the gates in `Policy`. */
type Reach = {
  /** argv patterns of commands in containers that count as reads; see exec-policy.ts. */
  readonly exec: readonly (readonly string[])[];
};

export type Config = {
  /** The folder that paths in the file are relative to. Absolute. */
  readonly root: string;
  readonly clusters: Readonly<Record<string, ClusterSettings>>;
  /** Runbook paths are absolute. */
  readonly services: readonly Service[];
  /** By service name. */
  readonly integrations: Readonly<Record<string, ServiceIntegrations>>;
  /** E-mail in lower case → accounts that do not carry it. */
  readonly people: Readonly<Record<string, { readonly slack?: string; readonly pagerduty?: string }>>;
  readonly policy: Policy;
  readonly reach: Reach;
  readonly slack: { readonly channelPrefix: string; readonly visibility: 'public' | 'private' };
  readonly pagerduty: {
    /** Whether a webhook subscription that is off in PagerDuty may be switched on again. */
    readonly enableSubscription: boolean;
    /** The id of our webhook subscription. Absent: those that deliver to our path. */
    readonly subscription?: string;
  };
  /** How many days a resolved incident keeps its details in the ledger. The journal keeps everything. */
  readonly retention: { readonly days: number };
  /** Each address once. */
  readonly alertmanagers: readonly string[];
};

/** How a service's runbooks are read. */
export const compilePolicyOf = (config: Config, service: Service): CompilePolicy => ({
  exec: config.reach.exec,
  localUrls: config.integrations[service.name]?.http?.map ?? {},
});

type Problem = {
  readonly path: readonly PropertyKey[];
  readonly text: string;
  /** What to point at within `path`. */
  readonly key?: string;
};

const bytesMax = 1024 * 1024;

/**
 * Reads a configuration file. Without a path: no services, one cluster named `main`, and the default policy.
 * Throws `OperationError('config-invalid')`.
 */
export async function readConfigFile(path: string | undefined): Promise<Config> {
  if (path === undefined) return build(ConfigFile.parse({}), process.cwd());
  let text: string;
  try {
    const { size } = await stat(path);
    if (size > bytesMax)
      throw invalid(`${path} is larger than 1 MiB, so it is not a firebreak.yaml. Name another file.`);
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof OperationError) throw error;
    throw invalid(
      `${path} cannot be read (${codeOf(error)}). Write it (firebreak.example.yaml explains every key) or name another file with FIREBREAK_CONFIG.`,
      error,
    );
  }
  return parseConfig(text, path);
}

/** `source` is the file's path: it is named in errors, and paths in the text are relative to its folder. */
export function parseConfig(text: string, source: string): Config {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const [broken] = document.errors;
  if (broken !== undefined) {
    const { line, col } = lines.linePos(broken.pos[0]);
    throw invalid(`${source}:${line}:${col} is not YAML: ${broken.message}`, broken);
  }
  let content: unknown;
  try {
    content = document.toJS({ maxAliasCount: 50 }) ?? {};
  } catch (error) {
    throw invalid(`${source} cannot be read as YAML: an alias (*name) has no anchor, or there are too many.`, error);
  }
  const parsed = ConfigFile.safeParse(content);
  const problems: readonly Problem[] = parsed.success
    ? contradictions(parsed.data)
    : parsed.error.issues.map((issue) => ({
        path: issue.path,
        text: issue.message,
        ...(issue.code === 'unrecognized_keys' && issue.keys[0] !== undefined && { key: issue.keys[0] }),
      }));
  if (problems.length > 0 || !parsed.success) {
    const places = problems.map(({ path, key, text: wrong }) => ({
      key: keyOf(path),
      line: lineOf(document, lines, key === undefined ? path : [...path, key]),
      wrong,
    }));
    throw invalid(
      [`${source} cannot be used:`, ...places.map(({ key, line, wrong }) => `  line ${line}: ${key} ${wrong}.`)].join(
        '\n',
      ),
    );
  }
  return build(parsed.data, dirname(resolve(source)));
}

const invalid = (message: string, cause?: unknown): OperationError =>
  new OperationError('config-invalid', message, { retryable: false, cause });

const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unknown error';

/** `services[0].match.namespace`, as people would point at it. */
function keyOf(path: readonly PropertyKey[]): string {
  const key = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');
  return key === '' ? 'the file' : key.replace(/^\./, '');
}

/** 1-based line of the value, or of the nearest thing around it that is there. */
function lineOf(document: Document, lines: LineCounter, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    if (typeof node !== 'object' || node === null || !('range' in node) || !Array.isArray(node.range)) continue;
    const [start] = node.range;
    if (typeof start === 'number') return lines.linePos(start).line;
  }
  return 1;
}

/** What each key allows by itself and the file as a whole does not. */
function contradictions(file: ConfigFile): Problem[] {
  const problems: Problem[] = [];
  const clusters = Object.keys(file.clusters ?? { main: {} });
  const names = new Map<string, number>();
  const matchers = new Map<string, number>();
  for (const [at, service] of file.services.entries()) {
    const say = (path: readonly PropertyKey[], text: string): void => {
      problems.push({ path: ['services', at, ...path], text });
    };
    const twin = names.get(service.name);
    if (twin !== undefined) say(['name'], `is the name of services[${twin}] too; give each service its own`);
    else names.set(service.name, at);

    const match = canonicalize(service.match) ?? '';
    const rival = matchers.get(match);
    if (match === '{}')
      say(['match'], 'is empty; write the alert labels that are this service’s own, such as { namespace: web }');
    else if (rival !== undefined)
      say(
        ['match'],
        `is the same as that of services[${rival}], which would take every alert; tell them apart by another label`,
      );
    else matchers.set(match, at);

    if (service.match['pagerduty'] !== undefined && !/^[A-Z0-9]{2,20}$/.test(service.match['pagerduty'])) {
      say(['match', 'pagerduty'], 'must be the id of a PagerDuty service, such as PABC123');
    }
    if (service.cluster === undefined && clusters.length !== 1) {
      say([], `names no cluster, and there are several; write cluster: with one of ${clusters.join(', ')}`);
    } else if (service.cluster !== undefined && !clusters.includes(service.cluster)) {
      say(
        ['cluster'],
        `names ${JSON.stringify(service.cluster)}, which is not under clusters; write one of ${clusters.join(', ')}, or add it there`,
      );
    }
    const { slack, onCall, pagerduty } = service.responders;
    if (slack.length + onCall.length === 0 && pagerduty === undefined) {
      say(
        ['responders'],
        'names nobody, so that nobody could approve a change; write slack: [U0ALICE], onCall: [U0ALICE] or pagerduty: { escalationPolicy: PXYZ }',
      );
    }
  }
  if (clusters.length === 0)
    problems.push({ path: ['clusters'], text: 'is empty; write one, such as main: {}, or leave the key out' });
  if (file.services.length > 0 && file.policy.approvers.slack.length === 0) {
    problems.push({
      path: ['policy', 'approvers', 'slack'],
      text: 'names nobody, so that no destructive plan could ever be approved; write slack: [S0SRE] with a user group or people',
    });
  }
  return [...problems, ...sharedAccounts(file.people)];
}

/** One account under two e-mail addresses would be two people, who could approve each other. */
function sharedAccounts(people: ConfigFile['people']): Problem[] {
  const problems: Problem[] = [];
  const seen = new Map<string, string>();
  for (const [email, accounts] of Object.entries(people)) {
    for (const key of [email.toLowerCase(), ...Object.values(accounts)]) {
      const owner = seen.get(key);
      if (owner !== undefined)
        problems.push({
          path: ['people', email],
          text: `names ${key}, which is under ${owner} too; a person has one entry`,
        });
      else seen.set(key, email);
    }
  }
  return problems;
}

function build(file: ConfigFile, root: string): Config {
  const clusters = Object.fromEntries(
    Object.entries(file.clusters ?? { main: {} }).map(([name, { kubeconfig, impersonate, ...cluster }]) => [
      name,
      {
        ...cluster,
        ...(kubeconfig !== undefined && { kubeconfig: resolve(root, kubeconfig) }),
        ...(impersonate !== undefined && { impersonate: impersonationOf(impersonate) }),
      },
    ]),
  );
  const [onlyCluster] = Object.keys(clusters);
  invariant(onlyCluster !== undefined, 'contradictions() refuses an empty list of clusters');
  const urls = file.services.flatMap(({ alertmanager }) => (alertmanager === undefined ? [] : [alertmanager.url]));
  return {
    root,
    clusters,
    services: file.services.map((service) => serviceFrom(service, { root, onlyCluster })),
    integrations: Object.fromEntries(file.services.map((service) => [service.name, integrationsOf(service)])),
    people: Object.fromEntries(Object.entries(file.people).map(([email, accounts]) => [email.toLowerCase(), accounts])),
    policy: policyFrom(file.policy),
    reach: { exec: file.policy.exec ?? defaultCompilePolicy.exec },
    slack: file.slack,
    pagerduty: file.pagerduty,
    retention: file.retention,
    alertmanagers: [...new Set(urls)],
  };
}

type ImpersonateEntry = NonNullable<NonNullable<ConfigFile['clusters']>[string]['impersonate']>;

const impersonationOf = (entry: ImpersonateEntry): Impersonation =>
  entry === 'approver' ? { prefix: '', groups: [] } : { prefix: entry.prefix, groups: entry.groups };

type ServiceEntry = ConfigFile['services'][number];

function serviceFrom(entry: ServiceEntry, { root, onlyCluster }: { root: string; onlyCluster: string }): Service {
  // `pagerduty` names a PagerDuty service; every other key of `match` is a label of an alert.
  const { pagerduty: _, ...match } = entry.match;
  return {
    name: entry.name,
    match,
    cluster: entry.cluster ?? onlyCluster,
    namespaces: entry.namespaces,
    runbooks: entry.runbooks.map((path) => resolve(root, path)),
    alerts: entry.alerts,
    aliases: entry.aliases,
    responders: { slack: entry.responders.slack, onCall: entry.responders.onCall },
    ...(entry.dashboard !== undefined && { dashboard: entry.dashboard }),
    ...pagerOf(entry),
    ...(entry.alertmanager !== undefined && { alertmanager: entry.alertmanager.url }),
  };
}

function pagerOf(entry: ServiceEntry): Pick<Service, 'pager'> {
  const service = entry.match['pagerduty'];
  const policy = entry.responders.pagerduty;
  return service === undefined && policy === undefined
    ? {}
    : { pager: { ...(service !== undefined && { service }), ...policy } };
}

function integrationsOf(entry: ServiceEntry): ServiceIntegrations {
  const { prometheus, http, docker } = entry;
  return {
    ...(prometheus !== undefined && { prometheus }),
    ...(http !== undefined && { http }),
    ...(docker !== undefined && { docker }),
  };
}

function policyFrom(section: ConfigFile['policy']): Policy {
  const canonical = canonicalize(section);
  invariant(canonical !== undefined, 'a parsed policy is always serializable');
  return {
    approvers: { slack: section.approvers.slack, onCall: [] },
    change: section.change,
    destructive: section.destructive,
    protectedNamespaces: section.protectedNamespaces,
    clusterScoped: section.clusterScoped,
    imageRepositories: section.imageRepositories,
    limits: section.limits,
    digest: digestOf(canonical),
  };
}
