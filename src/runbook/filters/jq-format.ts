/** How jq prints what it has computed: from one compact JSON text a line to what its options ask for. */
import type { JqFilter } from '../../domain/filter.ts';
import { createOutput } from './limits.ts';

/** `lines` is what `jq -c` printed. */
export function formatJq(filter: JqFilter, lines: string): string {
  const out = createOutput('jq');
  const indent = filter.indent === 'tab' ? '\t' : ' '.repeat(filter.indent ?? 2);
  for (const line of lines === '' ? [] : lines.split('\n')) {
    // A line that begins with a quote is a JSON string.
    if (filter.raw && line.startsWith('"')) out.write(JSON.parse(line) as string);
    else out.write(filter.compact ? line : indented(line, indent));
    if (!filter.join) out.write('\n');
  }
  return out.text();
}

/** Numbers keep the digits that jq gave them, so the text is laid out without being parsed. */
function indented(json: string, indent: string): string {
  if (!/^[[{]/.test(json)) return json;
  let out = '';
  let depth = 0;
  const line = (): string => `\n${indent.repeat(depth)}`;
  for (const [token] of json.matchAll(/"(?:[^"\\]|\\.)*"|\[\]|\{\}|[[\]{},:]|[^"[\]{},:]+/g)) {
    if (token === '{' || token === '[') {
      depth++;
      out += token + line();
    } else if (token === '}' || token === ']') {
      depth--;
      out += line() + token;
    } else if (token === ',') out += token + line();
    else out += token === ':' ? ': ' : token;
  }
  return out;
}
