/** What differs between the demo on stand-ins and the one on a real cluster. */
import type { Database } from '../../adapters/postgres/connection.ts';
import type { Config } from '../../config.ts';
import type { Log } from '../../flow/ports.ts';
import type { ClusterSource, DemoHost, StoryControl } from '../../sandbox/demo/host.ts';
import type { SandboxKubernetes } from '../../sandbox/kubernetes/start.ts';
import type { SandboxPagerDuty } from '../../sandbox/pagerduty/start.ts';
import type { SandboxSlack } from '../../sandbox/slack/start.ts';

/** What a setting is opened with. */
export type Given = {
  readonly slack: SandboxSlack;
  readonly log: Log;
  /** The bearer token of Firebreak's webhook for alerts. */
  readonly alertmanagerToken: string;
};

export type Setting = {
  readonly cluster: ClusterSource;
  readonly stories: StoryControl & {
    /** Firebreak's webhook for alerts is here from now on. */
    connect(webhookUrl: string): void;
  };
  readonly pager: DemoHost['pager'];
  /** Absent: a real cluster. */
  readonly kubernetes?: SandboxKubernetes;
  readonly pagerduty?: SandboxPagerDuty;
  /** Loaded when it is needed: reading a configuration takes longer than starting the stand-ins. */
  config(): Promise<Config>;
  /** The ledger can be read from now on. */
  opened?(database: Database): void;
  stop(): Promise<void>;
};

export type Release = () => Promise<void> | void;

/** Runs every release, the newest first, whatever becomes of the others. */
export async function releaseAll(releases: Release[]): Promise<void> {
  for (const release of releases.splice(0).toReversed()) {
    try {
      await release();
    } catch {
      // It ends with this process at the latest.
    }
  }
}

/** The person in whose name Firebreak writes to PagerDuty, and the account's ids that configuration and stand-in share. */
export const pagerDutyAccount = {
  escalationPolicy: 'PONCALL',
  service: 'PPIPELN',
  integrationKey: 'demopipelineintegrationkey000000',
  from: 'firebreak@example.com',
} as const;

/** What the page says of each person who may be acted as. */
export const cast: Readonly<Record<string, string>> = {
  U0ALICE: 'Responder, on call',
  U0BOB: 'Responder',
  U0CAROL: 'Approver (SRE)',
  U0GUEST: 'Guest of a vendor',
};

/** Nobody tries out a demo in the namespaces that the cluster itself lives in. */
export const protectedNamespaces: readonly string[] = ['kube-system', 'kube-public', 'kube-node-lease'];
