import type { Row } from './row.js';

/** DECSCUSR's parameter: 0 is the terminal's own default, 1 to 6 the shapes. */
export type CursorShape = 0 | 1 | 2 | 3 | 4 | 5 | 6;

/** The links of a picture's cells. */
export interface Links {
  /** The address of link `number`, only printable ASCII. */
  uri(number: number): string | undefined;
}

/** What a joiner's terminal shows when it is done: immutable, shared by all who see the same. */
export interface Picture {
  readonly cols: number;
  readonly rows: number;
  /** `rows` lines of `cols` cells. A line that did not change since the picture before is the same object. */
  readonly lines: readonly Row[];
  readonly cursor: { readonly x: number; readonly y: number; readonly visible: boolean; readonly shape: CursorShape };
  /** The cursor's colour as OSC 12 has it; left out or empty, it is the terminal's own. */
  readonly cursorColour?: string;
  /** The links (OSC 8) to which the numbers in cells refer; pictures with the same table can be compared by these numbers. */
  readonly links?: Links;
  /** What the terminal must report because a program asked for it. */
  readonly mouse: 'off' | 'standard' | 'button' | 'any';
  readonly focusEvents: boolean;
  /** The keypad sends its own sequences; false by default. */
  readonly applicationKeypad?: boolean;
  /** Bells rung since the session began: a difference rings once. */
  readonly bells: number;
  /** The terminal's title; if empty, the title is not changed. */
  readonly title: string;
}
