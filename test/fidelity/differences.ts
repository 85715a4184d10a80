import { lookOf, textOf, type Cell } from './cell.js';
import type { ScreenLook } from './screen-look.js';

/** One thing that the joiner has otherwise than the host. */
export interface Difference {
  /** `row 3, column 14`, `cursor`, `title`, or a mode's name. */
  readonly where: string;
  readonly host: string;
  readonly joiner: string;
}

export interface ComparisonOptions {
  /** Modes, by tmux's names, that differ on purpose. */
  readonly ignoreModes?: ReadonlySet<string>;
  /** Bells that rang at either before the comparison began. */
  readonly bellsBefore?: { readonly host: number; readonly joiner: number };
}

/** tmux has a terminal of its own kind take its own shape again by this one; a joiner's is told 0. */
const OWN_SHAPE = 2;
/** Most differences that are reported for one row: the first ones are enough. */
const MOST_IN_ROW = 3;
const MOST = 12;

/** Compares two terminals of the same size cell by cell, then cursor, modes, title and bells. */
export function differences(host: ScreenLook, joiner: ScreenLook, options: ComparisonOptions = {}): Difference[] {
  const found: Difference[] = [];
  const differ = (where: string, host: unknown, joiner: unknown): void => {
    if (host !== joiner) found.push({ where, host: String(host), joiner: String(joiner) });
  };
  differ('size', `${host.cols}x${host.rows}`, `${joiner.cols}x${joiner.rows}`);
  for (let row = 0; row < host.rows; row++) {
    found.push(...rowDifferences(row, host.cells[row] ?? [], joiner.cells[row] ?? []));
  }
  differ('cursor', cursorText(host), cursorText(joiner));
  for (const [name, value] of Object.entries(host.modes)) {
    if (options.ignoreModes?.has(name) !== true) differ(name, value, joiner.modes[name]);
  }
  differ('title', host.title, joiner.title);
  const before = options.bellsBefore ?? { host: 0, joiner: 0 };
  differ('bells', host.bells - before.host, joiner.bells - before.joiner);
  return found;
}

/** Two rows, by the columns that their cells begin in. */
export function rowDifferences(row: number, host: readonly Cell[], joiner: readonly Cell[]): Difference[] {
  const theirs = new Map(joiner.map((cell) => [cell.column, cell]));
  const columns = [...new Set([...host, ...joiner].map(({ column }) => column))].sort((a, b) => a - b);
  const ours = new Map(host.map((cell) => [cell.column, cell]));
  const found: Difference[] = [];
  for (const column of columns) {
    const [a, b] = [lookOf(ours.get(column)), lookOf(theirs.get(column))];
    if (a !== b) found.push({ where: `row ${row}, column ${column}`, host: a, joiner: b });
  }
  const more = found.length - MOST_IN_ROW;
  if (more <= 0) return found;
  return [...found.slice(0, MOST_IN_ROW), { where: `row ${row}`, host: `${more} more cells`, joiner: 'differ' }];
}

/** Both screens and what differs, for a person. */
export function report(host: ScreenLook, joiner: ScreenLook, found: readonly Difference[]): string {
  const lines = found.slice(0, MOST).map(({ where, host, joiner }) => `${where}: host ${host}, joiner ${joiner}`);
  if (found.length > MOST) lines.push(`and ${found.length - MOST} more`);
  return [...lines, 'host:', ...framed(host), 'joiner:', ...framed(joiner)].join('\n');
}

function framed({ cells, cursor }: ScreenLook): string[] {
  return cells.map((row, y) => `${y === cursor.y ? '>' : '|'} ${textOf(row)}`);
}

function cursorText({ cursor }: ScreenLook): string {
  const { x, y, visible, shape } = cursor;
  // Where a hidden cursor stands is nobody's to see.
  return visible ? `at ${x},${y}, shape ${shape === 0 ? OWN_SHAPE : shape}` : 'hidden';
}
