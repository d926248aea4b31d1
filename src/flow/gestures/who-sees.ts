/** What every gesture begins with that shows something outside of the incidents' channels. */
import { OperationError } from '../../domain/errors.ts';
import type { Sight, SightOf } from '../home/sight.ts';
import type { Refused } from '../interactions.ts';
import { refused } from './door.ts';

/** Checked now; refused when there is nothing that the person may see, or when nobody can say who it is. */
export async function whoSees(sightOf: SightOf, user: string): Promise<Sight | Refused> {
  const sight = await sightOf(user).catch((error: unknown) => {
    if (error instanceof OperationError) return undefined;
    throw error;
  });
  if (!sight) return refused('Slack could not say who you are just now; try again in a minute.');
  return sight.closed === undefined ? sight : refused(sight.closed);
}
