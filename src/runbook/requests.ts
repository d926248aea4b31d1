/**
 * Which requests an action sends, in words and in order, as far as they are known before the cluster is asked. For people
 * who want to know what a line would do; what is really sent is the adapters' business and is recorded by their tests.
 */
import type { ActionOf, ActionType, CompiledAction } from '../domain/action.ts';
import type { ObjectReference, ResourceKind, Template } from '../domain/object-reference.ts';
import { textOf } from './kubectl/flags.ts';

/** `plan`: when somebody asks for the change, before it is approved; `run`: after the approval. Reads are all `read`. */
export type ForeseenRequest = { readonly when: 'read' | 'plan' | 'run'; readonly text: string };

export const requestsOf = (action: CompiledAction): readonly ForeseenRequest[] =>
  // The table has an entry for each type, made for just that type.
  (foreseen[action.type] as (of: CompiledAction) => readonly ForeseenRequest[])(action);

type Foreseen = {
  readonly [K in ActionType]: (action: Extract<ActionOf<Template>, { type: K }>) => readonly ForeseenRequest[];
};

const read = (...texts: readonly string[]): ForeseenRequest[] => texts.map((text) => ({ when: 'read', text }));
const plan = (...texts: readonly string[]): ForeseenRequest[] => texts.map((text) => ({ when: 'plan', text }));
const run = (...texts: readonly string[]): ForeseenRequest[] => texts.map((text) => ({ when: 'run', text }));

const kindOf = ({ resource, group }: ResourceKind): string => (group === undefined ? resource : `${resource}.${group}`);
const objectOf = (of: ObjectReference<Template>): string => `${kindOf(of)}/${textOf(of.name)}`;
const selectedBy = (of: { readonly selector?: Template; readonly fieldSelector?: Template }): string =>
  [
    of.selector === undefined ? '' : ` with labels ${textOf(of.selector)}`,
    of.fieldSelector === undefined ? '' : ` with fields ${textOf(of.fieldSelector)}`,
  ].join('');

/** One object is looked at, asked about with a dry run, and patched after the approval. */
const patched = ({ target }: { readonly target: ObjectReference<Template> }): ForeseenRequest[] => [
  ...plan(`GET ${objectOf(target)}`, `PATCH ${objectOf(target)} as a dry run`),
  ...run(`GET ${objectOf(target)}`, `PATCH ${objectOf(target)}, with tests and our marker`),
];
const deleted = ({ target }: { readonly target: ObjectReference<Template> }): ForeseenRequest[] => [
  ...plan(`GET ${objectOf(target)}`, `DELETE ${objectOf(target)} as a dry run`),
  ...run(`GET ${objectOf(target)}`, `DELETE ${objectOf(target)}, of this uid only`),
];
const created = (what: string): ForeseenRequest[] => [
  ...plan(`GET ${what}`, `POST ${what} as a dry run`),
  ...run(`POST ${what}, with our marker`),
];
const inPod = (of: ObjectReference<Template>): string[] =>
  of.resource === 'pods' ? [`GET ${objectOf(of)}`] : [`GET ${objectOf(of)}`, 'LIST the pods of its selector'];

const foreseen: Foreseen = {
  get: (action) =>
    read(
      ...action.objects.map((object) =>
        object.name === undefined
          ? `LIST ${kindOf(object)}${selectedBy(action)}`
          : `GET ${kindOf(object)}/${textOf(object.name)}`,
      ),
    ),
  logs: ({ of }) =>
    'selector' in of
      ? read(`LIST pods with labels ${textOf(of.selector)}`, 'GET the log of each')
      : read(...inPod(of), 'GET the log of one pod'),
  describe: (action) =>
    read(
      ...(action.names.length === 0
        ? [`LIST ${kindOf(action.kind)}${selectedBy(action)}`]
        : action.names.map((name) => `GET ${kindOf(action.kind)}/${textOf(name)}`)),
      ...(action.also ?? []).map((each) =>
        each.name === undefined
          ? `LIST ${kindOf(each)}${selectedBy(action)}`
          : `GET ${kindOf(each)}/${textOf(each.name)}`,
      ),
      'LIST the events of each',
    ),
  events: () => read('LIST events'),
  top: ({ what, name }) =>
    read(name === undefined ? `LIST the metrics of ${what}` : `GET the metrics of ${what}/${textOf(name)}`),
  'rollout-status': ({ target, also = [] }) => read(...[target, ...also].map((each) => `GET ${objectOf(each)}`)),
  'rollout-history': ({ target, also = [] }) =>
    read(...[target, ...also].flatMap((each) => [`GET ${objectOf(each)}`, 'LIST its revisions'])),
  'can-i': () => read('POST a review of our own rights; it stores nothing'),
  about: ({ what }) =>
    read(
      what === 'whoami'
        ? 'POST a review of our own account; it stores nothing'
        : 'GET what the server says about itself',
    ),
  wait: ({ objects, found }) =>
    read(
      ...(found === undefined
        ? objects.map((object) => `GET ${objectOf(object)} until it is so`)
        : [`LIST ${kindOf(found)}${selectedBy(found)} until it is so`]),
    ),
  'exec-read': ({ of }) => read(...inPod(of), 'run the command in one container'),
  'http-read': ({ method, url }) => read(`${method} ${textOf(url)}`),
  query: () => read('GET the result at this moment and of the hour before, from Prometheus'),
  'docker-read': ({ what }) => read(`GET ${what} of the Docker host`),
  echo: () => [],
  chain: ({ links }) => links.flatMap((link) => requestsOf(link.read)),
  'rollout-restart': patched,
  scale: patched,
  'set-env': patched,
  'set-image': patched,
  'set-resources': patched,
  'rollout-undo': ({ target }) => [...plan('LIST its revisions'), ...patched({ target })],
  'rollout-pause': patched,
  'rollout-resume': patched,
  cordon: patched,
  uncordon: patched,
  patch: patched,
  'set-field': patched,
  label: patched,
  annotate: patched,
  taint: patched,
  'delete-pod': deleted,
  delete: deleted,
  evict: ({ target }) => [
    ...plan(`GET ${objectOf(target)}`, `POST an eviction of ${objectOf(target)} as a dry run`),
    ...run(`POST an eviction of ${objectOf(target)}, of this uid only`),
  ],
  autoscale: ({ target }) => [...plan(`GET ${objectOf(target)}`), ...created('the horizontalpodautoscaler')],
  apply: ({ target }) => [
    ...plan(`GET ${objectOf(target)}`, 'POST or PATCH as a dry run'),
    ...run(`POST ${objectOf(target)} when it is not there, else PATCH it`),
  ],
  create: ({ target }) => created(objectOf(target)),
  'create-job': ({ target, name }) => [...plan(`GET ${objectOf(target)}`), ...created(`jobs/${textOf(name)}`)],
  exec: ({ target }) => [...plan(...inPod(target)), ...run('run the command in one container, once')],
  'http-send': ({ method, url }) => run(`${method} ${textOf(url)}, once`),
  'docker-change': ({ what, names }) => [
    ...plan('GET the containers'),
    ...run(...names.map((name) => `POST ${what} of ${textOf(name)}, once`)),
  ],
  drain: ({ target }) => [
    ...plan(`GET ${objectOf(target)}`, 'LIST its pods', 'POST an eviction of each as a dry run'),
    ...run(`PATCH ${objectOf(target)} to take no more pods`, 'POST an eviction of each pod, of its uid only'),
  ],
  each: ({ kind, change, ...action }) => {
    const one = { ...change, target: { ...kind, name: 'EACH' } } as CompiledAction; // a change without its object's name
    return [...plan(`LIST ${kindOf(kind)}${selectedBy(action)}`), ...requestsOf(one)];
  },
  several: ({ changes }) => changes.flatMap((change) => requestsOf(change)),
};
