/** awk programs as data: what POSIX defines and runbooks use, without what reaches out of the program. */
export type AwkProgram = {
  readonly begin: readonly Block[];
  readonly rules: readonly Rule[];
  readonly end: readonly Block[];
  /** The names that are arrays; every other name is a plain variable. */
  readonly arrays: ReadonlySet<string>;
};

export type Block = readonly Statement[];

export type Rule = {
  /** One condition, or the first and the last line of a range. */
  readonly when?: Expression;
  readonly until?: Expression;
  /** Absent: print the line. */
  readonly body?: Block;
};

export type Statement =
  | { readonly kind: 'expression'; readonly value: Expression }
  | { readonly kind: 'print'; readonly values: readonly Expression[] }
  | { readonly kind: 'printf'; readonly values: readonly Expression[] }
  | { readonly kind: 'if'; readonly test: Expression; readonly yes: Block; readonly no: Block }
  | { readonly kind: 'while'; readonly test: Expression; readonly body: Block; readonly after: boolean }
  | {
      readonly kind: 'for';
      readonly start: Block;
      readonly test?: Expression;
      readonly step: Block;
      readonly body: Block;
    }
  | { readonly kind: 'for-in'; readonly name: string; readonly array: string; readonly body: Block }
  | { readonly kind: 'delete'; readonly array: string; readonly keys?: readonly Expression[] }
  | { readonly kind: 'exit'; readonly code?: Expression }
  | { readonly kind: 'next' | 'break' | 'continue' };

export type Place =
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'element'; readonly array: string; readonly keys: readonly Expression[] }
  | { readonly kind: 'field'; readonly index: Expression };

export type Arithmetic = '+' | '-' | '*' | '/' | '%' | '^';
export type Comparison = '<' | '<=' | '==' | '!=' | '>' | '>=';

export type Expression =
  | Place
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'regex'; readonly pattern: string }
  | { readonly kind: 'group'; readonly value: Expression }
  | { readonly kind: 'assign'; readonly place: Place; readonly operator?: Arithmetic; readonly value: Expression }
  | { readonly kind: 'step'; readonly place: Place; readonly by: 1 | -1; readonly before: boolean }
  | {
      readonly kind: 'arithmetic';
      readonly operator: Arithmetic;
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: 'compare'; readonly operator: Comparison; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'concat'; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'match'; readonly value: Expression; readonly pattern: Expression; readonly negated: boolean }
  | { readonly kind: 'and' | 'or'; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'unary'; readonly operator: '!' | '-' | '+'; readonly value: Expression }
  | { readonly kind: 'choose'; readonly test: Expression; readonly yes: Expression; readonly no: Expression }
  | { readonly kind: 'in'; readonly keys: readonly Expression[]; readonly array: string }
  | { readonly kind: 'call'; readonly name: BuiltIn; readonly values: readonly Expression[] };

/** How many arguments each function takes. */
export const builtIns = {
  length: [0, 1],
  substr: [2, 3],
  index: [2, 2],
  split: [2, 3],
  sub: [2, 3],
  gsub: [2, 3],
  match: [2, 2],
  sprintf: [1, 100],
  toupper: [1, 1],
  tolower: [1, 1],
  int: [1, 1],
  sqrt: [1, 1],
  exp: [1, 1],
  log: [1, 1],
  sin: [1, 1],
  cos: [1, 1],
  atan2: [2, 2],
} as const satisfies Readonly<Record<string, readonly [number, number]>>;
export type BuiltIn = keyof typeof builtIns;
export const isBuiltIn = (name: string): name is BuiltIn => Object.hasOwn(builtIns, name);
