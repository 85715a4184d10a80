import type { Clock } from '#kernel';

/** How long to wait before one looks again whether something has changed. */
export const ASK_AGAIN_MS = 250;

/** Resolves after `ms` milliseconds. */
export async function pause(clock: Clock, ms: number): Promise<void> {
  await new Promise<void>((resolve) => clock.after(ms, resolve));
}
