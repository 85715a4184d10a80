import { damaged } from '#kernel';
import { KEY_NONE, type KeyCode } from '#tmate-protocol';
import { bindingWords, internBinding, sameBinding, type Binding } from './binding.js';
import { fault, flagValue, parsed, type Command, type Parsed } from './commands.js';
import { defaultBindings } from './default-bindings.js';
import { parseKey } from './key-names.js';
import { readSavedKeys, type SavedKeys } from './saved-keys.js';

/** What a `bind-key` or `unbind-key` did; without `key` a whole table was emptied. */
export interface BindingChange {
  readonly table: string;
  readonly key: KeyCode | undefined;
}

/** Most keys that one session may bind. */
const MAX_BINDINGS = 4096;
/** Most characters of all of them together. */
const MAX_CHARS = 256 * 1024;
const MAX_TABLE_NAME = 128;

/**
 * A session's key tables: tmux's defaults, which all sessions share, and over them what this host changed. One whose
 * host has tmux's own keys holds nothing.
 */
export class KeyTables {
  /** By table; undefined as a key's value hides the default one. */
  #overlays: Map<string, Map<KeyCode, Binding | undefined>> | undefined;
  /** Tables whose defaults were removed. */
  #emptied: Set<string> | undefined;
  #count = 0;
  #chars = 0;

  lookup(table: string, key: KeyCode): Binding | undefined {
    const overlay = this.#overlays?.get(table);
    if (overlay?.has(key) === true) return overlay.get(key);
    return this.#defaults(table)?.get(key);
  }

  /** Whether a table has any key; tmux forgets one that has none. */
  has(table: string): boolean {
    for (const _ of this.#entries(table)) return true;
    return false;
  }

  /** The tables that have keys, in order of their names. */
  tables(): string[] {
    const names = new Set([...defaultBindings().keys(), ...(this.#overlays?.keys() ?? [])]);
    return [...names].filter((name) => this.has(name)).sort();
  }

  /** A table's keys in order of their codes. */
  bindings(table: string): [key: KeyCode, binding: Binding][] {
    return [...this.#entries(table)].sort(([a], [b]) => a - b);
  }

  /** What differs from the defaults, for another process. */
  save(): SavedKeys {
    return {
      emptied: [...(this.#emptied ?? [])],
      tables: [...(this.#overlays ?? [])].map(([table, keys]) => [
        table,
        [...keys].map(([key, bound]) => [key, bound && { words: bindingWords(bound), repeat: bound.repeat }]),
      ]),
    };
  }

  /** Fills untouched tables with what `save` gave; `protocol` for anything else. */
  restore(saved: unknown): void {
    const { emptied, tables } = readSavedKeys(saved);
    for (const table of emptied) this.#empty(table);
    for (const [table, keys] of tables) {
      if (table.length > MAX_TABLE_NAME) throw damaged('a table name is too long');
      for (const [key, bound] of keys) {
        const made = bound && internBinding(bound.words, bound.repeat);
        if (made?.ok === false || !this.#put(table, key, made?.value)) throw damaged('a key binding');
      }
    }
  }

  /** Does a `bind-key` or `unbind-key` of a key table (`-t`, the mode tables, is `ModeKeys`'). */
  apply(command: Command): Parsed<BindingChange> {
    return command.name === 'bind-key' ? this.#bind(command) : this.#unbind(command);
  }

  #bind(command: Command): Parsed<BindingChange> {
    const [name = '', ...words] = command.args;
    if (words.length === 0) return fault('not enough arguments');
    const key = parseKey(name);
    if (key === undefined || key === KEY_NONE) return fault(`unknown key: ${name}`);
    const binding = internBinding(words, command.flags['r'] === true);
    if (!binding.ok) return binding;
    const table = tableOf(command);
    if (table.length > MAX_TABLE_NAME) return fault('table name too long');
    if (!this.#put(table, key, binding.value)) return fault('too many key bindings');
    return parsed({ table, key });
  }

  #unbind(command: Command): Parsed<BindingChange> {
    const [name] = command.args;
    const named = flagValue(command, 'T');
    if (command.flags['a'] === true) {
      if (name !== undefined) return fault('key given with -a');
      if (named !== undefined && !this.has(named)) return fault(`table ${named} doesn't exist`);
      for (const table of named === undefined ? ['root', 'prefix'] : [named]) this.#empty(table);
      return parsed({ table: named ?? 'prefix', key: undefined });
    }
    if (name === undefined) return fault('missing key');
    const key = parseKey(name);
    if (key === undefined || key === KEY_NONE) return fault(`unknown key: ${name}`);
    if (named !== undefined && !this.has(named)) return fault(`table ${named} doesn't exist`);
    const table = tableOf(command);
    this.#put(table, key, undefined);
    return parsed({ table, key });
  }

  /** Sets the key in the overlay, or removes it there if the default is the same. False if the overlay is full. */
  #put(table: string, key: KeyCode, binding: Binding | undefined): boolean {
    const overlay = this.#overlays?.get(table);
    const isDefault = sameBinding(this.#defaults(table)?.get(key), binding);
    const grows = !isDefault && overlay?.has(key) !== true ? 1 : 0;
    const chars = this.#chars - (overlay?.get(key)?.chars ?? 0) + (isDefault ? 0 : (binding?.chars ?? 0));
    if (grows > 0 && this.#count >= MAX_BINDINGS) return false;
    if (chars > this.#chars && chars > MAX_CHARS) return false;

    this.#chars = chars;
    if (isDefault) {
      if (overlay?.delete(key) === true) this.#count--;
      if (overlay?.size === 0) this.#overlays?.delete(table);
      return true;
    }
    this.#count += grows;
    if (overlay !== undefined) overlay.set(key, binding);
    else (this.#overlays ??= new Map()).set(table, new Map([[key, binding]]));
    return true;
  }

  #empty(table: string): void {
    const overlay = this.#overlays?.get(table);
    for (const own of overlay?.values() ?? []) this.#chars -= own?.chars ?? 0;
    this.#count -= overlay?.size ?? 0;
    this.#overlays?.delete(table);
    if (defaultBindings().has(table)) (this.#emptied ??= new Set()).add(table);
  }

  #defaults(table: string): ReadonlyMap<KeyCode, Binding> | undefined {
    return this.#emptied?.has(table) === true ? undefined : defaultBindings().get(table);
  }

  *#entries(table: string): Generator<[KeyCode, Binding]> {
    const overlay = this.#overlays?.get(table);
    for (const [key, binding] of this.#defaults(table) ?? []) {
      if (overlay?.has(key) !== true) yield [key, binding];
    }
    for (const [key, binding] of overlay ?? []) {
      if (binding !== undefined) yield [key, binding];
    }
  }
}

function tableOf(command: Command): string {
  return flagValue(command, 'T') ?? (command.flags['n'] === true ? 'root' : 'prefix');
}
