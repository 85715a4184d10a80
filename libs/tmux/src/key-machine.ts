import { isMouseKey, type KeyCode } from '#tmate-protocol';
import type { Binding } from './binding.js';
import { fault, parsed, type Command, type Parsed } from './commands.js';
import type { KeyTables } from './key-tables.js';
import type { Options } from './options.js';

/** What happens to a key. */
export type KeyAction =
  /** It is the pane's. */
  | { readonly kind: 'pane-key'; readonly key: KeyCode }
  /** It is bound; `repeat` is set where it may follow again without the prefix. */
  | { readonly kind: 'command'; readonly commands: readonly Command[]; readonly repeat: boolean }
  /** It was the prefix, or no key of the table that the prefix led to. */
  | { readonly kind: 'ignore' };

const IGNORE: KeyAction = { kind: 'ignore' };

/** Where a machine's keys are looked up: a `Mirror`. */
export interface KeySource {
  readonly options: Options;
  readonly keys: KeyTables;
}

/**
 * One joiner's state between keys: which table the next one is looked up in, whether one may be repeated, whether a
 * paste is under way. Nobody else's keys touch it. All times are monotonic, in milliseconds.
 */
export class KeyMachine {
  readonly #source: KeySource;
  /** Undefined in the joiner's own table, that of the option `key-table`. */
  #table: string | undefined;
  /** A repeat lasts until then. */
  #repeatUntilMs: number | undefined;
  #lastKeyMs = Number.NEGATIVE_INFINITY;
  #fast = false;

  /**
   * `marksPastes` says that the joiner's terminal brackets what is pasted: then keys that come together are what a slow
   * network brought together, and no paste is assumed.
   */
  constructor(
    source: KeySource,
    private readonly marksPastes = false,
  ) {
    this.#source = source;
  }

  /** The table that the next key is looked up in: `#{client_key_table}`. */
  get table(): string {
    return this.#table ?? this.#ownTable;
  }

  /** Whether the prefix was pressed (or a table chosen) and the next key is its: `#{client_prefix}`. */
  get prefixed(): boolean {
    return this.table !== this.#ownTable;
  }

  /** When a repeat ends by itself, so that `expire` should be called to update the status line. */
  get repeatUntilMs(): number | undefined {
    return this.#repeatUntilMs;
  }

  /** Ends a repeat whose time is over; whether there was one. */
  expire(nowMs: number): boolean {
    if (this.#repeatUntilMs === undefined || nowMs < this.#repeatUntilMs) return false;
    this.reset();
    return true;
  }

  /** Makes the next key one of `table`, as `switch-client -T` does. */
  useTable(table: string): Parsed<undefined> {
    if (!this.#source.keys.has(table)) return fault(`table ${table} doesn't exist`);
    this.#table = table;
    return parsed(undefined);
  }

  /**
   * Takes a key. If two keys in a row follow within `assume-paste-time`, they count as a paste and go to the pane without being
   * interpreted; so does any key with `pasting`, which says that the terminal marked it as pasted.
   */
  press(key: KeyCode, nowMs: number, pasting = false): KeyAction {
    this.expire(nowMs);
    const sinceMs = nowMs - this.#lastKeyMs;
    this.#lastKeyMs = nowMs;
    const { options } = this.#source;
    const mouse = isMouseKey(key);
    if (pasting || (mouse ? !options.flag('mouse') : this.#assumesPaste(sinceMs))) return { kind: 'pane-key', key };
    return this.#lookUp(key);
  }

  #lookUp(key: KeyCode): KeyAction {
    const { options, keys } = this.#source;
    const binding = keys.lookup(this.table, key);
    if (this.#repeatUntilMs !== undefined && binding?.repeat !== true) {
      // A repeat ends with any other key, which then counts as if it had not been.
      this.reset();
      return this.#lookUp(key);
    }
    if (binding !== undefined) return this.#take(binding);
    if (this.prefixed) {
      this.reset();
      return IGNORE;
    }
    if (key === options.key('prefix') || key === options.key('prefix2')) {
      this.#table = 'prefix';
      return IGNORE;
    }
    return { kind: 'pane-key', key };
  }

  #take(binding: Binding): KeyAction {
    const { options } = this.#source;
    const repeatMs = options.number('repeat-time');
    const repeat = binding.repeat && repeatMs > 0;
    if (repeat) this.#repeatUntilMs = this.#lastKeyMs + repeatMs;
    else this.reset();

    const [only, another] = binding.commands;
    if (only !== undefined && another === undefined) {
      const key = prefixKey(only, options);
      if (key !== undefined) return { kind: 'pane-key', key };
    }
    return { kind: 'command', commands: binding.commands, repeat };
  }

  /** The next key is looked up in the joiner's own table, whatever was pressed before. */
  reset(): void {
    this.#table = undefined;
    this.#repeatUntilMs = undefined;
  }

  #assumesPaste(sinceMs: number): boolean {
    if (this.marksPastes) return false;
    const limitMs = this.#source.options.number('assume-paste-time');
    if (limitMs === 0) return false;
    const wasFast = this.#fast;
    this.#fast = sinceMs < limitMs;
    return this.#fast && wasFast;
  }

  get #ownTable(): string {
    return this.#source.options.text('key-table') || 'root';
  }
}

/** The key that a `send-prefix` sends, from a joiner's own view of the options; undefined for any other command. */
export function prefixKey(command: Command, options: Options): KeyCode | undefined {
  if (command.name !== 'send-prefix' || command.flags['t'] !== undefined) return undefined;
  return options.key(command.flags['2'] === true ? 'prefix2' : 'prefix');
}
