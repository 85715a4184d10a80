import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { datePartsAt, strftime } from './index.js';

// Saturday 21 November 2026, 04:05:09 UTC.
const at = datePartsAt(Date.UTC(2026, 10, 21, 4, 5, 9));

describe('strftime', () => {
  it.each([
    ['%H:%M %d-%b-%y', '04:05 21-Nov-26'],
    ['%a %A %B %h', 'Sat Saturday November Nov'],
    ['%e|%k|%l|%I|%p|%P', '21| 4| 4|04|AM|am'],
    ['%j %U %W %V %G %g %u %w', '325 46 46 47 2026 26 6 6'],
    ['%F %T %R %D %r', '2026-11-21 04:05:09 04:05 11/21/26 04:05:09 AM'],
    ['%c', 'Sat Nov 21 04:05:09 2026'],
    ['%C%y %Y %m %S', '2026 2026 11 09'],
    ['%s %z %Z', '1795233909 +0000 UTC'],
    ['%%H %n%t', '%H \n\t'],
    ['%-H %_H %03d %^a %#p %5S', '4  4 021 SAT am 00009'],
    ['%Ey %Od', '26 21'],
    ['100% %Q %', '100% %Q %'],
  ])('fills in %j', (template, text) => {
    expect(strftime(template, at)).toBe(text);
  });

  it('knows the weeks at the ends of a year', () => {
    const weeks = (...date: [number, number, number]): string =>
      strftime('%G-%V %U %W %j', datePartsAt(Date.UTC(...date)));
    expect(weeks(2027, 0, 1)).toBe('2026-53 00 00 001');
    expect(weeks(2024, 11, 30)).toBe('2025-01 52 53 365');
    expect(weeks(2023, 0, 1)).toBe('2022-52 01 00 001');
  });

  it('says noon and midnight as clocks do', () => {
    expect(strftime('%I %p', datePartsAt(Date.UTC(2026, 0, 1, 0)))).toBe('12 AM');
    expect(strftime('%I %p', datePartsAt(Date.UTC(2026, 0, 1, 12)))).toBe('12 PM');
  });

  it('goes by the place', () => {
    const tokyo = datePartsAt(Date.UTC(2026, 10, 21, 20, 0), 540, 'JST');
    expect(strftime('%F %H:%M %z %Z', tokyo)).toBe('2026-11-22 05:00 +0900 JST');
    expect(strftime('%H:%M %z', datePartsAt(Date.UTC(2026, 10, 21, 4), -210))).toBe('00:30 -0330');
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.string(), (template) => typeof strftime(template, at) === 'string'));
  });
});
