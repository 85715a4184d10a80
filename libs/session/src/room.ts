import type { Clock, ParticipantId, SessionId } from '#kernel';
import type { Command } from '#tmux';
import type { ServerMessage } from '#tmate-protocol';
import { Audience } from './audience.js';
import type { Route, SessionObserver } from './observer.js';
import type { JoinerSink, ParticipantInfo, SeatEnding, SessionControl, TerminalInfo } from './ports.js';
import { Seat } from './seat.js';
import type { SessionModel } from './session-model.js';
import { ENDING_TEXT } from './texts.js';

/** Where what the joiners see comes from and what they type goes: the session's home, or a replica of it. */
export interface RoomSource {
  readonly route: Route;
  readonly model: SessionModel;
  /** A line that stays while it is true: the host is waited for. */
  readonly notice: string | undefined;
  /** Somebody has taken a seat. */
  joined(seat: Seat): void;
  /** A writer's keys and commands, in order. */
  send(from: Seat, messages: readonly ServerMessage[]): void;
  /** A writer's command for the copy of options and keys that all joiners share; answers what is wrong with it, if known. */
  mirror(from: Seat, command: Command): string | undefined;
  resized(seat: Seat): void;
  /** Somebody's seat is empty. */
  left(seat: Seat): void;
}

export interface RoomDeps {
  readonly clock: Clock;
  readonly observer: SessionObserver;
}

/**
 * The joiners of one session at one edge. They stay when what feeds the room changes: a home that moves away becomes a
 * replica, and a replica whose host comes here becomes the home.
 */
export class Room implements SessionControl {
  readonly audience: Audience<Seat>;
  #source: RoomSource;
  #nextClientId = 1;
  #over = false;

  constructor(
    readonly id: SessionId,
    private readonly deps: RoomDeps,
    /** Makes the room's first source. */
    source: (room: Room) => RoomSource,
  ) {
    this.audience = new Audience(deps.clock, (cols, rows, previous) => this.model.compose(cols, rows, previous));
    this.#source = source(this);
  }

  get model(): SessionModel {
    return this.#source.model;
  }

  get source(): RoomSource {
    return this.#source;
  }

  /** Everybody was sent away; nobody can come in. */
  get over(): boolean {
    return this.#over;
  }

  /** A number that names a joiner to the host, here or at another edge: a failed command comes back with it. */
  nextClientId(): number {
    return this.#nextClientId++;
  }

  /** Feeds the room from another source from now on. */
  feed(source: RoomSource): void {
    this.#source = source;
    this.refresh();
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
    const { notice } = this.#source;
    for (const seat of this.audience.seats) seat.notice(notice);
  }

  /** Seats a joiner. */
  join(info: ParticipantInfo, terminal: TerminalInfo, sink: JoinerSink): Seat {
    const seat = new Seat({
      info,
      terminal,
      sink,
      clientId: this.nextClientId(),
      clock: this.deps.clock,
      observer: this.deps.observer,
      audience: this.audience,
      control: this,
      model: () => this.model,
    });
    this.audience.add(seat);
    this.model.wake();
    if (this.#source.notice !== undefined) seat.notice(this.#source.notice);
    seat.start();
    this.deps.observer.joined(this.id, info, this.#source.route);
    this.#source.joined(seat);
    return seat;
  }

  send(from: ParticipantId, messages: readonly ServerMessage[]): void {
    const seat = this.#writer(from);
    if (seat !== undefined) this.#source.send(seat, messages);
  }

  mirror(from: ParticipantId, command: Command): string | undefined {
    const seat = this.#writer(from);
    return seat && this.#source.mirror(seat, command);
  }

  resized(from: ParticipantId): void {
    const seat = this.audience.get(from);
    if (seat !== undefined) this.#source.resized(seat);
  }

  leave(from: ParticipantId, ending: SeatEnding): void {
    const seat = this.audience.get(from);
    if (seat === undefined) return;
    this.#remove(seat, ending);
    this.#source.left(seat);
  }

  /** Sends everybody away. */
  end(ending: SeatEnding): void {
    this.#over = true;
    for (const seat of this.audience.seats) this.#remove(seat, ending);
    this.audience.dispose();
  }

  #writer(id: ParticipantId): Seat | undefined {
    const seat = this.audience.get(id);
    return seat?.info.role === 'writer' ? seat : undefined;
  }

  #remove(seat: Seat, ending: SeatEnding): void {
    this.audience.remove(seat);
    seat.end(ending, ENDING_TEXT[ending]);
    this.deps.observer.left(this.id, seat.info, ending);
  }
}
