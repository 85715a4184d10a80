import { describe, expect, it } from 'vitest';
import { agoText } from './ago-text.js';

describe('agoText', () => {
  it.each([
    [0, 'just now'],
    [999, 'just now'],
    [1000, '1 second ago'],
    [59_999, '59 seconds ago'],
    [60_000, '1 minute ago'],
    [5 * 60_000, '5 minutes ago'],
    [3_600_000, '1 hour ago'],
    [50 * 3_600_000, '50 hours ago'],
  ])('%i ms is %s', (ms, text) => {
    expect(agoText(ms)).toBe(text);
  });
});
