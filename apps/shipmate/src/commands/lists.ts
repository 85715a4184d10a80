import { type Context, type Option, type Told, wholeNumber } from './command.js';
import type { Json } from './api.js';
import { table, type Column } from './table.js';

/** Of a list. */
export const LIMIT = {
  limit: { type: 'string', value: 'N', help: 'Show at most this many. Default: 1000.' },
} as const satisfies Record<string, Option>;

const MOST = 100_000;
const MOST_IF_NOT_SAID = 1_000;

/** A list of the API as a table; says when there is more than it shows. */
export async function toldList(
  { api }: Context,
  path: string,
  query: Readonly<Record<string, string | undefined>>,
  limit: string | undefined,
  columns: readonly Column<Json>[],
  none: string,
): Promise<Told> {
  const most = limit === undefined ? MOST_IF_NOT_SAID : wholeNumber('limit', limit, 1, MOST);
  const { items, more } = await api.list(path, query, most);
  const shown = items.length === 0 ? none : table(columns, items);
  return { text: more ? `${shown}\nThere are more: see --limit.` : shown, json: items };
}

/** A column that shows a field as it is. */
export function field(head: string, name: string, right = false): Column<Json> {
  return {
    head,
    right,
    show(entry) {
      const value = entry[name];
      return typeof value === 'string' || typeof value === 'number' ? value : undefined;
    },
  };
}

/** What was done, where the API answers nothing. */
export const done = (text: string): Told => ({ text, json: { done: true } });

/** A part of a path. */
export const part = (text: string | undefined): string => encodeURIComponent(text ?? '');
