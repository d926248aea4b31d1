/** Reads whose text is not the author's program's own, so that a filter might find something else in it. */
import type { Filter } from '../domain/filter.ts';
import type { Template } from '../domain/object-reference.ts';
import type { SingleReadOf } from '../domain/read-action.ts';
import { refuse, type Refusal } from './reasons.ts';

/** `rough`: the words of the program before the pipe. */
export function inexactOutput(
  action: SingleReadOf<Template>,
  rough: readonly string[],
  behind: { readonly filters: readonly Filter[]; readonly errorsToo: boolean },
): Refusal | undefined {
  if (behind.filters.length === 0) return undefined;
  if (action.type === 'docker-read' && action.what !== 'logs' && action.what !== 'inspect') {
    return refuse(
      'not-exact',
      `What \`docker ${action.what}\` prints is drawn differently here, so what stands behind the pipe could find something else; leave the pipe out.`,
    );
  }
  const quiet = rough.some((word) => /^(?:-[A-Za-z]*s[A-Za-z]*|--silent|--no-progress-meter)$/.test(word));
  if (action.type === 'http-read' && behind.errorsToo && !quiet) {
    return refuse(
      'not-exact',
      'Without `-s` curl writes its progress into this pipe, which is not reproduced; add `-s`.',
    );
  }
  return undefined;
}
