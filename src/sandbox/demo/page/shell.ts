/** What every part of the page may ask of the page. */
import type { Outcome, Person } from '../protocol.ts';
import type { GestureWithoutAs } from './slack/context.ts';
import type { Connection } from './store.ts';
import type { Table } from './table.ts';
import type { Where } from './where.ts';

export type Shell = {
  readonly table: Table;
  readonly connection: Connection;
  readonly where: Where;
  readonly me: Person | undefined;
  readonly now: Date;
  readonly go: (change: Partial<Where>) => void;
  readonly closeThread: () => void;
  /** As the person who is acted as. */
  readonly act: (gesture: GestureWithoutAs) => Promise<Outcome>;
  /** Says it when it was refused, and what was done when not. */
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
