/**
 * An action is what a step does, as plain data. The compiler produces `CompiledAction`, whose texts may hold
 * parameters; `bind` fills them in and gives an `Action`, whose texts are literal and checked. Nothing is ever
 * lexed by a shell again after that.
 */
import type { Filter } from './filter.ts';

export type ActionClass = 'read' | 'change' | 'destructive' | 'forbidden';

/** Literal text, or text with parameters in it: `hdc-toolkit:` + VERSION. */
export type Template = string | { readonly template: readonly (string | { readonly parameter: string })[] };

/** A resource kind in its plural form as discovery names it, with the API group when the author gave one. */
export type ResourceKind = { readonly resource: string; readonly group?: string };

/** `deployment/web`: a kind and a name. */
export type ObjectReference<T> = ResourceKind & { readonly name: T };

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

/**
 * Something a person or an alert has to supply.
 * `from` is where the author's text shows it: a `<placeholder>`, a `$VARIABLE`, or a `literal` name that cannot
 * exist as it stands (a "suspect": used as it is when the live object is there, asked for when it is not).
 */
export type Parameter = {
  readonly name: string;
  readonly type: ParameterType;
  readonly from: 'placeholder' | 'variable' | 'literal';
  /** The document's own value: `${2:-10}` or a literal suspect. */
  readonly default?: string;
};

export type GetOutput =
  | { readonly format: 'table' | 'wide' | 'yaml' | 'json' | 'name' }
  | { readonly format: 'jsonpath' | 'custom-columns'; readonly expression: string };

type Scope<T> = {
  /** Absent: the service's default namespace. Ignored for cluster-scoped kinds. */
  readonly namespace?: T;
};

export type GetAction<T> = Scope<T> & {
  readonly type: 'get';
  /** In the author's order; several from a comma list or `type/name type/name`. `name` absent: list the kind. */
  readonly objects: readonly (ResourceKind & { readonly name?: T })[];
  readonly allNamespaces?: true;
  readonly selector?: T;
  readonly fieldSelector?: T;
  readonly output: GetOutput;
  readonly sortBy?: string;
  readonly noHeaders?: true;
  readonly showLabels?: true;
  readonly ignoreNotFound?: true;
};

export type LogsAction<T> = Scope<T> & {
  readonly type: 'logs';
  /** One pod, one pod of a workload, or every pod of a selector (10 lines each unless `tail` says otherwise). */
  readonly of: ObjectReference<T> | { readonly selector: T };
  readonly container?: T;
  readonly allContainers?: true;
  readonly previous?: true;
  readonly timestamps?: true;
  /** Lines; -1 is all of them. */
  readonly tail?: number;
  readonly sinceSeconds?: number;
  /** The author wrote `-f`: one bounded read instead, and the label says so. */
  readonly bounded?: true;
};

export type DescribeAction<T> = Scope<T> & {
  readonly type: 'describe';
  readonly kind: ResourceKind;
  /** Empty with or without a selector: all of the kind. */
  readonly names: readonly T[];
  readonly selector?: T;
  readonly allNamespaces?: true;
  /** One object as `type/name`: kubectl then takes the name whole, else as the beginning of names too. */
  readonly exact?: true;
};

/** `kubectl events`: by time, unlike `get events`. */
export type EventsAction<T> = Scope<T> & {
  readonly type: 'events';
  /** Only those of one object. */
  readonly about?: ObjectReference<T>;
  readonly types?: readonly ('Normal' | 'Warning')[];
  readonly allNamespaces?: true;
  readonly noHeaders?: true;
};

/** `kubectl top`, from the cluster's metrics API. */
export type TopAction<T> = Scope<T> & {
  readonly type: 'top';
  readonly what: 'pods' | 'nodes';
  readonly name?: T;
  readonly selector?: T;
  readonly allNamespaces?: true;
  /** A line for each container of a pod. */
  readonly containers?: true;
  readonly noHeaders?: true;
  readonly sortBy?: 'cpu' | 'memory';
};

export type RolloutHistoryAction<T> = Scope<T> & {
  readonly type: 'rollout-history';
  readonly target: ObjectReference<T>;
  /** Absent: the list of revisions. */
  readonly revision?: number;
};

export type RolloutStatusAction<T> = Scope<T> & {
  readonly type: 'rollout-status';
  readonly target: ObjectReference<T>;
  readonly timeoutSeconds?: number;
};

export type RolloutRestartAction<T> = Scope<T> & {
  readonly type: 'rollout-restart';
  readonly target: ObjectReference<T>;
};

export type ScaleAction<T> = Scope<T> & {
  readonly type: 'scale';
  readonly target: ObjectReference<T>;
  readonly replicas: number | T;
  /** `--current-replicas`: refuse unless this many are asked for now. */
  readonly currentReplicas?: number;
};

/** `KEY=value` sets, `KEY-` removes; `entry` puts a whole captured entry back (only an undo holds one). */
export type EnvAssignment<T> =
  | { readonly name: string; readonly value: T }
  | { readonly name: string; readonly remove: true };

export type SetEnvAction<T> = Scope<T> & {
  readonly type: 'set-env';
  readonly target: ObjectReference<T>;
  /** `-c`; absent: every container, as kubectl does. */
  readonly container?: T;
  readonly assignments: readonly EnvAssignment<T>[];
};

export type SetImageAction<T> = Scope<T> & {
  readonly type: 'set-image';
  readonly target: ObjectReference<T>;
  /** `container` absent: every container, init containers too (`*=image`); then it is the only entry. */
  readonly images: readonly { readonly container?: T; readonly image: T }[];
};

export type RolloutUndoAction<T> = Scope<T> & {
  readonly type: 'rollout-undo';
  readonly target: ObjectReference<T>;
  /** Absent: the revision before the newest at the time of the plan. */
  readonly toRevision?: number;
  /**
   * Exactly this ReplicaSet (or ControllerRevision), whatever its number is by then, and these annotations of the
   * workload, null where there was none. Only an undo holds it. The ReplicaSet's own annotations may be older, since
   * nothing removes annotations there.
   */
  readonly pinned?: {
    readonly uid: string;
    readonly hash: string;
    readonly annotations: Readonly<Record<string, string | null>>;
  };
};

export type RolloutPauseAction<T> = Scope<T> & {
  readonly type: 'rollout-pause' | 'rollout-resume';
  readonly target: ObjectReference<T>;
};

/** One pod by name. Never with a grace period of 0: two pods could then hold one identity. */
export type DeletePodAction<T> = Scope<T> & {
  readonly type: 'delete-pod';
  readonly target: ObjectReference<T>;
  readonly gracePeriodSeconds?: number;
};

/** One node by name; its namespace, if a command gave one, means nothing. */
export type CordonAction<T> = Scope<T> & {
  readonly type: 'cordon' | 'uncordon';
  readonly target: ObjectReference<T>;
};

export type ReadActionOf<T> = (
  | GetAction<T>
  | LogsAction<T>
  | DescribeAction<T>
  | EventsAction<T>
  | TopAction<T>
  | RolloutStatusAction<T>
  | RolloutHistoryAction<T>
) & {
  /** Run in-process on the text that kubectl would print, in order. */
  readonly filters?: readonly Filter[];
};
export type ChangeActionOf<T> =
  | RolloutRestartAction<T>
  | ScaleAction<T>
  | SetEnvAction<T>
  | SetImageAction<T>
  | RolloutUndoAction<T>
  | RolloutPauseAction<T>
  | DeletePodAction<T>
  | CordonAction<T>;
export type ActionOf<T> = ReadActionOf<T> | ChangeActionOf<T>;

export type CompiledAction = ActionOf<Template>;
/** Bound and checked: every text is literal. */
export type Action = ActionOf<string>;
export type ReadAction = ReadActionOf<string>;
export type ChangeAction = ChangeActionOf<string>;
export type ActionType = Action['type'];

const reads = {
  get: true,
  logs: true,
  describe: true,
  events: true,
  top: true,
  'rollout-status': true,
  'rollout-history': true,
  'rollout-restart': false,
  scale: false,
  'set-env': false,
  'set-image': false,
  'rollout-undo': false,
  'rollout-pause': false,
  'rollout-resume': false,
  'delete-pod': false,
  cordon: false,
  uncordon: false,
} satisfies Record<ActionType, boolean>;

export const isRead = <T>(action: ActionOf<T>): action is ReadActionOf<T> => reads[action.type];
