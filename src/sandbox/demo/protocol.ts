/**
 * What the demo's page and its server say to each other: types alone, so that both sides import them.
 *
 *   GET  /live?as=U0ALICE   server-sent events: a `patch` for each change, as that person sees it
 *   POST /do                one `Gesture` as JSON → one `Outcome`
 *
 * The page holds a table of entities by key; a patch sets some and drops others. The first patch after a connection
 * holds everything, so that the page starts anew after a gap. Messages, views and blocks are what Slack would get,
 * unchanged; nothing here is drawn for the page's sake.
 */

export type JsonObject = { readonly [field: string]: unknown };

/** Entities that are there once. A patch may bring any of them at any time. */
export type Single = {
  /** Whose eyes these are. */
  readonly me: Person;
  readonly workspace: { readonly name: string; readonly botUserId: string };
  readonly people: Readonly<Record<string, Person>>;
  readonly groups: Readonly<Record<string, { readonly handle: string; readonly name: string }>>;
  /** Open modals in Slack's wire shape, the one in front last. */
  readonly modals: readonly JsonObject[];
  /** The app's home page for me, in Slack's wire shape; null until it was published. */
  readonly home: JsonObject | null;
  readonly commands: readonly Command[];
  readonly cluster: ClusterLook;
  /** Null: no PagerDuty in this demo. */
  readonly pager: PagerLook | null;
  readonly stories: readonly StoryLook[];
  readonly guide: GuideLook;
  readonly journal: JournalLook;
  readonly faults: readonly FaultLook[];
  /** What broke a rule of Slack's, newest first: the page shows them until they are dismissed. */
  readonly alarms: readonly Alarm[];
};

/** By key: those of `Single`, `channel/<id>` and `message/<channel>/<ts>`. */
export type Patch = { readonly set: Readonly<Record<string, unknown>>; readonly gone: readonly string[] };

export type Person = {
  readonly id: string;
  readonly name: string;
  readonly realName: string;
  readonly isBot: boolean;
  readonly isGuest: boolean;
  /** What they are here, such as “Responder, on call”. */
  readonly title: string;
  /** May be chosen to act as. */
  readonly canAct: boolean;
};

export type Channel = {
  readonly id: string;
  readonly name: string;
  readonly topic: string;
  readonly isPrivate: boolean;
  readonly isArchived: boolean;
  readonly isExtShared: boolean;
  readonly members: readonly string[];
  /** Timestamps of the pinned messages. */
  readonly pins: readonly string[];
  readonly bookmarks: readonly { readonly title: string; readonly link: string }[];
  readonly createdAtMs: number;
};

/** A message in Slack's wire shape (`user`, `text`, `blocks`, `thread_ts`, `edited`, …). */
export type Message = JsonObject & {
  readonly ts: string;
  readonly user: string;
  readonly text: string;
  readonly blocks?: readonly JsonObject[];
  readonly thread_ts?: string;
  /** Only I see it. */
  readonly ephemeral?: true;
};

export type Command = {
  /** With its slash. */
  readonly command: string;
  readonly description: string;
  readonly usage: string;
  /** Whole lines to offer, such as `/runbook gpu-oom`. */
  readonly examples: readonly string[];
};

export type ClusterLook = {
  readonly kind: 'stand-in' | 'real';
  /** Context and server, for a person. */
  readonly name: string;
  /** Why the cluster cannot be read at the moment. */
  readonly trouble?: string;
  readonly nodes: readonly NodeLook[];
  readonly workloads: readonly WorkloadLook[];
  /** Newest first. */
  readonly events: readonly EventLook[];
  /** What Firebreak wrote, newest first. */
  readonly writes: readonly WriteLook[];
};

export type NodeLook = {
  readonly name: string;
  readonly ready: boolean;
  readonly cordoned: boolean;
  readonly pods: number;
  /** GPUs, HPUs: each device is used by a pod or free. `label` is short, such as `GPU`. */
  readonly devices: readonly {
    readonly resource: string;
    readonly label: string;
    readonly total: number;
    readonly usedBy: readonly string[];
  }[];
};

/** A deployment with the pods it owns. */
export type WorkloadLook = {
  readonly namespace: string;
  readonly name: string;
  readonly wanted: number;
  readonly ready: number;
  readonly updated: number;
  readonly revision: string;
  readonly image: string;
  readonly paused: boolean;
  /** Rolling out, at rest, or stuck for longer than its deadline. */
  readonly state: 'steady' | 'moving' | 'stuck';
  /** Literal variables of the first container; empty for a real cluster, whose values are nobody's business here. */
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly memoryLimit?: string;
  readonly autoscaler?: { readonly min: number; readonly max: number };
  readonly budget?: string;
  /** Who else changes it: `Argo CD`, `Helm`. */
  readonly owner?: string;
  /** The id of the plan whose marker it carries. */
  readonly mark?: string;
  readonly pods: readonly PodLook[];
};

export type PodLook = {
  readonly name: string;
  /** As kubectl's STATUS column says it: `Running`, `CrashLoopBackOff`, `Terminating`. */
  readonly status: string;
  readonly ready: boolean;
  readonly restarts: number;
  readonly node?: string;
  readonly revision: string;
  /** What it uses now, such as `412Mi`; absent without a metrics server. */
  readonly memory?: string;
  readonly cpu?: string;
};

export type EventLook = {
  /** RFC 3339. */
  readonly at: string;
  readonly isWarning: boolean;
  readonly reason: string;
  readonly about: string;
  readonly text: string;
  readonly count: number;
};

export type WriteLook = {
  /** RFC 3339. */
  readonly at: string;
  /** `patch deployments largeforge/largeforge-inference`. */
  readonly text: string;
  /** HTTP status; 0 when no answer is known. */
  readonly code: number;
  readonly isDryRun: boolean;
  readonly auditId: string;
};

export type PagerLook = {
  readonly incidents: readonly {
    readonly id: string;
    readonly number: number;
    readonly title: string;
    readonly status: 'triggered' | 'acknowledged' | 'resolved';
    readonly assignees: readonly string[];
    /** Oldest first. */
    readonly notes: readonly { readonly by: string; readonly text: string }[];
  }[];
};

export type StoryLook = {
  readonly id: string;
  readonly system: string;
  readonly title: string;
  /** What goes wrong, in one or two sentences. */
  readonly summary: string;
  readonly via: 'Alertmanager' | 'PagerDuty';
  readonly namespace: string;
  /** `calm` may be started; `broken` no alert yet; `firing`; `clearing` the cause is gone, the alert not yet; `cleared`. */
  readonly state: 'calm' | 'broken' | 'firing' | 'clearing' | 'cleared';
  /** What to read instead of the words for its state. */
  readonly note?: string;
  /** What the alert looks at. */
  readonly signal: {
    readonly label: string;
    readonly unit: string;
    readonly value: number;
    readonly limit: number;
    /** Up to 60 values, oldest first. */
    readonly history: readonly number[];
  } | null;
  /** The incident's channel, once there is one. */
  readonly channel?: string;
};

export type GuideLook = {
  /** Which story it is about. */
  readonly story?: string;
  /** One or two sentences in Slack's mrkdwn: what to try next. */
  readonly text: string;
  /** What to point at on the page. */
  readonly at?:
    | { readonly story: string }
    | { readonly channel: string; readonly ts?: string }
    | { readonly person: string }
    | { readonly view: 'cluster' | 'journal' | 'home' };
  readonly step: number;
  readonly steps: number;
};

export type JournalLook = {
  readonly verified: {
    /** Null while it is being checked for the first time. */
    readonly ok: boolean | null;
    readonly sealed: number;
    readonly unsealed: number;
    /** Hex SHA-256 of the last seal. */
    readonly head?: string;
    readonly trouble?: string;
  };
  /** Newest first; at most 200. */
  readonly rows: readonly JournalRow[];
  readonly total: number;
};

export type JournalRow = {
  readonly id: string;
  /** Place in the chain; null while it waits for its seal. */
  readonly seq: number | null;
  readonly at: string;
  /** A person's name, or `Firebreak`. */
  readonly who: string;
  readonly what: string;
  readonly incident?: number;
  /** Hex SHA-256 of the plan it is about. */
  readonly digest?: string;
  /** Hex SHA-256: the seal of this row. */
  readonly hash?: string;
  readonly details: readonly (readonly [label: string, text: string])[];
};

/** Trouble that can be switched on for the next call that fits. */
export type FaultLook = {
  readonly id: string;
  readonly system: 'Slack' | 'Kubernetes' | 'PagerDuty' | 'Firebreak';
  readonly title: string;
  /** What should be seen. */
  readonly effect: string;
  readonly armed: boolean;
  /** How often it struck. */
  readonly struck: number;
};

export type Alarm = {
  readonly id: string;
  readonly at: string;
  readonly title: string;
  readonly details: readonly string[];
};

/** A message, or a view by its id. */
export type Place = { readonly channel: string; readonly ts: string } | { readonly view: string };

export type Gesture = {
  readonly as: string;
} & (
  | {
      readonly do: 'click';
      readonly place: Place;
      readonly action: string;
      readonly block: string;
      /** The button's: it finds the button again in a message that was updated a moment before. */
      readonly value?: string;
    }
  /** `value` by the element's type: an option's value, several of them, text, a date, an id; null takes it back. */
  | {
      readonly do: 'select';
      readonly place: Place;
      readonly action: string;
      readonly block: string;
      readonly value: unknown;
    }
  | {
      readonly do: 'options';
      readonly place: Place;
      readonly action: string;
      readonly block: string;
      readonly typed: string;
    }
  /** `values` by block id. */
  | { readonly do: 'submit'; readonly view: string; readonly values: JsonObject }
  | { readonly do: 'close'; readonly view: string }
  /** `text` is the whole line: a command when it begins with a slash. */
  | { readonly do: 'say'; readonly channel: string; readonly text: string; readonly thread?: string }
  | { readonly do: 'home' }
  | { readonly do: 'invite'; readonly channel: string; readonly person: string }
  | { readonly do: 'start-story'; readonly story: string }
  /** Puts the story's part of the cluster back as it was at the start. */
  | { readonly do: 'reset-story'; readonly story: string }
  | { readonly do: 'arm-fault'; readonly fault: string }
  | { readonly do: 'disarm-fault'; readonly fault: string }
  | { readonly do: 'dismiss-alarm'; readonly alarm: string }
  | { readonly do: 'verify-journal' }
);

export type Outcome =
  | {
      readonly ok: true;
      /** For `options`: Slack's option objects. */
      readonly options?: readonly JsonObject[];
      /** For `submit`: the modal stays open with these errors, by block id. */
      readonly errors?: Readonly<Record<string, string>>;
      /** What came of it, for the person who asked. */
      readonly said?: string;
    }
  /** As Slack would say it to that person, or why the page may not. */
  | { readonly ok: false; readonly text: string };
