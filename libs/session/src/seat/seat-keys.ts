import { Timeout, type Clock } from '#kernel';
import { ESCAPE_MS, KeyReader, type KeyEvent, type MouseEvent } from '#screen';
import { KeyMachine } from '#tmux';
import type { SessionModel } from '../model/session-model.js';
import type { Size } from '../model/sizes.js';
import { mayType } from '../read-only.js';
import { PauseText, type Pause } from '../pause.js';
import type { ParticipantInfo } from '../ports.js';
import { SeatMouse, type MouseDrag } from './mouse/seat-mouse.js';
import type { SeatLock } from './lock/seat-lock.js';
import type { PasteCollector } from './paste.js';
import type { SeatCommands } from './seat-commands.js';
import { HostModeHint } from './host-mode-hint.js';
import { InputPacer } from './input-pacer.js';
import type { SeatMessages } from './seat-messages.js';

/** The seat whose keys these are. */
export interface KeySeat {
  readonly info: ParticipantInfo;
  readonly model: SessionModel;
  readonly size: Size;
  readonly clock: Clock;
  /** Whether more input can be taken. */
  takes(): boolean;
  /** So many bytes were handled. */
  tookInput(bytes: number): void;
  /** A key for a pane of the host; -1: for the active one. */
  toPane(paneId: number, key: number): void;
  /** Sends what the current bytes made the seat send. */
  flush(): void;
  /** Why nobody may type now. */
  readonly pause: Pause;
  /** The terminal's lock: it takes everything while the terminal is locked. */
  readonly lock: Pick<SeatLock, 'isLocked' | 'touched' | 'typed'>;
  /** Whether somebody else here, who may type, looks at their terminal. */
  othersLook(): boolean;
}

export interface SeatKeysDeps {
  readonly seat: KeySeat;
  readonly commands: SeatCommands;
  readonly messages: SeatMessages;
  readonly paste: PasteCollector;
  /** The joiner's terminal: whether it sends UTF-8, and marks what is pasted. */
  readonly utf8: boolean;
  readonly bracketedPaste: boolean;
}

/**
 * What is typed at a seat: bytes become keys, and each key goes to the seat's own prompt or mode, to its binding, or to the
 * host. A reader's keys never leave the seat.
 */
export class SeatKeys {
  readonly #reader: KeyReader;
  readonly #keys: KeyMachine;
  readonly #input: InputPacer;
  readonly #mouse: SeatMouse;
  readonly #hostMode: HostModeHint;
  /** Whether the joiner's terminal has the focus; undefined until it has reported it. */
  #focused: boolean | undefined;
  /** Ends a lone Escape. */
  readonly #escape: Timeout;

  constructor(private readonly deps: SeatKeysDeps) {
    const { seat, utf8, bracketedPaste } = deps;
    this.#reader = new KeyReader({ utf8 });
    this.#escape = new Timeout(seat.clock);
    const tables = {
      get options() {
        return seat.model.mirror.options;
      },
      get keys() {
        return seat.model.mirror.keys;
      },
    };
    this.#keys = new KeyMachine(tables, bracketedPaste);
    this.#mouse = new SeatMouse(seat);
    this.#hostMode = new HostModeHint(() => seat.model);
    this.#input = new InputPacer({
      clock: seat.clock,
      handle: (slice, more) => this.#typed(slice, more),
      // What is typed at a locked terminal goes nowhere.
      takes: () => seat.lock.isLocked || seat.takes(),
      taken: (bytes) => seat.tookInput(bytes),
    });
  }

  /** The key table of the next key. */
  get table(): string {
    return this.#keys.table;
  }

  /** Whether the prefix key was pressed. */
  get prefixed(): boolean {
    return this.#keys.prefixed;
  }

  get focused(): boolean | undefined {
    return this.#focused;
  }

  /** The joiner is there: says what their keys would go to, if that is not the program. */
  start(): void {
    const { seat, messages } = this.deps;
    const text = this.#hostMode.joined(seat.info.role);
    if (text !== undefined && seat.pause !== 'hidden') messages.show(text);
  }

  /** Bytes from the terminal. */
  push(bytes: Uint8Array): void {
    this.#input.push(bytes);
  }

  /** Looks the next key up in that table; returns what is wrong with it. */
  useTable(table: string): string | undefined {
    const result = this.#keys.useTable(table);
    return result.ok ? undefined : result.error;
  }

  /** From now on `drag` follows the mouse, until its button is released. */
  follow(drag: MouseDrag): void {
    this.#mouse.follow(drag);
  }

  /** The terminal is locked from now on: what was begun is forgotten. */
  locked(): void {
    this.#keys.reset();
    this.deps.paste.drop();
  }

  /** Forgets what waits. */
  dispose(): void {
    this.#escape.cancel();
    this.#input.dispose();
  }

  #typed(bytes: Uint8Array, more: boolean): void {
    this.#escape.cancel();
    this.#handle(this.#reader.push(bytes));
    // If more bytes follow, the start of a sequence is a sequence.
    if (this.#reader.pending && !more) this.#escape.start(ESCAPE_MS, () => this.#handle(this.#reader.flush()));
  }

  #handle(events: readonly KeyEvent[]): void {
    for (const event of events) this.#event(event);
    this.deps.seat.flush();
  }

  #event(event: KeyEvent): void {
    const { commands, messages, paste, seat } = this.deps;
    if (seat.lock.isLocked) {
      if (event.kind === 'focus') this.#focused = event.focused;
      else seat.lock.typed(event);
      return;
    }
    if (event.kind !== 'focus' && event.kind !== 'response') seat.lock.touched();
    switch (event.kind) {
      case 'key':
        messages.typed();
        if (!commands.key(event.key)) this.#bound(event.key);
        break;
      case 'paste':
        if (commands.paste(event.text)) break;
        if (this.#mayType()) paste.add(event.text, event.last);
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
   * Reports focus to the active pane's program, if it asked for it: it has the focus as long as one writer's terminal has.
   * PANE_KEY has no key for this that stock clients accept, so its characters are sent.
   */
  #focus(focused: boolean): void {
    const { seat } = this.deps;
    const before = this.#focused;
    this.#focused = focused;
    if (!this.#typesNow || focused === before || seat.othersLook()) return;
    const pane = seat.model.windows.current?.active;
    if (pane?.modes?.focusEvents !== true) return;
    for (const char of focused ? '\x1b[I' : '\x1b[O') seat.toPane(pane.id, char.charCodeAt(0));
  }

  /** A reader's mouse belongs to their terminal: its keys are only for people who may type. */
  #mouseEvent(event: MouseEvent): void {
    const { commands, messages, seat } = this.deps;
    if (!this.#typesNow) return;
    if (event.action === 'press' || event.action === 'wheel') messages.clear();
    const input = this.#mouse.read(event);
    if (input === undefined || commands.asking || commands.key(input.key)) return;
    const action = this.#keys.press(input.key, seat.clock.monotonic());
    if (action.kind === 'pane-key') commands.mouseKey(input);
    else if (action.kind === 'command') commands.run(action.commands, 0, input);
  }

  #bound(key: number): void {
    const { commands, seat } = this.deps;
    const action = this.#keys.press(key, seat.clock.monotonic());
    if (action.kind === 'pane-key') {
      if (commands.paneKey(action.key)) return;
      if (!this.#mayType()) return;
      this.#hint(action.key);
      seat.toPane(-1, action.key);
    } else if (action.kind === 'command') {
      commands.run(action.commands);
    }
  }

  /** Says where the key goes, if that is not the program. */
  #hint(key: number): void {
    const hint = this.#hostMode.typed(key);
    if (hint?.always === true) this.deps.messages.show(hint.text);
    else if (hint !== undefined) this.deps.messages.hint(hint.text);
  }

  /** Whether what the joiner types may reach the host; a reader is told from time to time that it may not. */
  #mayType(): boolean {
    if (this.#typesNow) return true;
    this.deps.messages.hint(mayType(this.deps.seat.info.role) ? PauseText.typed : undefined);
    return false;
  }

  get #typesNow(): boolean {
    const { info, pause } = this.deps.seat;
    return mayType(info.role) && pause === 'open';
  }
}
