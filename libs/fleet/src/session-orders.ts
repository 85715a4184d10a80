import {
  forText,
  lift,
  MAX_INVITATIONS,
  MAX_SENT_AWAY,
  mintTokens,
  personText,
  readOrder,
  withInvitation,
  withSentAway,
  withUse,
  writePolicy,
  type Invitation,
  type Lifting,
  type Order,
  type SentAway,
  type SessionLock,
  type WrittenOrder,
} from '#access';
import { hashTokens } from '#directory';
import { durationText, ShipmateError, type Clock, type ParticipantId } from '#kernel';
import { OrderText, PauseText, type HomeSession, type SessionObserver } from '#session';
import type { LocalSession, LocalSessions } from './local-sessions.js';
import type { HomeRecords } from './home-records.js';

/** How often a session's tokens may be replaced within `ROTATE_WITHIN_MS`: the directory remembers the old ones. */
const MAX_ROTATIONS = 8;
const ROTATE_WITHIN_MS = 10 * 60_000;

export interface OrdersDeps {
  readonly clock: Clock;
  readonly observer: SessionObserver;
  readonly local: LocalSessions;
  readonly records: HomeRecords;
}

/** Carries out the commands of hosts and operators about people in the sessions whose home this edge is. */
export class SessionOrders {
  constructor(private readonly deps: OrdersDeps) {}

  /** Carries out a host's command, and tells the host the result. */
  byHost(held: LocalSession, written: WrittenOrder): void {
    const { session } = held;
    const tell = (text: string): void => session.host.notify([`tmate-set ${written.name}: ${text}`]);
    const order = readOrder(written);
    if ('fault' in order) {
      tell(`${order.fault}; nothing was changed`);
      return;
    }
    this.#done(held, order, tell).catch((error: unknown) => {
      if (error instanceof ShipmateError) tell(`${error.message}; nothing was changed`);
      else this.deps.observer.failed('order', error);
    });
  }

  async #done(held: LocalSession, order: Order, tell: (text: string) => void): Promise<void> {
    const { observer, clock } = this.deps;
    const { id } = held.session;
    switch (order.kind) {
      case 'send-away': {
        const { who, may, forMs } = order;
        const entry = { ...who, may, until: forMs === undefined ? undefined : clock.now() + forMs };
        this.sendAway(held, [entry]);
        tell(OrderText.sentAway(personText(who), may, forText(forMs)));
        observer.sentAway(id, entry);
        break;
      }
      case 'lift': {
        const lifted = this.lift(held, order.lifting);
        tell(lifted.length === 0 ? OrderText.nothingLifted : OrderText.lifted(lifted.map(personText).join(', ')));
        for (const entry of lifted) observer.lifted(id, entry);
        break;
      }
      case 'lock':
        this.lock(held, order.lock);
        tell(order.lock === undefined ? OrderText.unlocked : OrderText.locked(order.lock));
        observer.locked(id, order.lock, undefined);
        break;
      case 'rotate':
        await this.rotate(held, order.leave);
        observer.tokensReplaced(id, order.leave);
        break;
    }
  }

  /**
   * Sends people away, or makes them readers, at every edge; throws `limit` if the session already keeps too many away.
   * `inside`: whether an address also applies to people in the session, or only to those who come later.
   */
  sendAway(held: LocalSession, entries: readonly SentAway[], inside = true): void {
    const { memory, session } = held;
    const next = withSentAway(memory.sentAway, entries, this.deps.clock.now());
    if (next === undefined) {
      throw new ShipmateError('limit', `a session can ban at most ${MAX_SENT_AWAY} people: lift some bans first`);
    }
    memory.sentAway = next;
    this.policyChanged(session);
    session.traffic.keepAway(entries.filter(({ by }) => inside || by !== 'address'));
  }

  /** Lifts entries about people; returns those entries. */
  lift(held: LocalSession, lifting: Lifting): readonly SentAway[] {
    const { memory, session } = held;
    const { left, lifted } = lift(memory.sentAway, lifting, this.deps.clock.now());
    if (lifted.length === 0) return [];
    memory.sentAway = left;
    this.policyChanged(session);
    return lifted;
  }

  /** Adds an invitation, and tells the host who made it (`by`); throws `limit` if there are too many. */
  invite(held: LocalSession, invitation: Invitation, by: string): void {
    const { memory, session } = held;
    const next = withInvitation(memory.invitations, invitation, this.deps.clock.now());
    if (next === undefined) {
      throw new ShipmateError('limit', `a session has at most ${MAX_INVITATIONS} invitations: revoke some first`);
    }
    memory.invitations = next;
    this.policyChanged(session);
    session.host.notify([OrderText.invited(invitation.name, invitation.role, by)]);
  }

  /** Takes an invitation back: whoever is inside by it leaves, at every edge. Returns it, or undefined if there is none. */
  revoke(held: LocalSession, id: string): Invitation | undefined {
    const { memory, session } = held;
    const revoked = memory.invitations.find((one) => one.id === id);
    if (revoked === undefined) return undefined;
    memory.invitations = memory.invitations.filter((one) => one !== revoked);
    this.policyChanged(session);
    session.host.notify([OrderText.uninvited(revoked.name)]);
    return revoked;
  }

  /** Somebody has joined by an invitation. */
  invitationUsed(held: LocalSession, hash: string): void {
    held.memory.invitations = withUse(held.memory.invitations, hash);
    this.deps.records.write(held.session, { policy: writePolicy(held.policy()) });
  }

  /** Locks a session, at every edge and for as long as it lives, or unlocks it. */
  lock(held: LocalSession, lock: SessionLock | undefined): void {
    if (held.memory.locked === lock) return;
    held.memory.locked = lock;
    this.policyChanged(held.session);
  }

  /** A moderator in the session locks it, or unlocks it; the host is told. */
  byModerator(session: HomeSession, lock: SessionLock | undefined, who: string, by: ParticipantId): void {
    const held = this.deps.local.get(session.id);
    if (held?.session !== session) return;
    this.lock(held, lock);
    session.host.notify([lock === undefined ? PauseText.unlockedBy(who) : PauseText.lockedBy(who, session.room.pause)]);
    this.deps.observer.locked(session.id, lock, by);
  }

  /**
   * Gives a session new tokens: the old ones lead nowhere from now on. The host gets the new ones once the directory has them,
   * or is not available. With `leave`, everyone in the session is disconnected. Throws `limit` if tokens were replaced too
   * often recently.
   */
  async rotate(held: LocalSession, leave: boolean): Promise<void> {
    const { session, memory } = held;
    const { clock, records } = this.deps;
    const now = clock.monotonic();
    const lately = memory.rotatedAt.filter((at) => now - at < ROTATE_WITHIN_MS);
    const [first = now] = lately;
    if (lately.length >= MAX_ROTATIONS) {
      const wait = durationText(first + ROTATE_WITHIN_MS - now);
      throw new ShipmateError('limit', OrderText.rotatedTooOften(wait));
    }
    memory.rotatedAt = [...lately, now];
    const tokens = mintTokens();
    const hashes = hashTokens(tokens);
    session.replaceTokens(tokens);
    this.deps.local.replaceTokens(held, hashes);
    records.write(session, { tokens: hashes });
    const written = await records.written(session);
    if (!this.deps.local.has(session)) throw new ShipmateError('conflict', 'The session has another home now');
    if (leave) session.joiners.sendAllAway();
    session.announceTokens(written ? [OrderText.rotated] : [OrderText.rotated, OrderText.rotatedHere]);
  }

  /** The rules or the entries about people have changed: others are notified, and the change applies at once. */
  policyChanged(session: HomeSession): void {
    const held = this.deps.local.get(session.id);
    if (held?.session !== session) return;
    this.deps.records.write(session, { policy: writePolicy(held.policy()) });
    session.rules.changed();
  }
}
