/** `firebreak doctor` against the stand-ins. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { startEmbeddedRedis } from '../../src/adapters/bullmq/embedded-redis.ts';
import { examine } from '../../src/cli/doctor.ts';
import type { Finding } from '../../src/cli/doctor/finding.ts';
import { type SandboxKubernetes, startKubernetes } from '../../src/sandbox/kubernetes/start.ts';
import { type SandboxPagerDuty, startPagerDuty } from '../../src/sandbox/pagerduty/start.ts';
import { type SandboxSlack, startSlack } from '../../src/sandbox/slack/start.ts';

const main = new URL('../../src/main.ts', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'firebreak-doctor-'));
let kubernetes: SandboxKubernetes;
let slack: SandboxSlack;
let poorSlack: SandboxSlack;
let pagerduty: SandboxPagerDuty;
let redis: Awaited<ReturnType<typeof startEmbeddedRedis>>;

beforeAll(async () => {
  kubernetes = await startKubernetes();
  slack = await startSlack();
  poorSlack = await startSlack({ scopes: ['chat:write', 'commands'] });
  pagerduty = await startPagerDuty();
  redis = await startEmbeddedRedis();
  writeFileSync(join(folder, 'kubeconfig'), kubernetes.kubeconfig('shop'));
  writeFileSync(
    join(folder, 'runbook.md'),
    '# Shop\n\n## Web is slow\n\n```bash\nkubectl logs deploy/web -n shop\nkubectl scale deployment/web --replicas=3 -n shop\n```\n',
  );
}, 30_000);
afterEach(() => {
  kubernetes.deny.splice(0);
});
afterAll(async () => {
  await kubernetes.stop();
  await slack.stop();
  await poorSlack.stop();
  await pagerduty.stop();
  await redis.stop();
  rmSync(folder, { recursive: true, force: true });
});

const secretsUsed = (): string[] => [slack.botToken, slack.signingSecret, pagerduty.token, 'am-token-1234'];

function settings(
  over: { aliases?: string; pagerduty?: boolean; runbooks?: string; subscription?: string; impersonate?: string } = {},
): string {
  const file = join(folder, 'firebreak.yaml');
  const [service] = [...pagerduty.account.services.keys()];
  const policy = [...pagerduty.account.escalationPolicies.keys()][0];
  const page = over.pagerduty ? `, pagerduty: { escalationPolicy: ${policy} }` : '';
  writeFileSync(
    file,
    [
      `clusters: { main: { kubeconfig: kubeconfig${over.impersonate === undefined ? '' : `, impersonate: ${over.impersonate}`} } }`,
      ...(over.impersonate === undefined ? [] : ['people: { bob@example.com: { slack: U0BOB } }']),
      'services:',
      '  - name: shop',
      `    match: { namespace: shop${over.pagerduty ? `, pagerduty: ${service}` : ''} }`,
      '    namespaces: [shop]',
      `    runbooks: [${over.runbooks ?? 'runbook.md'}]`,
      `    aliases: { ${over.aliases ?? 'slow: web-is-slow'} }`,
      `    responders: { slack: [U0ALICE]${page} }`,
      'policy: { approvers: { slack: [U0CAROL] } }',
      ...(over.subscription ? [`pagerduty: { subscription: ${over.subscription} }`] : []),
      '',
    ].join('\n'),
  );
  return file;
}

type Over = { readonly config?: string; readonly env?: Readonly<Record<string, string>> };

const variables = (over: Over): Record<string, string> => ({
  FIREBREAK_CONFIG: over.config ?? settings(),
  REDIS_URL: redis.url,
  SLACK_BOT_TOKEN: slack.botToken,
  SLACK_SIGNING_SECRET: slack.signingSecret,
  SLACK_API_URL: slack.apiUrl,
  ALERTMANAGER_TOKEN: 'am-token-1234',
  ...over.env,
});

async function findings(over: Over = {}): Promise<readonly Finding[]> {
  const all: Finding[] = [];
  for await (const found of examine(variables(over))) all.push(...found);
  return all;
}

/** As an operator runs it: a process of its own. */
function doctor(...args: string[]): Promise<{ readonly code: number; readonly out: string }> {
  const { PATH = '', HOME = '' } = process.env;
  return new Promise((resolve) => {
    const env = { PATH, HOME, ...variables({}) };
    execFile(process.execPath, [main, 'doctor', ...args], { env, timeout: 60_000 }, (error, out) => {
      // Of a process that ended by itself it is a number.
      resolve({ code: error ? Number(error.code ?? -1) : 0, out });
    });
  });
}

const bad = (found: readonly Finding[]): string[] =>
  found.filter(({ level }) => level === 'warn' || level === 'fail').map(({ about, text }) => `${about}: ${text}`);

it('finds nothing wrong but the missing database, says what to do about it, and repeats no secret', async () => {
  const ended = await doctor();

  expect(ended.code).toBe(1);
  expect(ended.out).toMatch(/^FAIL {2}PostgreSQL: DATABASE_URL is not set\n {6}→ Name a database/m);
  expect(ended.out).toMatch(/^ok {4}Slack scopes: all that are needed/m);
  expect(ended.out).toMatch(/^ok {4}cluster main: all \d+ rights that the runbooks need/m);
  expect(ended.out).toMatch(/^ok {4}Redis: version/m);
  expect(ended.out.match(/^FAIL/gm)).toHaveLength(1);
  for (const secret of secretsUsed()) expect(ended.out).not.toContain(secret);
});

it('says which account it has, and whether it can act in the name of people', async () => {
  const clusterSays = async (): Promise<readonly string[]> => {
    const config = settings({ impersonate: '{ prefix: "oidc:", groups: [oncall] }' });
    const all = await findings({ config });
    return all.filter(({ about }) => about === 'cluster main').map(({ level, text }) => `${level}: ${text}`);
  };

  const fine = await clusterSays();
  kubernetes.deny.push({ verb: 'impersonate', resource: 'groups' });
  const poor = await clusterSays();

  expect(fine).toContainEqual(expect.stringMatching(/^ok: Kubernetes v\S+, as sandbox-user$/));
  expect(fine).toContain('ok: changes are made in the name of who approves them, tried as oidc:bob@example.com');
  expect(poor).toContainEqual(expect.stringMatching(/^fail: .* may not act as members of oncall/));
});

it('says the same as JSON', async () => {
  const ended = await doctor('--json');

  const report: unknown = JSON.parse(ended.out);
  expect(ended.code).toBe(1);
  expect(report).toMatchObject({
    failed: 1,
    findings: expect.arrayContaining([expect.objectContaining({ level: 'ok' })]),
  });
});

it('names the rights that the runbooks need and the bot does not have', async () => {
  kubernetes.deny.push(
    { verb: 'patch', resource: 'deployments', namespace: 'shop' },
    { verb: 'get', resource: 'pods/log' },
  );

  const ended = await findings();

  expect(bad(ended)).toContain('cluster main: the bot may not: get pods/log in shop, patch deployments.apps in shop');
});

it('warns of an account that may read Secrets, which the stand-in lets everybody do', async () => {
  const open = await findings();
  kubernetes.deny.push({ verb: 'get', resource: 'secrets' });
  const closed = await findings();

  const secrets = expect.stringContaining('may read Secrets');
  expect(bad(open)).toContainEqual(secrets);
  expect(bad(closed)).not.toContainEqual(secrets);
});

it.each<[string, () => Over, string]>([
  ['a bot token that Slack refuses', () => ({ env: { SLACK_BOT_TOKEN: 'xoxb-wrong' } }), 'Slack refuses it'],
  [
    'missing scopes',
    () => ({
      env: {
        SLACK_BOT_TOKEN: poorSlack.botToken,
        SLACK_SIGNING_SECRET: poorSlack.signingSecret,
        SLACK_API_URL: poorSlack.apiUrl,
      },
    }),
    'Slack scopes: missing: bookmarks:write',
  ],
  ['a Slack that is away', () => ({ env: { SLACK_API_URL: 'http://127.0.0.1:9/' } }), 'Slack does not answer'],
  ['a Redis that is away', () => ({ env: { REDIS_URL: 'redis://127.0.0.1:9' } }), 'Redis does not answer'],
  ['a database that is away', () => ({ env: { DATABASE_URL: 'postgres://x@127.0.0.1:9/x' } }), 'PostgreSQL: '],
  ['an alias of no procedure', () => ({ config: settings({ aliases: 'oom: NOPE' }) }), 'oom → NOPE'],
  ['a configuration that is not there', () => ({ config: join(folder, 'none.yaml') }), 'configuration: '],
  ['an empty secret', () => ({ env: { ALERTMANAGER_TOKEN: '' } }), 'environment: ALERTMANAGER_TOKEN'],
])('says what is wrong with %s', async (_, over, sentence) => {
  const ended = await findings(over());

  expect(bad(ended)).toContainEqual(expect.stringContaining(sentence));
});

it('names runbooks that lie beside those of a service and belong to none', async () => {
  mkdirSync(join(folder, 'books'));
  for (const name of ['used.md', 'stray.md']) writeFileSync(join(folder, 'books', name), '# A\n\n## B\n\nDo it.\n');
  const config = settings({ runbooks: 'books/used.md' });

  const found = await findings({ config });

  expect(bad(found)).toContainEqual('runbooks: no service names books/stray.md');
});

it('looks at PagerDuty: the user, the subscription and who is on call', async () => {
  const config = settings({ pagerduty: true });
  const [user] = [...pagerduty.account.users.values()];
  const env = {
    PAGERDUTY_TOKEN: pagerduty.token,
    PAGERDUTY_API_URL: pagerduty.apiUrl,
    PAGERDUTY_WEBHOOK_SECRETS: pagerduty.webhookSecrets.join(','),
  };

  const right = await findings({ config, env: { ...env, PAGERDUTY_FROM: user?.email ?? '' } });
  const wrong = await findings({ config, env: { ...env, PAGERDUTY_FROM: 'nobody@example.com' } });
  const refused = await findings({ config, env: { ...env, PAGERDUTY_TOKEN: 'not-the-token' } });

  const fine = right.filter(({ level }) => level === 'ok').map(({ about }) => about);
  expect(fine).toContain('PagerDuty user');
  expect(bad(right)).toContainEqual(expect.stringContaining('no subscription delivers'));
  expect(bad(wrong)).toContainEqual(expect.stringContaining('PAGERDUTY_FROM'));
  expect(bad(refused)).toContainEqual(expect.stringMatching(/^PagerDuty: /));
});

it('looks at the webhook subscription that is ours, and asks which it is when there are several', async () => {
  const ours = pagerduty.connect('https://fb.example.com/webhooks/pagerduty');
  const staging = pagerduty.connect('https://staging.example.com/webhooks/pagerduty');
  staging.active = false;
  const env = {
    PAGERDUTY_TOKEN: pagerduty.token,
    PAGERDUTY_API_URL: pagerduty.apiUrl,
    PAGERDUTY_WEBHOOK_SECRETS: pagerduty.webhookSecrets.join(','),
  };
  const webhooks = async (subscription?: string) =>
    (await findings({ config: settings({ pagerduty: true, ...(subscription && { subscription }) }), env })).filter(
      ({ about }) => about === 'PagerDuty webhooks',
    );

  const [unnamed, named, wrong] = [await webhooks(), await webhooks(ours.id), await webhooks('PNOSUCH')];

  expect(unnamed.map(({ level }) => level)).toEqual(['ok', 'warn', 'warn']);
  expect(unnamed.at(-1)).toMatchObject({ text: expect.stringContaining('2 subscriptions') });
  expect(named).toMatchObject([{ level: 'ok', text: `subscription ${ours.id} is active` }]);
  expect(wrong).toMatchObject([{ level: 'fail', text: expect.stringContaining('no subscription PNOSUCH') }]);
});
