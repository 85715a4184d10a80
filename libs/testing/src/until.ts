import { setTimeout as delay } from 'node:timers/promises';
import { inspect } from 'node:util';

/** How a wait ends. */
export interface UntilOptions {
  /** What is waited for, as the end of "waited for …": it is the first thing a failing test says. */
  readonly what?: string;
  /** Default 40 s. It only matters when something fails: a machine that does ten other things needs its time. */
  readonly deadlineMs?: number;
  /** Time between two looks; default 10 ms. */
  readonly everyMs?: number;
}

export const DEFAULT_DEADLINE_MS = 40_000;

/**
 * Looks again and again until `condition` gives something truthy, and returns that. A condition that throws counts as
 * not yet true, so that assertions can be waited for. At the deadline it throws, telling the last value or error seen.
 */
export async function until<T>(condition: () => T | Promise<T>, options: UntilOptions = {}): Promise<NonNullable<T>> {
  const { what = 'a condition', deadlineMs = DEFAULT_DEADLINE_MS, everyMs = 10 } = options;
  const startMs = performance.now();
  for (;;) {
    let seen: string;
    let cause: unknown;
    try {
      const value = await condition();
      if (value !== undefined && value !== null && value !== false && value !== 0 && value !== '') return value;
      seen = `the last value was ${inspect(value, { depth: 4 })}`;
    } catch (error) {
      cause = error;
      seen = `the last error was: ${error instanceof Error ? error.message : inspect(error)}`;
    }
    if (performance.now() - startMs >= deadlineMs) {
      throw new Error(`waited ${deadlineMs} ms for ${what}; ${seen}`, { cause });
    }
    await delay(everyMs);
  }
}

/** `promise`, or an error that says what did not happen in `deadlineMs`. */
export async function within<T>(promise: Promise<T>, what: string, deadlineMs = DEFAULT_DEADLINE_MS): Promise<T> {
  const abort = new AbortController();
  const late = delay(deadlineMs, undefined, { signal: abort.signal }).then(() => {
    throw new Error(`waited ${deadlineMs} ms for ${what}`);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    abort.abort();
    late.catch(() => undefined);
  }
}
