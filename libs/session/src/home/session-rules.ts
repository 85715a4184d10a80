import type { SessionPolicy } from '#access';
import { hashTokens } from '#directory';
import type { SessionObserver } from '../observer.js';
import type { JoinCommands } from '../share.js';
import { Admissions } from './admissions.js';
import type { HomeState } from './home-state.js';
import type { HostSide } from './host-side.js';
import { Lifetime, type TimeOver } from './lifetime.js';
import { RightsNotifier } from './rights-notifier.js';

export interface SessionRulesDeps {
  readonly session: HomeState;
  readonly policy: () => SessionPolicy;
  readonly commands: JoinCommands;
  readonly observer: SessionObserver;
  readonly host: HostSide;
  readonly onTimeOver: (why: TimeOver) => void;
}

/** The host's rules for a session, at its home: who may join and type, and how long the session may last. */
export class SessionRules {
  readonly admissions: Admissions;
  readonly lifetime: Lifetime;
  readonly #rights: RightsNotifier;
  #policy: () => SessionPolicy;

  constructor(private readonly deps: SessionRulesDeps) {
    const { session, commands, observer, host, onTimeOver } = deps;
    const { id: sessionId, createdAt } = session;
    const { clock } = session.room;
    this.#policy = deps.policy;
    const policy = (): SessionPolicy => this.policy;
    this.lifetime = new Lifetime(clock, createdAt, policy, onTimeOver);
    this.admissions = new Admissions({
      clock,
      sessionId,
      policy: () => ({ ...this.policy, tokens: hashTokens(host.tokens) }),
      present: () => session.joiners.count,
      commands,
      notifyHost: (texts) => host.notify(texts),
      asked: (info) => observer.asked(sessionId, info),
      decided: (info, admitted) => observer.decided(sessionId, info, admitted),
    });
    this.#rights = new RightsNotifier(clock, policy, (changed) => observer.rightsChanged(sessionId, changed));
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

  /** The host asks for something else: what it says of those who are here counts at once. */
  changed(): void {
    const { host, session } = this.deps;
    if (session.state === 'closed') return;
    session.room.boundary.run('policy', () => {
      if (this.policy.readersOnly) {
        session.joiners.makeReaders();
        host.askForSize();
      }
      this.admissions.recheck();
      this.#rights.check();
      this.lifetime.look();
    });
  }

  /** The session is over here: `moved` to another home, or `closed`. */
  close(why: 'moved' | 'closed'): void {
    this.admissions.close(why);
    this.lifetime.stop();
    this.#rights.flush();
  }
}
