import { type ClusterInspection, inspectCluster } from '../../adapters/kubernetes/inspect.ts';
import type { Config } from '../../config.ts';
import { clusterScopedKinds, type NeededRight, rightsOf } from '../../runbook/rights.ts';
import { checking, type Finding, fail, ok, warn } from './finding.ts';
import type { ServiceRunbooks } from './runbooks.ts';

/** A server is asked this many things about one cluster; runbooks that need more are checked in part, and that is said. */
const questionsMax = 300;

type Question = Omit<NeededRight, 'within'> & { readonly namespace?: string };

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
        ok(about, `Kubernetes ${await inspection.version()}`),
        ...(await checkRights(about, inspection, questionsOf(here))),
      ])),
    );
    await inspection.close();
  }
  return findings;
}

/** Everything that the runbooks' actions need, in each of their service's namespaces, and that no Secret can be read. */
function questionsOf(byService: readonly ServiceRunbooks[]): readonly Question[] {
  const questions = new Map<string, Question>();
  for (const { service, runbooks } of byService) {
    const steps = runbooks.flatMap(({ procedures }) => procedures.flatMap((procedure) => procedure.steps));
    for (const { within, ...right } of steps.flatMap((step) => (step.kind === 'action' ? rightsOf(step.action) : []))) {
      const inCluster = within === '*' || clusterScopedKinds.has(right.resource);
      const namespaces = within !== undefined && within !== '*' ? [within] : service.namespaces;
      for (const namespace of inCluster ? [undefined] : namespaces) {
        const question = { ...right, ...(namespace === undefined ? {} : { namespace }) };
        questions.set(JSON.stringify(question), question);
      }
    }
  }
  return [...questions.values()];
}

async function checkRights(
  about: string,
  inspection: ClusterInspection,
  questions: readonly Question[],
): Promise<readonly Finding[]> {
  const denied: string[] = [];
  for (const question of questions.slice(0, questionsMax)) {
    if (!(await inspection.may(question))) denied.push(inWords(question));
  }
  const findings: Finding[] = [];
  if (denied.length > 0) {
    const shown = denied.slice(0, 10).join(', ');
    const more = denied.length > 10 ? ` and ${denied.length - 10} more` : '';
    findings.push(
      fail(
        about,
        `the bot may not: ${shown}${more}`,
        'Grant these to the bot’s account in a Role of that namespace (docs/operations.md, "Rights on the cluster").',
      ),
    );
  } else if (questions.length > 0)
    findings.push(ok(about, `all ${Math.min(questions.length, questionsMax)} rights that the runbooks need`));
  if (questions.length > questionsMax) {
    findings.push(
      warn(
        about,
        `only the first ${questionsMax} of ${questions.length} rights were asked for`,
        'Split the configuration to check the rest.',
      ),
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

const inWords = ({ verb, resource, group, namespace }: Question): string =>
  `${verb} ${resource}${group === '' ? '' : `.${group}`}${namespace === undefined ? ' in the whole cluster' : ` in ${namespace}`}`;
