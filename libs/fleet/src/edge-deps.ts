import type { KeyFinder, QuotaWho, ReconnectionSigner, Stay } from '#access';
import type { SessionObserver, HookListener, JoinCommands } from '#session';
import type { Directory, PublicAddresses } from '#directory';
import type { Account, Clock, EdgeId, Tracer, Work } from '#kernel';
import type { Relay } from '#relay';
import type { Backplane } from './backplanes.js';
import type { NameAuthority } from './name-claims.js';

/** What the sessions of an edge need of it. */
export interface EdgeDeps {
  readonly edgeId: EdgeId;
  readonly region: string;
  readonly addresses: PublicAddresses;
  readonly clock: Clock;
  readonly directory: Directory;
  readonly relay: Relay;
  /** Those of the other regions, where each has its own. */
  readonly regions?: readonly Backplane[];
  readonly signer: ReconnectionSigner;
  readonly observer: SessionObserver;
  readonly commands: JoinCommands;
  /** How long a lost host is waited for, in milliseconds. */
  readonly hostGraceMs: number;
  /** Refuse hosts that bring no authorized keys. */
  readonly requireAuthorizedKeys: boolean;
  /** Who may have which names; undefined: there are none. */
  readonly names?: NameAuthority;
  /** Is told what webhooks tell of the sessions whose home this edge is. */
  readonly onHook?: HookListener;
  /** How many hosts and sessions there may be; undefined: any number. */
  readonly limits?: SessionLimits;
  /** Where keys that are published elsewhere are to be had; undefined: nowhere. */
  readonly keys?: KeyFinder;
  readonly tracer?: Tracer;
  /** What sessions take is counted below this. */
  readonly ledger?: Account;
  /** Counts what hosts make this process compute. */
  readonly work?: Work;
  /** Hosts whose sessions ended by faults of ours. */
  readonly faults?: HostFaults;
  /** Throws `unavailable`, with a sentence for the host, where this process has no room for a new one. */
  readonly hasRoom?: () => void;
}

/** Those that make us fail again and again must wait. */
export interface HostFaults {
  /** It happened once more with this host. */
  happened(host: QuotaWho): void;
  /** Throws `limit`, with a sentence for the host, while it must wait. */
  check(host: QuotaWho): Promise<void>;
}

/** Limits on what hosts bring. */
export interface SessionLimits {
  /** Counts one more until it leaves. Throws `limit` with a sentence for the host where there are too many, unless `always`. */
  enter(what: 'hosts' | 'sessions', who: QuotaWho, always: boolean): Stay;
}
