import { changesWithTime, type SessionPolicy } from '#access';
import { Timeout } from '#kernel';
import { hashTokens } from '#directory';
import type { SessionObserver } from '../observer.js';
import type { JoinCommands } from '../share.js';
import { PauseText, type Pause } from '../pause.js';
import { Admissions, type AdmissionsDeps, type Moderator } from './admissions.js';
import type { HomeState } from './home-state.js';
import type { HostSide } from './host-side.js';
import { Lifetime, type TimeOver } from './lifetime.js';
import { RightsNotifier } from './rights-notifier.js';

/**
 * How often the session checks whether its joiners may stay, in ms, if that depends on the time: proofs expire, and allowed
 * hours end.
 */
const LOOK_MS = 15_000;

export interface SessionRulesDeps {
  readonly session: HomeState;
  readonly policy: () => SessionPolicy;
  readonly commands: JoinCommands;
  readonly observer: SessionObserver;
  readonly host: HostSide;
  readonly onTimeOver: (why: TimeOver) => void;
  /** Called when somebody has joined by an invitation, with its hash. */
  readonly onInvitation: (hash: string) => void;
  /** Somebody waits, and there is a link to decide about them. */
  readonly onRequest: AdmissionsDeps['requested'];
  /** The moderators who have joined. */
  readonly moderators: () => readonly Moderator[];
  /** Replicas must know what keeps people from typing. */
  readonly onPause: (pause: Pause) => void;
  /** And after how long without a key terminals lock, in ms. */
  readonly onSeatLock: (ms: number | undefined) => void;
}

/** The host's rules for a session, at its home: who may join and type, and how long the session may last. */
export class SessionRules {
  readonly admissions: Admissions;
  readonly lifetime: Lifetime;
  readonly #rights: RightsNotifier;
  readonly #look: Timeout;
  #policy: () => SessionPolicy;

  constructor(private readonly deps: SessionRulesDeps) {
    const { session, commands, observer, host, onTimeOver } = deps;
    const { id: sessionId, createdAt } = session;
    const { clock } = session.room;
    this.#policy = deps.policy;
    this.#look = new Timeout(clock);
    const policy = (): SessionPolicy => this.policy;
    this.lifetime = new Lifetime(clock, createdAt, policy, onTimeOver);
    this.admissions = new Admissions({
      clock,
      sessionId,
      policy: () => ({ ...this.policy, tokens: hashTokens(host.tokens) }),
      present: () => session.joiners.count,
      commands,
      notifyHost: (texts) => host.notify(texts),
      hostPerson: () => host.person,
      moderators: deps.moderators,
      requested: deps.onRequest,
      asked: (info) => observer.asked(sessionId, info),
      decided: (info, said) => observer.decided(sessionId, info, said),
    });
    this.#rights = new RightsNotifier(clock, policy, (changed) => observer.rightsChanged(sessionId, changed));
  }

  /** Somebody has joined by the invitation with this hash. */
  invitationUsed(hash: string): void {
    this.deps.onInvitation(hash);
  }

  /** The policy at this moment. */
  get policy(): SessionPolicy {
    return this.#policy();
  }

  /** The host has a new connection, with its own policy. */
  attach(policy: () => SessionPolicy): void {
    this.#rights.flush();
    this.#policy = policy;
    this.#rights.reset();
  }

  /** The people in the session, or its rules, have changed: they may type now, or may not any more. */
  lookAtPause(): void {
    const { session, host, observer, onPause } = this.deps;
    const { room } = session;
    this.#lookAtSeatLock();
    const before = room.pause;
    const pause = this.#pause;
    if (pause === before) return;
    room.setPause(pause);
    onPause(pause);
    if (pause === 'unmoderated') {
      host.notify([PauseText.unmoderated]);
      observer.paused(session.id, true);
    } else if (before === 'unmoderated') {
      if (pause === 'open') host.notify([PauseText.moderated]);
      observer.paused(session.id, false);
    }
  }

  #lookAtSeatLock(): void {
    const { room } = this.deps.session;
    const { seatLockMs } = this.policy;
    if (seatLockMs === room.seatLockMs) return;
    room.setSeatLock(seatLockMs);
    this.deps.onSeatLock(seatLockMs);
  }

  /** What keeps people from typing at this moment. */
  get #pause(): Pause {
    const { locked, moderated } = this.policy;
    if (locked === 'all') return 'hidden';
    if (locked === 'typing') return 'locked';
    const { session } = this.deps;
    return moderated && !session.joiners.someModerates(this.policy, session.room.clock.now()) ? 'unmoderated' : 'open';
  }

  /** The host has changed its rules: they apply to joiners at once. */
  changed(): void {
    const { host, session } = this.deps;
    if (session.state === 'closed') return;
    session.room.boundary.run('policy', () => {
      if (this.policy.readersOnly) {
        session.joiners.makeReaders();
        host.askForSize();
      }
      this.#lookAtPeople();
      this.lookAtPause();
      this.admissions.recheck();
      this.#rights.check();
      this.lifetime.look();
    });
  }

  /** Others have signed out: whoever that means has to leave. Most sessions have none of them. */
  signedOut(): void {
    const { policy, admissions } = this;
    if (admissions.waiting.length > 0 || this.deps.session.joiners.someAreSignedOut(policy)) this.changed();
  }

  /** Joiners who may not stay any more leave, or may only watch. */
  #lookAtPeople(): void {
    const { host, session } = this.deps;
    this.#look.cancel();
    const { policy } = this;
    if (session.state === 'closed') return;
    session.joiners.recheck(policy, session.room.clock.now());
    host.askForSize();
    if (!changesWithTime(policy)) return;
    this.#look.start(LOOK_MS, () => {
      this.#lookAtPeople();
      // A moderator may be none any more, and stay.
      this.lookAtPause();
    });
  }

  /** The session is over here: `moved` to another home, or `closed`. */
  close(why: 'moved' | 'closed'): void {
    this.admissions.close(why);
    this.lifetime.stop();
    this.#look.cancel();
    this.#rights.flush();
  }
}
