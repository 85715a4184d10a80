/** How long the directory keeps things; all in milliseconds. Every process of a fleet must use the same. */
export interface DirectoryTimings {
  /** How long an edge counts as alive after a heartbeat. */
  readonly edgeLeaseMs: number;
  /** How long a closed session is remembered, so that a late joiner is told when it ended. */
  readonly closedMemoryMs: number;
}

/** An edge sends a heartbeat this often: two may be lost before its lease ends. */
export const EDGE_RENEW_MS = 5_000;

/** The timings of a fleet; tests use shorter ones. */
export const DEFAULT_TIMINGS: DirectoryTimings = {
  edgeLeaseMs: 15_000,
  // A working day and the night after it: people who try yesterday's link get an explanation, and ended sessions do not pile up.
  closedMemoryMs: 24 * 3_600_000,
};

/**
 * How long a replaced token is remembered: three times as long as reconnection data with that token is valid, and longer than
 * an ended session is remembered, so that the token cannot come back that way.
 */
export const RETIRED_TOKEN_MS = 36 * 3_600_000;

/** How long a session keeps its name while its host is away, unless the claim says otherwise. */
export const DEFAULT_NAME_GRACE_MS = 10 * 60_000;
