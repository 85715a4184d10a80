import { backoffMs } from '#kernel';

/** The first wait before a new connection, in milliseconds: most breaks are over at once. */
const FIRST_MS = 300;
const GROWTH = 1.7;
/** The longest wait before the page tries again, in milliseconds: people do not like to wait longer. */
const MOST_MS = 15_000;

/**
 * How long to wait, in milliseconds, before connection `attempt` (1 for the first after a break). Grows up to 15 s, and
 * `random` (0 to 1) spreads it by half to either side, so that after a server's restart, its pages do not all come at once.
 */
export function retryDelay(attempt: number, random: number): number {
  return Math.round(backoffMs(attempt - 1, FIRST_MS, MOST_MS, GROWTH) * (0.5 + random));
}
