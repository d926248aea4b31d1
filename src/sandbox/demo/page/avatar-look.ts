/** The colour and the initials of a person. No DOM in here. */
import type { Person } from '../protocol.ts';

/** As many as theme.css has. */
const huesCount = 8;

/** By the place in the cast, so that the first eight people differ. */
export function hueOf(people: Readonly<Record<string, Person>>, id: string): number {
  const cast = Object.values(people).filter((person) => !person.isBot);
  return (
    Math.max(
      0,
      cast.findIndex((person) => person.id === id),
    ) % huesCount
  );
}

/** Of the first and the last word. */
export function initialsOf(name: string): string {
  const words = name.split(/\s+/).filter(Boolean);
  const ends = words.length > 1 ? [words[0], words.at(-1)] : words;
  return ends
    .map((word) => /^./u.exec(word ?? '')?.[0] ?? '')
    .join('')
    .toUpperCase();
}
