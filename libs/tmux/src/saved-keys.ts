import { damaged } from '#kernel';
import { isValidKeyCode, type KeyCode } from '#tmate-protocol';

/** What a key does, as the words of its `bind-key`; undefined (in JSON: null) hides the default one. */
export type SavedBinding = { readonly words: readonly string[]; readonly repeat: boolean } | undefined;

/** Key tables as far as they differ from the defaults, as JSON can carry them. */
export interface SavedKeys {
  /** Tables whose defaults were removed. */
  readonly emptied: readonly string[];
  readonly tables: readonly (readonly [table: string, keys: readonly (readonly [KeyCode, SavedBinding])[]])[];
}

/** Checks that something is `SavedKeys`, except for the meaning of the words; throws `protocol` if not. */
export function readSavedKeys(saved: unknown): SavedKeys {
  const { emptied, tables } = record(saved);
  return {
    emptied: strings(emptied),
    tables: list(tables).map((entry) => {
      const [table, keys] = list(entry);
      if (typeof table !== 'string') throw damaged('a key table');
      return [table, list(keys).map(readKey)] as const;
    }),
  };
}

function readKey(entry: unknown): readonly [KeyCode, SavedBinding] {
  const [key, bound] = list(entry);
  if (typeof key !== 'number' || !isValidKeyCode(key)) throw damaged('a key');
  if (bound === null || bound === undefined) return [key, undefined];
  const { words, repeat } = record(bound);
  if (typeof repeat !== 'boolean') throw damaged('a key binding');
  return [key, { words: strings(words), repeat }];
}

/** `value`, if it is an object; for what JSON gave. */
export function record(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw damaged('not an object');
  return value as Record<string, unknown>;
}

/** `value`, if it is a list. */
export function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw damaged('not a list');
  return value;
}

/** `value`, if it is a list of texts. */
export function strings(value: unknown): readonly string[] {
  const all = list(value);
  if (!all.every((one): one is string => typeof one === 'string')) throw damaged('not a list of texts');
  return all;
}
