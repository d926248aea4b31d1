/**
 * What looks at containers. `inspect` and `logs` print what docker prints (those of compose what `docker compose`
 * version 2 prints, with both of a container's streams on its output, as version 1 has them); `ps`, `images` and `stats`
 * are tables of our own.
 */
import { z } from 'zod';
import type { DockerReadAction } from '../../domain/read-action.ts';
import type { ReadAnswer, ReadContext } from '../../flow/ports.ts';
import { type Engine, jsonOf, messageOf } from './engine.ts';
import { composeContainers, composeName, inspectContainer, listContainers, nameOf, NotThere } from './find.ts';
import { ImageListed, type Listed, Stats } from './shapes.ts';
import { agoText, indentJson, logFrames, sizeText, table } from './text.ts';

/** Containers whose logs or figures one command asks for. */
const containersMax = 20;

export async function readDocker(
  engine: Engine,
  action: DockerReadAction<string>,
  context: ReadContext,
  now: Date,
): Promise<ReadAnswer> {
  try {
    switch (action.what) {
      case 'ps':
        return await ps(engine, action, context, now);
      case 'images':
        return await images(engine, action, context, now);
      case 'stats':
        return await stats(engine, action, context);
      case 'inspect':
        return await inspect(engine, action, context);
      case 'logs':
        return await (action.compose ? composeLogs(engine, action, context, now) : logs(engine, action, context, now));
    }
  } catch (error) {
    if (!(error instanceof NotThere)) throw error;
    const text = action.compose ? `${error.message}\n` : `Error response from daemon: ${error.message}\n`;
    return { text, errorText: text, exitCode: 1, truncated: false };
  }
}

const whole = (text: string, { textLimit }: ReadContext): ReadAnswer => ({
  text: text.slice(0, textLimit),
  exitCode: 0,
  truncated: text.length > textLimit,
});

async function ps(
  engine: Engine,
  action: DockerReadAction<string>,
  context: ReadContext,
  now: Date,
): Promise<ReadAnswer> {
  const { compose, all = false } = action;
  if (compose) {
    const found = await composeContainers(engine, action, context.signal);
    const rows = found
      .filter(({ State }) => all || State === 'running' || State === 'restarting')
      .map((each) => [
        nameOf(each),
        each.Image,
        each.service,
        agoText(secondsSince(each.Created, now)),
        each.Status,
        portsOf(each),
      ]);
    return whole(table([['NAME', 'IMAGE', 'SERVICE', 'CREATED', 'STATUS', 'PORTS'], ...rows]), context);
  }
  const found = await listContainers(engine, { all }, context.signal);
  const rows = found.map((each) => [
    each.Id.slice(0, 12),
    each.Image,
    each.Command.length > 30 ? `${each.Command.slice(0, 29)}…` : each.Command,
    agoText(secondsSince(each.Created, now)),
    each.Status,
    portsOf(each),
    nameOf(each),
  ]);
  return whole(table([['CONTAINER ID', 'IMAGE', 'COMMAND', 'CREATED', 'STATUS', 'PORTS', 'NAMES'], ...rows]), context);
}

const secondsSince = (unix: number, now: Date): number => Math.max(0, now.getTime() / 1000 - unix);

const portsOf = ({ Ports }: Pick<Listed, 'Ports'>): string =>
  Ports.map(({ IP, PrivatePort, PublicPort, Type }) =>
    PublicPort === undefined ? `${PrivatePort}/${Type}` : `${IP ?? ''}:${PublicPort}->${PrivatePort}/${Type}`,
  ).join(', ');

async function images(
  engine: Engine,
  { all }: DockerReadAction<string>,
  context: ReadContext,
  now: Date,
): Promise<ReadAnswer> {
  const answer = await engine.call('GET', `/images/json?all=${all ?? false}`, { signal: context.signal });
  const found = z.array(ImageListed).parse(jsonOf(engine, answer));
  const rows = found.flatMap(({ Id, RepoTags, Created, Size }) =>
    (RepoTags.length === 0 ? ['<none>:<none>'] : RepoTags).map((tag) => {
      const colon = tag.lastIndexOf(':');
      return [
        tag.slice(0, colon),
        tag.slice(colon + 1),
        Id.replace(/^sha256:/, '').slice(0, 12),
        agoText(secondsSince(Created, now)),
        sizeText(Size),
      ];
    }),
  );
  return whole(table([['REPOSITORY', 'TAG', 'IMAGE ID', 'CREATED', 'SIZE'], ...rows]), context);
}

async function stats(engine: Engine, { names }: DockerReadAction<string>, context: ReadContext): Promise<ReadAnswer> {
  const { signal } = context;
  const asked = names.length > 0 ? names : (await listContainers(engine, {}, signal)).map(nameOf);
  const rows = await Promise.all(
    asked.slice(0, containersMax).map(async (name) => {
      const answer = await engine.call('GET', `/containers/${encodeURIComponent(name)}/stats?stream=false`, { signal });
      if (answer.status !== 200)
        throw new NotThere(answer.status === 404 ? `No such container: ${name}` : messageOf(answer));
      const {
        id,
        name: own,
        cpu_stats: cpu,
        precpu_stats: before,
        memory_stats: memory,
        pids_stats: pids,
      } = Stats.parse(jsonOf(engine, answer));
      const used = cpu.cpu_usage.total_usage - before.cpu_usage.total_usage;
      const passed = cpu.system_cpu_usage - before.system_cpu_usage;
      const percent = used > 0 && passed > 0 ? (used / passed) * cpu.online_cpus * 100 : 0;
      // docker leaves out what the kernel may drop: cgroup v1 calls it total_inactive_file, v2 inactive_file.
      const usage = Math.max(
        0,
        memory.usage - (memory.stats['total_inactive_file'] ?? memory.stats['inactive_file'] ?? 0),
      );
      const share = memory.limit > 0 ? (usage / memory.limit) * 100 : 0;
      return [
        id.slice(0, 12),
        own.replace(/^\//, ''),
        `${percent.toFixed(2)}%`,
        `${sizeText(usage)} / ${sizeText(memory.limit)}`,
        `${share.toFixed(2)}%`,
        String(pids.current),
      ];
    }),
  );
  const more = asked.length > containersMax ? `and ${asked.length - containersMax} more containers\n` : '';
  return whole(
    table([['CONTAINER ID', 'NAME', 'CPU %', 'MEM USAGE / LIMIT', 'MEM %', 'PIDS'], ...rows]) + more,
    context,
  );
}

/** docker looks for a container, then for an image of that name; networks and volumes are not looked for here. */
async function inspect(engine: Engine, { names }: DockerReadAction<string>, context: ReadContext): Promise<ReadAnswer> {
  const { signal } = context;
  const found: string[] = [];
  let errors = '';
  for (const name of names) {
    const paths = [`/containers/${encodeURIComponent(name)}/json`, `/images/${encodeURIComponent(name)}/json`];
    let text: string | undefined;
    for (const path of paths) {
      const answer = await engine.call('GET', path, { signal });
      if (answer.status === 200) text = answer.body.toString('utf8');
      if (text !== undefined) break;
    }
    if (text === undefined) errors += `Error: No such object: ${name}\n`;
    else found.push(text.trim());
  }
  const out = `${indentJson(`[${found.join(',')}]`)}\n`;
  const shown = whole(out, context);
  return errors === '' ? shown : { ...shown, text: shown.text + errors, errorText: errors, exitCode: 1 };
}

type Source = Pick<DockerReadAction<string>, 'tail' | 'sinceSeconds' | 'timestamps'>;

async function framesOf(
  engine: Engine,
  id: string,
  { source, context, now, tty }: { source: Source; context: ReadContext; now: Date; tty: boolean },
) {
  const { tail, sinceSeconds, timestamps } = source;
  const since = sinceSeconds === undefined ? 0 : Math.floor(now.getTime() / 1000) - sinceSeconds;
  const query = `stdout=true&stderr=true&timestamps=${timestamps ?? false}&tail=${tail ?? 'all'}&since=${since}`;
  const answer = await engine.call('GET', `/containers/${id}/logs?${query}`, {
    signal: context.signal,
    keep: context.textLimit,
    partial: true,
  });
  if (answer.status !== 200) throw new NotThere(messageOf(answer));
  return { lines: logFrames(answer.body, tty), truncated: answer.truncated };
}

async function logs(
  engine: Engine,
  action: DockerReadAction<string>,
  context: ReadContext,
  now: Date,
): Promise<ReadAnswer> {
  const [name = ''] = action.names;
  const { Id, Config } = await inspectContainer(engine, name, context.signal);
  const { lines, truncated } = await framesOf(engine, Id, { source: action, context, now, tty: Config.Tty });
  if (!context.apart) return { text: lines.map(({ text }) => text).join(''), exitCode: 0, truncated };
  const of = (wanted: 'out' | 'err'): string =>
    lines.flatMap(({ stream, text }) => (stream === wanted ? [text] : [])).join('');
  const errorText = of('err');
  return { text: of('out') + errorText, ...(errorText !== '' && { errorText }), exitCode: 0, truncated };
}

async function composeLogs(
  engine: Engine,
  action: DockerReadAction<string>,
  context: ReadContext,
  now: Date,
): Promise<ReadAnswer> {
  const found = (await composeContainers(engine, action, context.signal)).slice(0, containersMax);
  const width = Math.max(0, ...found.map((each) => composeName(each).length)) + 1;
  let text = '';
  let truncated = false;
  for (const container of found) {
    const prefix = `${composeName(container).padEnd(width)} | `;
    const { Config } = await inspectContainer(engine, container.Id, context.signal);
    const read = await framesOf(engine, container.Id, { source: action, context, now, tty: Config.Tty });
    const lines = read.lines
      .map((line) => line.text)
      .join('')
      .split(/\r?\n/);
    if (lines.at(-1) === '') lines.pop();
    text += lines.map((line) => `${prefix}${line}\n`).join('');
    truncated ||= read.truncated || text.length > context.textLimit;
  }
  return { text: text.slice(0, context.textLimit), exitCode: 0, truncated };
}
