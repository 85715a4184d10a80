import type { Clock, Timer } from '#kernel';

/** The longest time that a Node timer takes (2^31 - 1 ms, 24.8 days); a longer one would fire at once. */
const LONGEST_MS = 0x7fffffff;

/** Real time. Its timers do not keep the process alive. */
export class SystemClock implements Clock {
  now(): number {
    return Date.now();
  }

  monotonic(): number {
    return performance.now();
  }

  after(delayMs: number, run: () => void): Timer {
    let leftMs = delayMs;
    let timer: NodeJS.Timeout;
    const wait = (): void => {
      const stepMs = Math.min(leftMs, LONGEST_MS);
      leftMs -= stepMs;
      timer = setTimeout(leftMs > 0 ? wait : run, stepMs).unref();
    };
    wait();
    return { cancel: () => clearTimeout(timer) };
  }
}
