/** What the cluster says about itself: `version`, `cluster-info`, `api-resources`, `api-versions`, `auth whoami`, raw paths. */
import type { AboutAction } from '../../../domain/read-action.ts';
import { isSafePath } from '../../../runbook/kubectl/raw.ts';
import type { Json } from '../../../domain/json.ts';
import type { Connection } from '../connection.ts';
import { type Discovery, type Kind } from '../discovery.ts';
import { ApiRefusal, parseStatus } from '../errors.ts';
import { listAt, numberAt, recordAt, textAt } from '../live.ts';
import { printJson } from './json.ts';
import { listAll } from './list-all.ts';
import { failure, printed, type Printed } from './printed.ts';
import { postReview } from './review.ts';
import { goValue } from './table.ts';
import { alignTabs, tableStops } from './tabwriter.ts';
import { printYaml } from './yaml.ts';

type Parts = { readonly connection: Connection; readonly discovery: Discovery };
type Scope = { readonly signal: AbortSignal; readonly textLimit: number };

export async function readAbout(parts: Parts, action: AboutAction<string>, scope: Scope): Promise<Printed> {
  const { connection, discovery } = parts;
  switch (action.what) {
    case 'version':
      return printVersion(await connection.get('/version', { signal: scope.signal }), action);
    case 'cluster-info':
      return await clusterInfo(connection, scope);
    case 'api-resources':
      return printed(printResources((await discovery.offered()).kinds, action));
    case 'api-versions':
      return printed((await discovery.offered()).groupVersions.map((one) => `${one}\n`).join(''));
    case 'whoami':
      return await whoAmI(connection, action, scope);
    case 'raw':
      return await raw(connection, action.path ?? '', scope);
    default:
      return action.what satisfies never;
  }
}

/** No kubectl runs here: its own version and Kustomize's are left out. */
function printVersion(version: Json, { output }: AboutAction<string>): Printed {
  if (output === 'json') return printed(`${JSON.stringify({ serverVersion: version }, null, 2)}\n`);
  if (output === 'yaml') return printed(`${printYaml({ serverVersion: version })}\n`);
  return printed(`Server Version: ${textAt(version, 'gitVersion') ?? ''}\n`);
}

/** Only the add-ons that the cluster's makers marked, whatever namespaces the service may read. */
async function clusterInfo(connection: Connection, { signal }: Scope): Promise<Printed> {
  const host = await connection.address();
  const query = { labelSelector: 'kubernetes.io/cluster-service=true' };
  const services = await listAll(connection, '/api/v1/namespaces/kube-system/services', { query, signal });
  const lines = [
    `Kubernetes control plane is running at ${host}`,
    ...services.map((service) => `${shownName(service)} is running at ${linkOf(service, host)}`),
    '',
    "To further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.",
  ];
  return printed(lines.map((line) => `${line}\n`).join(''));
}

const nameOf = (object: Json): string => textAt(object, 'metadata', 'name') ?? '';
const shownName = (service: Json): string =>
  textAt(service, 'metadata', 'labels', 'kubernetes.io/name') || nameOf(service);

function linkOf(service: Json, host: string): string {
  const ports = listAt(service, 'spec', 'ports');
  const [ingress] = listAt(service, 'status', 'loadBalancer', 'ingress');
  if (ingress !== undefined) {
    const address = textAt(ingress, 'ip') || (textAt(ingress, 'hostname') ?? '');
    return ports.map((port) => `http://${address}:${numberAt(port, 'port') ?? 0} `).join('');
  }
  const [port] = ports;
  const portName = textAt(port, 'name') ?? '';
  const scheme = portName === 'https' || numberAt(port, 'port') === 443 ? 'https' : '';
  const bare = nameOf(service);
  const name = scheme !== '' ? `${scheme}:${bare}:${portName}` : portName === '' ? bare : `${bare}:${portName}`;
  return `${host}/api/v1/namespaces/${textAt(service, 'metadata', 'namespace') ?? ''}/services/${name}/proxy`;
}

function printResources(all: readonly Kind[], action: AboutAction<string>): string {
  const { verbs = [], categories = [], group, namespaced, sortBy, output } = action;
  const found = all.filter(
    (kind) =>
      (kind.verbs ?? []).length > 0 &&
      (group === undefined || kind.group === group) &&
      (namespaced === undefined || kind.namespaced === namespaced) &&
      verbs.every((verb) => kind.verbs?.includes(verb)) &&
      categories.every((category) => kind.categories?.includes(category)),
  );
  const key = (kind: Kind): string => (sortBy === 'name' ? kind.plural : sortBy === 'kind' ? kind.kind : kind.group);
  const order = (kind: Kind): string => `${key(kind)}\0${kind.plural}`;
  const sorted = found.toSorted((a, b) => (order(a) < order(b) ? -1 : order(a) > order(b) ? 1 : 0));
  if (output === 'name') {
    return sorted.map(({ plural, group: own }) => `${own === '' ? plural : `${plural}.${own}`}\n`).join('');
  }
  const wide = output === 'wide';
  const header = ['NAME', 'SHORTNAMES', 'APIVERSION', 'NAMESPACED', 'KIND', ...(wide ? ['VERBS', 'CATEGORIES'] : [])];
  const rows = sorted.map((kind) => [
    kind.plural,
    kind.shortNames.join(','),
    kind.group === '' ? kind.version : `${kind.group}/${kind.version}`,
    String(kind.namespaced),
    kind.kind,
    ...(wide ? [(kind.verbs ?? []).join(','), (kind.categories ?? []).join(',')] : []),
  ]);
  const lines = [...(action.noHeaders === true ? [] : [header]), ...rows].map((cells) => cells.join('\t'));
  return lines.length === 0 ? '' : alignTabs(`${lines.join('\n')}\n`, tableStops);
}

/** Of the account that this program runs as. */
async function whoAmI(connection: Connection, { output }: AboutAction<string>, scope: Scope): Promise<Printed> {
  const review = await postReview(connection, 'authentication.k8s.io', 'SelfSubjectReview', {}, scope);
  if (output === 'json') return printed(printJson(review));
  if (output === 'yaml') return printed(printYaml(review));
  const user = recordAt(review, 'status', 'userInfo');
  const extra = recordAt(user, 'extra');
  const lines = [
    'ATTRIBUTE\tVALUE',
    ...['username', 'uid'].flatMap((field) => {
      const value = textAt(user, field) ?? '';
      return value === '' ? [] : [`${field === 'uid' ? 'UID' : 'Username'}\t${value}`];
    }),
    ...(listAt(user, 'groups').length > 0 ? [`Groups\t${goValue(listAt(user, 'groups'))}`] : []),
    ...Object.keys(extra)
      .sort()
      .map((key) => `Extra: ${key}\t${goValue(extra[key] ?? null)}`),
  ];
  return printed(alignTabs(`${lines.join('\n')}\n`, tableStops));
}

/** The list of paths is asked again here: an action may come from an older compiler. */
async function raw(connection: Connection, path: string, { signal, textLimit }: Scope): Promise<Printed> {
  if (!isSafePath(path)) return failure(`error: ${JSON.stringify(path.slice(0, 80))} is not a path that is read raw`);
  const answer = await connection.request({
    method: 'GET',
    path,
    accept: 'application/json, */*',
    signal,
    keepBytes: textLimit,
  });
  if (answer.status >= 200 && answer.status <= 299) {
    return { out: answer.body, err: '', exitCode: 0, ...(answer.truncated ? { cut: true as const } : {}) };
  }
  // Not every path answers with a Status; these are kubectl's words then.
  if (answer.status === 404)
    return failure('Error from server (NotFound): the server could not find the requested resource');
  throw new ApiRefusal(connection.name, parseStatus(answer.status, answer.body, answer));
}
