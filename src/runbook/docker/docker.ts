/**
 * `docker`, `docker compose` and `docker-compose`: what looks at containers, and starting, stopping and restarting one.
 * Whatever needs the compose file, builds, pulls or runs code stays with a person.
 */
import type { DockerChangeAction } from '../../domain/change-action.ts';
import type { Template } from '../../domain/object-reference.ts';
import type { DockerReadAction } from '../../domain/read-action.ts';
import type { CompileProgram } from '../command-context.ts';
import { type DockerFlags, readDockerFlags } from './docker-flags.ts';
import type { Compiled } from '../kubectl/get.ts';
import { durationMs, textOf } from '../kubectl/flags.ts';
import { isRefusal, quoted, refuse, type Refusal } from '../reasons.ts';

type Compose = { readonly compose?: { readonly project?: string } };
type Read = Compiled<DockerReadAction<Template>>;

const tailOf = { tail: 'value', since: 'value', timestamps: 'nothing', follow: 'nothing' } as const;
const shorts = { n: 'tail', t: 'timestamps', f: 'follow' } as const;

export const compileDocker: CompileProgram = (words, { program }) => {
  const compose = program === 'docker-compose';
  return compose || words[0] === 'compose' ? compileCompose(compose ? words : words.slice(1)) : compilePlain(words);
};

function compilePlain(
  words: readonly Template[],
): Compiled<DockerReadAction<Template> | DockerChangeAction<Template>> | Refusal {
  const [given, ...rest] = words;
  if (typeof given === 'string' && given.startsWith('-')) return beforeVerb(given);
  const [verb, args] = given === 'container' ? [containerVerb(rest[0]), rest.slice(1)] : [textOf(given ?? ''), rest];
  switch (verb) {
    case 'ps':
    case 'images':
      return listing(verb, args, {});
    case 'logs':
      return logs(args, {});
    case 'stats':
      return stats(args);
    case 'inspect':
      return inspect(args);
    case 'restart':
    case 'start':
    case 'stop':
      return change(verb, args, {});
    default:
      return otherVerb(verb, 'docker');
  }
}

const containerVerb = (word: Template | undefined): string => {
  const verb = textOf(word ?? '');
  return verb === 'ls' || verb === 'list' ? 'ps' : verb;
};

function compileCompose(
  words: readonly Template[],
): Compiled<DockerReadAction<Template> | DockerChangeAction<Template>> | Refusal {
  let project: string | undefined;
  let at = 0;
  for (; at < words.length; at++) {
    const word = words[at] ?? '';
    if (typeof word !== 'string' || !word.startsWith('-')) break;
    const [, inline] = /^(?:-p|--project-name)(?:=(.+))?$/.exec(word) ?? [];
    if (!/^(?:-p|--project-name)(?:=|$)/.test(word)) return beforeVerb(word);
    const value = inline ?? words[++at];
    if (typeof value !== 'string' || !/^[a-z0-9][a-z0-9_-]{0,100}$/.test(value)) {
      return refuse('malformed', `${quoted(textOf(value ?? ''))} is not the name of a compose project.`);
    }
    project = value;
  }
  const own: Compose = { compose: { ...(project !== undefined && { project }) } };
  const verb = textOf(words[at] ?? '');
  const args = words.slice(at + 1);
  switch (verb) {
    case 'ps':
      return listing(verb, args, own);
    case 'logs':
      return logs(args, own);
    case 'restart':
    case 'start':
    case 'stop':
      return change(verb, args, own);
    case 'up':
      return up(args, own);
    default:
      return otherVerb(verb, 'docker compose');
  }
}

/** `-f other.yml`, `--profile gpu`, `-H host`, `--context`. */
function beforeVerb(flag: string): Refusal {
  if (/^(?:-f|--file|--profile|--env-file|--project-directory)(?:=|$)/.test(flag)) {
    return refuse(
      'operator-host',
      `${quoted(flag)} needs the compose file, which is on the machine where it is typed; run it there.`,
    );
  }
  if (/^(?:-H|--host|-c|--context)(?:=|$)/.test(flag)) {
    return refuse('other-cluster', `${quoted(flag)} chooses another Docker host; steps run on the service’s own.`);
  }
  return refuse('unknown-flag', `The flag ${quoted(flag)} of docker is not one that is compiled.`);
}

function otherVerb(verb: string, program: 'docker' | 'docker compose'): Refusal {
  const shown = quoted(`${program} ${verb}`);
  switch (verb) {
    case 'down':
    case 'rm':
    case 'rmi':
    case 'kill':
    case 'prune':
      return refuse(
        'never-run',
        `${shown} takes containers away, and what made them is not here to bring them back; do it yourself.`,
      );
    case 'image':
    case 'system':
    case 'volume':
    case 'network':
    case 'builder':
      return refuse(
        'operator-host',
        `${shown} is about the Docker host itself, not about this service; run it on that host.`,
      );
    case 'pull':
    case 'push':
    case 'build':
    case 'create':
    case 'scale':
    case 'config':
    case 'load':
    case 'save':
    case 'tag':
      return refuse(
        'operator-host',
        `${shown} needs files or a registry of the machine where it is typed; run it there.`,
      );
    case 'exec':
    case 'run':
    case 'cp':
    case 'attach':
    case 'commit':
      return refuse(
        'operator-host',
        `${shown} runs or copies something inside a container by hand; do it on the Docker host.`,
      );
    case 'events':
    case 'top':
    case 'watch':
      return refuse('operator-host', `${shown} is not one that is run here; run it on the Docker host.`);
    case 'login':
    case 'logout':
      return refuse('reads-secret', `${shown} handles a password, which has no place in a step.`);
    default:
      return refuse('unknown-verb', `${shown} is not one that is compiled.`);
  }
}

function listing(what: 'ps' | 'images', args: readonly Template[], own: Compose): Read | Refusal {
  const flags = readDockerFlags(args, { all: 'nothing' }, { a: 'all' }, what);
  if (isRefusal(flags)) return flags;
  if (own.compose === undefined && flags.names.length > 0) {
    return refuse('unknown-flag', `\`docker ${what}\` with a name is not compiled.`);
  }
  return {
    action: {
      type: 'docker-read',
      what,
      ...own,
      names: flags.names,
      ...(flags.on.has('all') && { all: true as const }),
    },
  };
}

function logs(args: readonly Template[], own: Compose): Read | Refusal {
  const compose = own.compose !== undefined;
  // Colours are only for terminals, and there is none here.
  const flags = readDockerFlags(
    args,
    { ...tailOf, ...(compose && { 'no-color': 'nothing' as const }) },
    shorts,
    'logs',
  );
  if (isRefusal(flags)) return flags;
  if (!compose && flags.names.length !== 1) return refuse('malformed', '`docker logs` takes one container.');
  const tail = flags.values.get('tail') ?? 'all';
  if (tail !== 'all' && !/^\d{1,9}$/.test(tail))
    return refuse('malformed', `${quoted(tail)} is not a number of lines.`);
  const since = flags.values.get('since');
  const sinceMs = since === undefined ? undefined : durationMs(since);
  if (since !== undefined && (sinceMs === undefined || sinceMs < 1000)) {
    return refuse('unknown-flag', `\`--since ${since}\` is compiled only with a duration such as 10m.`);
  }
  return {
    action: {
      type: 'docker-read',
      what: 'logs',
      ...own,
      names: flags.names,
      ...(tail !== 'all' && { tail: Number(tail) }),
      ...(sinceMs !== undefined && { sinceSeconds: Math.round(sinceMs / 1000) }),
      ...(flags.on.has('timestamps') && { timestamps: true as const }),
    },
    ...(flags.on.has('follow') && { bounded: true as const }),
  };
}

/** Without `--no-stream` it goes on for ever: one look instead. */
function stats(args: readonly Template[]): Read | Refusal {
  const flags = readDockerFlags(args, { 'no-stream': 'nothing' }, {}, 'stats');
  if (isRefusal(flags)) return flags;
  return {
    action: { type: 'docker-read', what: 'stats', names: flags.names },
    ...(!flags.on.has('no-stream') && { bounded: true as const }),
  };
}

function inspect(args: readonly Template[]): Read | Refusal {
  const flags = readDockerFlags(args, {}, {}, 'inspect');
  if (isRefusal(flags)) return flags;
  if (flags.names.length === 0) return refuse('malformed', '`docker inspect` needs a container.');
  return { action: { type: 'docker-read', what: 'inspect', names: flags.names } };
}

type Changed = Compiled<DockerChangeAction<Template>> | Refusal;

function change(what: 'restart' | 'start' | 'stop', args: readonly Template[], own: Compose): Changed {
  const table = what === 'start' ? {} : ({ timeout: 'value', time: 'value' } as const);
  const flags = readDockerFlags(args, table, what === 'start' ? {} : { t: 'timeout' }, what);
  if (isRefusal(flags)) return flags;
  const only = oneName(flags, own, what);
  if (only !== undefined) return only;
  const time = flags.values.get('timeout') ?? flags.values.get('time');
  if (time !== undefined && !/^\d{1,3}$/.test(time))
    return refuse('malformed', `${quoted(time)} is not a number of seconds.`);
  return {
    action: {
      type: 'docker-change',
      what,
      ...own,
      names: flags.names,
      ...(time !== undefined && { timeoutSeconds: Number(time) }),
    },
  };
}

/** `up -d SERVICE`: a start of the container that is there, and only that; see the adapter. */
function up(args: readonly Template[], own: Compose): Changed {
  const flags = readDockerFlags(args, { detach: 'nothing', 'no-deps': 'nothing' }, { d: 'detach' }, 'up');
  if (isRefusal(flags)) return flags;
  if (!flags.on.has('detach'))
    return refuse('endless', '`up` without `-d` shows logs without end; write `up -d SERVICE`.');
  const only = oneName(flags, own, 'up -d');
  if (only !== undefined) return only;
  return {
    action: {
      type: 'docker-change',
      what: 'up',
      ...own,
      names: flags.names,
      ...(flags.on.has('no-deps') && { noDependencies: true as const }),
    },
  };
}

function oneName({ names }: DockerFlags, { compose }: Compose, what: string): Refusal | undefined {
  if (names.length === 1) return undefined;
  if (names.length > 1)
    return refuse(
      'several-requests',
      `\`${what}\` of several containers is done one at a time; write one line for each.`,
    );
  if (compose === undefined) return refuse('malformed', `\`docker ${what}\` needs a container.`);
  return refuse(
    'operator-host',
    `\`${what}\` without a service is about everything in the compose file, which is on the machine where it is typed; run it there.`,
  );
}
