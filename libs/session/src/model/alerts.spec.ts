import { describe, expect, it } from 'vitest';
import { Alerts, type WatchedWindow } from './alerts.js';

const windows = (...monitored: number[]): WatchedWindow[] =>
  [1, 2, 3].map((uid) => ({ uid, monitored: monitored.includes(uid) }));

describe('Alerts', () => {
  it('marks activity where it is asked for, once, until the window is seen', () => {
    const alerts = new Alerts();
    alerts.heard(2);
    alerts.heard(3);
    expect(alerts.check(windows(2), 1)).toEqual([2]);
    expect([alerts.isActive(2), alerts.isActive(3)]).toEqual([true, false]);
    expect(alerts.check(windows(2), 1)).toEqual([]);
    alerts.seen(2);
    expect(alerts.isActive(2)).toBe(false);
    expect(alerts.check(windows(2), 1)).toEqual([]);
  });

  it('marks nothing in the current window, nor later what was printed there', () => {
    const alerts = new Alerts();
    alerts.heard(1);
    expect(alerts.check(windows(1, 2), 1)).toEqual([]);
    expect(alerts.check(windows(1, 2), 2)).toEqual([]);
  });

  it('remembers output from before it was asked for', () => {
    const alerts = new Alerts();
    alerts.heard(2);
    expect(alerts.check(windows(), 1)).toEqual([]);
    expect(alerts.check(windows(2), 1)).toEqual([2]);
  });

  it('keeps silence until the window is seen', () => {
    const alerts = new Alerts();
    alerts.silent(2);
    expect([alerts.isSilent(1), alerts.isSilent(2)]).toEqual([false, true]);
    alerts.seen(2);
    expect(alerts.isSilent(2)).toBe(false);
  });

  it('keeps a bell until the window is seen or gone', () => {
    const alerts = new Alerts();
    alerts.rang(2);
    alerts.rang(3);
    alerts.keep(new Set([1, 2]));
    expect([alerts.hasRung(2), alerts.hasRung(3)]).toEqual([true, false]);
    alerts.seen(2);
    expect(alerts.hasRung(2)).toBe(false);
  });
});
