import { describe, expect, it } from 'vitest';
import { agoText, durationText } from './duration-text.js';

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
