import type { Account, Clock, Generation, ParticipantId, SessionId, Tracer } from '#kernel';
import type { SessionLock, SessionPolicy, TokenPair } from '#access';
import type { Relay } from '#relay';
import type { SessionModel } from '../model/session-model.js';
import type { HostGone, SessionObserver } from '../observer.js';
import type { HostLink } from '../ports.js';
import type { Room } from '../room/room.js';
import type { JoinCommands } from '../share.js';
import type { HookTarget } from './host-webhooks.js';
import type { HostWelcome } from './host-side.js';
import type { HookListener } from './session-hooks.js';

/** What a home needs from its edge; `Home` is the home itself, which the edge keeps. */
export interface HomeDeps<Home> {
  readonly clock: Clock;
  readonly observer: SessionObserver;
  readonly commands: JoinCommands;
  readonly relay: Relay;
  /** How long the session waits for a lost host, in milliseconds. */
  readonly hostGraceMs: number;
  /** How much longer this edge may declare nobody dead, in ms: it was cut off, and a lost host may be at another edge. */
  readonly missingMs: () => number;
  /** Called when the host is lost, and when it is back. */
  readonly onHost: (session: Home, connected: boolean) => void;
  /** Called once, when the session is over for good. */
  readonly onClosed: (session: Home, why: HostGone) => void;
  /** Called when another edge turns out to be the home. */
  readonly onSuperseded: (session: Home, generation: Generation) => void;
  /** Called when somebody has joined by an invitation, with its hash. */
  readonly onInvitation?: ((session: Home, hash: string) => void) | undefined;
  /** Somebody in the session, `who`, wants it locked, or unlocked. */
  readonly onLock?:
    ((session: Home, lock: SessionLock | undefined, who: string, by: ParticipantId) => void) | undefined;
  /** Gets what webhooks report. */
  readonly onHook?: HookListener | undefined;
  readonly tracer?: Tracer | undefined;
  /** The parent of the account for what its joiners see. */
  readonly ledger?: Account | undefined;
  /** Called when a fault of ours, or what it cost, ended the session of this host. */
  readonly onFault?: ((host: HostLink | undefined) => void) | undefined;
}

/** A host's connection as its session sees it: where to send, what it said, which home it makes this. */
export interface HostAttachment extends HostWelcome {
  readonly model: SessionModel;
  readonly generation: Generation;
  readonly hook?: HookTarget;
  /** What the host asks for, as it is at any time. */
  readonly policy: () => SessionPolicy;
}

/** What a session that gets its home here begins with. */
export interface HomeStart {
  readonly id: SessionId;
  readonly tokens: TokenPair;
  /** In ms since the epoch; it is kept over reconnections and takeovers. */
  readonly createdAt: number;
  readonly attachment: HostAttachment;
  /** The joiners that were here before their host was. */
  readonly room?: Room | undefined;
}
