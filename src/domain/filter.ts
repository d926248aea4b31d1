/** The programs that may stand behind a read in a pipe. They run in-process on text; see src/runbook/run-filters.ts. */
export type Filter =
  | {
      readonly program: 'grep';
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
      readonly after?: number;
      readonly before?: number;
      readonly maxCount?: number;
    }
  /** `head -n N`; a negative count is all but the last N. */
  | { readonly program: 'head'; readonly lines: number }
  /** `tail -n N`, or from line N on for `tail -n +N`. */
  | { readonly program: 'tail'; readonly lines: number; readonly fromStart?: true };
