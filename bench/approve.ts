/**
 * From the approve click to the accepted change, against what a person would do instead.
 *
 *   ours    a signed click over HTTP → vote committed → queue → counted → queue → T1 → PATCH → the API server's answer
 *   kubectl spawning `kubectl scale` until it has ended
 *   bare    one PATCH of the same field on a connection that is open
 *
 * They take turns, each time in another order, each on an object of its own made for it: `web` asks for 2 replicas and
 * gets 3. It is paused from birth, so nothing follows: pods that start would take the machine from whoever is next.
 * Before each turn everything that the last one left to do is done. The plan is there before its turn; what is measured
 * is the click that decides.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { request } from 'undici';
import type { FailpointName } from '../src/flow/ports.ts';
import { eventually } from '../test/eventually.ts';
import { connectKubernetes, type KubernetesApi } from '../test/real/kubernetes-api.ts';
import { castOf } from '../test/scenario/cast.ts';
import { type Bench, MissingError, median, round } from './bench.ts';
import { type Bot, startBot } from './bot.ts';

const run = promisify(execFile);
const rounds = 30;
const warmUpRounds = 5;
const patienceMs = 20_000;
const namespace = `firebreak-bench-${process.pid}`;
const json = { 'content-type': 'application/json' };
const deployments = `/apis/apps/v1/namespaces/${namespace}/deployments`;
const command = 'kubectl scale deployment/web --replicas=3';

/** Where the time of one click goes, by the failpoints that it passes. */
const stages = {
  'click → vote committed': [undefined, 'vote:after-commit'],
  'vote committed → counted': ['vote:after-commit', 'decide:before-commit'],
  'counted → decision committed': ['decide:before-commit', 'decide:after-commit'],
  'decision committed → T1 written': ['decide:after-commit', 't1:before-commit'],
  'T1 written → T1 committed': ['t1:before-commit', 't1:after-commit'],
  'T1 committed → accepted': ['t1:after-commit', 'request:after'],
} as const satisfies Record<string, readonly [FailpointName | undefined, FailpointName]>;

export const approve: Bench = async () => {
  const kubectl = await needs();
  const api = await connectKubernetes();
  try {
    await expectAnswer(api, 'POST', '/api/v1/namespaces', { metadata: { name: namespace } });
    const bot = await startBot({
      config: configOf(api.kubeconfig),
      runbook: `# Bench\n\n## Scale up\n\n**Alert:** \`Bench\`\n\n**Resolution:**\n\n\`\`\`bash\n${command}\n\`\`\`\n`,
    });
    try {
      return await measure({ kubectl, api, bot });
    } finally {
      await bot.close();
    }
  } finally {
    await api.send({ method: 'DELETE', path: `/api/v1/namespaces/${namespace}` });
    await api.close();
  }
};

async function measure({ kubectl, api, bot }: { kubectl: string; api: KubernetesApi; bot: Bot }) {
  const cast = castOf(bot);
  const channel = await cast.channel('bench');
  const passed = new Map<FailpointName, number>();
  let accepted = Promise.withResolvers<number>();
  bot.onPassed(({ name, at }) => {
    passed.set(name, at);
    if (name === 'request:after') accepted.resolve(at);
  });

  /** The bot notes the time as soon as it has read the API server's answer (`request:after`); nothing is polled. */
  async function ours(): Promise<{ ms: number; parts: readonly number[] }> {
    await cast.command('U0ALICE', channel, '/runbook', 'Bench');
    await bot.idle();
    await cast.useStep('U0ALICE', channel, command);
    const plan = await cast.plan(channel, 'replicas');
    await bot.idle();
    passed.clear();
    const own = Promise.withResolvers<number>();
    accepted = own;
    const clickedAt = Number(process.hrtime.bigint()) / 1e6;
    const clicked = cast.approve('U0BOB', channel, plan);
    const late = setTimeout(() => own.reject(new Error(`No change came: ${bot.complaints().join('; ')}`)), patienceMs);
    const acceptedAt = await own.promise.finally(() => clearTimeout(late));
    await clicked;
    const at = (name: FailpointName | undefined) => (name === undefined ? clickedAt : (passed.get(name) ?? Number.NaN));
    return { ms: acceptedAt - clickedAt, parts: Object.values(stages).map(([from, to]) => at(to) - at(from)) };
  }

  async function kubectlScale(): Promise<number> {
    const startedAt = performance.now();
    await run(kubectl, ['scale', 'deployment/web', '--replicas=3', '-n', namespace]);
    return performance.now() - startedAt;
  }

  async function barePatch(): Promise<number> {
    const startedAt = performance.now();
    const { statusCode, body } = await request(`${api.server}${deployments}/web`, {
      method: 'PATCH',
      headers: { ...api.headers, 'content-type': 'application/merge-patch+json' },
      body: '{"spec":{"replicas":3}}',
      dispatcher: api.dispatcher,
    });
    await body.text();
    if (statusCode !== 200) throw new Error(`The bare PATCH was answered with ${statusCode}.`);
    return performance.now() - startedAt;
  }

  const took = { ours: [] as number[], kubectl: [] as number[], bare: [] as number[] };
  const stageTimes: (readonly number[])[] = [];
  const turns = [
    async (counts: boolean) => {
      const { ms, parts } = await ours();
      if (counts) took.ours.push(ms);
      if (counts) stageTimes.push(parts);
    },
    async (counts: boolean) => {
      const ms = await kubectlScale();
      if (counts) took.kubectl.push(ms);
    },
    async (counts: boolean) => {
      const ms = await barePatch();
      if (counts) took.bare.push(ms);
    },
  ];
  for (let turn = -warmUpRounds; turn < rounds; turn += 1) {
    for (let place = 0; place < turns.length; place += 1) {
      await expectAnswer(api, 'POST', deployments, deployment);
      await turns[(place + turn + warmUpRounds) % turns.length]?.(turn >= 0);
      await expectScaled(api);
      await expectAnswer(api, 'DELETE', `${deployments}/web`);
      await gone(api);
      await bot.idle();
    }
  }

  const [ms, peer, bare] = [median(took.ours), median(took.kubectl), median(took.bare)];
  return {
    ours: round(ms),
    peer: round(peer),
    ratio: round(ms / peer, 3),
    unit: 'ms',
    ratioBarePatch: round(ms / bare, 3),
    barePatchMs: round(bare),
    rounds,
    oursWorstMs: round(Math.max(...took.ours)),
    ...bot.stores,
    stages: Object.fromEntries(
      Object.keys(stages).map((name, at) => [name, round(median(stageTimes.map((times) => times[at] ?? Number.NaN)))]),
    ),
  };
}

/** The path of kubectl. Throws `MissingError`. */
async function needs(): Promise<string> {
  if (!process.env['KUBECONFIG']) {
    throw new MissingError(
      'The bench approve needs a real cluster, and KUBECONFIG is not set. Name a kubeconfig, or bring up the test cluster: KUBECONFIG=$(test/real/cluster/cluster up | tail -1).',
    );
  }
  const kubectl = process.env['KUBECTL'] || 'kubectl';
  try {
    await run(kubectl, ['get', '--raw', '/readyz', '--request-timeout=10s']);
  } catch (error) {
    throw new MissingError(
      `The bench approve compares with kubectl, and ${kubectl} does not reach the cluster of KUBECONFIG. Name the program in KUBECTL, and check KUBECONFIG.`,
      { cause: error },
    );
  }
  return kubectl;
}

const configOf = (kubeconfig: string): string => `
clusters: { main: { kubeconfig: ${JSON.stringify(kubeconfig)} } }
services:
  - name: bench
    match: { namespace: ${namespace} }
    cluster: main
    namespaces: [${namespace}]
    runbooks: [runbook.md]
    responders: { slack: [S0RESPOND] }
policy:
  approvers: { slack: [S0SRE] }
  limits: { changesPerHour: 1000 }
`;

const labels = { app: 'web' };
const deployment = {
  metadata: { name: 'web' },
  spec: {
    paused: true,
    replicas: 2,
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'workload:v1' }] } },
  },
};

async function expectAnswer(
  api: KubernetesApi,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  body?: object,
): Promise<string> {
  const sent = body === undefined ? {} : { headers: json, body: JSON.stringify(body) };
  const { status, text } = await api.send({ method, path, ...sent });
  if (status > 299) throw new Error(`${method} ${path} was answered with ${status}: ${text}`);
  return text;
}

async function expectScaled(api: KubernetesApi): Promise<void> {
  // The API server keeps to apps/v1.
  const { spec } = JSON.parse(await expectAnswer(api, 'GET', `${deployments}/web`)) as { spec: { replicas: number } };
  if (spec.replicas !== 3) throw new Error(`web asks for ${spec.replicas} replicas after its turn, and not for 3.`);
}

const gone = (api: KubernetesApi): Promise<true> =>
  eventually('web is gone', async () => (await api.send({ path: `${deployments}/web` })).status === 404, patienceMs);
