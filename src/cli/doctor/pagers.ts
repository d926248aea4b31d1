import { createAlertmanagerSource } from '../../adapters/alertmanager/source.ts';
import { createPager } from '../../adapters/pagerduty/pager.ts';
import type { Config } from '../../config.ts';
import type { Environment } from '../../environment.ts';
import { watchedOf } from '../../flow/pager/pager-subscription.ts';
import type { Log, Pager } from '../../flow/ports.ts';
import { checking, fail, type Finding, off, ok, warn } from './finding.ts';

/** Each Alertmanager of the services: that it answers, and that its webhooks would be let in. */
export async function checkAlertmanagers(environment: Environment, config: Config): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const about = 'Alertmanager';
  if (environment.alertmanagerToken === undefined) {
    findings.push(off(about, 'ALERTMANAGER_TOKEN is not set: POST /webhooks/alertmanager is closed'));
  } else findings.push(ok(about, 'POST /webhooks/alertmanager is open to whoever has ALERTMANAGER_TOKEN'));
  for (const url of config.alertmanagers) {
    const advice = 'Check alertmanager.url in firebreak.yaml. Until it answers, alerts that were missed stay missed.';
    findings.push(
      ...(await checking(`${about} ${url}`, advice, async () => {
        await createAlertmanagerSource({ url }).firing();
        return [ok(`${about} ${url}`, 'answers')];
      })),
    );
  }
  return findings;
}

export async function checkPagerDuty(environment: Environment, config: Config, log: Log): Promise<readonly Finding[]> {
  const about = 'PagerDuty';
  const { pagerdutyToken: token, pagerdutyFrom: from, pagerdutyWebhookSecrets: secrets } = environment;
  const uses = config.services.some(({ pager }) => pager !== undefined);
  if (!uses) return [off(about, 'no service in firebreak.yaml names one of PagerDuty’s')];
  const findings: Finding[] = [];
  if (secrets.length === 0) {
    findings.push(
      warn(
        about,
        'PAGERDUTY_WEBHOOK_SECRETS is not set: pages do not come in',
        'Set it to the signing secret of the webhook subscription.',
      ),
    );
  }
  if (token === undefined) {
    const text = 'PAGERDUTY_TOKEN is not set: nothing is acknowledged or resolved there, and nobody is on call by it';
    return [...findings, warn(about, text, 'Set it to a REST API key (Integrations → API Access Keys).')];
  }
  const { pagerdutyApiUrl: apiUrl } = environment;
  const pager = createPager({
    token,
    log,
    ...(from === undefined ? {} : { from }),
    ...(apiUrl === undefined ? {} : { apiUrl }),
  });
  const advice = 'Check PAGERDUTY_TOKEN, and PAGERDUTY_API_URL for accounts in Europe.';
  return [
    ...findings,
    ...(await checking(about, advice, async () => [
      ...(await checkFrom(pager, from)),
      ...(await checkSubscriptions(pager, config, secrets.length > 0)),
      ...(await checkPolicies(pager, config)),
    ])),
  ];
}

async function checkFrom(pager: Pager, from: string | undefined): Promise<readonly Finding[]> {
  const about = 'PagerDuty user';
  if (from === undefined) {
    return [
      warn(
        about,
        'PAGERDUTY_FROM is not set',
        'Set it to the e-mail address of a PagerDuty user; an API key needs one for every change.',
      ),
    ];
  }
  const user = await pager.userByEmail(from);
  return user
    ? [ok(about, `acts as ${user.name}`)]
    : [fail(about, 'PagerDuty has no user with the address in PAGERDUTY_FROM', 'Correct it, or make that user.')];
}

async function checkSubscriptions(pager: Pager, config: Config, secretsSet: boolean): Promise<readonly Finding[]> {
  const about = 'PagerDuty webhooks';
  if (!secretsSet) return [];
  const { subscription: own, enableSubscription } = config.pagerduty;
  const { watched, isOurs } = watchedOf(await pager.subscriptions(), own);
  if (watched.length === 0 && own !== undefined) {
    return [
      fail(
        about,
        `no subscription ${own} delivers to …/webhooks/pagerduty`,
        'Correct pagerduty.subscription in firebreak.yaml, or the subscription in PagerDuty (Integrations → Generic Webhooks v3).',
      ),
    ];
  }
  if (watched.length === 0) {
    return [
      fail(
        about,
        'no subscription delivers to …/webhooks/pagerduty',
        'Add one (Integrations → Generic Webhooks v3) for the services in firebreak.yaml.',
      ),
    ];
  }
  const findings = watched.map(({ id, active, temporarilyDisabled }) => {
    if (active && !temporarilyDisabled) return ok(about, `subscription ${id} is active`);
    const text = `subscription ${id} is ${active ? 'switched off for a day, because events were not taken' : 'not active'}`;
    const enable = 'Enable it in PagerDuty (Integrations → Generic Webhooks v3)';
    return isOurs
      ? fail(about, text, `${enable}, or set pagerduty.enableSubscription in firebreak.yaml.`)
      : warn(about, text, `If it is Firebreak’s: ${enable}. If not, name the one that is as pagerduty.subscription.`);
  });
  if (isOurs) return findings;
  const several = `${watched.length} subscriptions deliver to …/webhooks/pagerduty, and which of them is ours is not known`;
  const without = enableSubscription ? ' Until then pagerduty.enableSubscription switches none of them on.' : '';
  return [
    ...findings,
    warn(about, several, `Set pagerduty.subscription in firebreak.yaml to the id of ours.${without}`),
  ];
}

async function checkPolicies(pager: Pager, config: Config): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const policies = new Set(config.services.flatMap(({ pager: of }) => of?.escalationPolicy ?? []));
  for (const policy of policies) {
    const about = `on call by ${policy}`;
    findings.push(
      ...(await checking(about, 'Correct responders.pagerduty.escalationPolicy in firebreak.yaml.', async () => {
        const people = await pager.onCall(policy);
        return people.length > 0
          ? [ok(about, `${people.length} people`)]
          : [warn(about, 'nobody is on call', 'Look at the schedule in PagerDuty.')];
      })),
    );
  }
  return findings;
}
