import { OverLimit, ROOM_LIMITS, ShipmateError, uncounted, type Account, type Clock, type SessionId } from '#kernel';
import type { Proofs } from '#access';
import type { Command } from '#tmux';
import type { Picture } from '#screen';
import type { ServerMessage } from '#tmate-protocol';
import { Audience } from './audience.js';
import { FaultBoundary, guardedClock, type FaultEnding } from './fault-boundary.js';
import { PAUSE_NOTICE, PauseText, type Pause } from '../pause.js';
import { QueuedKeys } from './queued-keys.js';
import type { Route, SessionObserver } from '../observer.js';
import type { JoinerSink, LockChange, ParticipantInfo, People, SeatEnding } from '../ports.js';
import type { SessionStatus, TerminalInfo } from '../ports.js';
import { mayType } from '../read-only.js';
import { Seat, type SeatRoom } from '../seat/seat.js';
import type { SessionModel } from '../model/session-model.js';
import { describeModel } from '../model/describe-model.js';
import type { Size } from '../model/sizes.js';
import type { View } from '../model/view.js';
import { StatusNotifier } from './status-notifier.js';
import { ENDING_TEXT, endingText, RelayText } from '../texts.js';

/** How many joiners the log of a fault lists. */
const MAX_LOGGED = 20;

/** Where what the joiners see comes from and what they type goes: the session's home, or a replica of it. */
export interface RoomSource {
  readonly route: Route;
  readonly model: SessionModel;
  /** A line that stays while it is true, such as that the session waits for the host. */
  readonly notice: string | undefined;
  /** How much longer the session waits for the host, in ms; undefined while it is there. */
  readonly waitMs: number | undefined;
  /** Who is in the session, on all edges. */
  readonly people: People;
  /** Somebody has taken a seat. */
  joined(seat: Seat): void;
  /** A writer's keys and commands, in order; false while nobody can take them, and then nothing is sent. */
  send(from: Seat, messages: readonly ServerMessage[]): boolean;
  /** Whether little enough waits for the host to take more of what somebody types; true where it would be refused. */
  takes(from: Seat): boolean;
  /** A writer's command for the copy of options and keys that all joiners share; returns what is wrong with it, if known. */
  mirror(from: Seat, command: Command): string | undefined;
  resized(seat: Seat): void;
  /** Somebody wants the session locked, or unlocked. */
  lockSession(from: Seat): void;
  /** Somebody's terminal was locked or unlocked. */
  seatLocked(seat: Seat): void;
  /** A writer may only watch from now on. */
  demoted(seat: Seat): void;
  /** Somebody's seat is empty. */
  left(seat: Seat): void;
  /** The session ends here by a fault of ours, or for what it costs; `text` is for whoever caused it. */
  faulted(ending: FaultEnding, text: string): void;
}

/** Somebody who was let in. */
export interface Joiner {
  readonly info: ParticipantInfo;
  readonly terminal: TerminalInfo;
  readonly sink: JoinerSink;
  readonly proofs: Proofs;
}

export interface RoomDeps {
  readonly clock: Clock;
  readonly observer: SessionObserver;
  /** The parent of the account for what joiners see. */
  readonly ledger?: Account | undefined;
}

/**
 * The joiners of one session at one edge. They stay when what feeds the room changes: a home that moves away becomes a
 * replica, and a replica whose host comes here becomes the home.
 */
export class Room implements SeatRoom {
  readonly audience: Audience<Seat>;
  /** Where faults of this session stop. */
  readonly boundary: FaultBoundary;
  /** Its timers' faults stop at the boundary. */
  readonly clock: Clock;
  readonly #account: Account;
  readonly #status: StatusNotifier;
  /** The window's size when the status was sent last. */
  #shownSize: Size | undefined;
  readonly #queuedKeys: QueuedKeys;
  /** Set by `feed`, before anybody comes. */
  #source!: RoomSource;
  #nextClientId = 1;
  #pause: Pause = 'open';
  #seatLockMs: number | undefined;
  #over = false;

  constructor(
    readonly id: SessionId,
    private readonly deps: RoomDeps,
  ) {
    this.boundary = new FaultBoundary({
      sessionId: id,
      observer: deps.observer,
      describe: () => ({
        ...describeModel(this.model),
        joiners: this.audience.seats.slice(0, MAX_LOGGED).map(seatShape),
      }),
      over: (ending, text) => this.#source.faulted(ending, text),
    });
    this.clock = guardedClock(deps.clock, (run) => this.boundary.run('timer', run));
    this.#account = (deps.ledger ?? uncounted()).open(ROOM_LIMITS);
    const compose = (...[cols, rows, previous]: Parameters<SessionModel['display']['compose']>): Picture => {
      this.#watchWindow();
      return this.model.display.compose(cols, rows, previous);
    };
    this.audience = new Audience(this.clock, compose, this.#account, this.boundary);
    this.#status = new StatusNotifier(
      this.clock,
      () => this.audience.seats,
      () => this.#currentStatus,
    );
    this.#queuedKeys = new QueuedKeys(this.clock, (from) => from.message(RelayText.lost));
  }

  get model(): SessionModel {
    return this.#source.model;
  }

  /** Why nobody here may type. It stays when another source feeds the room, until that says something else. */
  get pause(): Pause {
    return this.#pause;
  }

  /** From now on this keeps everybody here from typing, or from looking. */
  setPause(pause: Pause): void {
    if (pause === this.#pause) return;
    const before = this.#pause;
    this.#pause = pause;
    for (const seat of this.audience.seats) seat.setPause(pause);
    this.noticed();
    if (before !== 'open' && pause === 'open') this.message(PauseText.over);
  }

  /** After how long without a key terminals here lock, in ms; undefined: none does by itself. */
  get seatLockMs(): number | undefined {
    return this.#seatLockMs;
  }

  /** It stays when another source feeds the room, until that says something else. */
  setSeatLock(ms: number | undefined): void {
    this.#seatLockMs = ms;
    for (const seat of this.audience.seats) seat.lock.setIdle(ms);
  }

  /** Everybody had to leave; nobody can join. */
  get over(): boolean {
    return this.#over;
  }

  /** A number that identifies a joiner, here or at another edge, to the host: a failed command comes back with it. */
  nextClientId(): number {
    return this.#nextClientId++;
  }

  /** Feeds the room from another source from now on. */
  feed(source: RoomSource): void {
    this.#source = source;
    this.refresh();
    this.sendQueued();
  }

  /** The source accepts keys again: it gets what was typed meanwhile. */
  sendQueued(): void {
    // Nothing is queued from a locked terminal: what is here was typed before.
    this.#queuedKeys.flush((from, messages) => !this.#mayTypeUnlocked(from) || this.#source.send(from, messages));
  }

  /** The source has another model, or another notice. */
  refresh(): void {
    if (this.audience.size === 0) return;
    this.model.wake();
    this.noticed();
    this.audience.changed();
  }

  /** Shows or takes away the source's notice. */
  noticed(): void {
    const notice = this.#notice;
    for (const seat of this.audience.seats) seat.notice(notice);
    this.#status.now();
  }

  /** Somebody came or went at another edge. */
  peopleChanged(): void {
    if (this.audience.size > 0) this.#status.peopleChanged();
  }

  /**
   * Seats a joiner who was let in. Throws `limit` if there is no room for what they would see, `unavailable` if a fault ends
   * the session.
   */
  join(joiner: Joiner): Seat {
    try {
      return this.#join(joiner);
    } catch (error) {
      if (error instanceof OverLimit) throw error;
      this.boundary.caught('join', error);
      throw new ShipmateError('unavailable', ENDING_TEXT.fault);
    }
  }

  #join({ info, terminal, sink, proofs }: Joiner): Seat {
    const seat = new Seat({
      info,
      terminal,
      sink,
      proofs,
      clientId: this.nextClientId(),
      clock: this.clock,
      observer: this.deps.observer,
      room: this,
      model: () => this.model,
      account: this.#account,
      run: (what, act) => this.boundary.run(what, act),
    });
    this.audience.add(seat);
    this.model.wake();
    seat.setPause(this.#pause);
    seat.lock.setIdle(this.#seatLockMs);
    if (this.#notice !== undefined) seat.notice(this.#notice);
    this.#status.greet(seat);
    this.#status.peopleChanged();
    seat.start();
    this.deps.observer.joined(this.id, info, this.#source.route);
    this.#source.joined(seat);
    return seat;
  }

  get seats(): readonly Seat[] {
    return this.audience.seats;
  }

  view(size: Size): View {
    return this.audience.view(size);
  }

  send(from: Seat, messages: readonly ServerMessage[]): void {
    if (!this.#mayType(from)) return;
    this.audience.typed(from);
    if (!this.#queuedKeys.has(from) && this.#source.send(from, messages)) return;
    if (!this.#queuedKeys.add(from, messages)) from.message(RelayText.tooMuch);
  }

  takes(from: Seat): boolean {
    return this.#source.takes(from);
  }

  mirror(from: Seat, command: Command): string | undefined {
    return this.#mayType(from) ? this.#source.mirror(from, command) : undefined;
  }

  resized(from: Seat): void {
    if (this.audience.has(from)) this.#source.resized(from);
  }

  lockSession(from: Seat): void {
    if (this.audience.has(from) && !from.lock.isLocked) this.#source.lockSession(from);
  }

  lockChanged(from: Seat, change: LockChange): void {
    if (!this.audience.has(from)) return;
    this.deps.observer.seatLock(this.id, from.info, change);
    if (change.kind === 'refused') return;
    this.#status.peopleChanged();
    this.#source.seatLocked(from);
  }

  leave(seat: Seat, ending: SeatEnding, why?: string): void {
    if (!this.audience.has(seat)) return;
    this.#remove(seat, ending, why);
    this.#status.peopleChanged();
    this.#source.left(seat);
  }

  /** Takes a writer's right to type; false if they did not have it. */
  makeReader(seat: Seat): boolean {
    if (!mayType(seat.info.role) || !this.audience.has(seat)) return false;
    seat.makeReader();
    this.#queuedKeys.forget(seat);
    this.#source.demoted(seat);
    this.#status.changed();
    return true;
  }

  /** Shows a line to everybody. */
  message(text: string): void {
    for (const seat of this.audience.seats) seat.message(text);
  }

  /** Sends everybody away. */
  end(ending: SeatEnding): void {
    this.#over = true;
    for (const seat of this.audience.seats) this.#remove(seat, ending);
    this.#queuedKeys.clear();
    this.#status.dispose();
    this.audience.dispose();
    this.#account.close();
  }

  /** The window's size is part of the status; it changes only together with the picture. */
  #watchWindow(): void {
    const { cols, rows } = this.model.windows;
    if (cols !== this.#shownSize?.cols || rows !== this.#shownSize.rows) this.#status.changed();
  }

  get #currentStatus(): SessionStatus {
    const { waitMs, model } = this.#source;
    this.#shownSize = { cols: model.windows.cols, rows: model.windows.rows };
    return {
      phase: waitMs === undefined ? 'live' : 'reconnecting',
      leftMs: waitMs ?? 0,
      cols: model.windows.cols,
      rows: model.windows.rows,
      people: this.#source.people,
    };
  }

  get #notice(): string | undefined {
    return this.#source.notice ?? PAUSE_NOTICE[this.#pause];
  }

  /** Whether input from a seat counts at this moment. */
  #mayType(seat: Seat): boolean {
    return !seat.lock.isLocked && this.#mayTypeUnlocked(seat);
  }

  /** Whether it counts if the terminal is not locked: only that of a writer who has not left, while the session is not paused. */
  #mayTypeUnlocked(seat: Seat): boolean {
    return mayType(seat.info.role) && this.#pause === 'open' && this.audience.has(seat);
  }

  #remove(seat: Seat, ending: SeatEnding, why?: string): void {
    this.audience.remove(seat);
    this.#queuedKeys.forget(seat);
    try {
      seat.end(ending, endingText(ending, why), why);
    } catch (error) {
      // This seat is removed anyway, and so are the others. The reason for the end was already reported.
      if (!this.boundary.broken) this.deps.observer.failed('the end of a seat', error);
    }
    this.deps.observer.left(this.id, seat.info, ending);
  }
}

/** What kind of seat it is, in a few words. */
const seatShape = ({ info, size, behind }: Seat): string =>
  `${info.transport} ${info.role} ${size.cols}x${size.rows}${behind ? ' behind' : ''}`;
