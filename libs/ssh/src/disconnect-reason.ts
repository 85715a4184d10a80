import { isShipmateError, OverWork } from '#kernel';

/** Why a connection ended: a metric label and a field of a debug log. None of them is worth more than debug. */
export type DisconnectReason =
  /** The peer said goodbye or closed its side in good order. */
  | 'closed-by-peer'
  /** The network or the peer's process went away: ECONNRESET, EPIPE, ETIMEDOUT. */
  | 'reset'
  /** What came first was no SSH identification: a scanner, a browser, a health check. */
  | 'not-ssh'
  /** A missing PROXY header that is required, a malformed one, or one from an address that is not trusted. */
  | 'bad-proxy-header'
  /** No session within the handshake's time, or a key exchange in a session that took longer than that. */
  | 'handshake-timeout'
  /** Client and server share no algorithm. */
  | 'no-common-algorithm'
  /** The peer broke SSH's rules: bad packet, bad MAC, a message out of place. */
  | 'protocol'
  /** The policy refused, and the client had nothing more to offer or tried too often. */
  | 'auth-failed'
  /** Pushed out, or not let in: too many connections without a session, or in all. */
  | 'too-many'
  /** Its owner does not want it: a list of addresses, a limit. */
  | 'turned-away'
  /** Keepalives were not answered. */
  | 'keepalive'
  /** A limit on what may wait for the peer was reached. */
  | 'limit'
  /** This side ended it: exit, close, a refused request. */
  | 'closed'
  /** This server is going away. */
  | 'shutdown'
  /** Code of this server threw. */
  | 'internal';

/** The codes of SSH's DISCONNECT message (RFC 4253 11.1). */
export const DisconnectCode = {
  protocolError: 2,
  keyExchangeFailed: 3,
  serviceNotAvailable: 7,
  connectionLost: 10,
  byApplication: 11,
  tooManyConnections: 12,
  noMoreAuthMethods: 14,
  illegalUserName: 15,
} as const;
export type DisconnectCode = (typeof DisconnectCode)[keyof typeof DisconnectCode];

/** How long a client may take to close its side after the goodbye, in ms. */
export const LINGER_MS = 1000;
/**
 * How long a client may take to hang up after it has closed its last session, in ms; most do at once. With ControlPersist, it
 * would not do it by itself.
 */
export const LEAVING_MS = 250;

/** Errors of a socket after which there is nobody to talk to. */
const NETWORK_CODES = /^(ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENETDOWN|ENOTCONN|ERR_STREAM)/;

/** The reason for an error of a socket, of ssh2 or of this lib. */
export function classifyError(error: unknown): DisconnectReason {
  // What others cost is no fault of this client: its address is not to wait for it.
  if (error instanceof OverWork && error.limit !== 'crypto-per-connection') return 'turned-away';
  if (isShipmateError(error, 'limit')) return 'limit';
  if (isShipmateError(error, 'protocol')) return 'protocol';
  if (!(error instanceof Error)) return 'internal';
  if ('code' in error && typeof error.code === 'string' && NETWORK_CODES.test(error.code)) return 'reset';
  if (error.message.includes('no matching') || error.message.includes('No matching')) return 'no-common-algorithm';
  if (/identification|Header line|Invalid header|Greetings/.test(error.message)) return 'not-ssh';
  // ssh2 marks its own findings with a level; its ciphers and zlib throw plain errors out of what the peer sent.
  if ('level' in error || PEER_FAULTS.test(error.message)) return 'protocol';
  return 'internal';
}

/** `error:…` comes from OpenSSL; for a wrong AES-GCM tag, there are only zeros (in ssh2’s native part). */
const PEER_FAULTS = new RegExp(
  '^error:[0-9A-F]{8}:|packet length|Invalid MAC|Malformed|unable to authenticate data|Unsupported state|Output length exceeded|' +
    'incorrect header check|incorrect data check|invalid (block|stored|distance|code|literal|bit|window|stream)|' +
    'too many length or distance|unknown compression method|Instance unusable|Error completing|Failed to',
  'i',
);
