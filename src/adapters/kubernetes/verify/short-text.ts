/** What kubelets, schedulers, controllers and programs wrote, as it may stand in a sentence. */
import { maskText } from '../../../domain/masking.ts';
import { readyToMask } from '../shown-text.ts';

const charactersMax = 160;

/** On one line, masked, without its full stop, at most `max` characters. */
export function shortText(text: string, max = charactersMax): string {
  const line = maskText(readyToMask(text))
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
    .replace(/\.$/, '');
  // Not between the halves of a character.
  return line.length > max ? `${line.slice(0, max - 1).replace(/[\uD800-\uDBFF]$/, '')}…` : line;
}

export const plural = (count: number, one: string, several = `${one}s`): string =>
  `${count} ${count === 1 ? one : several}`;
