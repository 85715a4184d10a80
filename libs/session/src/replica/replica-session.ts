import {
  Timeout,
  type Account,
  type Clock,
  type EdgeId,
  type Generation,
  type ParticipantId,
  type SessionId,
} from '#kernel';
import type { LostInput, QueuedInput, ReplicaHandlers } from '#relay';
import type { Command } from '#tmux';
import type { ServerMessage } from '#tmate-protocol';
import { peopleAt } from '../model/people.js';
import type { SessionModel } from '../model/session-model.js';
import type { SessionObserver } from '../observer.js';
import type { AdmissionAnswer, JoinRequest, People } from '../ports.js';
import type { FaultEnding } from '../room/fault-boundary.js';
import { Room, type Joiner, type RoomSource } from '../room/room.js';
import type { Seat } from '../seat/seat.js';
import { RelayText } from '../texts.js';
import type { SessionEnding } from '../wire/stream-records.js';
import { HomeHealth } from './home-health.js';
import { JoinRequests } from './join-requests.js';
import { StreamFollower } from './stream-follower.js';
import { Uplink, type HomePlace } from './uplink.js';

export interface ReplicaDeps {
  readonly clock: Clock;
  readonly observer: SessionObserver;
  readonly edgeId: EdgeId;
  /** The parent of the account for what the session uses here. */
  readonly ledger?: Account | undefined;
  /** There is no home, as far as the relay knows; the directory may know better. May be called often. */
  readonly onAway: (session: ReplicaSession) => void;
  /** The session has another home than the directory said: it may be in another region, too. */
  readonly onMoved: (session: ReplicaSession) => void;
  /** The wait for the host is over. */
  readonly onExpired: (session: ReplicaSession) => void;
  /** Called once: the session has ended, or nobody at this edge is in it any more. */
  readonly onDone: (session: ReplicaSession) => void;
}

/** How long a replica that nobody uses any more stays, so that what its last joiner sent goes out. */
export const EMPTY_MS = 2000;

/**
 * A session at an edge that is not its home: a model that follows the home's, by the host's own messages and by snapshots
 * where some of them are missing. What its joiners type goes to the home.
 */
export class ReplicaSession implements RoomSource {
  readonly route = 'relay';
  readonly room: Room;
  readonly uplink: Uplink;
  readonly health: HomeHealth;
  /** People who have asked the home whether they may join. */
  readonly joinRequests = new JoinRequests();
  /** People who were seated while there was no home: the next home decides about them, as about newcomers. */
  readonly #undecided = new Set<ParticipantId>();
  readonly #follower: StreamFollower;
  readonly #empty: Timeout;
  #done = false;

  constructor(
    readonly id: SessionId,
    private readonly deps: ReplicaDeps,
    place: HomePlace,
    /** The joiners that were here while this edge was the home, and what they saw. */
    earlier?: { readonly room: Room; readonly model: SessionModel },
  ) {
    this.room = earlier?.room ?? new Room(id, deps);
    this.#empty = new Timeout(deps.clock);
    this.#follower = new StreamFollower({ ...deps, replica: this }, earlier?.model);
    this.health = new HomeHealth(
      this.room.clock,
      () => this.room.noticed(),
      () => deps.onExpired(this),
    );
    this.uplink = new Uplink(place, {
      sessionId: id,
      edgeId: deps.edgeId,
      clock: deps.clock,
      handlers: this.#handlers,
      onOpen: (kept) => {
        this.#announcePeople();
        for (const { participantId: from, bytes } of kept) this.uplink.send(from, bytes);
        this.room.sendQueued();
        // After what was typed before they were locked.
        this.#announceLocks();
      },
      onDropped: (from) => {
        for (const one of from) this.room.audience.get(one)?.message(RelayText.lost);
      },
      failed: (what, error) => deps.observer.failed(what, error),
    });
    this.room.feed(this);
  }

  /** It follows no more. */
  get isDone(): boolean {
    return this.#done;
  }

  get model(): SessionModel {
    return this.#follower.model;
  }

  get generation(): Generation {
    return this.uplink.place.generation;
  }

  get waitMs(): number | undefined {
    return this.health.waitMs;
  }

  get people(): People {
    const here = this.room.audience.seats.map(({ person }) => person);
    return peopleAt(this.deps.edgeId, here, this.#follower.people);
  }

  get notice(): string | undefined {
    return this.health.notice;
  }

  /** Tells the home who is here: it may not know, or not any more. */
  announce(): void {
    this.#announcePeople();
    this.#announceLocks();
  }

  #announceLocks(): void {
    for (const seat of this.room.audience.seats) if (seat.lock.wasEverLocked) this.uplink.seatLock(seat);
  }

  #announcePeople(): void {
    for (const seat of this.room.audience.seats) this.#join(seat, true);
    for (const request of this.joinRequests.all) this.uplink.ask(request);
  }

  /** Asks the home whether somebody may join. */
  ask(request: JoinRequest, onAnswer: (answer: AdmissionAnswer) => void): void {
    if (this.#done) {
      onAnswer({ kind: 'moved' });
      return;
    }
    this.#empty.cancel();
    this.joinRequests.add(request, onAnswer);
    this.uplink.ask(request);
  }

  /** Seats somebody whom the home lets in; `undecided`: there is no home to ask. */
  seat(joiner: Joiner, undecided: boolean): Seat {
    if (undecided) this.#undecided.add(joiner.info.id);
    return this.room.join(joiner);
  }

  /** The person who asked has left. */
  withdraw(id: ParticipantId): void {
    this.joinRequests.delete(id);
    this.uplink.leave(id);
    this.disposeIfEmpty();
  }

  /** The directory says that there is a home. */
  homeIs(place: HomePlace): void {
    if (this.#done) return;
    this.health.homeIsThere();
    const { relay, generation } = this.uplink.place;
    const isKnown = place.relay === relay && place.generation <= generation;
    // A home in another region has a higher generation; an older one is left over from before the session moved.
    if (!isKnown && place.generation >= generation) this.uplink.move(place);
  }

  /** Redraws a status line in which we draw the clock. */
  tick(): void {
    this.room.boundary.run('tick', () => this.model.tick());
  }

  /** The session's home, and the people there, do not notice. */
  faulted(ending: FaultEnding): void {
    this.end(ending);
  }

  /** The session is over for good. */
  end(ending: SessionEnding): void {
    if (this.#done) return;
    this.joinRequests.answerAll('closed');
    this.dispose();
    this.room.end(ending);
    this.deps.onDone(this);
  }

  /** This edge becomes the home: stops following, and returns what its joiners typed that no home has received. */
  release(): readonly QueuedInput[] {
    const held = this.uplink.release();
    this.dispose();
    return held;
  }

  /** Stops following; the joiners stay in their room, for its next source. */
  dispose(): void {
    this.#done = true;
    this.#empty.cancel();
    this.health.dispose();
    this.uplink.dispose();
    this.joinRequests.answerAll('moved');
    this.#follower.dispose();
  }

  joined(seat: Seat): void {
    this.#empty.cancel();
    this.#join(seat, false);
  }

  send(from: Seat, messages: readonly ServerMessage[]): boolean {
    if (!this.uplink.isOpen) return false;
    this.uplink.typed(from, messages);
    return true;
  }

  takes({ info }: Seat): boolean {
    return this.uplink.takes(info.id);
  }

  mirror(from: Seat, command: Command): undefined {
    this.uplink.mirror(from, command);
  }

  resized(seat: Seat): void {
    this.uplink.resize(seat);
  }

  lockSession(from: Seat): void {
    this.uplink.lock(from);
  }

  seatLocked(seat: Seat): void {
    this.uplink.seatLock(seat);
  }

  demoted(seat: Seat): void {
    this.#join(seat, true);
  }

  left({ info }: Seat): void {
    this.#undecided.delete(info.id);
    this.uplink.leave(info.id);
    this.disposeIfEmpty();
  }

  /** Stops following when nobody comes for a while. */
  disposeIfEmpty(): void {
    if (this.#isUsed || this.#done) return;
    this.#empty.start(EMPTY_MS, () => {
      if (this.#isUsed) return;
      this.dispose();
      this.deps.onDone(this);
    });
  }

  get #isUsed(): boolean {
    return this.room.audience.size > 0 || this.joinRequests.size > 0;
  }

  #join(seat: Seat, seatedBefore: boolean): void {
    this.uplink.join(seat, seatedBefore && !this.#undecided.has(seat.info.id));
  }

  get #handlers(): ReplicaHandlers {
    return {
      snapshot: (bytes) => this.#follower.snapshot(bytes),
      data: (bytes) => this.#follower.data(bytes),
      waiting: (waiting) => {
        if (!this.#done) this.health.setBehind(waiting);
      },
      home: (newer) => {
        this.uplink.moved(newer);
        this.announce();
        this.deps.onMoved(this);
      },
      homeAway: () => this.deps.onAway(this),
      lost: (lost) => this.#lost(lost),
    };
  }

  #lost({ participantId, reason }: LostInput): void {
    const seat = this.room.audience.get(participantId);
    const request = this.joinRequests.get(participantId);
    if (request !== undefined) this.uplink.ask(request);
    else if (seat === undefined) this.uplink.leave(participantId);
    else {
      seat.message(reason === 'moved' ? RelayText.perhapsLost : RelayText.lost);
      // Lost input may have included who is here, their sizes, and whether they are locked.
      this.#join(seat, true);
      if (seat.lock.wasEverLocked) this.uplink.seatLock(seat);
    }
  }
}
