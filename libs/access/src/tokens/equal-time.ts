import { pause, type Clock } from '#kernel';

/**
 * Resolves at the next whole multiple of `stepMs` after `startMs`, a time of the clock's `monotonic`, and the first one at
 * the earliest: how long work took that began then (whether a token was found, had ended, or wanted a key) shows in steps
 * only, and all that takes less than one step looks the same.
 */
export async function toNextStep(clock: Clock, stepMs: number, startMs: number): Promise<void> {
  const tookMs = clock.monotonic() - startMs;
  await pause(clock, Math.max(1, Math.ceil(tookMs / stepMs)) * stepMs - tookMs);
}
