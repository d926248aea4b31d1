/** `kubectl create` of what can be written down as kubectl itself would: namespaces, config maps, deployments, jobs. */
import type { ApplyAction, ClusterChangeOf, CreateJobAction } from '../../domain/change-action.ts';
import { isImageReference } from '../../domain/image.ts';
import type { Json } from '../../domain/json.ts';
import { isLabelName, isObjectName } from '../../domain/names.ts';
import type { Template } from '../../domain/object-reference.ts';
import type { CommandContext } from '../command-context.ts';
import { quoted, refuse, type Refusal } from '../reasons.ts';
import { compileManifests } from './apply.ts';
import { cutAt } from './change-targets.ts';
import { type FlagTable, integerOf, parseFlags, textOf } from './flags.ts';
import type { Compiled } from './get.ts';
import { numberFlag } from './logs.ts';
import { splitReference } from './resources.ts';

type Create = (words: readonly Template[], kind: string) => Compiled<ClusterChangeOf<Template>> | Refusal;

const kinds: Readonly<Record<string, Create>> = {
  namespace: createNamespace,
  ns: createNamespace,
  configmap: createConfigMap,
  cm: createConfigMap,
  deployment: createDeployment,
  deploy: createDeployment,
  dep: createDeployment,
  job: createJob,
};
const never: Readonly<Record<string, string>> = {
  role: 'Roles',
  clusterrole: 'ClusterRoles',
  rolebinding: 'RoleBindings',
  clusterrolebinding: 'ClusterRoleBindings',
};
const byHand =
  'cronjob cj ingress ing poddisruptionbudget pdb priorityclass pc quota resourcequota service svc serviceaccount sa'.split(
    ' ',
  );

export function compileCreate(
  words: readonly Template[],
  context: CommandContext,
): Compiled<ClusterChangeOf<Template>> | Refusal {
  const [kind, ...rest] = words;
  if (typeof kind !== 'string' || kind.startsWith('-')) return compileManifests(words, context, 'create');
  if (Object.hasOwn(never, kind)) {
    return refuse('never-run', `${never[kind] ?? kind} say who may do what; this program never writes one.`);
  }
  const create = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
  const commanded = create === createDeployment || create === createJob;
  if (create && !commanded && rest.includes('--')) {
    return refuse(
      'malformed',
      `${quoted(`kubectl create ${kind}`)} runs no command; leave out what stands behind \`--\`.`,
    );
  }
  if (create) return create(rest, kind);
  return byHand.includes(kind)
    ? refuse(
        'left-to-people',
        `${quoted(`kubectl create ${kind}`)} is not compiled: what kubectl makes of its flags is not written in the command. Apply the object's YAML instead.`,
      )
    : refuse('unknown-verb', `${quoted(`kubectl create ${kind}`)} is not a command this program knows.`);
}

const scoped = { namespace: { short: 'n', takes: 'value' } } satisfies FlagTable;

/** A literal name: the object is written out with it. */
function nameIn(words: readonly Template[], what: string): string | Refusal {
  const [name, ...more] = words;
  if (name === undefined) return refuse('malformed', `${quoted(`kubectl create ${what}`)} needs a name.`);
  if (typeof name !== 'string')
    return refuse(
      'unresolved-substitution',
      `The name ${quoted(textOf(name))} is left open, and the object is written out with it.`,
    );
  if (more.length > 0) return refuse('malformed', `${quoted(`kubectl create ${what}`)} takes one name.`);
  return isObjectName(name) ? name : refuse('malformed', `${quoted(name)} is not an object's name.`);
}

const created = (
  target: ApplyAction<Template>['target'],
  namespace: Template | undefined,
  manifest: Json,
): Compiled<ApplyAction<Template>> => ({
  action: { type: 'create', ...(namespace !== undefined && { namespace }), target, manifest },
});

function createNamespace(words: readonly Template[]): Compiled<ApplyAction<Template>> | Refusal {
  const parsed = parseFlags(words, scoped, 'create namespace');
  if ('refused' in parsed) return parsed;
  const name = nameIn(parsed.words, 'namespace');
  if (typeof name !== 'string') return name;
  if (!isLabelName(name)) return refuse('malformed', `${quoted(name)} is not a namespace's name.`);
  return created({ resource: 'namespaces', name }, undefined, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name },
  });
}

/** pflag keeps one value of a repeated flag here, so the repeated ones are taken out first. */
function repeated(words: readonly Template[], flag: string): { values: Template[]; rest: Template[] } | Refusal {
  const [values, rest]: [Template[], Template[]] = [[], []];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (word === flag) {
      const value = words[++at];
      if (value === undefined) return refuse('malformed', `${flag} needs a value.`);
      values.push(value);
      continue;
    }
    const cut = textOf(word).startsWith(`${flag}=`) ? cutAt(word, '=') : undefined;
    if (cut) values.push(cut[1]);
    else rest.push(word);
  }
  return { values, rest };
}

function createConfigMap(words: readonly Template[]): Compiled<ApplyAction<Template>> | Refusal {
  if (words.some((word) => /^--from-(?:file|env-file)(?:=|$)/.test(textOf(word)))) {
    return refuse(
      'operator-host',
      'The config map is made of files on the machine where it is typed; run it on your own.',
    );
  }
  const literals = repeated(words, '--from-literal');
  if ('refused' in literals) return literals;
  const parsed = parseFlags(literals.rest, scoped, 'create configmap');
  if ('refused' in parsed) return parsed;
  const name = nameIn(parsed.words, 'configmap');
  if (typeof name !== 'string') return name;
  const data: Record<string, string> = {};
  for (const literal of literals.values) {
    const open = typeof literal !== 'string';
    if (open)
      return refuse(
        'unresolved-substitution',
        `${quoted(textOf(literal))} is left open, and the object is written out with it.`,
      );
    const at = literal.indexOf('=');
    const key = literal.slice(0, at);
    // kubectl takes quotes around a whole value away.
    if (at < 1 || !/^[-._a-zA-Z0-9]{1,253}$/.test(key) || /^["']/.test(literal.slice(at + 1))) {
      return refuse('malformed', `${quoted(literal)} is not KEY=value.`);
    }
    if (Object.hasOwn(data, key)) return refuse('malformed', `${quoted(key)} is given twice.`);
    data[key] = literal.slice(at + 1);
  }
  return created({ resource: 'configmaps', name }, parsed.values.get('namespace'), {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name },
    ...(literals.values.length > 0 && { data }),
  });
}

function createDeployment(words: readonly Template[]): Compiled<ApplyAction<Template>> | Refusal {
  if (words.includes('--')) {
    return refuse(
      'left-to-people',
      '`kubectl create deployment` with a command of its own is not compiled; apply the YAML of that Deployment.',
    );
  }
  const table = {
    ...scoped,
    image: { takes: 'value' },
    replicas: { short: 'r', takes: 'value' },
    port: { takes: 'value' },
  } satisfies FlagTable;
  const parsed = parseFlags(words, table, 'create deployment');
  if ('refused' in parsed) return parsed;
  const { values } = parsed;
  const name = nameIn(parsed.words, 'deployment');
  if (typeof name !== 'string') return name;
  const image = values.get('image');
  if (image === undefined) return refuse('malformed', '`kubectl create deployment` needs --image.');
  if (typeof image !== 'string')
    return refuse(
      'unresolved-substitution',
      `The image ${quoted(textOf(image))} is left open, and the object is written out with it.`,
    );
  if (!isImageReference(image)) return refuse('malformed', `${quoted(image)} is not one image.`);
  // As kubectl: the last part of the path, without digest and tag; other characters would be cut out of it.
  const container = (image.split('/').at(-1) ?? '').split('@')[0]?.split(':')[0] ?? '';
  if (!isLabelName(container)) return refuse('malformed', `No container can be called after ${quoted(image)}.`);
  const replicas = numberFlag(values.get('replicas'), '--replicas', integerOf) ?? 1;
  if (typeof replicas === 'object') return replicas;
  const port = numberFlag(values.get('port'), '--port', integerOf);
  if (typeof port === 'object') return port;
  if (replicas < 0 || (port !== undefined && (port < 1 || port > 65_535)))
    return refuse('malformed', 'This number of replicas or port cannot be.');
  const labels = { app: name };
  const ports = port === undefined ? {} : { ports: [{ containerPort: port }] };
  return created({ resource: 'deployments', group: 'apps', name }, values.get('namespace'), {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, labels },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: container, image, ...ports }] } },
    },
  });
}

function createJob(words: readonly Template[]): Compiled<CreateJobAction<Template>> | Refusal {
  if (!words.some((word) => /^--from(?:=|$)/.test(textOf(word)))) {
    return refuse(
      'left-to-people',
      '`kubectl create job` is compiled with --from=cronjob/NAME; apply the YAML of any other job.',
    );
  }
  if (words.includes('--')) return refuse('malformed', 'kubectl takes --from or a command for the job, not both.');
  const parsed = parseFlags(words, { ...scoped, from: { takes: 'value' } }, 'create job');
  if ('refused' in parsed) return parsed;
  const [name, ...more] = parsed.words;
  if (name === undefined || more.length > 0) return refuse('malformed', '`kubectl create job` takes one name.');
  const from = splitReference(parsed.values.get('from') ?? '');
  if (from !== undefined && 'refused' in from) return from;
  if (from?.resource !== 'cronjobs' || (from.group !== undefined && from.group !== 'batch')) {
    return refuse('malformed', 'kubectl makes a job from a cron job: --from=cronjob/NAME.');
  }
  const namespace = parsed.values.get('namespace');
  return { action: { type: 'create-job', ...(namespace !== undefined && { namespace }), target: from, name } };
}
