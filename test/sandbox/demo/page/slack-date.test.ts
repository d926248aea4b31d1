import { describe, expect, it } from '@jest/globals';
import { ago, dateText, dayTitle } from '../../../../src/sandbox/demo/page/slack/slack-date.ts';

const timeZone = 'Europe/Berlin';
const at = new Date('2026-11-22T13:05:09Z');
const seconds = at.getTime() / 1000;
const later = new Date('2027-03-01T08:00:00Z');

function shown(format: string, now: Date = later): string {
  return dateText({ kind: 'date', seconds, format, fallback: 'fallback' }, { now, timeZone });
}

describe('a date in a message', () => {
  it.each([
    ['{date_num}', '2026-11-22'],
    ['{date_slash}', '11/22/2026'],
    ['{date}', 'November 22nd, 2026'],
    ['{date_short}', 'Nov 22, 2026'],
    ['{date_long}', 'Sunday, November 22nd, 2026'],
    ['{date_pretty}', 'November 22nd, 2026'],
    ['{date_short_pretty}', 'Nov 22, 2026'],
    ['{date_long_pretty}', 'Sunday, November 22nd, 2026'],
    ['{time}', '2:05 PM'],
    ['{time_secs}', '2:05:09 PM'],
    ['{ago}', '98 days ago'],
    ['on {date_short} at {time}', 'on Nov 22, 2026 at 2:05 PM'],
  ])('is written by %s', (format, expected) => {
    expect(shown(format)).toBe(expected);
  });

  it.each([
    ['2026-11-22T22:59:59Z', 'today 2:05 PM'],
    ['2026-11-22T23:00:00Z', 'yesterday 2:05 PM'],
    ['2026-11-21T12:00:00Z', 'tomorrow 2:05 PM'],
    ['2026-11-23T23:00:00Z', 'Nov 22, 2026 2:05 PM'],
  ])('at %s is near or far by the reader’s own midnight', (now, expected) => {
    expect(shown('{date_short_pretty} {time}', new Date(now))).toBe(expected);
  });

  it.each(['{unknown}', '{constructor}'])('with %s shows its fallback', (format) => {
    expect(shown(format)).toBe('fallback');
  });

  it('beyond what a clock can show shows its fallback', () => {
    const date = { kind: 'date', seconds: 1e15, format: '{date}', fallback: 'never' } as const;

    expect(dateText(date, { now: later })).toBe('never');
  });
});

it.each([
  [1, '1st'],
  [2, '2nd'],
  [3, '3rd'],
  [4, '4th'],
  [11, '11th'],
  [12, '12th'],
  [13, '13th'],
  [21, '21st'],
  [31, '31st'],
])('day %i has its ordinal', (day, expected) => {
  expect(dayTitle(new Date(Date.UTC(2026, 4, day, 12)), { now: later, timeZone: 'UTC' })).toContain(`May ${expected}`);
});

it.each([
  [-2, 'just now'],
  [-30, '30 seconds ago'],
  [-60, '1 minute ago'],
  [-7200, '2 hours ago'],
  [-200_000, '2 days ago'],
  [600, 'in 10 minutes'],
])('%i seconds from now is said in words', (offset, expected) => {
  expect(ago(new Date(at.getTime() + offset * 1000), at)).toBe(expected);
});
