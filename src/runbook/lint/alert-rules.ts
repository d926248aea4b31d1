/** The alerts of Prometheus rule files, and of PrometheusRule objects, which hold the same groups. */
import { isMap, isScalar, isSeq, LineCounter, parseAllDocuments, type Node, type YAMLMap } from 'yaml';
import type { AlertRule } from './lint-alerts.ts';

/**
 * Every `alert:` in `groups[].rules[]`, at the top or below `spec`. YAML that is something else has none; text that is no
 * YAML throws a `SyntaxError` that names the line.
 */
export function alertRulesOf(text: string, path: string): AlertRule[] {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines });
  return [...documents].flatMap((document) => {
    const [error] = document.errors;
    if (error) throw new SyntaxError(`${path}:${lines.linePos(error.pos[0]).line} is not YAML. Correct it.`);
    return groupsOf(document.contents).flatMap((rule) => {
      const name = textIn(rule, 'alert');
      if (name === undefined) return [];
      const annotations = rule.get('annotations', true);
      const runbookUrl = isMap(annotations) ? textIn(annotations, 'runbook_url') : undefined;
      const line = lines.linePos(rule.range?.[0] ?? 0).line;
      return [{ path, line, name, ...(runbookUrl === undefined ? {} : { runbookUrl }) }];
    });
  });
}

function groupsOf(contents: Node | null): YAMLMap[] {
  if (!isMap(contents)) return [];
  const spec = contents.get('spec', true);
  const groups = isMap(spec) ? spec.get('groups', true) : contents.get('groups', true);
  return itemsOf(groups)
    .flatMap((group) => itemsOf(isMap(group) ? group.get('rules', true) : undefined))
    .filter(isMap);
}

const itemsOf = (node: unknown): readonly unknown[] => (isSeq(node) ? node.items : []);

function textIn(map: YAMLMap, key: string): string | undefined {
  const value = map.get(key, true);
  return isScalar(value) && typeof value.value === 'string' && value.value !== '' ? value.value : undefined;
}
