/** Of pods that are deleted in one plan: so many, then their replacements are waited for. `all`: nothing is waited for. */
export type WaveSize = number | 'all';

export const waveText = (waves: WaveSize): string =>
  waves === 'all' ? 'all at once' : waves === 1 ? 'one at a time' : `in waves of ${waves}`;
