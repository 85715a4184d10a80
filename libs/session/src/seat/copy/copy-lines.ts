import { cellText, type Row, type Terminal } from '#screen';

/** A cell that is blank, written or not. */
const BLANK = ' ';

/** What copy mode walks along: the lines of a terminal, counted from the oldest of its history. */
export class CopyLines {
  constructor(private readonly terminal: Terminal) {}

  get cols(): number {
    return this.terminal.cols;
  }

  get rows(): number {
    return this.terminal.rows;
  }

  get history(): number {
    return this.terminal.historySize;
  }

  /** The last line's number. */
  get last(): number {
    return this.history + this.rows - 1;
  }

  /** The text of a cell: a blank if nothing was written, empty for the right half of a wide character. */
  cell(x: number, line: number): string {
    return textAt(this.terminal.line(line - this.history), x);
  }

  /** All cells of a line. */
  cells(line: number): string[] {
    const row = this.terminal.line(line - this.history);
    return Array.from({ length: this.cols }, (_, x) => textAt(row, x));
  }

  /** Columns of a line without the blanks at its end. */
  length(line: number): number {
    let length = this.written(line);
    while (length > 0 && this.cell(length - 1, line) === BLANK) length--;
    return length;
  }

  /** Columns that were written, blanks included. */
  written(line: number): number {
    return Math.min(this.terminal.lineLength(line - this.history), this.cols);
  }

  /** Whether the next line continues this one. */
  wrapped(line: number): boolean {
    return this.terminal.line(line - this.history)?.wrapped === true;
  }
}

function textAt(row: Row | undefined, x: number): string {
  const text = row === undefined || x >= row.cols ? BLANK : cellText(row, x);
  return text === '\0' ? BLANK : text;
}
