/** Work that costs so much CPU time that it is counted. */
export const WORK_KINDS = ['key-exchange', 'signature', 'password', 'tls-handshake'] as const;
/** What CPU time is spent on. */
export type WorkKind = (typeof WORK_KINDS)[number];

/**
 * The price of each kind of work, in ms of one core: that of the most expensive algorithm that we offer, on a ten-year-old
 * machine. With measured times, a busy machine would refuse more; and they are not known before the work is done.
 */
export const WORK_PRICES_MS: Readonly<Record<WorkKind, number>> = {
  /** The hybrid exchange in JavaScript takes 1 ms, and the signature with an RSA host key about as long. */
  'key-exchange': 2,
  /** A client's signature, or its certificate's; the price is that of nistp521. */
  signature: 1,
  /** One try of a password, or the hash of a new one: scrypt, in a thread of its own. */
  password: 40,
  /** A signature with an RSA key of 2,048 bits, and X25519; a third of it with an elliptic key. */
  'tls-handshake': 2,
};

/** One limit on the CPU time that a peer may cost a process. */
export interface WorkLimit {
  /** CPU time that may be spent at once, in ms; what was used comes back evenly within `WORK_WINDOW_MS`. */
  readonly mostMs: number;
  readonly kinds: readonly WorkKind[];
  readonly of: 'connection' | 'address' | 'process';
  /** How a person says what is counted. */
  readonly counts: string;
  /** Why it is as large as it is. */
  readonly reason: string;
  /** What happens at the limit. */
  readonly atLimit: string;
}

/** What was used of a limit comes back evenly within this time. */
export const WORK_WINDOW_MS = 60_000;

const CRYPTO = ['key-exchange', 'signature'] as const;

/**
 * Every limit on CPU time, by name: the limit's name is the label of `shipmate_turned_away_total` and a row of docs/limits.md.
 */
export const WORK_LIMITS = {
  'crypto-per-connection': {
    mostMs: 2_000,
    kinds: CRYPTO,
    of: 'connection',
    counts: 'key exchanges (2 ms each) and signature checks (1 ms each) of one SSH connection',
    reason: 'a thirtieth of a core: new keys for each MiB of a flood at 17 MB/s',
    atLimit: 'the client is disconnected and told why',
  },
  'crypto-per-address': {
    mostMs: 10_000,
    kinds: CRYPTO,
    of: 'address',
    counts: 'the same for one address; no limit for loopback and private addresses',
    reason: 'a sixth of a core: 3,000 logins with a key in a minute, as many as `handshakes-per-address` allows',
    atLimit:
      'new connections are refused before keys are exchanged, with the time to wait; a new key exchange ends its connection',
  },
  'crypto-in-process': {
    mostMs: 30_000,
    kinds: CRYPTO,
    of: 'process',
    counts: 'the same for all connections',
    reason: 'half a core: the other half serves people who are connected',
    atLimit: 'new connections are refused as above; a connection with a session may still exchange keys once a minute',
  },
  'passwords-per-address': {
    mostMs: 4_000,
    kinds: ['password'],
    of: 'address',
    counts: 'passwords tried and set (40 ms each) from one address; no limit for loopback and private addresses',
    reason: '100 students of a class can join within a minute; wrong passwords are limited above',
    atLimit: "a joiner is told how long to wait; a host's password is hashed later, and until then nobody can join",
  },
  'passwords-in-process': {
    mostMs: 60_000,
    kinds: ['password'],
    of: 'process',
    counts: 'the same for all addresses',
    reason: 'one core, in threads that serve no session; two are computed at a time, and 32 wait',
    atLimit: 'the same',
  },
  'tls-per-address': {
    mostMs: 10_000,
    kinds: ['tls-handshake'],
    of: 'address',
    counts: 'TLS handshakes (2 ms each) from one address; no limit for loopback and private addresses',
    reason: 'a sixth of a core: 5,000 handshakes in a minute, and a page needs one or two',
    atLimit: 'the connection is closed with a TLS alert before anything is computed',
  },
  'tls-in-process': {
    mostMs: 30_000,
    kinds: ['tls-handshake'],
    of: 'process',
    counts: 'the same for all addresses',
    reason: 'half a core, like the key exchanges of SSH',
    atLimit: 'the same',
  },
} as const satisfies Readonly<Record<string, WorkLimit>>;

/** The name of a limit on CPU time, as in docs/limits.md. */
export type WorkLimitName = keyof typeof WORK_LIMITS;
