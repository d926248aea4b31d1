import { type ClusterInspection, inspectCluster } from '../../adapters/kubernetes/inspect.ts';
import type { Config } from '../../config.ts';
import { actingAs, type Impersonation } from '../../domain/acting-as.ts';
import { type Grant, type Grants, grantsFor } from '../../runbook/rights/rbac.ts';
import { reachOf, type ServiceRunbooks, stepsOf } from '../service-steps.ts';
import { checking, type Finding, fail, ok, warn } from './finding.ts';

/** A server is asked this many things about one cluster; runbooks that need more are checked in part, and that is said. */
const questionsMax = 300;

/** Each cluster: that it answers, and that the bot may do there what its runbooks ask for. */
export async function checkClusters(
  config: Config,
  byService: readonly ServiceRunbooks[],
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const [name, settings] of Object.entries(config.clusters)) {
    const about = `cluster ${name}`;
    const inspection = inspectCluster({ name, ...settings });
    const here = byService.filter(({ service }) => service.cluster === name);
    const advice = 'Check clusters: in firebreak.yaml, the kubeconfig, and that this machine reaches the API server.';
    findings.push(
      ...(await checking(about, advice, async () => [
        ok(about, `Kubernetes ${await inspection.version()}${await asWhom(inspection)}`),
        ...(await checkImpersonation(about, inspection, { impersonate: settings.impersonate, people: config.people })),
        ...(await checkRights(about, inspection, await neededOn(config, { name, here, inspection }))),
      ])),
    );
    await inspection.close();
  }
  return findings;
}

async function asWhom(inspection: ClusterInspection): Promise<string> {
  const name = await inspection.whoAmI();
  return name === undefined ? '' : `, as ${name}`;
}

/** Not only whether the bot may act as somebody: with a person under people: it is tried, by asking who that is. */
async function checkImpersonation(
  about: string,
  inspection: ClusterInspection,
  { impersonate, people }: { impersonate: Impersonation | undefined; people: Config['people'] },
): Promise<readonly Finding[]> {
  if (impersonate === undefined) return [];
  const advice =
    'Grant it in a ClusterRole: `firebreak rbac` prints it (docs/operations.md, "Who acts on the cluster"), or take impersonate out of firebreak.yaml.';
  const why = await inspection.whyNoImpersonation();
  if (why !== undefined) return [fail(about, why, advice)];
  const [email] = Object.keys(people);
  const who = email === undefined ? undefined : actingAs(impersonate, { identity: email, mapped: true, name: email });
  if (who?.kind !== 'person') return [ok(about, 'changes are made in the name of who approves them')];
  return await checking(about, advice, async () => {
    const name = await inspection.whoAmI(who.as);
    return name === who.as.user
      ? [ok(about, `changes are made in the name of who approves them, tried as ${name}`)]
      : [fail(about, `asked in the name of ${who.as.user}, it answers to ${name ?? 'nobody'}`, advice)];
  });
}

/** Everything that `firebreak rbac` would grant here; the cluster is asked about kinds that are not Kubernetes' own. */
async function neededOn(
  { policy, clusters }: Config,
  { name, here, inspection }: { name: string; here: readonly ServiceRunbooks[]; inspection: ClusterInspection },
): Promise<Grants> {
  const reach = reachOf(policy, clusters[name]);
  const found = grantsFor(stepsOf(here), reach);
  return found.uncovered.length === 0
    ? found
    : grantsFor(stepsOf(here), { ...reach, kindOf: await inspection.kinds() });
}

async function checkRights(
  about: string,
  inspection: ClusterInspection,
  { grants, uncovered }: Grants,
): Promise<readonly Finding[]> {
  const denied: string[] = [];
  const missed: string[] = [];
  for (const grant of grants.slice(0, questionsMax)) {
    // `checkImpersonation` asks for these: they may name people one by one.
    if (grant.verb === 'impersonate' || (await isGranted(inspection, grant))) continue;
    (grant.optional === undefined ? denied : missed).push(inWords(grant));
  }
  const advice =
    'Grant these to the bot’s account: `firebreak rbac` prints the roles (docs/operations.md, "Rights on the cluster").';
  const findings: Finding[] = [];
  if (denied.length > 0) findings.push(fail(about, `the bot may not: ${listed(denied)}`, advice));
  else if (grants.length > 0)
    findings.push(
      ok(about, `all ${Math.min(grants.length, questionsMax) - missed.length} rights that the runbooks need`),
    );
  if (missed.length > 0) {
    findings.push(
      warn(about, `plans and descriptions will say less, since the bot may not: ${listed(missed)}`, advice),
    );
  }
  if (grants.length > questionsMax) {
    findings.push(
      warn(
        about,
        `only the first ${questionsMax} of ${grants.length} rights were asked for`,
        'Split the configuration to check the rest.',
      ),
    );
  }
  if (uncovered.length > 0) {
    const steps = uncovered.map(({ place, text }) => `${place}: ${text}`);
    findings.push(
      warn(about, `steps that cannot work there: ${listed(steps)}`, 'Correct them, or install what they need.'),
    );
  }
  if (await inspection.may({ verb: 'get', resource: 'secrets' })) {
    findings.push(
      warn(
        about,
        'the bot’s account may read Secrets, which Firebreak never does',
        'Take that right away: the account is too powerful.',
      ),
    );
  }
  return findings;
}

const listed = (all: readonly string[]): string =>
  `${all.slice(0, 10).join(', ')}${all.length > 10 ? ` and ${all.length - 10} more` : ''}`;

/** Of several names each has to be granted. */
async function isGranted(inspection: ClusterInspection, { names, ...right }: Grant): Promise<boolean> {
  // Whom the bot may act for is better granted by name, and the names are not known here.
  if (right.verb === 'impersonate' && names === undefined) return true;
  for (const name of names ?? [undefined]) {
    if (!(await inspection.may({ ...right, ...(name === undefined ? {} : { name }) }))) return false;
  }
  return true;
}

const inWords = ({ verb, resource, group, namespace, url, names = [] }: Grant): string =>
  `${verb} ${url ?? resource}${group === '' ? '' : `.${group}`}${names.length === 0 ? '' : ` ${names.join(', ')}`}${namespace === undefined ? ' in the whole cluster' : ` in ${namespace}`}`;
