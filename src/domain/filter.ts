/**
 * The programs that may stand behind a read in a pipe. They run in-process on text: src/flow/run-filters.ts. Only what
 * differs from a program's default is there.
 */
export type Filter =
  | GrepFilter
  /** `head -n N`; a negative count is all but the last N. With `bytes`, N counts those. */
  | { readonly program: 'head'; readonly lines: number }
  | { readonly program: 'head'; readonly bytes: number }
  /** `tail -n N`, or from line N on for `tail -n +N`. */
  | { readonly program: 'tail'; readonly lines: number; readonly fromStart?: true }
  | { readonly program: 'tail'; readonly bytes: number; readonly fromStart?: true }
  | SortFilter
  | UniqFilter
  | { readonly program: 'wc'; readonly counts: readonly WcCount[] }
  | CutFilter
  | TrFilter
  | AwkFilter
  | SedFilter
  | JqFilter
  /** `column -t`: each character of `separators` parts cells (default: blanks), `joint` stands between columns. */
  | { readonly program: 'column'; readonly separators?: string; readonly joint?: string }
  | { readonly program: 'nl'; readonly blankToo?: true }
  | { readonly program: 'tac' }
  | { readonly program: 'rev' }
  /** `cat` and pagers without a terminal. */
  | { readonly program: 'cat'; readonly lineNumbers?: true };

export type GrepFilter = {
  readonly program: 'grep';
  /** One pattern a line: any of them matches. */
  readonly pattern: string;
  /** basic and extended as POSIX has them, fixed for `-F`. */
  readonly syntax: 'basic' | 'extended' | 'fixed';
  readonly ignoreCase?: true;
  readonly invert?: true;
  readonly word?: true;
  readonly line?: true;
  readonly count?: true;
  readonly onlyMatching?: true;
  readonly lineNumbers?: true;
  readonly quiet?: true;
  /** `-H` on what the pipe brings: `(standard input):`. */
  readonly fileName?: true;
  /** `-l`: that name instead of the lines. */
  readonly list?: true;
  readonly after?: number;
  readonly before?: number;
  readonly maxCount?: number;
  /** ripgrep prints no count of 0. */
  readonly countsNoZero?: true;
};

/** A place in a line for `sort -k`; `character` 0 is the end of the field. Both count from 1. */
export type SortPlace = { readonly field: number; readonly character: number };
export type SortOrder = {
  readonly by?: 'number' | 'human';
  readonly reverse?: true;
  readonly ignoreCase?: true;
  readonly skipBlanks?: true;
};
export type SortKey = SortOrder & {
  readonly from: SortPlace;
  readonly to?: SortPlace;
  readonly skipBlanksAtEnd?: true;
};
export type SortFilter = SortOrder & {
  readonly program: 'sort';
  readonly keys: readonly SortKey[];
  readonly separator?: string;
  readonly unique?: true;
  readonly stable?: true;
};

export type UniqFilter = {
  readonly program: 'uniq';
  readonly count?: true;
  /** `-d` and `-u`. */
  readonly print?: 'repeated' | 'unique';
  readonly ignoreCase?: true;
  readonly skipFields?: number;
  readonly skipBytes?: number;
};

export type WcCount = 'lines' | 'words' | 'characters' | 'bytes';

export type CutFilter = {
  readonly program: 'cut';
  readonly by: 'fields' | 'bytes';
  /** From and to, counted from 1, both included; sorted and apart. Absent: to the end. */
  readonly ranges: readonly { readonly from: number; readonly to?: number }[];
  readonly delimiter?: string;
  readonly joint?: string;
  readonly onlyDelimited?: true;
  readonly complement?: true;
};

/** The sets as written: `a-z`, `[:upper:]`, `\n`. */
export type TrFilter = {
  readonly program: 'tr';
  readonly from: string;
  readonly to?: string;
  readonly delete?: true;
  readonly squeeze?: true;
  readonly complement?: true;
  readonly truncate?: true;
};

export type AwkFilter = {
  readonly program: 'awk';
  readonly source: string;
  /** `-F`, as written. */
  readonly separator?: string;
  /** `-v`, in order; the values as written. */
  readonly variables?: readonly { readonly name: string; readonly value: string }[];
};

export type SedFilter = {
  readonly program: 'sed';
  /** All of `-e`, one a line. */
  readonly script: string;
  readonly extended?: true;
  readonly quiet?: true;
};

export type JqFilter = {
  readonly program: 'jq';
  readonly query: string;
  /** `-r`, and `-j` for raw without line ends. */
  readonly raw?: true;
  readonly join?: true;
  readonly compact?: true;
  /** Blanks, default 2; or a tab. */
  readonly indent?: number | 'tab';
  readonly exitStatus?: true;
  readonly slurp?: true;
  readonly nullInput?: true;
  readonly rawInput?: true;
  readonly sortKeys?: true;
  readonly variables?: readonly { readonly name: string; readonly value: string; readonly json?: true }[];
};

/** A filter whose words take parameters: it is compiled when they are filled in, and never run as it is. */
export type OpenFilter<T> = { readonly program: 'open'; readonly words: readonly T[]; readonly quiet?: true };

/** What a program printed, and how it ended. */
export type FilterResult = { readonly text: string; readonly exitCode: number };
