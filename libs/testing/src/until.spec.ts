import { describe, expect, it } from 'vitest';
import { until, within } from '#testing';

describe('until', () => {
  it('gives the first truthy value', async () => {
    let looks = 0;
    expect(await until(() => (++looks < 3 ? undefined : `look ${looks}`), { everyMs: 1 })).toBe('look 3');
  });

  it('tells what it waited for and what it saw last', async () => {
    const waiting = until(() => 0, { what: 'the count to rise', deadlineMs: 5, everyMs: 1 });
    await expect(waiting).rejects.toThrow('waited 5 ms for the count to rise; the last value was 0');
  });

  it('takes a failing assertion for not yet true, and shows it in the end', async () => {
    const waiting = until(() => expect(1).toBe(2), { deadlineMs: 5, everyMs: 1 });
    await expect(waiting).rejects.toThrow(/the last error was: expected 1 to be 2/);
  });
});

describe('within', () => {
  it('passes a value and a failure on, and names what is late', async () => {
    expect(await within(Promise.resolve(7), 'a number')).toBe(7);
    await expect(within(Promise.reject(new Error('no')), 'a number')).rejects.toThrow('no');
    await expect(within(new Promise(() => undefined), 'a miracle', 5)).rejects.toThrow('waited 5 ms for a miracle');
  });
});
