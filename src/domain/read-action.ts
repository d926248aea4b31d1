/** What only looks: no write request can result. */
import type { Filter, OpenFilter } from './filter.ts';
import type { ObjectReference, ResourceKind, Scope } from './object-reference.ts';

export type GetOutput =
  | { readonly format: 'table' | 'wide' | 'yaml' | 'json' | 'name' }
  | { readonly format: 'jsonpath' | 'jsonpath-as-json' | 'custom-columns'; readonly expression: string };

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
  /** Columns of label values, by key. */
  readonly labelColumns?: readonly string[];
  /** `pod/web-1` instead of `web-1`, even of one kind. */
  readonly showKind?: true;
  readonly showManagedFields?: true;
  readonly subresource?: 'status' | 'scale' | 'resize';
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
  /** RFC 3339. */
  readonly sinceTime?: string;
  /** Of each container's log. */
  readonly limitBytes?: number;
  /** `[pod/web-1/app] ` before each line. */
  readonly prefix?: true;
  /** Every pod of the workload, instead of one. */
  readonly allPods?: true;
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
  /** As `type/name`: kubectl then takes a name whole, else as the beginning of names too. */
  readonly exact?: true;
  /** Of further kinds: `describe deploy/web svc/web`, `describe deploy,svc`. Without a name: all of the kind. */
  readonly also?: readonly (ResourceKind & { readonly name?: T })[];
  readonly withoutEvents?: true;
};

/** `kubectl events`: by time, unlike `get events`. */
export type EventsAction<T> = Scope<T> & {
  readonly type: 'events';
  /** Only those of one object. */
  readonly about?: ObjectReference<T>;
  readonly types?: readonly ('Normal' | 'Warning')[];
  readonly allNamespaces?: true;
  readonly noHeaders?: true;
  readonly output?: 'yaml';
};

/** `kubectl top`, from the cluster's metrics API. */
export type TopAction<T> = Scope<T> & {
  readonly type: 'top';
  readonly what: 'pods' | 'nodes';
  readonly name?: T;
  readonly selector?: T;
  readonly fieldSelector?: T;
  readonly allNamespaces?: true;
  /** A line for each container of a pod. */
  readonly containers?: true;
  /** A line with the sum of all pods. */
  readonly sum?: true;
  /** Of nodes: what the share is of. */
  readonly of?: 'capacity';
  readonly noHeaders?: true;
  readonly sortBy?: 'cpu' | 'memory';
};

export type RolloutHistoryAction<T> = Scope<T> & {
  readonly type: 'rollout-history';
  readonly target: ObjectReference<T>;
  /** Further ones, one after the other. */
  readonly also?: readonly ObjectReference<T>[];
  /** Absent: the list of revisions. */
  readonly revision?: number;
};

export type RolloutStatusAction<T> = Scope<T> & {
  readonly type: 'rollout-status';
  readonly target: ObjectReference<T>;
  /** Further ones, one after the other. */
  readonly also?: readonly ObjectReference<T>[];
  readonly timeoutSeconds?: number;
  /** `--watch=false`: how it stands now. */
  readonly once?: true;
  /** An error when the rollout is at another revision. */
  readonly revision?: number;
};

/** `kubectl auth can-i VERB KIND`, or `--list`. */
export type CanIAction<T> = Scope<T> & {
  readonly type: 'can-i';
  /** Absent: `--list`. */
  readonly verb?: string;
  readonly of?: ResourceKind & { readonly name?: T };
  /** Instead of a kind: `/healthz`. */
  readonly path?: string;
  readonly subresource?: string;
  readonly allNamespaces?: true;
  readonly noHeaders?: true;
  readonly quiet?: true;
};

/** What the cluster says about itself. */
export type AboutAction<T> = Scope<T> & {
  readonly type: 'about';
  readonly what: 'version' | 'cluster-info' | 'api-resources' | 'api-versions' | 'whoami' | 'raw';
  /** Of `get --raw`: a path of the list in src/runbook/kubectl/raw.ts. */
  readonly path?: string;
  readonly output?: 'wide' | 'name' | 'json' | 'yaml';
  /** Of `api-resources`. */
  readonly group?: string;
  readonly namespaced?: boolean;
  readonly verbs?: readonly string[];
  readonly categories?: readonly string[];
  readonly sortBy?: 'name' | 'kind';
  readonly noHeaders?: true;
};

/** `kubectl wait`: bounded by its own time-out and the reader's. */
export type WaitAction<T> = Scope<T> & {
  readonly type: 'wait';
  readonly objects: readonly ObjectReference<T>[];
  /** Instead of names: every object of the kind that the selector finds (`all`: of the namespace). */
  readonly found?: ResourceKind & { readonly selector?: T; readonly fieldSelector?: T; readonly all?: true };
  readonly until:
    | { readonly kind: 'deleted' | 'created' }
    | { readonly kind: 'condition'; readonly name: string; readonly value: string }
    | { readonly kind: 'field'; readonly expression: string; readonly value?: string };
  readonly allNamespaces?: true;
  /** Absent: kubectl's 30 s. 0: one look. */
  readonly timeoutSeconds?: number;
};

/** A command in a container that is on the list of reads (`policy.exec`). No terminal, no standard input. */
export type ExecReadAction<T> = Scope<T> & {
  readonly type: 'exec-read';
  readonly of: ObjectReference<T>;
  readonly container?: T;
  readonly argv: readonly T[];
};

/** GET or HEAD by `curl` or `wget`. */
export type HttpReadAction<T> = Scope<T> &
  HttpRequestParts<T> & { readonly type: 'http-read'; readonly method: 'GET' | 'HEAD' };

export type HttpRequestParts<T> = {
  /** Absolute, http or https. Its host is checked against the service's list when it runs. */
  readonly url: T;
  readonly headers: readonly { readonly name: string; readonly value: T }[];
  /** What is printed: the body, the head as `-I` does, both as `-i` does, or nothing (`-o /dev/null`). */
  readonly print: 'body' | 'head' | 'both' | 'nothing';
  /** curl's `-w`, with its `%{…}` variables. */
  readonly writeOut?: string;
  /** curl's `-f`: 400 and above print nothing and exit 22. wget always exits 8. */
  readonly fail?: true;
  readonly program: 'curl' | 'wget';
  /** curl's `-s` without `-S`: errors print nothing. */
  readonly silent?: true;
  /** Of the whole; wget's is of each wait. */
  readonly timeoutSeconds?: number;
  readonly connectTimeoutSeconds?: number;
  /** A GET may have one too. */
  readonly body?: T;
};

/** A PromQL expression, asked of the service's Prometheus at one moment and over the hour before. */
export type QueryAction<T> = Scope<T> & { readonly type: 'query'; readonly expression: string };

/** `docker` and `docker-compose`, through the Engine API of the service's Docker host. */
export type DockerReadAction<T> = Scope<T> & {
  readonly type: 'docker-read';
  readonly what: 'ps' | 'logs' | 'stats' | 'inspect' | 'images';
  /** Names are those of compose services, not of containers. */
  readonly compose?: { readonly project?: string };
  readonly names: readonly T[];
  readonly all?: true;
  /** Lines; absent: all. */
  readonly tail?: number;
  readonly sinceSeconds?: number;
  readonly timestamps?: true;
};

/** `echo`, as a link of a chain. */
export type EchoAction<T> = Scope<T> & {
  readonly type: 'echo';
  readonly text: T;
  /** False for `echo -n`. */
  readonly newline?: false;
};

/** A read that stands alone. */
export type SingleReadOf<T> = (
  | GetAction<T>
  | LogsAction<T>
  | DescribeAction<T>
  | EventsAction<T>
  | TopAction<T>
  | RolloutStatusAction<T>
  | RolloutHistoryAction<T>
  | CanIAction<T>
  | AboutAction<T>
  | WaitAction<T>
  | ExecReadAction<T>
  | HttpReadAction<T>
  | QueryAction<T>
  | DockerReadAction<T>
  | EchoAction<T>
) & {
  /** Run in-process on the text that the program would print, in order. */
  readonly filters?: readonly (Filter | OpenFilter<T>)[];
  /** Redirections of the program's own streams: `2>/dev/null`, `2>&1`, `>/dev/null`. Absent: as a terminal shows them. */
  readonly streams?: { readonly out?: 'dropped'; readonly err?: 'dropped' | 'to-out' };
};

/**
 * `a && b || echo c`, and `a; b` on one line: links from left to right with equal rank, as the shell has it.
 * Prints what its links print; exits as the last link that ran.
 */
export type ChainAction<T> = Scope<T> & {
  readonly type: 'chain';
  /** `then` of the first is `always`. */
  readonly links: readonly { readonly when: 'always' | 'succeeded' | 'failed'; readonly read: SingleReadOf<T> }[];
};

export type ReadActionOf<T> = SingleReadOf<T> | ChainAction<T>;
export type SingleRead = SingleReadOf<string>;
export type ReadAction = ReadActionOf<string>;

/** Those that the Kubernetes cluster answers; the others have adapters of their own. */
export type ClusterRead = Exclude<SingleRead, { readonly type: 'http-read' | 'query' | 'docker-read' | 'echo' }>;
