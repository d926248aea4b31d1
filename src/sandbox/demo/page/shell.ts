/** What every part of the page may ask of the page. */
import type { Outcome, Person } from '../protocol.ts';
import type { GestureWithoutAs } from './slack/context.ts';
import type { Connection } from './store.ts';
import type { Table } from './table.ts';
import type { Where } from './where.ts';

export type Shell = {
  readonly table: Table;
  readonly connection: Connection;
  /** Why the server refuses to show anything; empty while it does not. */
  readonly refusal: string;
  readonly where: Where;
  readonly me: Person | undefined;
  readonly now: Date;
  readonly go: (change: Partial<Where>) => void;
  readonly closeThread: () => void;
  /** As the person who is acted as. */
  readonly act: (gesture: GestureWithoutAs) => Promise<Outcome>;
  /** Says why it was refused; else what the server says came of it, or `done`. */
  readonly doOrSay: (gesture: GestureWithoutAs, done?: string) => Promise<boolean>;
  /** For the eyes, and for a screen reader. */
  readonly say: (text: string) => void;
  /** For a screen reader alone. */
  readonly announce: (text: string) => void;
  /** Something that the page itself keeps has changed: draw again. */
  readonly changed: () => void;
  /** Points at a part of the page for a moment: whatever carries this name as `data-spot` or as its id. */
  readonly pointAt: (spot: string) => void;
};
