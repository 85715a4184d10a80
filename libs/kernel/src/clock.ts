/** A pending call; cancelling one that ran is harmless. */
export interface Timer {
  cancel(): void;
}

/** Time as the libs see it, so that a test can stop it. All times are in milliseconds. */
export interface Clock {
  /** Wall time since the Unix epoch: for stamps that leave the process. */
  now(): number;
  /** A monotonic time with an arbitrary start and a fraction: for intervals. */
  monotonic(): number;
  /** Calls `run` once, `delayMs` from now. A pending timer does not keep the process alive. */
  after(delayMs: number, run: () => void): Timer;
}

/** Resolves `ms` milliseconds from now. */
export async function pause(clock: Clock, ms: number): Promise<void> {
  await new Promise<void>((resolve) => clock.after(ms, resolve));
}
