import type { Clock, ShipmateError } from '#kernel';

/** How to reach one Redis. */
export interface RedisSettings {
  /** As `parseRedisUrl` reads it. A secret: it may hold a password. */
  readonly url: string;
  /** Whether it is a Redis Cluster. */
  readonly cluster?: boolean;
  /** What the connections are called in `CLIENT LIST`, such as `ssh-edge:3f2a`. */
  readonly name: string;
  /** Certificates (PEM) that the server's must come from; instead of the URL's `ca`. */
  readonly ca?: string;
}

/** What this lib reports to metrics and logs. Every method is optional and must be cheap; no text contains a secret. */
export interface RedisObserver {
  /** Whether Redis can be used, at the start and whenever it changes; if not, why. */
  state?(up: boolean, why: string | undefined): void;
  /** A command was answered. */
  roundTrip?(seconds: number): void;
  /** A connection was lost, an attempt failed, a reply made no sense. */
  fault?(error: unknown): void;
  /** Redis is well and refused a command that it ought to do: it has no memory, no disk, or too few replicas. */
  refused?(error: ShipmateError): void;
}

/** What everything in here shares. */
export interface RedisContext {
  readonly clock: Clock;
  readonly observer: RedisObserver;
}

/** How long a connection may take, TLS and login included. */
export const CONNECT_TIMEOUT_MS = 5_000;
/** How long the start waits for a Redis that does not answer. */
export const START_TIMEOUT_MS = 10_000;
/** Without any reply for so long while one is due, a connection counts as dead. */
export const REPLY_TIMEOUT_MS = 3_000;
/** How long a call waits for a connection that was just lost, or for a slot that is moving. */
export const HOLD_MS = 3_000;
/** A silent connection is asked this often whether it is alive. */
export const PING_EVERY_MS = 5_000;
/** The first wait before connecting again, and the longest; each is cut by up to a half, so that edges do not come at once. */
export const RETRY_FIRST_MS = 50;
export const RETRY_MOST_MS = 2_000;
/** How often the map of a Cluster is read again if nothing indicates a change, in ms. */
export const MAP_EVERY_MS = 15_000;
/** Commands that may wait for a reply on one connection; more are refused. */
export const MAX_OUTSTANDING = 50_000;
