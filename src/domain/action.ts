/**
 * An action is what a step does, as plain data. The compiler produces `CompiledAction`, whose texts may hold
 * parameters; `bind` fills them in and gives an `Action`, whose texts are literal and checked. Nothing is ever
 * lexed by a shell again after that.
 */
import type { ChangeActionOf } from './change-action.ts';
import type { Template } from './object-reference.ts';
import type { ReadActionOf, SingleReadOf } from './read-action.ts';

export type ActionClass = 'read' | 'change' | 'destructive' | 'forbidden';

export type ParameterType =
  | 'namespace'
  | 'pod'
  | 'node'
  | 'deployment'
  | 'statefulset'
  | 'daemonset'
  | 'job'
  | 'service'
  | 'configmap'
  | 'container'
  | 'pvc'
  | 'image'
  | 'replicas'
  | 'selector'
  | 'text';

/** The kind whose names a parameter takes; undefined where only a person knows. */
export const kindOfParameter = {
  namespace: 'namespaces',
  pod: 'pods',
  node: 'nodes',
  deployment: 'deployments',
  statefulset: 'statefulsets',
  daemonset: 'daemonsets',
  job: 'jobs',
  service: 'services',
  configmap: 'configmaps',
  pvc: 'persistentvolumeclaims',
  container: undefined,
  image: undefined,
  replicas: undefined,
  selector: undefined,
  text: undefined,
} satisfies Record<ParameterType, string | undefined>;

/**
 * Something a person or an alert has to supply.
 * `from` is where the author's text shows it: a `<placeholder>`, a `$VARIABLE`, or a `literal` name that cannot
 * exist as it stands (a "suspect": used as it is when the live object is there, asked for when it is not). A variable that
 * the document fills from a read has that read as its `lookUp`: one value feeds it, more than one asks.
 */
export type Parameter = {
  readonly name: string;
  readonly type: ParameterType;
  readonly from: 'placeholder' | 'variable' | 'literal';
  /** The document's own value: `${2:-10}` or a literal suspect. */
  readonly default?: string;
  readonly lookUp?: SingleReadOf<Template>;
  /** `$(date +%F)`: a format for `formatDate`, worked out when the step is used. */
  readonly date?: string;
};

export type ActionOf<T> = ReadActionOf<T> | ChangeActionOf<T>;

export type CompiledAction = ActionOf<Template>;
/** Bound and checked: every text is literal. */
export type Action = ActionOf<string>;
export type ActionType = Action['type'];

const reads = {
  get: true,
  logs: true,
  describe: true,
  events: true,
  top: true,
  'rollout-status': true,
  'rollout-history': true,
  'can-i': true,
  about: true,
  wait: true,
  'exec-read': true,
  'http-read': true,
  query: true,
  'docker-read': true,
  echo: true,
  chain: true,
  'rollout-restart': false,
  scale: false,
  'set-env': false,
  'set-image': false,
  'set-resources': false,
  'rollout-undo': false,
  'rollout-pause': false,
  'rollout-resume': false,
  'delete-pod': false,
  delete: false,
  evict: false,
  cordon: false,
  uncordon: false,
  patch: false,
  'set-field': false,
  label: false,
  annotate: false,
  taint: false,
  autoscale: false,
  apply: false,
  create: false,
  'create-job': false,
  exec: false,
  'http-send': false,
  'docker-change': false,
  drain: false,
  each: false,
  several: false,
} satisfies Record<ActionType, boolean>;

export const isRead = <T>(action: ActionOf<T>): action is ReadActionOf<T> => reads[action.type];

/** The reads of an action in their order: the links of a chain, or the one read. */
export const readsOf = <T>(action: ReadActionOf<T>): readonly SingleReadOf<T>[] =>
  action.type === 'chain' ? action.links.map(({ read }) => read) : [action];
