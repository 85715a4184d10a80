import { describe, expect, it } from 'vitest';
import { agoText, countdown, durationText, exactText, shortText } from './durations.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

describe('durationText', () => {
  it.each([
    [-5, '1 second'],
    [0, '1 second'],
    [1999, '1 second'],
    [59_999, '59 seconds'],
    [MINUTE_MS, '1 minute'],
    [5 * MINUTE_MS + 1, '5 minutes'],
    [HOUR_MS, '1 hour'],
    [24 * HOUR_MS - 1, '23 hours'],
    [50 * HOUR_MS, '2 days'],
  ])('%i ms are %s', (ms, text) => {
    expect(durationText(ms)).toBe(text);
  });
});

describe('agoText', () => {
  it.each([
    [-5, 'just now'],
    [999, 'just now'],
    [1000, '1 second ago'],
    [5 * MINUTE_MS, '5 minutes ago'],
  ])('%i ms is %s', (ms, text) => {
    expect(agoText(ms)).toBe(text);
  });
});

describe('exactText', () => {
  it.each([
    [0, '1 second'],
    [90_000, '90 seconds'],
    [2 * HOUR_MS, '2 hours'],
    [48 * HOUR_MS, '2 days'],
  ])('%i ms are %s', (ms, text) => {
    expect(exactText(ms)).toBe(text);
  });
});

describe('shortText', () => {
  it.each([
    [-5, '0s'],
    [59_999, '59s'],
    [3 * HOUR_MS + 5, '3h'],
  ])('%i ms are %s', (ms, text) => {
    expect(shortText(ms)).toBe(text);
  });
});

describe('countdown', () => {
  it.each([
    [-5, '0:00'],
    [1, '0:01'],
    [59_001, '1:00'],
    [300_000, '5:00'],
  ])('%s ms are %s', (ms, said) => expect(countdown(ms)).toBe(said));
});
