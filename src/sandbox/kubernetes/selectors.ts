/** Label selectors in their query form and their object form. */
import type { LabelSelector } from './objects.ts';
import { badRequest } from './status.ts';

type Labels = { readonly [key: string]: string };
export type Matcher = (labels: Labels) => boolean;

/** `a=b,c!=d,e in (f,g),h,!i`. A selector that does not parse is a 400, worded as the server's lexer does. */
export function parseLabelSelector(text: string): Matcher {
  const terms = splitTerms(text).map(parseTerm);
  return (labels) => terms.every((term) => term(labels));
}

function parseTerm(term: string): Matcher {
  const set = /^([^\s!=()]+)\s+(in|notin)\s+\(([^()]*)\)$/.exec(term);
  if (set) {
    const [, key = '', operator, list = ''] = set;
    const values = list.split(',').map((value) => value.trim());
    return operator === 'in'
      ? (labels) => labels[key] !== undefined && values.includes(labels[key])
      : (labels) => labels[key] === undefined || !values.includes(labels[key]);
  }
  const pair = /^([^\s!=()<>]+)\s*(==|!=|=)\s*([^\s!=()]*)$/.exec(term);
  if (pair) {
    const [, key = '', operator, value = ''] = pair;
    return operator === '!=' ? (labels) => labels[key] !== value : (labels) => labels[key] === value;
  }
  const bare = /^(!?)\s*([^\s!=()<>]+)$/.exec(term);
  if (bare) {
    const [, not, key = ''] = bare;
    return not === '!' ? (labels) => labels[key] === undefined : (labels) => labels[key] !== undefined;
  }
  const found = /(?:==|=)\s*([=!()])/.exec(term)?.[1] ?? term;
  throw badRequest(`unable to parse requirement: found '${found}', expected: identifier`);
}

function splitTerms(text: string): string[] {
  return text.trim() === '' ? [] : text.split(/,(?![^(]*\))/).map((term) => term.trim());
}

export function matches(selector: LabelSelector | undefined, labels: Labels = {}): boolean {
  if (!selector) return false;
  const equal = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
  return (
    equal &&
    (selector.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
      const value = labels[key];
      if (operator === 'In') return value !== undefined && values.includes(value);
      if (operator === 'NotIn') return value === undefined || !values.includes(value);
      return operator === 'Exists' ? value !== undefined : value === undefined;
    })
  );
}

/** `app=web,pod-template-hash=x`, sorted by key, as tables and the scale subresource print it. */
export function selectorText(selector: LabelSelector | undefined): string {
  const pairs = Object.entries(selector?.matchLabels ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${value}`);
  const expressions = (selector?.matchExpressions ?? []).map(({ key, operator, values = [] }) => {
    if (operator === 'Exists') return key;
    if (operator === 'DoesNotExist') return `!${key}`;
    return `${key} ${operator === 'In' ? 'in' : 'notin'} (${[...values].sort().join(',')})`;
  });
  return [...pairs, ...expressions].join(',');
}
