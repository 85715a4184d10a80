import { setTimeout as delay } from 'node:timers/promises';
import type { ChromiumPage } from './chromium.js';
import type { PageJoiner } from './page-joiner.js';

/** How a page answered while something went on. */
export interface Answers {
  /**
   * For each key that was pressed, milliseconds from the press to the paint after it, as Chromium's Event Timing tells them: in
   * steps of 8, and 16 for all that took less.
   */
  readonly keyToPaintMs: readonly number[];
  /** Tasks of more than 50 ms, in which a page hears nothing. */
  readonly longTasks: number;
  readonly longTaskMs: number;
  /** Frames that were drawn a second. */
  readonly framesASecond: number;
}

/** Below it, Event Timing tells nothing. */
const LEAST_MS = 16;

const WATCH = `(() => {
  const seen = { keys: [], longTasks: 0, longTaskMs: 0, frames: 0 };
  const keys = new PerformanceObserver((list) => {
    for (const { name, duration } of list.getEntries()) if (name === 'keydown') seen.keys.push(duration);
  });
  keys.observe({ type: 'event', durationThreshold: ${LEAST_MS} });
  const tasks = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) { seen.longTasks++; seen.longTaskMs += duration; }
  });
  tasks.observe({ type: 'longtask' });
  let watching = true;
  const frame = () => { seen.frames++; if (watching) requestAnimationFrame(frame); };
  requestAnimationFrame(frame);
  globalThis.endWatch = () => { watching = false; keys.disconnect(); tasks.disconnect(); return seen; };
})()`;

interface Seen {
  readonly keys: readonly number[];
  readonly longTasks: number;
  readonly longTaskMs: number;
  readonly frames: number;
}

/** Presses `x` so many times, evenly over `forMs`, and tells how the page answers. */
export async function answersOf(page: PageJoiner<ChromiumPage>, forMs: number, presses: number): Promise<Answers> {
  await page.driver.evaluate(WATCH);
  const began = performance.now();
  for (let n = 1; n <= presses; n++) {
    await page.press('x');
    await delay(Math.max(0, began + (n * forMs) / presses - performance.now()));
  }
  const { keys, longTasks, longTaskMs, frames } = await page.driver.evaluate<Seen>('endWatch()');
  const seconds = (performance.now() - began) / 1000;
  const quick = Array.from({ length: Math.max(0, presses - keys.length) }, () => LEAST_MS);
  return { keyToPaintMs: [...keys, ...quick], longTasks, longTaskMs, framesASecond: frames / seconds };
}
