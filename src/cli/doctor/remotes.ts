import { connectEngine } from '../../adapters/docker/engine.ts';
import { dockerVersion } from '../../adapters/docker/change.ts';
import { addressesOf, allowedUrl, systemLookUp } from '../../adapters/http-probe/address.ts';
import { prometheusVersion } from '../../adapters/prometheus/source.ts';
import type { Config } from '../../config.ts';
import { describeError, OperationError } from '../../domain/errors.ts';
import { checking, type Finding, ok, warn } from './finding.ts';

/** What services have besides their clusters: that Prometheus and Docker answer, and that hosts of requests have addresses. */
export async function checkRemotes(config: Config): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const [service, { prometheus, docker, http }] of Object.entries(config.integrations)) {
    if (prometheus !== undefined) {
      const about = `Prometheus of ${service}`;
      const advice = 'Check services[].prometheus in firebreak.yaml; steps that hold a query fail until it answers.';
      findings.push(
        ...(await checking(about, advice, async () => [ok(about, `version ${await prometheusVersion(prometheus)}`)])),
      );
    }
    if (docker) {
      const about = `Docker of ${service}`;
      const advice = 'Check services[].docker.host in firebreak.yaml, and that this machine may use it.';
      const engine = connectEngine(docker.host);
      findings.push(
        ...(await checking(about, advice, async () => [ok(about, `version ${await dockerVersion(engine)}`)])),
      );
      await engine.close();
    }
    if (http) findings.push(...(await checkHosts(service, http)));
  }
  return findings;
}

type Http = NonNullable<Config['integrations'][string]['http']>;

/** Nothing is sent: a request might do something. */
async function checkHosts(service: string, http: Http): Promise<readonly Finding[]> {
  const urls = [
    ...Object.values(http.map),
    ...http.allow.map((host) => (/:\d+$/.test(host) ? `http://${host}` : `https://${host}`)),
  ];
  const troubles: string[] = [];
  for (const url of urls) {
    try {
      await addressesOf(allowedUrl(url, http), http, systemLookUp);
    } catch (error) {
      troubles.push(error instanceof OperationError ? describeError(error) : `${new URL(url).host} has no address`);
    }
  }
  const about = `HTTP of ${service}`;
  if (troubles.length === 0)
    return urls.length === 0 ? [] : [ok(about, `${urls.length} ${urls.length === 1 ? 'host' : 'hosts'} may be asked`)];
  return [
    warn(
      about,
      troubles.slice(0, 5).join('; '),
      'Check services[].http in firebreak.yaml; steps that ask these hosts fail.',
    ),
  ];
}
