import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import type { Clock, Work } from '#kernel';
import type { ProxyMode } from '#ssh';
import type { Protocol } from './first-bytes.js';

/** A silent client waits for our banner: SSH. Long enough for a first segment that was lost once on a slow line, in ms. */
export const SILENT_MS = 2_000;
/** How long the bytes may take that tell the protocol, in ms: as long as a request's headers. */
export const FIRST_BYTES_MS = 15_000;
/** How long a TLS handshake may take from there, in ms. */
export const HANDSHAKE_MS = 10_000;
/** How long somebody who was refused may take to read why, in ms. */
export const LINGER_MS = 1_000;

/** Connections whose protocol is not known yet, or whose TLS handshake goes on: up to some 40 KB each. Then one has to go (`ConnectionLimits`). */
export const MOST_UNDECIDED = 512;
/** The same of one address, unless it stands for many: a page may open a dozen at once, and an office has many pages. */
export const MOST_UNDECIDED_PER_ADDRESS = 128;

/** The longest TLS record with its header: no first message of a handshake is longer here. */
export const MAX_HELLO_BYTES = 16_384 + 5;

/** Who is at the other end of a connection. */
export interface GatePeer {
  /** From the PROXY header, where there was one. */
  readonly address: string;
  readonly port: number;
  /** Whether a proxy has said whose it is. */
  readonly announced: boolean;
}

/** The certificate's part of TLS. */
export interface GateTls {
  /** What to encrypt with; undefined: there is no certificate yet. */
  context(): SecureContext | undefined;
  /** What answers a challenge of ACME (tls-alpn-01) for a name; undefined: there is none. Left out where ACME is not used. */
  readonly challenge?: (name: string) => Promise<SecureContext | undefined>;
}

/** What became of a connection: its protocol, or why it ended before that was known. */
export type GateOutcome =
  | Protocol
  | 'acme'
  | 'bad-proxy-header'
  | 'closed'
  | 'late'
  | 'no-certificate'
  | 'over-work'
  | 'tls-failed'
  | 'too-many';

/** Who hears of connections. Its methods must not throw. */
export interface GateObserver {
  /** Once for each connection; `peer` is the socket's address where nothing else is known. */
  outcome(outcome: GateOutcome, peer: GatePeer): void;
  /** The system could not take a connection. */
  failed(error: Error): void;
}

/** What a gate needs. */
export interface GateOptions {
  readonly clock: Clock;
  readonly proxyProtocol: ProxyMode;
  /** CIDRs whose PROXY header is believed. */
  readonly trustedProxies: readonly string[];
  /** Takes plain HTTP. */
  readonly http: Server;
  /** Takes HTTP that came by TLS; undefined: there is no TLS here. */
  readonly secure?: { readonly tls: GateTls; readonly http: Server };
  readonly observer: GateObserver;
  /** Counts the CPU time of TLS handshakes. */
  readonly work: Pick<Work, 'connection'>;
}

/** Takes a connection that speaks SSH, or that waits to be greeted. */
export type SshTaker = (socket: Socket, peer: GatePeer) => void;
