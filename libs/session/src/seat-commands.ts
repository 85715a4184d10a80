import type { Clock } from '#kernel';
import type { Picture } from '#screen';
import {
  completeWord,
  conditionBranch,
  confirmText,
  expandFormat,
  expandTimeFormat,
  fillTemplate,
  formatContext,
  hostArgv,
  parseCommandLine,
  promptPlan,
  readersMayRun,
  whereRuns,
  type Command,
  type FormatSession,
  type Style,
} from '#tmux';
import type { KeyCode } from '#tmate-protocol';
import { formatSession } from './formats.js';
import { ChoiceList, type Choice } from './modes/choice-list.js';
import { ClockFace } from './modes/clock-face.js';
import { PaneMode, type Cell, type PaneContent } from './modes/pane-mode.js';
import { PaneNumbers } from './modes/pane-numbers.js';
import { seatListing } from './modes/seat-listings.js';
import { TextView } from './modes/text-view.js';
import { foundWindows, windowChoices } from './modes/window-choices.js';
import type { ParticipantInfo, SeatEnding } from './ports.js';
import { Prompt, type PromptDeps } from './prompt.js';
import type { SeatMode } from './seat-mode.js';
import type { Overlay } from './seat-screen.js';
import type { SessionModel } from './session-model.js';
import type { ServerMessage } from '#tmate-protocol';

/** Commands inside commands (a prompt's template, an `if-shell`) are followed this far. */
const MAX_DEPTH = 8;

/** What a seat lets its commands do. */
export interface CommandSeat {
  readonly info: ParticipantInfo;
  readonly clientId: number;
  readonly model: SessionModel;
  readonly clock: Clock;
  /** Now, in ms since the epoch. */
  readonly now: number;
  /** What the seat was told, oldest first. */
  readonly messages: readonly string[];
  message(text: string): void;
  send(message: ServerMessage): void;
  leave(ending: SeatEnding): void;
  /** Makes the next key one of a table. */
  useKeyTable(table: string): string | undefined;
  repaint(): void;
  /** The mode changed what it draws, began or ended. */
  redraw(): void;
}

/** Does a joiner's commands where they belong, and holds the prompt or list that one of them opened. */
export class SeatCommands {
  readonly #history: string[] = [];
  /** A prompt, or what else takes every key. */
  #mode: SeatMode | undefined;
  /** What is shown in place of a pane: it takes the keys that are not bound. */
  #view: PaneMode | undefined;
  #queue: { command: Command; depth: number }[] = [];

  constructor(private readonly seat: CommandSeat) {}

  /** What the modes draw. */
  get overlay(): Overlay | undefined {
    if (this.#mode === undefined && this.#view === undefined) return undefined;
    return {
      draw: (base: Picture) => {
        const picture = this.#view?.draw(base) ?? base;
        return this.#mode?.draw(picture) ?? picture;
      },
    };
  }

  /** Offers a key to the mode; answers whether it took it. */
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

  /** Offers a key that is not bound, or the mouse's in a pane, to what is shown in that pane. */
  paneKey(key: KeyCode, mouse?: { readonly paneId: number; readonly at: Cell }): boolean {
    const view = this.#view;
    if (view === undefined) return false;
    if (mouse === undefined ? !view.active : mouse.paneId !== view.paneId) return false;
    if (view.key(key, mouse?.at) && this.#view === view) this.#show(undefined);
    this.seat.redraw();
    return true;
  }

  /** Offers pasted text to the mode; answers whether there is one. */
  paste(text: string): boolean {
    if (this.#mode === undefined) return false;
    this.#mode.paste?.(text);
    this.seat.redraw();
    return true;
  }

  /** Does a sequence; one that opens a prompt waits for the prompt's end before it goes on. */
  run(commands: readonly Command[], depth = 0): void {
    if (depth > MAX_DEPTH) return;
    if (this.seat.info.role === 'reader' && !readersMayRun(commands)) {
      this.seat.message('You are looking only: that is for those who may type');
      return;
    }
    this.#queue.unshift(...commands.map((command) => ({ command, depth })));
    this.#continue();
  }

  dispose(): void {
    this.#enter(undefined);
    this.#show(undefined);
    this.#queue = [];
  }

  #continue(): void {
    while (this.#mode === undefined) {
      const next = this.#queue.shift();
      if (next === undefined) return;
      this.#one(next.command, next.depth);
    }
  }

  #one(command: Command, depth: number): void {
    const placement = whereRuns(command);
    switch (placement.where) {
      case 'host':
        this.seat.send({ type: 'exec-cmd', clientId: this.seat.clientId, args: hostArgv(command) });
        break;
      case 'mirror':
        this.#mirror(command);
        break;
      case 'seat':
        this.#atSeat(command, depth);
        break;
      case 'refused':
        this.#fault(placement.reason);
        break;
    }
  }

  #mirror(command: Command): void {
    const { model } = this.seat;
    const applied = model.mirror.run(command, { currentWindow: model.windows.current?.index });
    if (applied.kind === 'error') this.#fault(applied.message);
    else model.touch();
  }

  #atSeat(command: Command, depth: number): void {
    switch (command.name) {
      case 'detach-client':
        this.seat.leave('detached');
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
        if (fault !== undefined) this.#fault(fault);
        break;
      }
      case 'display-message':
        this.#displayMessage(command);
        break;
      case 'command-prompt':
        this.#commandPrompt(command, depth);
        break;
      case 'confirm-before':
        this.#confirm(command, depth);
        break;
      case 'if-shell': {
        const line = conditionBranch(command, expandFormat(command.args[0] ?? '', formatContext(this.#formats)));
        if (line !== undefined) this.#runLine(line, depth + 1);
        break;
      }
      case 'display-panes':
        this.#displayPanes(depth);
        break;
      case 'clock-mode':
        this.#clock();
        break;
      case 'choose-window':
      case 'choose-session':
      case 'choose-tree': {
        const { items, selected, expanded } = windowChoices(command, this.#formats, this.#runner(depth));
        this.#choose(items, selected, expanded);
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
    const lines = seatListing(command, this.seat.model, this.#formats, this.seat.messages);
    if (lines === undefined) this.#fault(`${command.name} is not possible here`);
    else if (!lines.ok) this.#fault(lines.error);
    else if (lines.value.length > 0) {
      const bindings = this.seat.model.mirror.modeKeys;
      this.#show(new TextView(lines.value, { bindings, modeStyle: this.#modeStyle, modeKeys: this.#manner }));
    }
  }

  #findWindow(command: Command, depth: number): void {
    const run = this.#runner(depth);
    const found = foundWindows(command, this.seat.model, this.#formats, run);
    if (found.length === 0) this.#fault(`no windows matching: ${command.args[0] ?? ''}`);
    else if (found.length === 1) found[0]?.choose();
    else this.#choose(found, 0, true);
  }

  #choose(items: readonly Choice[], selected: number, expanded: boolean): void {
    const bindings = this.seat.model.mirror.modeKeys;
    const options = { bindings, manner: this.#manner, modeStyle: this.#modeStyle, selected, expanded };
    this.#show(new ChoiceList(items, options));
  }

  #clock(): void {
    const { model, clock } = this.seat;
    const window = model.windows.current?.index;
    const { options } = model.mirror;
    const look = {
      colour: options.colour('clock-mode-colour', window),
      hours: options.choice('clock-mode-style', window),
    };
    this.#show(new ClockFace(clock, look, () => this.seat.redraw()));
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
    this.seat.message(expandTimeFormat(template, formatContext(formats), formats.now));
  }

  #commandPrompt(command: Command, depth: number): void {
    const plan = promptPlan(command);
    const formats = this.#formats;
    const expand = (text: string): string => expandTimeFormat(text, formatContext(formats), formats.now);
    const ask = (n: number, template: string): void => {
      const prompt = plan.prompts[n];
      if (prompt === undefined) {
        this.#runLine(template, depth + 1);
        return;
      }
      const answered = (text: string): void => {
        this.#enter(undefined);
        ask(n + 1, fillTemplate(template, text, n + 1));
      };
      const singleKey = command.flags['1'] !== undefined;
      this.#enter(new Prompt(expand(prompt.text), expand(prompt.input), this.#promptDeps, answered, singleKey));
    };
    ask(0, plan.template);
  }

  #confirm(command: Command, depth: number): void {
    const formats = this.#formats;
    const question = expandTimeFormat(confirmText(command), formatContext(formats), formats.now);
    const answered = (text: string): void => {
      if (text.toLowerCase() === 'y') this.#runLine(command.args[0] ?? '', depth + 1);
    };
    this.#enter(new Prompt(question, '', this.#promptDeps, answered, true));
  }

  #runLine(line: string, depth: number): void {
    const commands = parseCommandLine(line);
    if (commands.ok) this.run(commands.value, depth);
    else this.#fault(commands.error);
  }

  #enter(mode: SeatMode | undefined): void {
    this.#mode?.dispose?.();
    this.#mode = mode;
    this.seat.redraw();
  }

  /** Shows something in place of the active pane. */
  #show(content: PaneContent | undefined): void {
    this.#view?.dispose();
    const paneId = this.seat.model.windows.current?.active?.id;
    const shown = content !== undefined && paneId !== undefined;
    this.#view = shown ? new PaneMode(() => this.seat.model, paneId, content) : undefined;
    if (!shown) content?.dispose?.();
    this.seat.redraw();
  }

  #runner(depth: number): (line: string) => void {
    return (line) => this.#runLine(line, depth + 1);
  }

  get #modeStyle(): Style {
    const { mirror, windows } = this.seat.model;
    return mirror.options.style('mode-style', windows.current?.index);
  }

  get #manner(): 'vi' | 'emacs' {
    const { mirror, windows } = this.seat.model;
    return mirror.options.choice('mode-keys', windows.current?.index) === 'vi' ? 'vi' : 'emacs';
  }

  /** tmux begins what it says on the status line with a capital. */
  #fault(text: string): void {
    this.seat.message(text.charAt(0).toUpperCase() + text.slice(1));
  }

  get #formats(): FormatSession {
    return formatSession(this.seat.model, this.seat.now);
  }

  get #promptDeps(): PromptDeps {
    const { model } = this.seat;
    const { options } = model.mirror;
    return {
      look: { style: model.messageStyle, line: model.messageLine },
      modeKeys: model.mirror.modeKeys,
      manner: options.choice('status-keys') === 'vi' ? 'vi' : 'emacs',
      history: this.#history,
      complete: (word) => completeWord(word, { sessionName: '0', windows: model.windows.list }),
    };
  }
}
