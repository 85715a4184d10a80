/** Keys of the bar that type something by themselves. */
export type BarKey = 'Escape' | 'Tab' | 'Up' | 'Down' | 'Left' | 'Right' | '|' | '~' | '/' | '-';

/** Keys of the bar that change the next key. */
export type BarModifier = 'Ctrl' | 'Alt';

/** `once`: for the next key. `locked`: until it is pressed again. */
export type Hold = 'off' | 'once' | 'locked';

const ARROWS: Readonly<Partial<Record<BarKey, string>>> = { Up: 'A', Down: 'B', Right: 'C', Left: 'D' };

/**
 * What the bar's modifiers do to what is typed: a tap holds one for the next key, a second tap keeps it, a third lets it
 * go. The same for keys of the bar and of a keyboard, so that Ctrl of the bar and C of a phone's keyboard make Ctrl-C.
 */
export class StickyModifiers {
  readonly #holds: Record<BarModifier, Hold> = { Ctrl: 'off', Alt: 'off' };

  hold(modifier: BarModifier): Hold {
    return this.#holds[modifier];
  }

  /** The person taps a modifier. */
  tap(modifier: BarModifier): void {
    const next = { off: 'once', once: 'locked', locked: 'off' } as const;
    this.#holds[modifier] = next[this.#holds[modifier]];
  }

  /** What a key of the bar sends; `applicationCursor` is the terminal's DECCKM. */
  press(key: BarKey, applicationCursor: boolean): string {
    const ctrl = this.#holds.Ctrl !== 'off';
    const alt = this.#holds.Alt !== 'off';
    this.#used();
    const arrow = ARROWS[key];
    if (arrow !== undefined) {
      // As xterm does: 1 and the sum of Alt (2) and Ctrl (4).
      const modifiers = 1 + (alt ? 2 : 0) + (ctrl ? 4 : 0);
      if (modifiers > 1) return `\u001B[1;${modifiers}${arrow}`;
      return applicationCursor ? `\u001BO${arrow}` : `\u001B[${arrow}`;
    }
    const plain = key === 'Escape' ? '\u001B' : key === 'Tab' ? '\t' : key;
    return (alt ? '\u001B' : '') + (ctrl ? control(plain) : plain);
  }

  /**
   * What the keyboard typed, with the held modifiers applied. They apply only to a single key: a paste, a composed word or a
   * terminal's answer is not changed, and does not release them.
   */
  apply(typed: string): string {
    const ctrl = this.#holds.Ctrl !== 'off';
    const alt = this.#holds.Alt !== 'off';
    if ((!ctrl && !alt) || Array.from(typed).length !== 1) return typed;
    this.#used();
    return (alt ? '\u001B' : '') + (ctrl ? control(typed) : typed);
  }

  #used(): void {
    for (const modifier of ['Ctrl', 'Alt'] as const) {
      if (this.#holds[modifier] === 'once') this.#holds[modifier] = 'off';
    }
  }
}

/** The control character of a key, as terminals have it; a key that has none stays as it is. */
function control(key: string): string {
  if (key === ' ' || key === '@' || key === '2') return '\u0000';
  if (key === '?' || key === '8') return '\u007F';
  if (key === '/' || key === '-' || key === '_' || key === '7') return '\u001F';
  if (key === '|') return '\u001C';
  if (key === '~' || key === '6') return '\u001E';
  const code = key.toUpperCase().charCodeAt(0);
  return code >= 0x41 && code <= 0x5f ? String.fromCharCode(code - 0x40) : key;
}
