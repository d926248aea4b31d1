/** The delete of a pod that is made again is not sent when nothing makes it again by then. */
import { whyNotDelete } from '../delete-pod.ts';
import { deletionEffect } from './delete.ts';
import type { Effect } from './effect.ts';

export const deletePodEffect: Effect = deletionEffect(whyNotDelete);
