/** What a pane shows, as SNAPSHOT carries it after a reconnection: the screen and at most 300 lines of history. */
export interface SnapshotPane {
  readonly paneId: number;
  /** `PaneMode` bits. */
  readonly mode: number;
  /** The screen that is shown. */
  readonly screen: SnapshotScreen;
  /** The main screen, while the pane shows the alternate one. */
  readonly saved: SnapshotScreen | undefined;
}

/** One screen: its history, oldest line first, and then its rows. */
export interface SnapshotScreen {
  /** Counted from the screen's first row, not from the history's; one past the last column while a wrap is pending. */
  readonly cursorX: number;
  readonly cursorY: number;
  readonly lines: readonly SnapshotLine[];
}

/**
 * One line. Every cell up to the last written one has a word in `cells` and its character, combining marks included,
 * in `text`; the boundaries between the characters are not sent. A cell under the right half of a wide character has the flag
 * `padding` and a space in `text`, which is not shown.
 */
export interface SnapshotLine {
  readonly text: string;
  /**
   * `flags << 24 | attributes << 16 | background << 8 | foreground`; a colour of 8 is the default one. A view of an array
   * that many lines share: copy it to keep a single line.
   */
  readonly cells: Uint32Array;
}

/** The flags in the top byte of a snapshot's cell. */
export const CellFlag = {
  /** The foreground is one of the 256 colours; otherwise 0 to 7, 8 for the default, 90 to 97 for the bright ones. */
  fg256: 0x01,
  bg256: 0x02,
  /** The right half of a wide character. */
  padding: 0x04,
  fgRgb: 0x10,
  bgRgb: 0x20,
} as const;

/** The bits of a pane's `mode`. */
export const PaneMode = {
  cursorVisible: 0x1,
  insert: 0x2,
  applicationCursor: 0x4,
  applicationKeypad: 0x8,
  wrap: 0x10,
  mouseStandard: 0x20,
  mouseButton: 0x40,
  cursorBlinking: 0x80,
  mouseUtf8: 0x100,
  mouseSgr: 0x200,
  bracketedPaste: 0x400,
  focusEvents: 0x800,
} as const;
