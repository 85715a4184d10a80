import type { Clock, Timer } from '#kernel';
import { ApiProblem, type ApiClient } from './api-client.js';
import { setText } from './elements.js';
import { ask, type Answered, type Question } from './questions.js';

/** How long a result stays on the page, in ms. */
const SAID_MS = 6_000;

/** What the parts of a page need to act. */
export interface SteeringOptions {
  readonly clock: Clock;
  readonly api: ApiClient;
  /** Where results are said, politely, and faults at once. */
  readonly said: HTMLElement;
  readonly fault: HTMLElement;
  /** Something was done: what is shown is older. */
  readonly done: () => void;
}

/** Does what buttons say: asks first where it should, calls the API, and says what came of it. */
export class Steering {
  readonly #busy = new Set<HTMLElement>();
  #forget: Timer | undefined;

  constructor(private readonly options: SteeringOptions) {}

  get api(): ApiClient {
    return this.options.api;
  }

  /** One act of a button at a time. */
  async act(by: HTMLElement, did: string, act: (api: ApiClient) => Promise<unknown>): Promise<boolean> {
    if (this.#busy.has(by)) return false;
    this.#busy.add(by);
    by.setAttribute('aria-busy', 'true');
    try {
      this.tell(undefined);
      await act(this.options.api);
      this.#say(did);
      return true;
    } catch (error) {
      this.tell(error);
      return false;
    } finally {
      this.#busy.delete(by);
      by.removeAttribute('aria-busy');
      this.options.done();
    }
  }

  #say(text: string): void {
    const { clock, said } = this.options;
    setText(said, text);
    this.#forget?.cancel();
    this.#forget = clock.after(SAID_MS, () => setText(said, ''));
  }

  /** As `act`, after a question. */
  async askAndAct(
    by: HTMLElement,
    question: Question,
    did: string,
    act: (api: ApiClient, answer: Answered) => Promise<unknown>,
  ): Promise<void> {
    const answer = await ask(question);
    if (answer !== undefined) await this.act(by, did, async (api) => await act(api, answer));
  }

  /** Says that something failed; undefined: nothing does any more. */
  tell(error: unknown): void {
    const { fault } = this.options;
    setText(fault, error === undefined ? '' : problemText(error));
    fault.hidden = error === undefined;
  }
}

/** What went wrong, in a sentence. */
export function problemText(error: unknown): string {
  if (error instanceof ApiProblem) return /[.!?]$/.test(error.message) ? error.message : `${error.message}.`;
  return 'Something went wrong on this page. Reload it.';
}
