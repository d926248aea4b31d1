/**
 * Dates as Slack writes them for its readers, by "Formatting text for app surfaces", `<!date^…>`. English, in the
 * time zone of who reads; `now` decides what is today.
 */
import type { SlackDate } from './prose.ts';

export type Reader = {
  readonly now: Date;
  /** Such as `Europe/Berlin`; the browser's own by default. */
  readonly timeZone?: string | undefined;
};

/** What a reader sees. The fallback when the format has a part that nobody knows, as in Slack. */
export function dateText({ seconds, format, fallback }: SlackDate, reader: Reader): string {
  const at = new Date(seconds * 1000);
  if (Number.isNaN(at.getTime())) return fallback;
  let isKnown = true;
  const text = format.replace(/\{([a-z_]+)\}/g, (_whole, name: string) => {
    const part = Object.hasOwn(parts, name) ? parts[name] : undefined;
    isKnown &&= part !== undefined;
    return part ? part(at, reader) : '';
  });
  return isKnown ? text : fallback;
}

/** For a title: the whole moment, such as `Sunday, November 22, 2026 at 1:05:09 PM GMT+1`. */
export function fullMoment(at: Date, { timeZone }: Pick<Reader, 'timeZone'> = {}): string {
  return formatter('en-US', { dateStyle: 'full', timeStyle: 'long', timeZone }).format(at);
}

/** `1:05 PM`. */
export function clockTime(at: Date, reader: Pick<Reader, 'timeZone'> = {}): string {
  return written(at, reader, { hour: 'numeric', minute: '2-digit' });
}

/** The divider between days: `Today`, `Yesterday`, or `Friday, November 20th`. */
export function dayTitle(at: Date, reader: Reader): string {
  return nearDay(at, reader) ?? `${written(at, reader, { weekday: 'long' })}, ${monthAndDay(at, reader, 'long')}`;
}

/** `2026-11-22` in the reader's time zone: equal for two moments of one day. */
export function dayOf(at: Date, { timeZone }: Pick<Reader, 'timeZone'>): string {
  return formatter('en-CA', { year: 'numeric', month: '2-digit', day: '2-digit', timeZone }).format(at);
}

const words = new Intl.RelativeTimeFormat('en-US', { numeric: 'always' });

/** `3 minutes ago`, `in 2 hours`. */
export function ago(at: Date, now: Date): string {
  const seconds = Math.round((at.getTime() - now.getTime()) / 1000);
  const size = Math.abs(seconds);
  if (size < 5) return 'just now';
  if (size < 60) return words.format(seconds, 'second');
  if (size < 3600) return words.format(Math.trunc(seconds / 60), 'minute');
  if (size < 86_400) return words.format(Math.trunc(seconds / 3600), 'hour');
  return words.format(Math.trunc(seconds / 86_400), 'day');
}

/** Making one takes longer than everything else on the page. */
const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(locale: string, how: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale} ${JSON.stringify(how)}`;
  const made = formatters.get(key) ?? new Intl.DateTimeFormat(locale, how);
  formatters.set(key, made);
  return made;
}

type Part = (at: Date, reader: Reader) => string;

const long: Part = (at, reader) => `${monthAndDay(at, reader, 'long')}, ${written(at, reader, { year: 'numeric' })}`;
const short: Part = (at, reader) => written(at, reader, { month: 'short', day: 'numeric', year: 'numeric' });
const withWeekday: Part = (at, reader) => `${written(at, reader, { weekday: 'long' })}, ${long(at, reader)}`;
/** In the middle of a sentence, so in small letters. */
const orNear =
  (far: Part): Part =>
  (at, reader) =>
    nearDay(at, reader)?.toLowerCase() ?? far(at, reader);

const parts: Readonly<Record<string, Part>> = {
  date_num: dayOf,
  date_slash: (at, reader) => written(at, reader, { year: 'numeric', month: '2-digit', day: '2-digit' }),
  date: long,
  date_short: short,
  date_long: withWeekday,
  date_long_full: withWeekday,
  date_pretty: orNear(long),
  date_short_pretty: orNear(short),
  date_long_pretty: orNear(withWeekday),
  day_divider_pretty: dayTitle,
  time: clockTime,
  time_secs: (at, reader) => written(at, reader, { hour: 'numeric', minute: '2-digit', second: '2-digit' }),
  ago: (at, { now }) => ago(at, now),
};

function written(at: Date, { timeZone }: Pick<Reader, 'timeZone'>, how: Intl.DateTimeFormatOptions): string {
  // Newer ICU data puts a narrow no-break space before AM and PM, which is a surprise when it is compared or copied.
  return formatter('en-US', { ...how, timeZone })
    .format(at)
    .replaceAll('\u202f', ' ');
}

function monthAndDay(at: Date, reader: Reader, month: 'long' | 'short'): string {
  const day = Number(written(at, reader, { day: 'numeric' }));
  return `${written(at, reader, { month })} ${day}${ordinal(day)}`;
}

function ordinal(day: number): string {
  if (day >= 11 && day <= 13) return 'th';
  return ['th', 'st', 'nd', 'rd'][day % 10] ?? 'th';
}

/** A day has 24 hours but twice a year; noon is never near enough to midnight for that to matter. */
function nearDay(at: Date, { now, timeZone }: Reader): string | undefined {
  const noon = (moment: Date) => Date.parse(`${dayOf(moment, { timeZone })}T12:00:00Z`);
  const days = Math.round((noon(at) - noon(now)) / 86_400_000);
  return { 0: 'Today', [-1]: 'Yesterday', 1: 'Tomorrow' }[days];
}
