/** The container that kubectl takes when none is named: that of an annotation, else the first. */
import type { Json } from '../../../domain/json.ts';
import { listAt, textAt } from '../live.ts';

const annotation = 'kubectl.kubernetes.io/default-container';

/**
 * Pushes what kubectl says about its choice, each with its newline. That the annotation names no container goes to
 * `misled`: `kubectl logs` says so, `kubectl exec` does not.
 */
export function defaultContainerOf(pod: Json, notes: string[], misled: string[] = notes): string {
  const names = (group: string): string[] => listAt(pod, 'spec', group).map((one) => textAt(one, 'name') ?? '');
  const init = names('initContainers');
  const main = names('containers');
  const ephemeral = names('ephemeralContainers');
  const all = [...main, ...init, ...ephemeral];
  const annotated = textAt(pod, 'metadata', 'annotations', annotation) ?? '';
  if (annotated !== '' && all.includes(annotated)) return annotated;
  const name = textAt(pod, 'metadata', 'name') ?? '';
  if (annotated !== '') misled.push(`Default container name "${annotated}" not found in pod ${name}\n`);
  const first = main[0] ?? '';
  if (all.length > 1) notes.push(`Defaulted container "${first}" out of: ${listed({ main, init, ephemeral })}\n`);
  return first;
}

/** Those that run on beside the others are init containers, too. */
const listed = (names: { main: string[]; init: string[]; ephemeral: string[] }): string =>
  [
    ...names.main,
    ...names.init.map((name) => `${name} (init)`),
    ...names.ephemeral.map((name) => `${name} (ephem)`),
  ].join(', ');
