/** Containers by what a command calls them: a name, an id, or a service of a compose project. */
import { z } from 'zod';
import type { DockerChangeAction } from '../../domain/change-action.ts';
import type { DockerReadAction } from '../../domain/read-action.ts';
import { type Engine, jsonOf, messageOf } from './engine.ts';
import { Inspected, Listed } from './shapes.ts';

const projectLabel = 'com.docker.compose.project';
const serviceLabel = 'com.docker.compose.service';
const numberLabel = 'com.docker.compose.container-number';
export const dependsLabel = 'com.docker.compose.depends_on';

/** What docker says on its error stream. */
export class NotThere extends Error {}

/** Throws `source-unavailable`. */
export async function listContainers(
  engine: Engine,
  { all = false, labels = [] }: { readonly all?: boolean; readonly labels?: readonly string[] },
  signal: AbortSignal,
): Promise<readonly Listed[]> {
  const query = new URLSearchParams({ all: String(all), filters: JSON.stringify({ label: labels }) });
  const path = `/containers/json?${query.toString()}`;
  return z.array(Listed).parse(jsonOf(engine, await engine.call('GET', path, { signal })));
}

/** Throws `NotThere`. */
export async function inspectContainer(engine: Engine, name: string, signal: AbortSignal): Promise<Inspected> {
  const answer = await engine.call('GET', `/containers/${encodeURIComponent(name)}/json`, { signal });
  if (answer.status === 404) throw new NotThere(`No such container: ${name}`);
  if (answer.status !== 200) throw new NotThere(messageOf(answer));
  return Inspected.parse(jsonOf(engine, answer));
}

export type ComposeContainer = Listed & { readonly service: string; readonly project: string; readonly number: string };

/**
 * The containers of a compose project's services, in the order of service and number; all services when none is named.
 * Without a project the services of the only project that has them are meant; several are refused, since the folder
 * where the command is typed would have chosen. Throws `NotThere`.
 */
export async function composeContainers(
  engine: Engine,
  action: Pick<DockerReadAction<string> | DockerChangeAction<string>, 'compose' | 'names'>,
  signal: AbortSignal,
): Promise<readonly ComposeContainer[]> {
  const found = await listContainers(engine, { all: true, labels: [serviceLabel] }, signal);
  const containers = found
    .map((each) => ({
      ...each,
      service: each.Labels[serviceLabel] ?? '',
      project: each.Labels[projectLabel] ?? '',
      number: each.Labels[numberLabel] ?? '1',
    }))
    .filter(({ Labels }) => Labels['com.docker.compose.oneoff'] !== 'True')
    .toSorted((a, b) => (a.service < b.service ? -1 : a.service > b.service ? 1 : Number(a.number) - Number(b.number)));
  const { names, compose } = action;
  const wanted = containers.filter(
    ({ service, project }) =>
      (names.length === 0 || names.includes(service)) &&
      (compose?.project === undefined || project === compose.project),
  );
  const missing = names.find((name) => !wanted.some(({ service }) => service === name));
  if (missing !== undefined) throw new NotThere(`no such service: ${missing}`);
  const projects = [...new Set(wanted.map(({ project }) => project))];
  if (projects.length > 1) {
    throw new NotThere(`several compose projects have that: ${projects.join(', ')}; name one with -p`);
  }
  return wanted;
}

/** Compose's own short name: without the project, when the name is the one that compose gives. */
export function composeName({ Names, service, project, number }: ComposeContainer): string {
  const name = nameOf({ Names });
  return name === `${project}-${service}-${number}` ? name.slice(project.length + 1) : name;
}

/** A name with one slash is the container's own; one with two is a link's. */
export const nameOf = ({ Names }: Pick<Listed, 'Names'>): string =>
  (Names.find((name) => !name.slice(1).includes('/')) ?? Names[0] ?? '').replace(/^\//, '');
