/** A page of a real browser, as far as a story needs it. */
export interface PageDriver {
  /** Evaluates a JavaScript expression in the page, awaits it, and gives its value as JSON carries it. */
  evaluate<T>(expression: string): Promise<T>;
  /** Loads an address and waits for its scripts. */
  open(url: string): Promise<void>;
  /** Types text as a keyboard does, key by key; `\r` is Enter. */
  type(text: string): Promise<void>;
  /** Presses one key, with modifiers before it: `Control+b`, `Shift+Tab`, `ArrowLeft`, `%`. */
  press(key: string): Promise<void>;
  /** CSS pixels. */
  resize(width: number, height: number): Promise<void>;
  /** Writes a PNG of what the page shows. */
  screenshot(path: string): Promise<void>;
  /** Closes the page without asking it. */
  stop(): Promise<void>;
}

/** The keys of `Control+Shift+f`, in the order in which they are pressed. A single plus sign is a key. */
export function keysOf(press: string): readonly string[] {
  return press === '+' ? ['+'] : press.split(/\+(?=.)/);
}
