/** What a bench and its bot's process tell each other. */
import type { FailpointName } from '../src/flow/ports.ts';

export type Stores = { readonly ledger: 'postgres' | 'embedded'; readonly queue: 'redis' | 'embedded' };

export type FromBot =
  | { readonly kind: 'ready'; readonly url: string; readonly stores: Stores }
  /** `at`: milliseconds of the machine's monotonic clock, the same in all processes. */
  | { readonly kind: 'passed'; readonly name: FailpointName; readonly at: number }
  | { readonly kind: 'idle' }
  | { readonly kind: 'complaint'; readonly line: string };
export type ToBot =
  | { readonly kind: 'start'; readonly slackUrl: string }
  | { readonly kind: 'tell-when-idle' }
  | { readonly kind: 'stop' };
