/** What a relay reports to the metrics. Every method is optional and must be cheap. */
export interface RelayObserver {
  /** A message went out, or did not. */
  published?(bytes: number): void;
  /** A message came in. */
  received?(bytes: number): void;
  /** A replica missed something, or a home skipped it because the relay was behind. */
  gap?(reason: 'lost' | 'interrupted' | 'new-home' | 'behind'): void;
  /** A home sent a snapshot. */
  snapshot?(reason: 'requested' | 'behind' | 'new-home'): void;
  /** Something that should not happen did: a malformed message, a failing bus. The text has no content of a session. */
  fault?(error: unknown): void;
}
