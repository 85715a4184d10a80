import { shortText } from '#kernel';

/** One column: its head, and what of an entry it shows; undefined shows as `-`. */
export interface Column<T> {
  readonly head: string;
  /** Numbers stand at the right. */
  readonly right?: boolean;
  show(entry: T): string | number | undefined;
}

/** A table for people: aligned with blanks, without lines, as `ps` and `kubectl` have it. */
export function table<T>(columns: readonly Column<T>[], entries: readonly T[]): string {
  const rows = [
    columns.map(({ head }) => head),
    ...entries.map((entry) => columns.map((column) => printable(String(column.show(entry) ?? '-')))),
  ];
  const widths = columns.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, at) =>
          columns[at]?.right === true ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** What hosts and users gave may not steer the terminal of whoever lists it. */
export const printable = (text: string): string =>
  text.replace(/[\u0000-\u001F\u007F-\u009F\u2028\u2029\u202A-\u202E\u2066-\u2069]/g, '?');

/** How long ago a time was, by its largest unit: `3h`. */
export function age(time: unknown, nowMs: number): string | undefined {
  const ms = typeof time === 'string' ? nowMs - Date.parse(time) : Number.NaN;
  return Number.isNaN(ms) ? undefined : shortText(ms);
}
