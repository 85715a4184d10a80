import type { Proofs } from '#access';
import type { Account, Clock } from '#kernel';
import { clipboardSequence, encodeFrame } from '#screen';
import type { Command } from '#tmux';
import type { ServerMessage } from '#tmate-protocol';
import type { SessionClient } from '../model/clients.js';
import type { CommandSeat } from './command-seat.js';
import type { MouseDrag } from './mouse/seat-mouse.js';
import { SeatCurtain } from './lock/seat-curtain.js';
import type { SeatLock } from './lock/seat-lock.js';
import { PasteCollector } from './paste.js';
import type { Pause } from '../pause.js';
import type { SessionObserver } from '../observer.js';
import { ReadOnlyText } from '../read-only.js';
import type { JoinerSink, LockChange, ParticipantInfo, Person, SeatEnding } from '../ports.js';
import type { SessionStatus, TerminalInfo } from '../ports.js';
import { SeatCommands } from './seat-commands.js';
import { SeatKeys, type KeySeat } from './seat-keys.js';
import { SeatMessages } from './seat-messages.js';
import { seatCapabilities } from './seat-terminal.js';
import { ModelEvents } from './model-events.js';
import { SeatSize } from './seat-size.js';
import { FrameSender } from './frame-sender.js';
import type { ModelEvent, SessionModel } from '../model/session-model.js';
import { SizePacer } from './size-pacer.js';
import type { Size } from '../model/sizes.js';
import type { View } from '../model/view.js';

/**
 * The room that a seat is in: the other seats, and the way to the session. At home it leads to the host, elsewhere to the home.
 */
export interface SeatRoom {
  readonly seats: readonly Seat[];
  /** The picture that all terminals of this size share. */
  view(size: Size): View;
  /** Sends a writer's keys and commands to the host, in order. */
  send(from: Seat, messages: readonly ServerMessage[]): void;
  /** Whether a joiner's next slice of input can be taken: not while much of what was typed waits for the host. */
  takes(from: Seat): boolean;
  /**
   * Runs a writer's command on the copy of options and keys that all joiners share; returns what is wrong with it, if that is
   * known at once.
   */
  mirror(from: Seat, command: Command): string | undefined;
  /** The terminal has a new size. */
  resized(from: Seat): void;
  /** Locks the session, or unlocks it, if this person may. */
  lockSession(from: Seat): void;
  /** The terminal was locked or unlocked, or somebody tried without success. */
  lockChanged(from: Seat, change: LockChange): void;
  leave(from: Seat, ending: SeatEnding): void;
}

export interface SeatDeps {
  readonly info: ParticipantInfo;
  readonly terminal: TerminalInfo;
  readonly sink: JoinerSink;
  readonly proofs: Proofs;
  /** Identifies the seat to the host: a failed command comes back with it. */
  readonly clientId: number;
  readonly clock: Clock;
  readonly observer: SessionObserver;
  readonly room: SeatRoom;
  readonly model: () => SessionModel;
  /** Counts what is drawn only for this seat. */
  readonly account: Account;
  /** Where a fault in what this seat does stops: it is the session's. */
  readonly run: (what: string, act: () => void) => void;
}

/** One joiner's place in a session: its terminal, its keys' state, its own messages and prompts. */
export class Seat implements CommandSeat, KeySeat {
  #info: ParticipantInfo;
  readonly clientId: number;
  /** What the person at this seat has proved. */
  readonly proofs: Proofs;
  readonly #frames: FrameSender;
  readonly #keys: SeatKeys;
  readonly #commands: SeatCommands;
  readonly #events = new ModelEvents((what) => this.#modelEvent(what));
  /** In ms since the epoch. */
  readonly joinedAt: number;
  #activeAt: number;
  readonly #size: SeatSize;
  readonly #messages: SeatMessages;
  readonly #curtain: SeatCurtain;
  readonly #sizes: SizePacer;
  /** What the current bytes make the seat send, as one write. */
  #outgoing: ServerMessage[] = [];

  constructor(private readonly deps: SeatDeps) {
    const { info, terminal, sink, room } = deps;
    this.#info = info;
    this.clientId = deps.clientId;
    this.proofs = deps.proofs;
    const { account, run, model } = deps;
    this.#sizes = new SizePacer(deps.clock, (size, follows) => this.#resize(size, follows));
    const full = (): void => this.deps.room.leave(this, 'over-limit');
    this.#size = new SeatSize(terminal, {
      sink,
      model,
      full,
      view: (size) => room.view(size),
      changed: (view) => this.#frames.setView(view),
    });
    const { view } = this.#size;
    const term = seatCapabilities(terminal, info.role);
    const standout = (): boolean => model().display.italicsAreStandout;
    this.#frames = new FrameSender({ view, term, sink, encode: encodeFrame, standout, account, full, run });
    this.joinedAt = this.#activeAt = deps.clock.now();
    this.#messages = new SeatMessages(deps.model, deps.clock, () => this.redraw());
    this.#commands = new SeatCommands(this);
    const { observer, clock, proofs } = deps;
    const leave = (ending: SeatEnding): void => this.leave(ending);
    const failed = (error: unknown): void => observer.failed('unlock', error);
    this.#curtain = new SeatCurtain({
      lock: { info, proofs, clock, unlocking: sink.unlocking, leave, run, failed },
      sink,
      seat: () => ({ frames: this.#frames, commands: this.#commands, keys: this.#keys }),
      redraw: () => this.redraw(),
      changed: (change) => room.lockChanged(this, change),
    });
    this.#keys = new SeatKeys({
      seat: this,
      commands: this.#commands,
      messages: this.#messages,
      paste: new PasteCollector((message) => this.send(message), this.clientId, info.id),
      utf8: terminal.utf8,
      bracketedPaste: term.bracketedPaste,
    });
  }

  get info(): ParticipantInfo {
    return this.#info;
  }

  get pause(): Pause {
    return this.#curtain.pause;
  }

  /** From now on this keeps everybody from typing, or from looking. */
  setPause(pause: Pause): void {
    this.#curtain.setPause(pause);
  }

  get lock(): SeatLock {
    return this.#curtain.lock;
  }

  /** Locks this terminal; what was typed before goes out first. */
  lockTerminal(): void {
    this.flush();
    this.lock.lock('asked');
  }

  lockSession(): void {
    this.deps.room.lockSession(this);
  }

  /** From now on it may only watch. */
  makeReader(): void {
    this.#info = { ...this.#info, role: 'reader' };
    this.message(ReadOnlyText.made);
  }

  get model(): SessionModel {
    return this.deps.model();
  }

  get account(): Account {
    return this.deps.account;
  }

  get now(): number {
    return this.deps.clock.now();
  }

  get clock(): Clock {
    return this.deps.clock;
  }

  get clientName(): string {
    const { name, transport } = this.info;
    return `${name === undefined ? '' : `${name} `}${transport}-${this.clientId}`;
  }

  get clients(): readonly SessionClient[] {
    return this.deps.room.seats.map((seat) => seat.#client);
  }

  /** As others may know of them. */
  get person(): Person {
    const { id, role, transport, name } = this.#info;
    return { id, role, transport, name, locked: this.lock.isLocked };
  }

  get #client(): SessionClient {
    const { term, utf8 } = this.deps.terminal;
    return {
      name: this.clientName,
      role: this.info.role,
      size: this.size,
      term,
      utf8,
      joinedAt: Math.floor(this.joinedAt / 1000),
      activeAt: Math.floor(this.#activeAt / 1000),
      keyTable: this.#keys.table,
      prefixed: this.#keys.prefixed,
      locked: this.lock.isLocked,
    };
  }

  get messages(): readonly string[] {
    return this.#messages.history;
  }

  get size(): Size {
    return this.#size.size;
  }

  get view(): View {
    return this.#size.view;
  }

  /** The size to which a writer's terminal limits the window; 0 by 0 if it limits nothing. */
  get claimed(): Size {
    return this.#size.claimed;
  }

  get behind(): boolean {
    return this.#frames.behind;
  }

  /** Draws the first frame. */
  start(): void {
    this.show();
    this.#keys.start();
  }

  /** Brings the terminal up to date, if it can take a frame. */
  show(): void {
    this.#events.follow(this.model);
    this.#size.follow();
    this.deps.observer.frame(this.#frames.show());
  }

  /** Bytes from the joiner's terminal; the sink is notified when they have been handled. */
  input(bytes: Uint8Array): void {
    this.#activeAt = this.now;
    this.deps.run('input', () => this.#keys.push(bytes));
  }

  /** The joiner's terminal has another size, or takes the window's from now on (`follows`; see `TerminalInfo`). */
  resize(size: Size, follows = false): void {
    this.#sizes.push(size, follows);
  }

  /** The joiner's terminal gives no sign of life, or does again. */
  setStalled(stalled: boolean): void {
    if (this.#size.setStalled(stalled)) this.deps.run('stalled', () => this.deps.room.resized(this));
  }

  /** Shows a line at this seat, for tmux's `display-time` or until a key is pressed. */
  message(text: string): void {
    this.#messages.show(text);
  }

  /** Shows a line that stays until it is replaced or, with undefined, taken away. */
  notice(text: string | undefined): void {
    this.#messages.setNotice(text);
  }

  /** Passes the session's status on to a terminal that can show it. */
  showStatus(status: SessionStatus): void {
    this.deps.sink.status?.(status);
  }

  /** Queues a message for the host, after what this input has already sent. */
  send(message: ServerMessage): void {
    this.#outgoing.push(message);
  }

  exec(...args: readonly string[]): void {
    this.send({ type: 'exec-cmd', clientId: this.clientId, args });
  }

  toPane(paneId: number, key: number): void {
    this.send({ type: 'pane-key', paneId, key });
  }

  /** Sends what the current bytes made the seat send. */
  flush(): void {
    if (this.#outgoing.length === 0) return;
    const messages = this.#outgoing;
    this.#outgoing = [];
    this.deps.room.send(this, messages);
  }

  takes(): boolean {
    return this.deps.room.takes(this);
  }

  tookInput(bytes: number): void {
    this.deps.sink.tookInput?.(bytes);
  }

  othersLook(): boolean {
    return this.deps.room.seats.some(
      (seat) => seat !== this && seat.info.role === 'writer' && seat.#keys.focused === true,
    );
  }

  mirror(command: Command): string | undefined {
    return this.deps.room.mirror(this, command);
  }

  /** Draws again after the seat's own prompt or list changed. */
  redraw(): void {
    if (this.lock.isLocked) return this.#frames.setOverlay(undefined);
    this.#frames.setOverlay(this.#messages.message ?? this.#commands.overlay ?? this.#messages.notice);
  }

  useKeyTable(table: string): string | undefined {
    return this.#keys.useTable(table);
  }

  toClipboard(text: string): void {
    if (!this.model.mirror.options.flag('set-clipboard')) return;
    this.#frames.send(clipboardSequence(new TextEncoder().encode(text), '', this.#frames.term));
  }

  follow(drag: MouseDrag): void {
    this.#keys.follow(drag);
  }

  repaint(): void {
    this.deps.run('repaint', () => this.#frames.repaint());
  }

  /** Leaves the session, by the joiner's choice or fault. */
  leave(ending: SeatEnding): void {
    this.deps.run('leave', () => {
      // Earlier input goes out first.
      this.flush();
      this.deps.room.leave(this, ending);
    });
  }

  /** For the session: the stay is over. */
  end(ending: SeatEnding, text: string, why?: string): void {
    this.#events.follow(undefined);
    this.#sizes.dispose();
    this.#keys.dispose();
    this.#messages.dispose();
    this.lock.dispose();
    try {
      this.#commands.dispose();
    } finally {
      // Even if it was drawing that failed.
      this.#frames.end(ending, text, why);
    }
  }

  #modelEvent(what: ModelEvent): void {
    if (this.#curtain.isDrawn) return;
    const { readerClipboard, mirror } = this.model;
    const mayCopy = this.info.role === 'writer' || readerClipboard;
    switch (what.kind) {
      case 'message':
        this.message(what.text);
        break;
      case 'clipboard':
        if (mayCopy && mirror.options.flag('set-clipboard')) {
          this.#frames.send(clipboardSequence(what.data, what.selection, this.#frames.term));
        }
        break;
    }
  }

  #resize(size: Size, follows: boolean): void {
    this.deps.run('resize', () => {
      this.#size.set(size, follows);
      this.deps.room.resized(this);
    });
  }
}
