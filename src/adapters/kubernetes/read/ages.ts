/** Times as kubectl prints them. */

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

/** `5s`, `3m20s`, `4h`, `2d3h`: the age of an RFC 3339 time, `<unknown>` without one. Source: apimachinery's HumanDuration. */
export function ageOf(time: string | undefined, now: number): string {
  const at = Date.parse(time ?? '');
  if (Number.isNaN(at)) return '<unknown>';
  const age = now - at;
  const seconds = Math.trunc(age / second);
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.trunc(age / minute);
  if (minutes < 10) return two(minutes, 'm', seconds % 60, 's');
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.trunc(age / hour);
  if (hours < 8) return two(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return `${hours}h`;
  const days = Math.trunc(hours / 24);
  if (hours < 192) return two(days, 'd', hours % 24, 'h');
  if (hours < 24 * 365 * 2) return `${days}d`;
  const years = Math.trunc(days / 365);
  return hours < 24 * 365 * 8 ? two(years, 'y', days % 365, 'd') : `${years}y`;
}

const two = (large: number, largeUnit: string, small: number, smallUnit: string): string =>
  small === 0 ? `${large}${largeUnit}` : `${large}${largeUnit}${small}${smallUnit}`;

const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `Sun, 22 Nov 2026 06:24:19 +0000`, in the process's time zone as kubectl does. */
export function rfc1123(time: string | undefined): string {
  const date = new Date(time ?? '');
  if (Number.isNaN(date.getTime())) return 'Mon, 01 Jan 0001 00:00:00 +0000';
  const digits = (value: number): string => String(value).padStart(2, '0');
  const offset = -date.getTimezoneOffset();
  const zone = `${offset < 0 ? '-' : '+'}${digits(Math.trunc(Math.abs(offset) / 60))}${digits(Math.abs(offset) % 60)}`;
  const day = `${weekdays[date.getDay()] ?? ''}, ${digits(date.getDate())} ${months[date.getMonth()] ?? ''} ${date.getFullYear()}`;
  return `${day} ${digits(date.getHours())}:${digits(date.getMinutes())}:${digits(date.getSeconds())} ${zone}`;
}

/** `2026-11-22 06:24:19 +0000 UTC`, as Go prints a time by itself. */
export function goTime(time: string | undefined): string {
  const date = new Date(time ?? '');
  if (Number.isNaN(date.getTime())) return '0001-01-01 00:00:00 +0000 UTC';
  const digits = (value: number): string => String(value).padStart(2, '0');
  const [, clock = '', zone = ''] = / (\d\d:\d\d:\d\d) ([+-]\d{4})$/.exec(rfc1123(time)) ?? [];
  const name = date.getTimezoneOffset() === 0 ? 'UTC' : zone;
  return `${date.getFullYear()}-${digits(date.getMonth() + 1)}-${digits(date.getDate())} ${clock} ${zone} ${name}`;
}
