/** What a bench and its bot's process tell each other. */
import type { FailpointName } from '../src/flow/ports.ts';

export const alertmanagerToken = 'bench-alertmanager-token';

export type Stores = { readonly ledger: 'postgres' | 'embedded'; readonly queue: 'redis' | 'embedded' };

export type FromBot =
  | { readonly kind: 'ready'; readonly url: string; readonly stores: Stores }
  /** `at`: milliseconds of the machine's monotonic clock, the same in all processes. */
  | { readonly kind: 'passed'; readonly name: FailpointName; readonly at: number }
  | { readonly kind: 'idle' }
  /** What is in the ledger. */
  | { readonly kind: 'counted'; readonly incidents: number; readonly alerts: number }
  | { readonly kind: 'complaint'; readonly line: string };
export type ToBot =
  /** `paced`: by Slack's real limits. */
  | { readonly kind: 'start'; readonly slackUrl: string; readonly paced: boolean }
  | { readonly kind: 'tell-when-idle' }
  | { readonly kind: 'count' }
  | { readonly kind: 'stop' };
