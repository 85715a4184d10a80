import type { PublicKey } from '#keys';
import type { AuthMethod, AuthPolicy } from './authentication.js';
import type { DisconnectReason } from './disconnect-reason.js';
import type { HostChannel } from './host-channel.js';
import type { JoinerChannel } from './joiner-channel.js';
import type { ProxyMode } from './preface.js';
import type { PtySize } from './session-request.js';

/**
 * Connections that the system may hold until the process takes them: as many as Linux allows by default (somaxconn). Node's own 511 are
 * full in a tenth of a second when many come at once; then clients wait a second for their next try.
 */
export const LISTEN_BACKLOG = 4096;

/** A client, for logs; none of it is secret. */
export interface ConnectionInfo {
  /** Counts the connections of this server from 1. */
  readonly id: number;
  /** The client's address, from the PROXY header where there was one. */
  readonly address: string;
  readonly port: number;
  /** The client's software as it names itself, printable, up to 64 characters: `OpenSSH_9.2p1`. */
  readonly clientVersion: string;
}

/** Whose connection it is, where a server is handed one that it did not take itself. */
export interface Peer {
  readonly address: string;
  readonly port: number;
  /** A proxy announced its address: the address stands for one client. */
  readonly announced: boolean;
  /** Called once, before the connection is closed. */
  readonly ended?: (reason: DisconnectReason) => void;
}

/** The client that opened a session, and its terminal. */
export interface SessionInfo extends ConnectionInfo {
  /** For joiners their token: a secret that belongs in no log. */
  readonly user: string;
  /** The key they were let in with; undefined after `none`. */
  readonly publicKey: PublicKey | undefined;
  /** Undefined without a pty; empty where it was not printable. */
  readonly term: string | undefined;
  /** Undefined without a pty. */
  readonly ptySize: PtySize | undefined;
  /** Of LANG, LC_* and COLORTERM what the client sent; up to 16 values of up to 128 printable characters. */
  readonly env: Readonly<Record<string, string>>;
}

/** What was agreed with a client; for tests and debug logs. */
export interface NegotiatedAlgorithms {
  readonly kex: string;
  readonly serverHostKey: string;
  readonly cs: { readonly cipher: string; readonly mac: string; readonly compress: string };
  readonly sc: { readonly cipher: string; readonly mac: string; readonly compress: string };
}

/**
 * What the server's owner does with its clients. What `authenticate`, `host`, `joiner`, `exec` and the channels' listeners
 * throw ends only their own connection (the client gets the message of a `ShipmateError` with code `protocol` or `limit`;
 * anything else goes to `onError`). The other callbacks must not throw.
 */
export interface SshHandlers {
  readonly authenticate: AuthPolicy;
  /**
   * Called once for each connection, when its address is known and before any key is exchanged: a text refuses the connection,
   * and is sent to the client. `clientVersion` is still empty.
   */
  turnAway?(info: ConnectionInfo): string | undefined;
  /** A tmate host: user `tmate`, subsystem `tmate`. */
  host(channel: HostChannel, info: SessionInfo): void;
  /** Somebody asked for a shell. Without a pty `info.ptySize` is undefined. */
  joiner(channel: JoinerChannel, info: SessionInfo): void;
  /** Somebody wants to run a command; they get the text, and their exit status is 1. */
  exec?(command: string, info: SessionInfo): string;
  /** Once for every connection, however it ended; nothing here is worth more than a debug log. */
  onDisconnect?(info: ConnectionInfo, reason: DisconnectReason): void;
  /** A client's answer to a keepalive took this long. */
  onRtt?(seconds: number, info: ConnectionInfo): void;
  /** A connection has come; what is known of it is not said yet. */
  onAccepted?(id: number): void;
  /** The keys are exchanged, and the client wants to be let in. */
  onHandshake?(info: ConnectionInfo): void;
  onNegotiated?(algorithms: NegotiatedAlgorithms, info: ConnectionInfo): void;
  /** A fault of this process: a callback threw, or an error has no other explanation. */
  onError?(error: unknown, info: ConnectionInfo): void;
}

/** Every limit and time of a server; all have defaults (`DEFAULT_SETTINGS`). */
export interface ServerSettings {
  /** From the first byte to a session: handshake, authentication, and the request for a shell. */
  readonly handshakeTimeoutMs: number;
  /** For each thing that a user is asked, before there is a session. */
  readonly promptTimeoutMs: number;
  /** Connections without a session, in total (`ConnectionLimits` says which ones are dropped). */
  readonly maxNewcomers: number;
  /** The same of one address. */
  readonly maxNewcomersPerAddress: number;
  /** Whether an address whose connections failed over and over has to wait (`SourcePenalties`). */
  readonly penalties: boolean;
  /** CIDRs of addresses that stand for many: the two limits above do not apply to them. */
  readonly sharedAddresses: readonly string[];
  /** Connections in all; one more is closed at once. */
  readonly maxConnections: number;
  /** Time between two keepalives. After three without an answer, a host counts as lost and a joiner as stalled. */
  readonly keepaliveMs: number;
  /** How long a client may take to read its last bytes and close after `exit`. */
  readonly exitTimeoutMs: number;
  /**
   * How much of a host's output may be on its way. It bounds what a Ctrl-C in a flood still has to wait for, and
   * divided by the round trip it is a host's highest speed: 512 KiB is 5 MB/s at 100 ms.
   */
  readonly hostWindowBytes: number;
  readonly authMethods: readonly AuthMethod[];
  readonly proxyProtocol: ProxyMode;
  /** CIDRs whose PROXY header is believed. */
  readonly trustedProxies: readonly string[];
}

/** Loopback and private ranges: behind such an address there may be a proxy, or a whole office. */
export const SHARED_RANGES = [
  '127.0.0.0/8',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '169.254.0.0/16',
  '::1/128',
  'fc00::/7',
  'fe80::/10',
] as const;

/** The settings of a server unless it is given others. */
export const DEFAULT_SETTINGS: ServerSettings = {
  handshakeTimeoutMs: 20_000,
  promptTimeoutMs: 60_000,
  maxNewcomers: 256,
  maxNewcomersPerAddress: 64,
  penalties: true,
  sharedAddresses: SHARED_RANGES,
  maxConnections: 20_000,
  keepaliveMs: 15_000,
  exitTimeoutMs: 5000,
  hostWindowBytes: 512 * 1024,
  authMethods: ['publickey', 'keyboard-interactive'],
  proxyProtocol: 'off',
  trustedProxies: [],
};
