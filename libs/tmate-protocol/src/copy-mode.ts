/**
 * The state of a pane's copy mode, as SYNC_COPY_MODE carries it. Positions are as the host sent them, any 32-bit
 * number: clamp them to the screen that they are applied to.
 */
export interface CopyMode {
  /**
   * True when the mode looks at the pane's own screen and history; false when it shows lines of text that came as
   * WRITE_COPY_MODE (the output of `list-keys`, the start messages).
   */
  readonly ofPane: boolean;
  /** How many lines the view is scrolled back. */
  readonly scrolledBack: number;
  readonly cursorX: number;
  readonly cursorY: number;
  readonly selection: CopySelection | undefined;
  readonly prompt: CopyPrompt | undefined;
}

/** Where a selection began; it ends at the cursor. */
export interface CopySelection {
  readonly x: number;
  /** Lines counted up from the bottom line of the screen that is looked at. */
  readonly linesFromBottom: number;
  readonly rectangle: boolean;
}

/** A question that the mode asks on the pane's last line. */
export interface CopyPrompt {
  /** What is asked for: one of `CopyPromptKind`, or a number that a later client made up. */
  readonly kind: number;
  /** The question, such as `Search Down`. */
  readonly prompt: string;
  /** What was typed so far. */
  readonly text: string;
}

/** tmux 2.2's kinds of question in copy mode. A password prompt is never sent: the host says the mode ended. */
export const CopyPromptKind = {
  off: 0,
  namedBuffer: 1,
  numericPrefix: 2,
  searchUp: 3,
  searchDown: 4,
  jumpForward: 5,
  jumpBack: 6,
  jumpToForward: 7,
  jumpToBack: 8,
  gotoLine: 9,
} as const;
