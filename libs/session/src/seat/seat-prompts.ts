import {
  completeWord,
  confirmText,
  expandTimeFormat,
  fillTemplate,
  promptPlan,
  type Command,
  type FormatContext,
} from '#tmux';
import type { CommandSeat } from './command-seat.js';
import { formatSession } from '../model/formats.js';
import { Prompt, type PromptDeps } from './prompt.js';
import type { SeatMode } from './seat-mode.js';

export interface SeatPromptsDeps {
  /** The values for the formats in questions. */
  readonly context: () => FormatContext;
  /** Shows a prompt in place of what was open, or nothing. */
  readonly enter: (mode: SeatMode | undefined) => void;
  /** Runs the command line that an answer made. */
  readonly run: (line: string, depth: number) => void;
}

/** `command-prompt` and `confirm-before` at a joiner's own seat, with the history of what it answered. */
export class SeatPrompts {
  readonly #history: string[] = [];

  constructor(
    private readonly seat: CommandSeat,
    private readonly deps: SeatPromptsDeps,
  ) {}

  /** Asks all the questions of the command, one after the other, then runs its template. */
  command(command: Command, depth: number): void {
    const plan = promptPlan(command);
    const expand = (text: string): string => this.#expand(text);
    const ask = (n: number, template: string): void => {
      const prompt = plan.prompts[n];
      if (prompt === undefined) {
        this.deps.run(template, depth + 1);
        return;
      }
      const answered = (text: string): void => {
        this.deps.enter(undefined);
        ask(n + 1, fillTemplate(template, text, n + 1));
      };
      const singleKey = command.flags['1'] !== undefined;
      this.deps.enter(new Prompt(expand(prompt.text), expand(prompt.input), this.#promptDeps, answered, singleKey));
    };
    ask(0, plan.template);
  }

  /** Runs the command in it once `y` was pressed. */
  confirm(command: Command, depth: number): void {
    const answered = (text: string): void => {
      if (text.toLowerCase() === 'y') this.deps.run(command.args[0] ?? '', depth + 1);
    };
    this.deps.enter(new Prompt(this.#expand(confirmText(command)), '', this.#promptDeps, answered, true));
  }

  #expand(text: string): string {
    return expandTimeFormat(text, this.deps.context(), formatSession(this.seat.model, this.seat.now).now);
  }

  get #promptDeps(): PromptDeps {
    const { model } = this.seat;
    const { options } = model.mirror;
    return {
      look: {
        style: model.display.messageStyle,
        commandStyle: options.style('message-command-style'),
        line: model.display.messageLine,
      },
      modeKeys: model.mirror.modeKeys,
      manner: options.choice('status-keys') === 'vi' ? 'vi' : 'emacs',
      history: this.#history,
      complete: (word) => completeWord(word, { sessionName: '0', windows: model.windows.list }),
    };
  }
}
