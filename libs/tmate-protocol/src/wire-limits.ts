/**
 * How large anything in the protocol may be. The stock client stays far inside all of them; what lies beyond is a
 * broken or hostile peer, whose connection ends. Three manners:
 *
 * - a count or length over its limit is a `ShipmateError` of code `limit`;
 * - a number outside its range (a size of 0) is one of code `protocol`;
 * - text that is only shown (names, status, prompts, causes) is cut, for a program on the host may make a title of a
 *   megabyte by accident, and that must not cost its user the session.
 */
export const Limit = {
  /**
   * One message that is not a SNAPSHOT. PTY data comes in pieces of 16 KiB, but a layout or status carries names, and
   * the stock client lets a program set one as long as its input buffer, 1 MiB.
   */
  messageBytes: 2 * 1024 * 1024,
  /**
   * One SNAPSHOT. A cell takes 4 to 6 bytes with its character, so a pane of 200 columns written full, with its 300
   * lines of history, takes 420 KB: room for 40 of those, or for the limit of panes at ordinary fill.
   */
  snapshotBytes: 16 * 1024 * 1024,
  /** Arrays in arrays. A SNAPSHOT's cells are at depth 7. */
  depth: 8,
  /** Windows of a session: a status line shows a few dozen. */
  windows: 256,
  /**
   * Panes of a session, over all windows, and of a snapshot. Each can cost every edge with joiners a terminal's
   * memory (up to 2 MB with history), so this is what bounds a session; a person handles a few dozen.
   */
  panes: 256,
  /** Columns of a window or pane: the widest displays, in the smallest readable type, have 1,300. */
  cols: 2000,
  /** Rows of a window or pane. With `cols` this bounds one screen's cells at 2 million. */
  rows: 1000,
  /** Lines of one screen in a SNAPSHOT: 300 of history and `rows`, rounded up for clients with more history. */
  gridLines: 4096,
  /** Lines of all screens in a SNAPSHOT: an empty one takes 3 bytes on the wire and 200 in memory. */
  snapshotLines: 131_072,
  /** Cells of a line in a SNAPSHOT: a line of the alternate screen stays as long as it was when the pane is narrowed. */
  lineCells: 4096,
  /** Bytes of a window's name before it is cut. */
  nameBytes: 1024,
  /** Bytes of other text that is only shown, before it is cut: a line of output, a status with its style markers. */
  textBytes: 65_536,
  /** Bytes of a version, of a field of UNAME, of a variable's name before they are cut. */
  wordBytes: 256,
  /** Arguments of one command: `bind-key` with a sequence of commands has some dozens. */
  commandArgs: 1024,
  /** Bytes of one argument or of a whole command line: the longest are authorized keys, of 3 KB. */
  commandBytes: 65_536,
  /** Bytes of the reconnection data, and of a variable's value: both are of the server's own making. */
  valueBytes: 16_384,
} as const;

/** The limits that an owner of a decoder may tighten; the others are the protocol's own. */
export interface DecoderLimits {
  /** Bytes of one message that is not a SNAPSHOT. */
  readonly messageBytes: number;
  /** Bytes of one SNAPSHOT. */
  readonly snapshotBytes: number;
}
