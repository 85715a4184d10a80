import type { CloseName } from '#web-protocol';

/** How a page's connection ended: by one of our codes, by the page's own wish, or without a word. */
export type WebEnding = CloseName | 'broken';

/** What a web edge's doings are told to: metrics and debug logs. Calls are synchronous and must be cheap. */
export interface WebEdgeObserver {
  joinRefused(reason: 'not-found' | 'closed' | 'keys-required' | 'unavailable' | 'too-many', address: string): void;
  joinSeconds(seconds: number): void;
  bytes(direction: 'in' | 'out', count: number): void;
  rtt(seconds: number): void;
  resumed(): void;
  disconnected(connection: number, address: string, ending: WebEnding): void;
  failed(error: unknown): void;
}
