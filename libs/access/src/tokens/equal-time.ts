import { pause, type Clock } from '#kernel';

/**
 * Resolves at the next whole multiple of `stepMs` after `startMs`, a `monotonic` time, but not before the first one. So the
 * time that work took since then (whether a token was found, had ended, or required a key) shows only in steps, and all work
 * that takes less than one step looks the same.
 */
export async function toNextStep(clock: Clock, stepMs: number, startMs: number): Promise<void> {
  const tookMs = clock.monotonic() - startMs;
  await pause(clock, Math.max(1, Math.ceil(tookMs / stepMs)) * stepMs - tookMs);
}
