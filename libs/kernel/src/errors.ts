/**
 * What can go wrong for a user, as stable codes, which are also metric labels and log fields. Each transport has its own words
 * for them: see `texts.ts`, `problem.ts` and `close-codes.ts`.
 */
export type ErrorCode =
  /** The peer's bytes do not follow the protocol: its connection ends. */
  | 'protocol'
  /** A message, queue or count is over its limit. */
  | 'limit'
  /** The token was never valid here, or is no longer valid. */
  | 'not-found'
  /** The session ended; it is remembered for a while. */
  | 'closed'
  /** The peer may not do this. */
  | 'forbidden'
  /** Somebody else did it first: a newer generation, a taken name. */
  | 'conflict'
  /** A dependency is not available; trying again may help. */
  | 'unavailable'
  /** It took longer than it may. */
  | 'timeout'
  /** The configuration is wrong. */
  | 'config';

/** An expected failure: has a stable code, and a message that may be shown to the peer that caused it. */
export class ShipmateError extends Error {
  override readonly name = 'ShipmateError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  /** Whether the same attempt may succeed later. */
  get temporary(): boolean {
    return this.code === 'unavailable' || this.code === 'timeout';
  }
}

/** Whether `error` is a `ShipmateError`, of `code` where one is given. */
export function isShipmateError(error: unknown, code?: ErrorCode): error is ShipmateError {
  return error instanceof ShipmateError && (code === undefined || error.code === code);
}
