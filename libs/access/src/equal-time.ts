import type { Clock } from '#kernel';

/**
 * Does `work` and settles as it does, but only at a whole multiple of `stepMs` after the call: how long the work took
 * (whether a token was found, had ended, or wanted a key) then shows in steps only, and all that take less than one
 * step look the same.
 */
export async function inEqualTime<T>(clock: Clock, stepMs: number, work: () => Promise<T>): Promise<T> {
  const startMs = clock.monotonic();
  try {
    return await work();
  } finally {
    const tookMs = clock.monotonic() - startMs;
    const waitMs = Math.max(1, Math.ceil(tookMs / stepMs)) * stepMs - tookMs;
    await new Promise<void>((resolve) => clock.after(waitMs, resolve));
  }
}
