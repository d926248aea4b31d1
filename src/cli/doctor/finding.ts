/** What `doctor` has to say about one thing. */
import { describeError } from '../../domain/errors.ts';

export type Finding = {
  readonly level: 'ok' | 'warn' | 'fail' | 'off';
  /** `Slack bot token`, `cluster main`. */
  readonly about: string;
  readonly text: string;
  /** What to do about it; absent when there is nothing to do. */
  readonly advice?: string;
};

export const ok = (about: string, text: string): Finding => ({ level: 'ok', about, text });
export const off = (about: string, text: string): Finding => ({ level: 'off', about, text });
export const warn = (about: string, text: string, advice: string): Finding => ({ level: 'warn', about, text, advice });
export const fail = (about: string, text: string, advice: string): Finding => ({ level: 'fail', about, text, advice });

/** A check that could not be made is a finding of its own. */
export async function checking(
  about: string,
  advice: string,
  check: () => Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  try {
    return await check();
  } catch (error) {
    return [fail(about, describeError(error), advice)];
  }
}

const skewMaxMs = 30_000;

/** Slack refuses, and is refused, beyond five minutes; approvals expire by the database's clock. */
export function clockFinding(about: string, theirs: Date, ours: Date): readonly Finding[] {
  const skewMs = theirs.getTime() - ours.getTime();
  if (Math.abs(skewMs) <= skewMaxMs) return [];
  const seconds = Math.round(Math.abs(skewMs) / 1000);
  return [
    warn(
      about,
      `its clock is ${seconds} s ${skewMs > 0 ? 'ahead of' : 'behind'} this machine's`,
      'Keep all clocks with NTP: signatures and approvals are bound to time.',
    ),
  ];
}
