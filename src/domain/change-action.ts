/** What writes: each becomes a plan before it runs. */
import type { HttpRequestParts } from './read-action.ts';
import type { Json } from './json.ts';
import type { ObjectReference, ResourceKind, Scope } from './object-reference.ts';
import type { WaveSize } from './waves.ts';

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

/** `KEY=value` sets, `KEY-` removes. */
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
  /** What is not there needs no delete: `--ignore-not-found`, and what a selector found. */
  readonly ignoreNotFound?: true;
};

/** One node by name; its namespace, if a command gave one, means nothing. */
export type CordonAction<T> = Scope<T> & {
  readonly type: 'cordon' | 'uncordon';
  readonly target: ObjectReference<T>;
};

/** Any object by name, of kinds other than pods. */
export type DeleteAction<T> = Scope<T> & {
  readonly type: 'delete';
  readonly target: ObjectReference<T>;
  readonly gracePeriodSeconds?: number;
  /** Absent: background, as kubectl has it. */
  readonly cascade?: 'background' | 'foreground' | 'orphan';
  readonly ignoreNotFound?: true;
};

/** One pod, by the Eviction API: it asks the disruption budgets. */
export type EvictAction<T> = Scope<T> & {
  readonly type: 'evict';
  readonly target: ObjectReference<T>;
  readonly gracePeriodSeconds?: number;
};

export type PatchAction<T> = Scope<T> & {
  readonly type: 'patch';
  readonly target: ObjectReference<T>;
  /** kubectl's `--type`; a strategic patch of a custom resource is merged, as kubectl does. */
  readonly patchType: 'strategic' | 'merge' | 'json';
  /** JSON text. Parameters stand inside its strings and numbers only; `bind` checks that a value cannot leave its place. */
  readonly patch: T;
};

/** `edit` with the value in the comment behind it: `# Set maxNumSeqs: 128`. The live object says where the field is. */
export type SetFieldAction<T> = Scope<T> & {
  readonly type: 'set-field';
  readonly target: ObjectReference<T>;
  /** A key, or keys joined by dots. */
  readonly field: string;
  readonly value: T;
};

export type KeyAssignment<T> =
  | { readonly key: string; readonly value: T }
  | { readonly key: string; readonly remove: true };

export type LabelAction<T> = Scope<T> & {
  readonly type: 'label' | 'annotate';
  readonly target: ObjectReference<T>;
  readonly assignments: readonly KeyAssignment<T>[];
  /** Without it a key that has another value is refused, as kubectl does. */
  readonly overwrite?: true;
};

export type TaintEffect = 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';

/** One node. */
export type TaintAction<T> = Scope<T> & {
  readonly type: 'taint';
  readonly target: ObjectReference<T>;
  readonly taints: readonly (
    | { readonly key: string; readonly value?: T; readonly effect: TaintEffect }
    | { readonly key: string; readonly effect?: TaintEffect; readonly remove: true }
  )[];
  readonly overwrite?: true;
};

export type SetResourcesAction<T> = Scope<T> & {
  readonly type: 'set-resources';
  readonly target: ObjectReference<T>;
  /** Absent: every container. */
  readonly container?: T;
  readonly limits?: Readonly<Record<string, T>>;
  readonly requests?: Readonly<Record<string, T>>;
};

/** `kubectl autoscale`: a HorizontalPodAutoscaler for the target, with its name unless another is given. */
export type AutoscaleAction<T> = Scope<T> & {
  readonly type: 'autoscale';
  readonly target: ObjectReference<T>;
  readonly name?: T;
  readonly min?: number;
  readonly max: number;
  /** Percent of the requests. */
  readonly cpu?: number;
  readonly memory?: number;
};

/**
 * One literal object. `apply` creates it or merges it into what is there, as `kubectl apply` does; `create` refuses when
 * it is there. Its name and kind are the manifest's.
 */
export type ApplyAction<T> = Scope<T> & {
  readonly type: 'apply' | 'create';
  readonly target: ObjectReference<T>;
  readonly manifest: Json;
  readonly serverSide?: true;
};

/** `kubectl create job NAME --from=cronjob/X`. The target is the cron job. */
export type CreateJobAction<T> = Scope<T> & {
  readonly type: 'create-job';
  readonly target: ObjectReference<T>;
  readonly name: T;
};

/** A command in a container that is not on the list of reads. Sent at most once. */
export type ExecAction<T> = Scope<T> & {
  readonly type: 'exec';
  readonly target: ObjectReference<T>;
  readonly container?: T;
  readonly argv: readonly T[];
};

/** Another method than GET and HEAD. Sent at most once. */
export type HttpSendAction<T> = Scope<T> &
  HttpRequestParts<T> & {
    readonly type: 'http-send';
    readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  };

/** Through the Engine API of the service's Docker host. Sent at most once. */
export type DockerChangeAction<T> = Scope<T> & {
  readonly type: 'docker-change';
  readonly what: 'restart' | 'start' | 'stop' | 'up';
  readonly compose?: { readonly project?: string };
  /** One. */
  readonly names: readonly T[];
  /** How long it may take to stop before it is killed. */
  readonly timeoutSeconds?: number;
  /** Of `up`: what it depends on stays as it is. */
  readonly noDependencies?: true;
};

/** A change of one object of the cluster. */
export type ObjectChangeOf<T> =
  | RolloutRestartAction<T>
  | ScaleAction<T>
  | SetEnvAction<T>
  | SetImageAction<T>
  | SetResourcesAction<T>
  | RolloutUndoAction<T>
  | RolloutPauseAction<T>
  | DeletePodAction<T>
  | DeleteAction<T>
  | EvictAction<T>
  | CordonAction<T>
  | PatchAction<T>
  | SetFieldAction<T>
  | LabelAction<T>
  | TaintAction<T>
  | AutoscaleAction<T>
  | ApplyAction<T>
  | CreateJobAction<T>
  | ExecAction<T>;

/** A change outside of the cluster. */
export type RemoteChangeOf<T> = HttpSendAction<T> | DockerChangeAction<T>;

/** What one request carries out. */
export type SingleChangeOf<T> = ObjectChangeOf<T> | RemoteChangeOf<T>;

/** `kubectl drain` of one node: cordon, then an eviction for each pod that is not a DaemonSet's or the node's own. */
export type DrainAction<T> = Scope<T> & {
  readonly type: 'drain';
  readonly target: ObjectReference<T>;
  readonly ignoreDaemonSets?: true;
  readonly deleteEmptyDirData?: true;
  /** Pods without a controller go too. */
  readonly force?: true;
  readonly gracePeriodSeconds?: number;
  readonly podSelector?: T;
  readonly timeoutSeconds?: number;
};

type WithoutTarget<C> = C extends unknown ? Omit<C, 'target' | 'namespace'> : never;

/** The same change for each object that is found when the plan is made, in the server's order. */
export type EachAction<T> = Scope<T> & {
  readonly type: 'each';
  readonly kind: ResourceKind;
  /** Both absent: all of the namespace. */
  readonly selector?: T;
  readonly fieldSelector?: T;
  /** Of pods that are deleted: what somebody chose; no author writes it. Absent: one at a time. */
  readonly waves?: WaveSize;
  readonly change: WithoutTarget<
    Exclude<ObjectChangeOf<T>, ApplyAction<T> | CreateJobAction<T> | ExecAction<T>> | DrainAction<T>
  >;
};

/** Changes that one command makes, in its order. The next begins when the one before was carried out. */
export type SeveralAction<T> = Scope<T> & {
  readonly type: 'several';
  readonly changes: readonly (ObjectChangeOf<T> | DrainAction<T> | EachAction<T>)[];
  /** As of `each`. */
  readonly waves?: WaveSize;
};

/** What a cluster is asked for. */
export type ClusterChangeOf<T> = ObjectChangeOf<T> | DrainAction<T> | EachAction<T> | SeveralAction<T>;
export type ChangeActionOf<T> = ClusterChangeOf<T> | RemoteChangeOf<T>;
export type ClusterChange = ClusterChangeOf<string>;
export type ObjectChange = ObjectChangeOf<string>;
export type SingleChange = SingleChangeOf<string>;
export type ChangeAction = ChangeActionOf<string>;

export const isSingle = (action: ChangeAction): action is SingleChange =>
  action.type !== 'drain' && action.type !== 'each' && action.type !== 'several';
