import type {
  Identity,
  KeyFinder,
  PersonLocks,
  QuotaWho,
  Requirements,
  ReconnectionSigner,
  SignOuts,
  Stay,
} from '#access';
import type { SessionObserver, HookListener, JoinCommands } from '#session';
import type { Directory, PublicAddresses } from '#directory';
import type { Account, Clock, Disposable, EdgeId, Tracer, Work } from '#kernel';
import type { Relay } from '#relay';
import type { Backplane } from './backplanes.js';
import type { NameAuthority } from './name-claims.js';

/** What the sessions of an edge need. */
export interface EdgeDeps {
  readonly edgeId: EdgeId;
  readonly region: string;
  readonly addresses: PublicAddresses;
  /** Whether hosts can connect to this edge; undefined: they can. */
  readonly takesHosts?: boolean;
  readonly clock: Clock;
  readonly directory: Directory;
  readonly relay: Relay;
  /** Those of the other regions, if each has its own. */
  readonly regions?: readonly Backplane[];
  readonly signer: ReconnectionSigner;
  readonly observer: SessionObserver;
  readonly commands: JoinCommands;
  /** How long to wait for a lost host, in milliseconds. */
  readonly hostGraceMs: number;
  /** Refuse hosts that bring no authorized keys. */
  readonly requireAuthorizedKeys: boolean;
  /** Who may have which names; undefined: there are no names. */
  readonly names?: NameAuthority;
  /** Gets the webhook events of the sessions whose home this edge is. */
  readonly onHook?: HookListener;
  /** Whether hosts may have webhooks for their own sessions; undefined: they may. */
  readonly sendsHooks?: boolean;
  /** How many hosts and sessions there may be; undefined: any number. */
  readonly limits?: SessionLimits;
  /** Where published keys come from; undefined: they are not supported. */
  readonly keys?: KeyFinder;
  /** Where people sign in, by the operator's names for the providers; undefined: nowhere. */
  readonly providers?: ReadonlySet<string>;
  /** What the operator demands; undefined: nothing. */
  readonly operator?: OperatorDemands;
  /** Whom the operator has locked out; undefined: nobody. */
  readonly locks?: LockedPeople;
  /** The latest sign-outs; undefined: none. */
  readonly signOuts?: SignedOutPeople;
  readonly tracer?: Tracer;
  /** The account below which the memory of sessions is counted. */
  readonly ledger?: Account;
  /** Counts the CPU time that hosts cost this process. */
  readonly work?: Work;
  /** Hosts whose sessions ended because of faults in the server. */
  readonly faults?: HostFaults;
  /** Throws `unavailable`, with a sentence for the host, if this process has no room for a new one. */
  readonly hasRoom?: () => void;
}

/** What the operator demands of hosts and of their sessions, at this moment. */
export interface OperatorDemands {
  mayHost(host: Identity | undefined): boolean;
  /** The least that the sessions of a host must have. */
  rulesFor(host: Identity | undefined): Requirements;
  /** Calls `listener` after each change. */
  onChange(listener: () => void): Disposable;
}

/** Whom the operator has locked out, at this moment. */
export interface LockedPeople {
  readonly list: PersonLocks;
  /** Calls `listener` after each change. */
  onChange(listener: () => void): Disposable;
}

/** Who was signed out lately, at this moment. */
export interface SignedOutPeople {
  readonly list: SignOuts;
  /** Calls `listener` after each change. */
  onChange(listener: () => void): Disposable;
}

/** Hosts that make the server fail again and again must wait. */
export interface HostFaults {
  /** This host made the server fail. */
  happened(host: QuotaWho): void;
  /** Throws `limit`, with a sentence for the host, as long as it must wait. */
  check(host: QuotaWho): Promise<void>;
}

/** The limits on hosts and sessions. */
export interface SessionLimits {
  /**
   * Counts one more until it leaves. Throws `limit`, with a sentence for the host, if there are too many, unless `always` is
   * set.
   */
  enter(what: 'hosts' | 'sessions', who: QuotaWho, always: boolean): Stay;
}
