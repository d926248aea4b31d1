/**
 * The shape of firebreak.yaml, key by key. Strict: a key that is not here is a mistake, because a gate that is
 * misspelt would otherwise be a gate that is open. Every message says what to write, and none repeats a value.
 * firebreak.example.yaml explains each key for people.
 */
import { z } from 'zod';
import { isGroupToBorrow, isUserPrefix } from './domain/acting-as.ts';
import { isRepositoryPrefix } from './domain/image.ts';
import { isLabelName } from './domain/names.ts';

/** The message of a value that is missing, empty or of another kind. */
const saying =
  (what: string) =>
  (issue: { readonly input?: unknown }): string => {
    if (issue.input === undefined) return `is missing; write ${what}`;
    if (issue.input === null) return `is empty; write ${what}, or leave the key out`;
    return `must be ${what}`;
  };

const text = (what: string, accepts: (value: string) => boolean) =>
  z.string({ error: saying(what) }).refine(accepts, { error: saying(what) });

const whole = (what: string, range: { readonly min: number; readonly max: number }) =>
  z
    .int({ error: saying(what) })
    .min(range.min, { error: saying(what) })
    .max(range.max, { error: saying(what) });

const list = <T extends z.ZodType>(element: T, what: string) => z.array(element, { error: saying(what) });

const filledList = <T extends z.ZodType>(element: T, what: string) =>
  list(element, what).min(1, { error: `is empty; write ${what}` });

/** A section: its unknown keys are named together with the keys that exist. */
const section = <T extends z.ZodRawShape>(shape: T) =>
  z.strictObject(shape, {
    error: (issue) => {
      const keys = Object.keys(shape).join(', ');
      if (issue.code !== 'unrecognized_keys') return saying(`a section with the keys ${keys}`)(issue);
      const unknown = issue.keys.map((key) => JSON.stringify(key)).join(', ');
      return `does not know ${unknown}; the keys here are ${keys}`;
    },
  });

const mapping = <T extends z.ZodType>(key: (name: string) => boolean, value: T, what: string) =>
  z.record(z.string().refine(key), value, {
    error: (issue) =>
      issue.code === 'invalid_key' ? `is not a name that can stand here; write ${what}` : saying(what)(issue),
  });

const matches =
  (pattern: RegExp) =>
  (value: string): boolean =>
    pattern.test(value);

/** http or https, and no user or password: secrets come from the environment. */
function isPlainUrl(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const url = new URL(value);
  return /^https?:$/.test(url.protocol) && url.username === '' && url.password === '' && url.hash === '';
}

const isPath = (value: string): boolean => value !== '' && !value.startsWith('~') && !value.includes('\0');

const Url = text('an http or https address without a user or password in it', isPlainUrl);
const Path = text('a path, from this file or from /; ~ is not expanded', isPath);
const HostPort = matches(/^[A-Za-z0-9]([-A-Za-z0-9.]{0,251}[A-Za-z0-9])?(:[0-9]{1,5})?$/);
const ShortName = matches(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
const Namespace = text('the name of a namespace', isLabelName);
const Word = matches(/^[^\s=]{1,100}$/);
const LabelKey = matches(/^[A-Za-z_][A-Za-z0-9_]*$/);
const Plain = text('text in quotes that is not empty', (value) => value.trim() !== '');

const SlackPeople = list(
  text('a Slack user id (U0ALICE, W…) or user group id (S0SRE)', matches(/^[UWS][A-Z0-9]{2,}$/)),
  'a list of Slack user ids (U0ALICE) and user group ids (S0SRE)',
).default([]);
const SlackUser = text('a Slack user id such as U0ALICE', matches(/^[UW][A-Z0-9]{2,}$/));
const PagerDutyId = text('a PagerDuty id such as PABC123', matches(/^[A-Z0-9]{2,20}$/));

/** These become headers of requests, so they are told apart from everything that could end one. */
const Impersonate = section({
  user: z
    .literal('email', { error: saying('email: a user of the cluster is the prefix and the e-mail address') })
    .default('email'),
  prefix: text(
    'what the cluster puts before an e-mail address, such as "oidc:", and not system:',
    isUserPrefix,
  ).default(''),
  groups: list(
    text('the name of a group of the cluster, without spaces, and not system:…', isGroupToBorrow),
    'a list of groups of the cluster',
  )
    .max(20, { error: 'has more than 20 groups; write those that the rights are bound to' })
    .default([]),
});

const Cluster = section({
  kubeconfig: Path.exactOptional(),
  context: Plain.exactOptional(),
  impersonate: z
    .union([z.literal('approver'), Impersonate], {
      error: saying('approver, or { user: email, prefix: "oidc:", groups: [oncall] }'),
    })
    .exactOptional(),
});

const Service = section({
  name: text('a short name in lower case, such as largeforge', ShortName),
  match: mapping(
    LabelKey,
    text('the value of a label, in quotes', () => true),
    'alert labels and their values, such as { namespace: largeforge }, or { pagerduty: PABC123 }',
  ),
  cluster: Plain.exactOptional(),
  namespaces: filledList(Namespace, 'at least one namespace, such as [largeforge]; the first is the default'),
  runbooks: list(Path, 'a list of Markdown files or folders, such as [runbooks/largeforge.md]').default([]),
  alerts: mapping(Word, Plain, 'alert names and procedure ids, such as { HighErrorRate: INC-002 }').default({}),
  aliases: mapping(Word, Plain, 'words for /runbook and procedure ids, such as { gpu-oom: INC-004 }').default({}),
  responders: section({
    slack: SlackPeople,
    onCall: SlackPeople,
    pagerduty: section({ escalationPolicy: PagerDutyId }).exactOptional(),
  }),
  dashboard: Url.exactOptional(),
  alertmanager: section({ url: Url }).exactOptional(),
  prometheus: Url.exactOptional(),
  http: section({
    allow: list(text('a host, such as api.example.com', HostPort), 'a list of hosts').default([]),
    map: mapping(
      HostPort,
      Url,
      'where localhost:PORT is inside the cluster, such as { "localhost:8000": http://web:8000 }',
    ).default({}),
  }).exactOptional(),
  docker: section({
    host: text(
      'a Docker host, such as tcp://docker:2376 or unix:///var/run/docker.sock',
      matches(/^(tcp|unix|https?):\/\/[^@\s]+$/),
    ),
  }).exactOptional(),
});

const gate = (approvals: number) =>
  section({
    approvals: whole('how many people must approve, from 1 to 10', { min: 1, max: 10 }).default(approvals),
    selfApproval: z
      .enum(['never', 'on-call', 'always'], { error: saying('never, on-call or always') })
      .default('on-call'),
  }).prefault({});

const Policy = section({
  approvers: section({ slack: SlackPeople }).prefault({}),
  change: gate(1),
  destructive: gate(2),
  exec: list(
    filledList(Plain, 'the words of one command, such as [df, -h]'),
    'a list of commands, each a list of words, such as [[nvidia-smi], [df, -h]]',
  ).exactOptional(),
  protectedNamespaces: list(Namespace, 'a list of namespaces, such as [kube-system]').default(['kube-system']),
  clusterScoped: list(
    text('a plural kind, such as nodes', matches(/^[a-z][-a-z0-9.]*$/)),
    'a list of kinds, such as [nodes]',
  ).default([]),
  imageRepositories: list(
    text('a repository without a tag, such as registry.example.com/shop', isRepositoryPrefix),
    'a list of repositories, such as [registry.example.com/shop]',
  ).default([]),
  limits: section({
    changesPerHour: whole('a number from 1 to 10000', { min: 1, max: 10_000 }).default(20),
    podsPerPlan: whole('a number from 1 to 10000', { min: 1, max: 10_000 }).default(50),
  }).prefault({}),
});

export const ConfigFile = section({
  clusters: mapping(ShortName, Cluster, 'names of clusters, such as main: { context: prod }').exactOptional(),
  services: list(Service, 'a list of services').default([]),
  people: mapping(
    matches(/^[^\s@]+@[^\s@]+$/),
    section({ slack: SlackUser.exactOptional(), pagerduty: PagerDutyId.exactOptional() }),
    'e-mail addresses, such as alice@example.com: { slack: U0ALICE }',
  ).default({}),
  policy: Policy.prefault({}),
  pagerduty: section({
    enableSubscription: z.boolean({ error: saying('true or false') }).default(false),
    subscription: PagerDutyId.exactOptional(),
  }).prefault({}),
  retention: section({
    days: whole('a number of days from 7 to 3650', { min: 7, max: 3_650 }).default(90),
  }).prefault({}),
  slack: section({
    // A channel is `<prefix>-<number>-<slug>`, 80 characters at most (Slack, conversations.create).
    channelPrefix: text('1 to 20 of a-z, 0-9, - and _', matches(/^[a-z0-9][-_a-z0-9]{0,19}$/)).default('inc'),
    visibility: z.enum(['public', 'private'], { error: saying('public or private') }).default('public'),
  }).prefault({}),
});
export type ConfigFile = z.infer<typeof ConfigFile>;
