import type { NotAdmittedReason, Route } from '#session';
import type { CloseName } from '#web-protocol';

/** How a page's connection ended: by one of our codes, by the page's own wish, or without a word. */
export type WebEnding = CloseName | 'broken';

/** Why somebody was not let in; metric labels. */
export type WebRefusal = Extract<
  CloseName,
  | 'not-found'
  | 'closed'
  | 'keys-required'
  | 'web-off'
  | 'wrong-password'
  | 'kicked'
  | 'refused'
  | 'unanswered'
  | 'full'
  | 'crowded'
  | 'unavailable'
  | 'too-many'
>;

/** The label of what a session has against somebody. */
export function webRefusal(reason: NotAdmittedReason): WebRefusal {
  switch (reason) {
    case 'keys-required':
    case 'web-off':
    case 'full':
    case 'unanswered':
    case 'crowded':
      return reason;
    case 'password':
      return 'wrong-password';
    case 'token':
      return 'not-found';
    case 'sent-away':
      return 'kicked';
    default:
      return 'refused';
  }
}

/** Where a web edge reports what it does: metrics and debug logs. Calls are synchronous and must be cheap. */
export interface WebEdgeObserver {
  /** `connection` is its number, as in `disconnected`; `route` is the session's, if one was found. */
  joinRefused(reason: WebRefusal, address: string, connection: number, route?: Route): void;
  /** A limit, or the list of addresses, was against somebody. */
  turnedAway(limit: string, address: string): void;
  joinSeconds(seconds: number): void;
  bytes(direction: 'in' | 'out', count: number): void;
  rtt(seconds: number): void;
  resumed(): void;
  disconnected(connection: number, address: string, ending: WebEnding): void;
  failed(error: unknown): void;
}
