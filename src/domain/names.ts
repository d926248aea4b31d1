/**
 * Names that reach Kubernetes. A value of these types has passed the grammar, so it can stand in a URL path:
 * `../secrets/x?` as a pod name has returned a Secret from a real API server.
 * Rules: Kubernetes documentation, "Object Names and IDs" and "Labels and Selectors".
 */
declare const checked: unique symbol;
/** An RFC 1123 subdomain: most object names (pods, deployments, nodes). At most 253 characters. */
export type ObjectName = string & { readonly [checked]: 'object' };
/** An RFC 1123 label: namespaces, containers. At most 63 characters. */
export type LabelName = string & { readonly [checked]: 'label' };

const label = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const envName = /^[-._a-zA-Z][-._a-zA-Z0-9]*$/;
const labelKey = /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-_.A-Za-z0-9]{0,61}[A-Za-z0-9])?$/;
const labelValue = /^([A-Za-z0-9]([-_.A-Za-z0-9]{0,61}[A-Za-z0-9])?)?$/;

export const isLabelName = (text: string): text is LabelName => label.test(text);

export const isObjectName = (text: string): text is ObjectName =>
  text.length <= 253 && text.split('.').every((part) => label.test(part));

/** A container's environment variable name. Source: `k8s.io/apimachinery` IsEnvVarName. */
export const isEnvName = (text: string): boolean => envName.test(text) && text !== '.' && text !== '..';

/** An equality or set-based label selector such as `app=web,tier in (a,b),!old`, at most 1,000 characters. */
export function isLabelSelector(text: string): boolean {
  if (text === '' || text.length > 1000 || /[\n\r\t]/.test(text)) return false;
  return splitSelector(text).every((term) => {
    const set = /^([^\s!=()]+)\s+(?:in|notin)\s+\(([^()]*)\)$/.exec(term);
    if (set?.[1] !== undefined && set[2] !== undefined) {
      return labelKey.test(set[1]) && set[2].split(',').every((value) => labelValue.test(value.trim()));
    }
    const equal = /^([^\s!=()]+)\s*(?:==|!=|=)\s*([^\s!=()]*)$/.exec(term);
    if (equal?.[1] !== undefined && equal[2] !== undefined) {
      return labelKey.test(equal[1]) && labelValue.test(equal[2]);
    }
    return labelKey.test(term.startsWith('!') ? term.slice(1) : term);
  });
}

/** Splits at the commas that are outside parentheses. */
function splitSelector(text: string): string[] {
  const terms: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === '(') depth++;
    else if (char === ')') depth--;
    else if (char === ',' && depth === 0) {
      terms.push(text.slice(start, at).trim());
      start = at + 1;
    }
  }
  terms.push(text.slice(start).trim());
  return terms;
}
