import { isDeepStrictEqual } from 'node:util';
import { Screen, type ScreenState } from '../screen.js';
import { DEFAULT_DEADLINE_MS, until } from '../until.js';
import type { PageDriver } from './page-driver.js';

/** What the page's bar says. */
export interface PageState {
  /** `connecting`, `joined`, `waiting` or `over`. */
  readonly link: string;
  readonly short: string;
  readonly more: string;
  readonly people: string;
  readonly notice: string;
}

const STATE = `(() => {
  const text = (id) => { const it = document.getElementById(id); return it && !it.closest('[hidden]') ? it.textContent : ''; };
  return {
    link: document.documentElement.dataset.link ?? '',
    short: text('state-short'), more: text('state-more'), people: text('people-text'), notice: text('notice-text'),
  };
})()`;

/** A mate at a page of a real browser. */
export class PageJoiner<P extends PageDriver = PageDriver> {
  readonly screen: Screen;

  private constructor(readonly driver: P) {
    this.screen = new PageScreen(driver);
  }

  /** Opens `url` in a page; does not wait for the session. */
  static async open<P extends PageDriver>(driver: P, url: string): Promise<PageJoiner<P>> {
    await driver.open(url);
    return new PageJoiner(driver);
  }

  /** Types text at the terminal; `\r` is Enter. Keys that are no text are for `press`. */
  async type(text: string): Promise<void> {
    await this.driver.type(text);
  }

  /** Presses keys one after the other: `press('Control+b', '%')`. */
  async press(...keys: readonly string[]): Promise<void> {
    for (const key of keys) await this.driver.press(key);
  }

  /** What the bar says now. */
  async state(): Promise<PageState> {
    return await this.driver.evaluate<PageState>(STATE);
  }

  /** Waits until the bar says what is wanted of it. */
  async toSay(wanted: Partial<PageState>, deadlineMs = DEFAULT_DEADLINE_MS): Promise<void> {
    let state: PageState | undefined;
    await until(
      async () => {
        state = await this.state();
        return Object.entries(wanted).every(([name, text]) => state?.[name as keyof PageState].includes(text));
      },
      { what: `the bar to say ${JSON.stringify(wanted)}`, deadlineMs, everyMs: 30 },
    ).catch((error: unknown) => {
      throw new Error(`${String(error)}; it says ${JSON.stringify(state)}`, { cause: error });
    });
  }

  /** Waits until a JavaScript expression of the page is `wanted`: most of what a page does, it does a moment later. */
  async toHold(expression: string, wanted: unknown, deadlineMs = DEFAULT_DEADLINE_MS): Promise<void> {
    let value: unknown;
    await until(async () => isDeepStrictEqual((value = await this.driver.evaluate(expression)), wanted), {
      what: `${expression} to be ${JSON.stringify(wanted)}`,
      deadlineMs,
      everyMs: 30,
    }).catch((error: unknown) => {
      throw new Error(`${String(error)}; it is ${JSON.stringify(value)}`, { cause: error });
    });
  }

  async stop(): Promise<void> {
    await this.driver.stop();
  }
}

class PageScreen extends Screen {
  constructor(private readonly driver: PageDriver) {
    super();
  }

  async read(): Promise<ScreenState> {
    const read = await this.driver.evaluate<
      (Omit<ScreenState, 'cursor'> & { cursor: { x: number; y: number } }) | null
    >('globalThis.shipmate?.screen() ?? null');
    if (read === null) return { lines: [], cols: 0, rows: 0, cursor: { x: 0, y: 0, visible: false } };
    return { ...read, cursor: { ...read.cursor, visible: true } };
  }
}
