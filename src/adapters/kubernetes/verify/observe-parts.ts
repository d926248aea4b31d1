import type { Connection } from '../connection.ts';
import type { Discovery } from '../discovery.ts';

export type ObserveParts = {
  readonly connection: Connection;
  readonly discovery: Discovery;
  /** How long a container without a readiness probe has to run before it counts. */
  readonly settleMs: number;
};
