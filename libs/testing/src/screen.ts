import { DEFAULT_DEADLINE_MS, until } from './until.js';

/** What a terminal shows, cell styles aside. */
export interface ScreenState {
  /** One string a row, blanks at the end cut off. */
  readonly lines: readonly string[];
  readonly cursor: { readonly x: number; readonly y: number; readonly visible: boolean };
  readonly cols: number;
  readonly rows: number;
}

/** A screen that a test can look at and wait for. */
export abstract class Screen {
  /** Looks now. */
  abstract read(): Promise<ScreenState>;

  async text(): Promise<string> {
    return (await this.read()).lines.join('\n');
  }

  /** Waits until the screen's text contains or matches `wanted`; a failure shows the screen. */
  async toShow(wanted: string | RegExp, deadlineMs = DEFAULT_DEADLINE_MS): Promise<void> {
    await this.toBe((text) => matches(text, wanted), `the screen to show ${String(wanted)}`, deadlineMs);
  }

  async toNotShow(unwanted: string | RegExp, deadlineMs = DEFAULT_DEADLINE_MS): Promise<void> {
    await this.toBe((text) => !matches(text, unwanted), `the screen not to show ${String(unwanted)}`, deadlineMs);
  }

  /** Waits until `condition` holds of the screen's text. */
  async toBe(
    condition: (text: string, state: ScreenState) => boolean,
    what: string,
    deadlineMs = DEFAULT_DEADLINE_MS,
  ): Promise<void> {
    let text = '';
    await until(
      async () => {
        const state = await this.read();
        text = state.lines.join('\n');
        return condition(text, state);
      },
      { what, deadlineMs, everyMs: 20 },
    ).catch((error: unknown) => {
      throw new Error(`${error instanceof Error ? error.message : String(error)}; it showed:\n${framed(text)}`);
    });
  }
}

function matches(text: string, wanted: string | RegExp): boolean {
  return typeof wanted === 'string' ? text.includes(wanted) : text.search(wanted) >= 0;
}

function framed(text: string): string {
  return text
    .split('\n')
    .map((line) => `| ${line}`)
    .join('\n');
}
