/** What lint says about the words of a runbook, line by line: what no command holds. */
import { type Finding, finding } from './finding.ts';

/** `name_bytes{…}` > 90%, in a sentence or over two cells of a table; before it stands no quotient, and behind the sign stands no further operand. */
const asPercent =
  /(?<![\w:]|\/[ \t]{0,3})([A-Za-z_:][\w:]{0,200}_(bytes|seconds))(?:\{[^}]{0,200}\})?`?[ \t]{0,9}(?:\|[ \t]{0,9})?(?:above|over|below|under|[<>]=?)[ \t]{0,9}\d{1,9}(?:\.\d{1,9})?[ \t]?%(?![ \t]{0,9}[\w(])/;

export function lintText(path: string, text: string): Finding[] {
  return text.split('\n').flatMap((line, index) => {
    const [, metric, unit] = asPercent.exec(line) ?? [];
    if (metric === undefined || unit === undefined) return [];
    return [
      finding(
        'mixed-units',
        { path, line: index + 1 },
        `${metric} counts ${unit}, and is compared with a percentage here.`,
        `Divide it by what 100 % is, or compare it with a number of ${unit}.`,
      ),
    ];
  });
}
