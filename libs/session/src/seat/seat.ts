import type { Proofs } from '#access';
import { OverLimit, type Account, type Clock, type Disposable, type Role, type Timer } from '#kernel';
import {
  capabilitiesFor,
  clipboardSequence,
  encodeFrame,
  ESCAPE_MS,
  KeyReader,
  type KeyEvent,
  type MouseEvent,
  type TermCapabilities,
} from '#screen';
import { KeyMachine, type Command } from '#tmux';
import type { ServerMessage } from '#tmate-protocol';
import type { SessionClient } from '../model/clients.js';
import type { CommandSeat } from './command-seat.js';
import { SeatMouse, type MouseDrag } from './mouse/seat-mouse.js';
import { PasteCollector } from './paste.js';
import type { SessionObserver } from '../observer.js';
import type { JoinerSink, ParticipantInfo, SeatEnding, SessionControl, SessionStatus, TerminalInfo } from '../ports.js';
import { SeatCommands } from './seat-commands.js';
import { SeatInput } from './seat-input.js';
import { SeatMessages } from './seat-messages.js';
import { SeatScreen } from './seat-screen.js';
import type { Beside, SessionModel } from '../model/session-model.js';
import { NO_SIZE, type Size } from '../model/sizes.js';
import type { View } from '../model/view.js';

/** Largest terminal that is drawn for, in cells a side; a larger one sees the picture in its corner. */
const MAX_TERMINAL: Size = { cols: 1000, rows: 500 };

/** The seats of one room, as one of them sees the others. */
export interface SeatGroup {
  readonly seats: readonly Seat[];
  /** The picture that all terminals of this size share. */
  view(size: Size): View;
  /** Somebody at this seat typed: it is drawn soon. */
  typed(seat: Seat): void;
}

export interface SeatDeps {
  readonly info: ParticipantInfo;
  readonly terminal: TerminalInfo;
  readonly sink: JoinerSink;
  readonly proofs: Proofs;
  /** Names the seat to the host: a failed command comes back with it. */
  readonly clientId: number;
  readonly clock: Clock;
  readonly observer: SessionObserver;
  readonly audience: SeatGroup;
  readonly control: SessionControl;
  readonly model: () => SessionModel;
  /** Counts what is drawn for this seat alone. */
  readonly account: Account;
  /** Where a fault in what this seat does stops: it is the session's. */
  readonly run: (what: string, act: () => void) => void;
}

/** One joiner's place in a session: its terminal, its keys' state, its own messages and prompts. */
export class Seat implements CommandSeat {
  #info: ParticipantInfo;
  readonly clientId: number;
  /** What whoever sits here has proved. */
  readonly proofs: Proofs;
  readonly #screen: SeatScreen;
  readonly #reader: KeyReader;
  readonly #keys: KeyMachine;
  readonly #commands: SeatCommands;
  readonly #paste: PasteCollector;
  readonly #input: SeatInput;
  readonly #mouse: SeatMouse;
  #heard: SessionModel | undefined;
  #listening: Disposable | undefined;
  /** Whether the joiner looks at this terminal; undefined as long as it has not said. */
  #focused: boolean | undefined;
  #stalled = false;
  readonly #joinedAt: number;
  #activeAt: number;
  #view: View;
  #size: Size;
  #follows: boolean;
  #escape: Timer | undefined;
  readonly #messages: SeatMessages;
  /** What the bytes at hand make the seat send; goes out as one write. */
  #outgoing: ServerMessage[] = [];

  constructor(private readonly deps: SeatDeps) {
    const { info, terminal, sink, audience } = deps;
    this.#info = info;
    this.clientId = deps.clientId;
    this.proofs = deps.proofs;
    this.#follows = terminal.follows ?? false;
    this.#size = (this.#follows ? this.#windowSize : undefined) ?? clampSize(terminal);
    this.#view = audience.view(this.#size);
    const term = seatCapabilities(terminal, info.role);
    const { account, run } = deps;
    const standout = (): boolean => deps.model().italicsAreStandout;
    const full = (): void => this.deps.control.leave(this.info.id, 'over-limit');
    this.#screen = new SeatScreen({ view: this.#view, term, sink, encode: encodeFrame, standout, account, full, run });
    this.#reader = new KeyReader({ utf8: terminal.utf8 });
    const keys = {
      get options() {
        return deps.model().mirror.options;
      },
      get keys() {
        return deps.model().mirror.keys;
      },
    };
    this.#keys = new KeyMachine(keys, term.bracketedPaste);
    this.#joinedAt = this.#activeAt = deps.clock.now();
    this.#messages = new SeatMessages(deps.model, deps.clock, () => this.#overlay());
    this.#commands = new SeatCommands(this);
    this.#mouse = new SeatMouse(this);
    this.#paste = new PasteCollector((message) => this.send(message), this.clientId, info.id);
    this.#input = new SeatInput({
      clock: deps.clock,
      handle: (slice, more) => this.#typed(slice, more),
      takes: () => deps.control.takes(this.info.id),
      taken: (bytes) => sink.tookInput?.(bytes),
    });
  }

  get info(): ParticipantInfo {
    return this.#info;
  }

  /** From now on it may only look. */
  makeReader(): void {
    this.#info = { ...this.#info, role: 'reader' };
    this.message('An operator made you read-only: what you type is discarded');
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
    return `${this.info.transport}-${this.clientId}`;
  }

  get clients(): readonly SessionClient[] {
    return this.deps.audience.seats.map((seat) => seat.#client);
  }

  get #client(): SessionClient {
    const { term, utf8 } = this.deps.terminal;
    return {
      name: this.clientName,
      role: this.info.role,
      size: this.#size,
      term,
      utf8,
      joinedAt: Math.floor(this.#joinedAt / 1000),
      activeAt: Math.floor(this.#activeAt / 1000),
      keyTable: this.#keys.table,
      prefixed: this.#keys.prefixed,
    };
  }

  get messages(): readonly string[] {
    return this.#messages.told;
  }

  get size(): Size {
    return this.#size;
  }

  get view(): View {
    return this.#view;
  }

  /** Whether its size counts for the window, where it is a writer's: not while its terminal gives no sign of life. */
  get claims(): boolean {
    return !this.#follows && !this.#stalled;
  }

  /** What its terminal limits the window to, where it is a writer's; 0 by 0 where it limits nothing. */
  get claimed(): Size {
    return this.claims ? this.#size : NO_SIZE;
  }

  get behind(): boolean {
    return this.#screen.behind;
  }

  /** Draws the first frame. */
  start(): void {
    this.show();
  }

  /** Takes the terminal to what is now, if it can take it. */
  show(): void {
    this.#listen(this.model);
    if (this.#follows) this.#follow();
    this.deps.observer.frame(this.#screen.show());
  }

  /** Bytes from the joiner's terminal; the sink is told when it has taken them. */
  input(bytes: Uint8Array): void {
    this.#activeAt = this.now;
    this.deps.run('input', () => this.#input.push(bytes));
  }

  #typed(bytes: Uint8Array, more: boolean): void {
    this.#escape?.cancel();
    this.#escape = undefined;
    this.#handle(this.#reader.push(bytes));
    // With more to come, what begins like a sequence is one.
    if (this.#reader.pending && !more) {
      this.#escape = this.deps.clock.after(ESCAPE_MS, () => this.#handle(this.#reader.flush()));
    }
  }

  /** The joiner's terminal has another size, or takes the window's from now on (`follows`; see `TerminalInfo`). */
  resize(size: Size, follows = false): void {
    this.deps.run('resize', () => {
      this.#follows = follows;
      this.#resize((follows ? this.#windowSize : undefined) ?? clampSize(size));
      this.deps.control.resized(this.info.id);
    });
  }

  /** The joiner's terminal gives no sign of life, or does again. */
  setStalled(stalled: boolean): void {
    if (stalled === this.#stalled) return;
    this.#stalled = stalled;
    this.deps.run('stalled', () => this.deps.control.resized(this.info.id));
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
  tell(status: SessionStatus): void {
    this.deps.sink.status?.(status);
  }

  /** Puts a message for the host behind what this input has sent already. */
  send(message: ServerMessage): void {
    this.#outgoing.push(message);
  }

  mirror(command: Command): string | undefined {
    return this.deps.control.mirror(this.info.id, command);
  }

  /** Draws again after the seat's own prompt or list changed. */
  redraw(): void {
    this.#overlay();
  }

  useKeyTable(table: string): string | undefined {
    const result = this.#keys.useTable(table);
    return result.ok ? undefined : result.error;
  }

  toClipboard(text: string): void {
    if (!this.model.mirror.options.flag('set-clipboard')) return;
    this.#screen.send(clipboardSequence(new TextEncoder().encode(text), '', this.#screen.term));
  }

  follow(drag: MouseDrag): void {
    this.#mouse.follow(drag);
  }

  repaint(): void {
    this.deps.run('repaint', () => this.#screen.repaint());
  }

  /** Leaves the session, by the joiner's own wish or fault. */
  leave(ending: SeatEnding): void {
    this.deps.run('leave', () => {
      // What was typed before goes out before.
      this.#keysSent();
      this.deps.control.leave(this.info.id, ending);
    });
  }

  /** For the session: the stay is over. */
  end(ending: SeatEnding, text: string): void {
    this.#listen(undefined);
    this.#escape?.cancel();
    this.#input.dispose();
    this.#messages.dispose();
    try {
      this.#commands.dispose();
    } finally {
      // Also where drawing is what failed.
      this.#screen.end(ending, text);
    }
  }

  /** Hears what a model says besides its pictures; after a reconnection of the host there is another one. */
  #listen(model: SessionModel | undefined): void {
    if (model === this.#heard) return;
    this.#listening?.dispose();
    this.#heard = model;
    this.#listening = model?.beside.on((what) => this.#beside(what));
  }

  #beside(what: Beside): void {
    const { readerClipboard, mirror } = this.model;
    const mayCopy = this.info.role === 'writer' || readerClipboard;
    switch (what.kind) {
      case 'told':
        this.message(what.text);
        break;
      case 'clipboard':
        if (mayCopy && mirror.options.flag('set-clipboard')) {
          this.#screen.send(clipboardSequence(what.data, what.selection, this.#screen.term));
        }
        break;
    }
  }

  /** What a terminal that follows must be of; undefined while the host has not said it. */
  get #windowSize(): Size | undefined {
    const { windows, statusLines } = this.deps.model();
    return windows.cols > 0 ? clampSize({ cols: windows.cols, rows: windows.rows + statusLines }) : undefined;
  }

  #follow(): void {
    const wanted = this.#windowSize;
    if (wanted === undefined || (wanted.cols === this.#size.cols && wanted.rows === this.#size.rows)) return;
    this.#resize(wanted);
  }

  #resize(size: Size): void {
    this.#size = size;
    this.deps.sink.resized?.(size.cols, size.rows);
    try {
      this.#view = this.deps.audience.view(size);
    } catch (error) {
      // No terminal can be drawn for at all: this one goes, and nobody else.
      if (!(error instanceof OverLimit)) throw error;
      this.deps.control.leave(this.info.id, 'over-limit');
      return;
    }
    this.#screen.setView(this.#view);
  }

  #handle(events: readonly KeyEvent[]): void {
    for (const event of events) this.#one(event);
    this.#keysSent();
  }

  #one(event: KeyEvent): void {
    switch (event.kind) {
      case 'key':
        this.#messages.typed();
        if (!this.#commands.key(event.key)) this.#bound(event.key);
        break;
      case 'paste':
        if (this.#commands.paste(event.text)) break;
        if (this.#mayWrite()) this.#paste.add(event.text, event.last);
        break;
      case 'mouse':
        this.#mouseEvent(event);
        break;
      case 'focus':
        this.#focus(event.focused);
        break;
      case 'response':
        break;
    }
  }

  /**
   * The active pane's program, if it asked, hears that somebody looks at it, or that nobody does any more: of those who may
   * type one is enough. PANE_KEY has no such key that stock clients would take: it is told by its characters.
   */
  #focus(focused: boolean): void {
    const others = this.deps.audience.seats.some(
      (seat) => seat !== this && seat.info.role === 'writer' && seat.#focused === true,
    );
    const before = this.#focused;
    this.#focused = focused;
    const pane = this.model.windows.current?.active;
    if (this.info.role === 'reader' || others || focused === before || pane?.modes?.focusEvents !== true) return;
    for (const char of focused ? '\x1b[I' : '\x1b[O') {
      this.send({ type: 'pane-key', paneId: pane.id, key: char.charCodeAt(0) });
    }
  }

  /** A reader's mouse is its terminal's own: what it would do is not for who only looks. */
  #mouseEvent(event: MouseEvent): void {
    if (this.info.role === 'reader') return;
    if (event.action === 'press' || event.action === 'wheel') this.#messages.clear();
    const input = this.#mouse.read(event);
    if (input === undefined || this.#commands.asking || this.#commands.key(input.key)) return;
    const action = this.#keys.press(input.key, this.deps.clock.monotonic());
    if (action.kind === 'pane-key') this.#commands.mouseKey(input);
    else if (action.kind === 'command') this.#commands.run(action.commands, 0, input);
  }

  #bound(key: number): void {
    const action = this.#keys.press(key, this.deps.clock.monotonic());
    if (action.kind === 'pane-key') {
      if (this.#commands.paneKey(action.key)) return;
      if (this.#mayWrite()) this.send({ type: 'pane-key', paneId: -1, key: action.key });
    } else if (action.kind === 'command') {
      this.#commands.run(action.commands);
    }
  }

  #keysSent(): void {
    if (this.#outgoing.length === 0) return;
    const messages = this.#outgoing;
    this.#outgoing = [];
    this.deps.audience.typed(this);
    this.deps.control.send(this.info.id, messages);
  }

  /** Whether what the joiner types may reach the host; a reader is told, now and then, that it may not. */
  #mayWrite(): boolean {
    if (this.info.role === 'writer') return true;
    this.#messages.hint();
    return false;
  }

  #overlay(): void {
    this.#screen.setOverlay(this.#messages.message ?? this.#commands.overlay ?? this.#messages.notice);
  }
}

/** A reader's terminal is not asked for the mouse: there it goes on to select text, as its user is used to. */
function seatCapabilities({ term, utf8, colorTerm }: TerminalInfo, role: Role): TermCapabilities {
  const capabilities = capabilitiesFor(term, utf8, colorTerm);
  if (role === 'writer' || !capabilities.mouse) return capabilities;
  return { ...capabilities, mouse: false, key: `${capabilities.key} reader` };
}

function clampSize({ cols, rows }: Size): Size {
  return {
    cols: Math.min(Math.max(Math.trunc(cols) || 80, 1), MAX_TERMINAL.cols),
    rows: Math.min(Math.max(Math.trunc(rows) || 24, 1), MAX_TERMINAL.rows),
  };
}
