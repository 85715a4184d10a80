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
} from '#tmux';
import type { KeyCode } from '#tmate-protocol';
import { formatSession } from './formats.js';
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
  /** Now, in ms since the epoch. */
  readonly now: number;
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
  #mode: SeatMode | undefined;
  #queue: { command: Command; depth: number }[] = [];

  constructor(private readonly seat: CommandSeat) {}

  /** What the mode draws. */
  get overlay(): Overlay | undefined {
    return this.#mode && { draw: (base: Picture) => this.#mode?.draw(base) ?? base };
  }

  /** Offers a key to the mode; answers whether it took it. */
  key(key: KeyCode): boolean {
    const mode = this.#mode;
    if (mode === undefined) return false;
    // A mode that ends may open the next one: a second question of the same prompt.
    if (mode.key(key) && this.#mode === mode) this.#enter(undefined);
    this.seat.redraw();
    this.#continue();
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
      default:
        this.#fault(`${command.name} is not possible here`);
    }
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
