/** The terminal that a connection draws on. What is called on it is done in that order. */
export interface Canvas {
  /** Of this size from now on. */
  resize(cols: number, rows: number): void;
  /** Draws `bytes`; `drawn` is called when it has. With `fresh` the terminal forgets all that was before. */
  write(bytes: Uint8Array, fresh: boolean, drawn: () => void): void;
  /** Forgets everything that it shows, after what was written before. */
  wipe(): void;
}
