/** What the page's server is given by whoever puts the demo together. */
import type { SandboxSlack } from '../slack/start.ts';
import type {
  ClusterLook,
  Command,
  FaultLook,
  GuideLook,
  JournalLook,
  JsonObject,
  PagerLook,
  StoryLook,
} from './protocol.ts';

/** Something that changes and can be looked at. `look` is cheap: it is called after each change, at most 10 times a second. */
export type Watched<Look> = {
  look(): Look;
  /** Returns a way to stop listening. */
  onChange(listener: () => void): () => void;
};

/** Kubernetes objects as the API gives them. */
export type ClusterObjects = {
  readonly nodes: readonly JsonObject[];
  readonly deployments: readonly JsonObject[];
  readonly replicaSets: readonly JsonObject[];
  readonly pods: readonly JsonObject[];
  readonly events: readonly JsonObject[];
  readonly autoscalers: readonly JsonObject[];
  readonly budgets: readonly JsonObject[];
  /** Of metrics.k8s.io; empty without a metrics server. */
  readonly podMetrics: readonly JsonObject[];
};

export type ClusterSource = Watched<
  Pick<ClusterLook, 'kind' | 'name' | 'trouble' | 'writes'> & { readonly objects: ClusterObjects }
>;

export type StoryControl = Watched<readonly StoryLook[]> & {
  /** Throws `StoryRefused`. */
  start(id: string): void;
  reset(id: string): void;
  /** What this person might try next. */
  guide(personId: string): GuideLook;
};

export type FaultControl = Watched<readonly FaultLook[]> & {
  arm(id: string): void;
  disarm(id: string): void;
};

export type JournalSource = Watched<JournalLook> & {
  /** Goes through the whole chain as it is now; `look` has the result. Throws `StoryRefused` when it cannot. */
  verify(): Promise<void>;
};

export type DemoHost = {
  readonly slack: SandboxSlack;
  readonly cluster: ClusterSource;
  readonly stories: StoryControl;
  readonly pager: Watched<PagerLook> | undefined;
  readonly faults: FaultControl;
  readonly journal: JournalSource;
  readonly commands: readonly Command[];
  /** Titles of the people, such as “Responder, on call”, by user id. Who is not in here cannot be acted as. */
  readonly cast: Readonly<Record<string, string>>;
};
