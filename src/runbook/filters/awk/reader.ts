/** What both halves of awk's parser share: the tokens, and how far they were read. */
import type { Expression } from './syntax.ts';
import type { Token } from './tokens.ts';

export type Reader = {
  peek(): Token;
  take(): Token;
  ahead(count: number): readonly Token[];
  /** The text of the token taken last. */
  last(): string;
  position(): number;
  goTo(position: number): void;
  is(mark: string): boolean;
  expect(mark: string): void;
  expression(): Expression;
  /** What stands behind `print`; a plain `>` or `|` there leads out of the program. */
  printed(): readonly Expression[];
  /** `[…]` */
  keys(): readonly Expression[];
  nest(by: 1 | -1): void;
  useScalar(name: string): void;
  useArray(name: string): void;
  readonly scalars: ReadonlySet<string>;
  readonly arrays: ReadonlySet<string>;
};
