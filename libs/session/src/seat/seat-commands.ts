import type { Picture } from '#screen';
import {
  aimAtMouse,
  conditionBranch,
  expandFormat,
  expandTimeFormat,
  flagValue,
  formatContext,
  hasMouseTarget,
  hostArgv,
  parseCommandLine,
  whereRuns,
  type Command,
  type FormatContext,
  type FormatSession,
} from '#tmux';
import { Key, type KeyCode } from '#tmate-protocol';
import { mayRunHidden, PauseText } from '../pause.js';
import { mayRun, ReadOnlyText } from '../read-only.js';
import type { CommandSeat } from './command-seat.js';
import { formatSession, paneContext } from '../model/formats.js';
import { PaneNumbers } from './modes/pane-numbers.js';
import { seatListing } from './modes/seat-listings.js';
import { clientChoices, foundWindows, windowChoices } from './modes/window-choices.js';
import { MouseActions } from './mouse/mouse-actions.js';
import type { Cell } from './mouse/mouse-target.js';
import type { MouseInput } from './mouse/seat-mouse.js';
import { Prompt } from './prompt.js';
import type { SeatMode } from './seat-mode.js';
import { SeatPrompts } from './seat-prompts.js';
import type { Overlay } from './frame-sender.js';
import { SeatViews } from './seat-views.js';
import type { Pane } from '../model/pane.js';
import type { Window } from '../model/windows.js';

/** Commands inside commands (a prompt's template, an `if-shell`) are followed this far. */
const MAX_DEPTH = 8;

/** How long a host may take to say that a pane entered copy mode. */
const ENTERING_MS = 1000;

/** A command that waits for its turn, how deeply it is nested in others, and the mouse event that led to it. */
interface Queued {
  readonly command: Command;
  readonly depth: number;
  readonly mouse: MouseInput | undefined;
}

/** Runs a joiner's commands where they belong, and holds the prompt or list that one of them opened. */
export class SeatCommands {
  /** A prompt, or whatever else takes every key. */
  #mode: SeatMode | undefined;
  #queue: Queued[] = [];
  /** A pane that a command made enter copy mode, and until when this counts although the host has not confirmed it. */
  #entering: { readonly paneId: number; readonly untilMs: number } | undefined;
  readonly #mouse: MouseActions;
  readonly #views: SeatViews;
  readonly #prompts: SeatPrompts;

  constructor(private readonly seat: CommandSeat) {
    this.#views = new SeatViews(seat);
    this.#prompts = new SeatPrompts(seat, {
      context: () => this.#context(),
      enter: (mode) => this.#enter(mode),
      run: (line, depth) => this.#runLine(line, depth),
    });
    this.#mouse = new MouseActions(seat, this.#views);
  }

  /** What the modes draw. */
  get overlay(): Overlay | undefined {
    if (this.#mode === undefined && this.#views.paneId === undefined) return undefined;
    return {
      draw: (base: Picture) => {
        const picture = this.#views.draw(base);
        return this.#mode?.draw(picture) ?? picture;
      },
    };
  }

  /** Whether a question is open, which keeps the mouse from everything else. */
  get asking(): boolean {
    return this.#mode instanceof Prompt;
  }

  /** Offers a key to the mode; returns whether it took the key. */
  key(key: KeyCode): boolean {
    const mode = this.#mode;
    if (mode === undefined) return false;
    // A mode that ends may open the next one: a second question of the same prompt.
    const done = mode.key(key);
    if (done !== false && this.#mode === mode) this.#enter(undefined);
    this.seat.redraw();
    this.#continue();
    return done !== 'pass';
  }

  /** Offers an unbound key, or a mouse key in a pane, to whatever is shown in that pane. */
  paneKey(key: KeyCode, mouse?: { readonly paneId: number; readonly at: Cell | undefined }): boolean {
    return this.#views.key(key, mouse);
  }

  /** An unbound mouse key: it goes to the pane that it is on. */
  mouseKey(input: MouseInput): void {
    this.#mouse.forward(input);
  }

  /** Offers pasted text to the mode; returns whether there is one. */
  paste(text: string): boolean {
    if (this.#mode === undefined) return false;
    this.#mode.paste?.(text);
    this.seat.redraw();
    return true;
  }

  /** Runs a sequence of commands; if one opens a prompt, the sequence continues when the prompt is closed. */
  run(commands: readonly Command[], depth = 0, mouse?: MouseInput): void {
    if (depth > MAX_DEPTH) return;
    const { info, pause } = this.seat;
    if (!mayRun(info.role, commands)) {
      this.seat.message(ReadOnlyText.command);
      return;
    }
    if (!(pause === 'open' || (pause === 'hidden' ? mayRunHidden(commands) : mayRun('reader', commands)))) {
      this.seat.message(PauseText.command);
      return;
    }
    this.#queue.unshift(...commands.map((command) => ({ command, depth, mouse })));
    this.#continue();
  }

  /** Closes whatever is open, and forgets what waits. */
  dispose(): void {
    this.#enter(undefined);
    this.#views.close();
    this.#queue = [];
  }

  #continue(): void {
    while (this.#mode === undefined) {
      const next = this.#queue.shift();
      if (next === undefined) return;
      this.#runNext(next);
    }
  }

  #runNext({ command: given, depth, mouse }: Queued): void {
    let command = given;
    if (hasMouseTarget(given)) {
      if (mouse === undefined) {
        this.#showFault('no mouse target');
        return;
      }
      command = aimAtMouse(given, {
        window: mouse.target.window,
        ...(mouse.target.pane === undefined ? {} : { pane: mouse.target.pane.id }),
      });
    }
    const isOfClient = command.name === 'detach-client' || command.name === 'lock-client';
    if (isOfClient && flagValue(command, 't') === this.seat.clientName) {
      command = { ...command, flags: {} };
    }
    const placement = whereRuns(command);
    // A reader cannot use the host's copy mode: they read the history in their own.
    if (command.name === 'copy-mode' && (this.seat.info.role === 'reader' || this.seat.pause !== 'open')) {
      const target = this.#targetPane(command);
      if (target !== undefined) this.#views.copyMode(target.pane, command.flags['u'] !== undefined);
      return;
    }
    switch (placement.where) {
      case 'host':
        this.#atHost(command);
        if (command.name === 'copy-mode') this.#expectCopyMode(this.#targetPane(command)?.pane.id);
        break;
      case 'mirror':
        this.#mirror(command);
        break;
      case 'seat':
        this.#atSeat(command, depth, mouse);
        break;
      case 'refused':
        this.#showFault(placement.reason);
        break;
    }
  }

  #atHost(command: Command): void {
    const { u: pageUp, ...flags } = command.flags;
    if (command.name !== 'copy-mode' || pageUp === undefined || command.source !== undefined) {
      this.seat.exec(...hostArgv(command));
      return;
    }
    // The host does not tell how far -u scrolled, but after a key it does.
    const paneId = this.#targetPane(command)?.pane.id ?? -1;
    this.seat.exec(...hostArgv({ ...command, flags }));
    this.seat.send({ type: 'pane-key', paneId, key: Key.PPage });
  }

  #mirror(command: Command): void {
    const fault = this.seat.mirror(command);
    if (fault !== undefined) this.#showFault(fault);
  }

  #atSeat(command: Command, depth: number, mouse: MouseInput | undefined): void {
    switch (command.name) {
      case 'detach-client':
        this.seat.leave('detached');
        break;
      case 'lock-session':
        this.seat.lockSession();
        break;
      case 'lock-client':
      case 'lock-server':
        this.seat.lockTerminal();
        break;
      case 'attach-session':
      case 'start-server':
        break;
      case 'refresh-client':
        this.seat.repaint();
        break;
      case 'switch-client': {
        const table = command.flags['T'];
        const fault = typeof table === 'string' ? this.seat.useKeyTable(table) : undefined;
        if (fault !== undefined) this.#showFault(fault);
        break;
      }
      case 'display-message':
        this.#displayMessage(command);
        break;
      case 'command-prompt':
        this.#prompts.command(command, depth);
        break;
      case 'confirm-before':
        this.#prompts.confirm(command, depth);
        break;
      case 'if-shell': {
        const line = conditionBranch(command, expandFormat(command.args[0] ?? '', this.#context(command)));
        if (line !== undefined) this.#runLine(line, depth + 1, mouse);
        break;
      }
      // These run at the seat only with -M.
      case 'send-keys':
        if (mouse === undefined) this.#showFault('no mouse target');
        else this.#mouse.forward(mouse, this.#isEnteringCopyMode(mouse.target.pane));
        break;
      case 'copy-mode':
        if (mouse !== undefined) this.#mouse.dragSelection(mouse);
        break;
      case 'resize-pane':
        if (mouse !== undefined) this.#mouse.dragBorder(mouse);
        break;
      case 'display-panes':
        this.#displayPanes(depth);
        break;
      case 'clock-mode':
        this.#views.clock();
        break;
      case 'choose-window':
      case 'choose-session':
      case 'choose-tree': {
        const { items, selected, expanded } = windowChoices(command, this.#formats, this.#runner(depth));
        this.#views.choose(items, selected, expanded);
        break;
      }
      case 'choose-client': {
        const { clients, clientName } = this.seat;
        const own = clients.findIndex(({ name }) => name === clientName);
        this.#views.choose(clientChoices(command, clients, this.#formats, this.#runner(depth)), Math.max(0, own), true);
        break;
      }
      case 'find-window':
        this.#findWindow(command, depth);
        break;
      case 'send-prefix': {
        const key = this.seat.model.mirror.options.key(command.flags['2'] === true ? 'prefix2' : 'prefix');
        if (!this.paneKey(key)) this.seat.send({ type: 'pane-key', paneId: -1, key });
        break;
      }
      default:
        this.#listing(command);
    }
  }

  #listing(command: Command): void {
    const lines = seatListing(command, this.seat.model, this.#formats, this.seat.messages, this.seat.clients);
    if (lines === undefined) this.#showFault(`${command.name} is not possible here`);
    else if (!lines.ok) this.#showFault(lines.error);
    else if (lines.value.length > 0) {
      this.#views.text(lines.value);
    }
  }

  #findWindow(command: Command, depth: number): void {
    const run = this.#runner(depth);
    const found = foundWindows(command, this.seat.model, this.#formats, run);
    if (found.length === 0) this.#showFault(`no windows matching: ${command.args[0] ?? ''}`);
    else if (found.length === 1) found[0]?.choose();
    else this.#views.choose(found, 0, true);
  }

  #displayPanes(depth: number): void {
    const numbers = new PaneNumbers({
      model: () => this.seat.model,
      clock: this.seat.clock,
      choose: (paneId) => this.#runLine(`select-pane -t %${paneId}`, depth + 1),
      over: () => {
        if (this.#mode === numbers) this.#enter(undefined);
        this.#continue();
      },
    });
    this.#enter(numbers);
  }

  #displayMessage(command: Command): void {
    const formats = this.#formats;
    const template =
      command.args[0] ??
      '[#{session_name}] #{window_index}:#{window_name}, current pane #{pane_index} - (%H:%M %d-%b-%y)';
    this.seat.message(expandTimeFormat(template, this.#context(command), formats.now));
  }

  #runLine(line: string, depth: number, mouse?: MouseInput): void {
    const commands = parseCommandLine(line);
    if (commands.ok) this.run(commands.value, depth, mouse);
    else this.#showFault(commands.error);
  }

  #enter(mode: SeatMode | undefined): void {
    this.#mode?.dispose?.();
    this.#mode = mode;
    this.seat.redraw();
  }

  #runner(depth: number): (line: string) => void {
    return (line) => this.#runLine(line, depth + 1);
  }

  /** tmux's messages on the status line begin with a capital. */
  #showFault(text: string): void {
    this.seat.message(text.charAt(0).toUpperCase() + text.slice(1));
  }

  /** The pane that a command names by its id, otherwise the active one. */
  #targetPane(command?: Command): { window: Window; pane: Pane } | undefined {
    const { windows } = this.seat.model;
    const id = /^%(\d{1,9})$/.exec((command && flagValue(command, 't')) ?? '')?.[1];
    if (id !== undefined) {
      for (const window of windows.list) {
        const pane = window.panes.find((candidate) => candidate.id === Number(id));
        if (pane !== undefined) return { window, pane };
      }
    }
    const { current } = windows;
    return current?.active && { window: current, pane: current.active };
  }

  #expectCopyMode(paneId: number | undefined): void {
    this.#entering = paneId === undefined ? undefined : { paneId, untilMs: this.seat.clock.monotonic() + ENTERING_MS };
  }

  /** Whether the pane is about to enter copy mode: a wheel turns faster than the host answers. */
  #isEnteringCopyMode(pane: Pane | undefined): boolean {
    if (this.#entering === undefined || this.#entering.paneId !== pane?.id) return false;
    if (pane.copy !== undefined || this.seat.clock.monotonic() >= this.#entering.untilMs) this.#entering = undefined;
    return this.#entering !== undefined;
  }

  /** The values for a command's formats; a list or a text at this seat counts as the pane's mode. */
  #context(command?: Command): FormatContext {
    const formats = this.#formats;
    const target = this.#targetPane(command);
    if (target === undefined) return formatContext(formats);
    const context = paneContext(this.seat.model, formats, target.window, target.pane);
    const inMode = this.#views.paneId === target.pane.id || this.#isEnteringCopyMode(target.pane);
    return { ...context, lookup: (name) => (inMode && name === 'pane_in_mode' ? '1' : context.lookup(name)) };
  }

  get #formats(): FormatSession {
    return formatSession(this.seat.model, this.seat.now);
  }
}
