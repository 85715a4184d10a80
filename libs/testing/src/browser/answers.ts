import { setTimeout as delay } from 'node:timers/promises';
import type { ChromiumPage } from './chromium.js';
import type { PageJoiner } from './page-joiner.js';

/** How a page answered while something went on. */
export interface Answers {
  /**
   * For each key that was pressed, milliseconds from the press to the end of the frame after it. Not from Chromium's Event
   * Timing: without a display, it may report a paint tens of seconds late, while frames are drawn all the time.
   */
  readonly keyToPaintMs: readonly number[];
  /** Tasks of more than 50 ms, in which a page hears nothing. */
  readonly longTasks: number;
  readonly longTaskMs: number;
  /** Frames that were drawn a second. */
  readonly framesASecond: number;
}

const WATCH = `(() => {
  const seen = { keys: [], longTasks: 0, longTaskMs: 0, frames: 0 };
  // A message posted before a frame is drawn is heard after it.
  const afterFrame = (then) => requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => { port1.close(); then(); };
    port2.postMessage(0);
  });
  const pressed = ({ timeStamp }) => afterFrame(() => seen.keys.push(performance.now() - timeStamp));
  addEventListener('keydown', pressed, true);
  const tasks = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) { seen.longTasks++; seen.longTaskMs += duration; }
  });
  tasks.observe({ type: 'longtask' });
  let watching = true;
  const frame = () => { seen.frames++; if (watching) requestAnimationFrame(frame); };
  requestAnimationFrame(frame);
  globalThis.seenKeys = () => seen.keys.length;
  globalThis.endWatch = () => { watching = false; removeEventListener('keydown', pressed, true); tasks.disconnect(); return seen; };
})()`;

interface Seen {
  readonly keys: readonly number[];
  readonly longTasks: number;
  readonly longTaskMs: number;
  readonly frames: number;
}

/** Presses `x` that many times, evenly over `forMs`, and returns how fast the page answers. */
export async function answersOf(page: PageJoiner<ChromiumPage>, forMs: number, presses: number): Promise<Answers> {
  await page.driver.evaluate(WATCH);
  const began = performance.now();
  for (let n = 1; n <= presses; n++) {
    await page.press('x');
    await delay(Math.max(0, began + (n * forMs) / presses - performance.now()));
  }
  await page.toHold(`seenKeys() === ${presses}`, true);
  const { keys, longTasks, longTaskMs, frames } = await page.driver.evaluate<Seen>('endWatch()');
  const seconds = (performance.now() - began) / 1000;
  return { keyToPaintMs: keys, longTasks, longTaskMs, framesASecond: frames / seconds };
}
