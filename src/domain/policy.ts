/** Who may do what. Built from firebreak.yaml by config.ts; kept apart from runbooks so that no runbook lowers its own gate. */

/** Slack user ids (`U…`, `W…`) and user group ids (`S…`). */
export type People = { readonly slack: readonly string[]; readonly onCall: readonly string[] };

export type SelfApproval = 'never' | 'on-call' | 'always';
export type Gate = { readonly approvals: number; readonly selfApproval: SelfApproval };

export type Service = {
  readonly name: string;
  /** Alert labels that are this service's own; all must match. */
  readonly match: Readonly<Record<string, string>>;
  readonly cluster: string;
  /** The first is the default; reads and changes stay within these. Never empty. */
  readonly namespaces: readonly string[];
  /** Files or folders. */
  readonly runbooks: readonly string[];
  /** Alert name → procedure id. */
  readonly alerts: Readonly<Record<string, string>>;
  /** What people type after /runbook → procedure id. */
  readonly aliases: Readonly<Record<string, string>>;
  readonly responders: People;
  readonly dashboard?: string;
  /** Absent: this service has nothing in PagerDuty. */
  readonly pager?: {
    /** PagerDuty's service id: its incidents belong here. */
    readonly service?: string;
    /** Whoever is on call by it responds, and is on call. */
    readonly escalationPolicy?: string;
  };
  /** Where alerts that were missed are asked for. */
  readonly alertmanager?: string;
};

export type Policy = {
  readonly approvers: People;
  readonly change: Gate;
  readonly destructive: Gate;
  readonly protectedNamespaces: readonly string[];
  /** Plural cluster-scoped kinds that plans may change. */
  readonly clusterScoped: readonly string[];
  /** Where images may come from, as `registry/repository` or a prefix of it; empty: the repository of the current image. */
  readonly imageRepositories: readonly string[];
  readonly limits: { readonly changesPerHour: number; readonly podsPerPlan: number };
  /** Of the whole policy section, SHA-256 in hex: a plan approved under another policy does not run. */
  readonly digest: string;
};

/** The service an alert belongs to: all of `match` must be in the labels; the more specific wins, then the first. */
export function serviceOf(services: readonly Service[], labels: Readonly<Record<string, string>>): Service | undefined {
  return services
    .filter((service) => {
      const terms = Object.entries(service.match);
      return terms.length > 0 && terms.every(([key, value]) => labels[key] === value);
    })
    .toSorted((a, b) => Object.keys(b.match).length - Object.keys(a.match).length)[0];
}
