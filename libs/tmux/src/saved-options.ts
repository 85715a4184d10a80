import { damaged } from '#kernel';
import { OPTION_TABLE, type OptionEntry, type OptionName } from './options-table.js';
import type { Style } from './style.js';

/** An option's value, of the type that its entry says. */
export type Value = string | number | boolean | Style;

/** Values by layer and name, as JSON can carry them. */
export type SavedOptions = readonly (readonly [key: string, value: Value])[];

/** Checks that something is `SavedOptions`, each value against its option's type; throws `protocol` if not. */
export function readSavedOptions(saved: unknown): SavedOptions {
  if (!Array.isArray(saved)) throw damaged('options are not a list');
  return saved.map((pair: unknown): [string, Value] => {
    const [key, value]: unknown[] = Array.isArray(pair) ? pair : [];
    const name = typeof key === 'string' ? /^(?:[SgsW]|w\d{1,9}):(.+)$/s.exec(key)?.[1] : undefined;
    if (typeof key !== 'string' || name === undefined || !isValueOf(name, value)) throw damaged('an unknown option');
    return [key, value];
  });
}

function isValueOf(name: string, value: unknown): value is Value {
  if (name.startsWith('@')) return typeof value === 'string';
  if (!Object.hasOwn(OPTION_TABLE, name)) return false;
  const entry: OptionEntry = OPTION_TABLE[name as OptionName];
  switch (entry.type) {
    case 'string':
      return typeof value === 'string';
    case 'number':
      return Number.isInteger(value) && Number(value) >= entry.min && Number(value) <= entry.max;
    case 'colour':
    case 'key':
      return Number.isSafeInteger(value) && Number(value) >= 0;
    case 'flag':
      return typeof value === 'boolean';
    case 'choice':
      return typeof value === 'string' && entry.choices.includes(value);
    case 'style':
      return isStyle(value);
    case 'old':
      return false;
  }
}

function isStyle(value: unknown): value is Style {
  if (typeof value !== 'object' || value === null) return false;
  const { fg, bg, attr } = value as Partial<Record<string, unknown>>;
  return [fg, bg, attr].every((part) => Number.isSafeInteger(part) && Number(part) >= 0);
}
