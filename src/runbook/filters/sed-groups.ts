/** What the groups of a pattern hold, for patterns where greedy and POSIX agree (see `expectPlainGroups`). */
import { RE2JS } from 're2js';
import { expressionOf, type Syntax } from './posix-pattern.ts';

/** From a whole match to its groups, by their numbers; 0 is the match itself. */
export function greedyGroups(
  pattern: string,
  { syntax, ignoreCase }: { syntax: Syntax; ignoreCase: boolean },
): (match: string) => readonly string[] {
  const expression = expressionOf(pattern, { syntax, groups: true });
  const flags = RE2JS.DOTALL | (ignoreCase ? RE2JS.CASE_INSENSITIVE : 0);
  const whole = RE2JS.compile(`^${expression}$`, flags);
  return (match) => {
    const matcher = whole.matcher(match);
    if (!matcher.find()) return [match];
    return Array.from({ length: matcher.groupCount() + 1 }, (_, index) => matcher.group(index) ?? '');
  };
}
