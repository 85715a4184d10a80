import { damaged } from '#kernel';
import type { KeyCode } from '#tmate-protocol';
import { parseAttributes } from './attributes.js';
import { parseColour, printColour, replaceColour } from './colours.js';
import { fault, flagValue, parsed, type Command, type Parsed } from './commands.js';
import { parseKey, printKey } from './key-names.js';
import { parseNumber } from './numbers.js';
import {
  findOption,
  isTmateOption,
  OPTION_TABLE,
  type ChoiceEntry,
  type ChoiceOf,
  type ChoiceOption,
  type ColourOption,
  type FlagOption,
  type KeyOption,
  type NumberOption,
  type OldEntry,
  type OptionEntry,
  type OptionName,
  type OptionScope,
  type StyleOption,
  type TextOption,
} from './options-table.js';

import { readSavedOptions, type SavedOptions, type Value } from './saved-options.js';
import { DEFAULT_STYLE, type Colour, type Style } from './style.js';
import { parseStyle, printStyle } from './styles.js';

type PlainEntry = Exclude<OptionEntry, OldEntry>;

/** Most characters of all values in one store together. */
const MAX_CHARS = 256 * 1024;
/** Most values in one store. */
const MAX_VALUES = 4096;

/** What an option command acts on if it does not name a window. */
export interface OptionContext {
  /** The current window's index; undefined before there is one. */
  readonly currentWindow?: number | undefined;
  /** Finds a window by the argument of `-t`, if it is not a plain index. */
  readonly findWindow?: ((target: string) => number | undefined) | undefined;
}

/** What was set. `window` is the window's index if the value is for one window. */
export interface OptionChange {
  readonly name: string;
  readonly window: number | undefined;
}

/**
 * The values of a session's options that differ from tmux's defaults: an untouched session has none. A lookup tries the window
 * or session, then the global value, then the default, as in tmux.
 */
export class Options {
  /** By layer and name: `S:` server, `g:` and `s:` all sessions' and this one's, `W:` and `wN:` windows'. */
  #values: Map<string, Value> | undefined;
  #chars = 0;

  /** Grows with every change: what was made of the options holds while it stands. */
  revision = 0;

  text(name: TextOption, window?: number): string {
    return this.#get(name, OPTION_TABLE[name], window);
  }
  number(name: NumberOption, window?: number): number {
    return this.#get(name, OPTION_TABLE[name], window);
  }
  flag(name: FlagOption, window?: number): boolean {
    return this.#get(name, OPTION_TABLE[name], window);
  }
  choice<Name extends ChoiceOption>(name: Name, window?: number): ChoiceOf<Name> {
    return this.#get(name, OPTION_TABLE[name], window) as ChoiceOf<Name>;
  }
  colour(name: ColourOption, window?: number): Colour {
    return this.#get(name, OPTION_TABLE[name], window);
  }
  style(name: StyleOption, window?: number): Style {
    return this.#get(name, OPTION_TABLE[name], window);
  }
  key(name: KeyOption): KeyCode {
    return this.#get(name, OPTION_TABLE[name], undefined);
  }

  /** A user's own option (`@name`): the window's, the session's, a global one. */
  user(name: string, window?: number): string | undefined {
    const layers = ['S:', ...(window === undefined ? [] : [`w${window}:`]), 'W:', 's:', 'g:'];
    for (const layer of layers) {
      const value = this.#values?.get(layer + name);
      if (typeof value === 'string') return value;
    }
    return undefined;
  }

  /**
   * What `#{name}` says of an option: numbers for flags and choices, as tmux 2.2 has them. Undefined for no option and
   * for tmate's own.
   */
  formatValue(name: string, window?: number): string | undefined {
    if (name.startsWith('@')) return this.user(name, window);
    if (!Object.hasOwn(OPTION_TABLE, name) || isTmateOption(name)) return undefined;
    const entry: OptionEntry = OPTION_TABLE[name as OptionName];
    if (entry.type === 'old') return undefined;
    if (entry.type === 'choice') return String(entry.choices.indexOf(this.#get(name, entry, window)));
    const value = this.#get(name, entry, window);
    if (typeof value === 'boolean') return value ? '1' : '0';
    return typeof value === 'object' ? printStyle(value) : String(value);
  }

  /** The values held in one layer, printed, by name: `global` the shared ones, else those of this session or window. */
  *held(scope: OptionScope, global: boolean, window?: number): Generator<[name: string, value: string]> {
    const layer = layerOf(scope, global, window);
    for (const [key, value] of this.#values ?? []) {
      if (key.startsWith(layer)) yield [key.slice(layer.length), this.#print(key.slice(layer.length), value)];
    }
  }

  /** One option of one layer, printed; undefined if that layer has no value. */
  printed(name: OptionName, global: boolean, window?: number): string | undefined {
    const entry: OptionEntry = OPTION_TABLE[name];
    if (entry.type === 'old') return this.printed(entry.style as OptionName, global, window);
    const value = this.#values?.get(layerOf(entry.scope, global, window) + name);
    if (value !== undefined) return this.#print(name, value);
    return global || entry.scope === 'server' ? this.#print(name, entry.initial) : undefined;
  }

  /** Does a `set-option` or `set-window-option`. What cannot be set changes nothing and gives tmux's own text. */
  apply(command: Command, context: OptionContext = {}): Parsed<OptionChange | undefined> {
    const [name = '', value] = command.args;
    if (name === '') return fault('invalid option');
    const quiet = command.flags['q'] === true;
    const result = name.startsWith('@')
      ? this.#applyUser(command, name, value, context)
      : this.#applyKnown(command, name, value, context);
    return !result.ok && quiet && /^(ambiguous|unknown) option|^already set/.test(result.error)
      ? parsed(undefined)
      : result;
  }

  /** All values for another process, by layer and name; tmate's own options stay here: one of them is a secret. */
  save(): SavedOptions {
    return [...(this.#values ?? [])].filter(([key]) => !isTmateOption(key.slice(key.indexOf(':') + 1)));
  }

  /** Fills untouched options with what `save` gave; `protocol` for anything else. */
  restore(saved: unknown): void {
    for (const [key, value] of readSavedOptions(saved)) {
      if (!this.#put(key, value)) throw damaged('too many options');
    }
  }

  /** Drops the values of windows that no longer exist. */
  keepWindows(indices: ReadonlySet<number>): void {
    for (const [key, value] of this.#values ?? []) {
      const window = /^w(\d+):/.exec(key)?.[1];
      if (window !== undefined && !indices.has(Number(window))) this.#delete(key, value);
    }
  }

  #applyKnown(
    command: Command,
    given: string,
    value: string | undefined,
    context: OptionContext,
  ): Parsed<OptionChange | undefined> {
    const found = findOption(given);
    if (typeof found === 'string') return fault(`${found} option: ${given}`);
    const { name, entry } = found;
    const global = command.flags['g'] === true;
    const window = entry.scope === 'window' && !global ? targetWindow(command, context) : undefined;
    if (entry.scope === 'window' && !global && window === undefined) return noWindow(command);
    const layer = layerOf(entry.scope, global, window);
    const shared = global || entry.scope === 'server';

    if (command.flags['u'] === true) {
      if (value !== undefined) return fault(`value passed to unset option: ${name}`);
      this.#delete(layer + name);
      return parsed({ name, window });
    }
    // The shared layers have every option from the start, so that `-o` never finds one of them unset.
    if (command.flags['o'] === true && (shared || this.#values?.has(layer + given) === true)) {
      return fault(`already set: ${given}`);
    }
    const target = entry.type === 'old' ? (entry.style as OptionName) : name;
    const next =
      entry.type === 'old'
        ? this.#readOld(entry, value, layer, shared)
        : this.#read(name, entry, value, window, layer, command.flags['a'] === true);
    if (!next.ok) return next;
    const initial = (OPTION_TABLE[target] as PlainEntry).initial;
    if (shared && sameValue(next.value, initial)) this.#delete(layer + target);
    else if (!this.#put(layer + target, next.value)) return fault('too many options');
    return parsed({ name: target, window });
  }

  #read(
    name: OptionName,
    entry: PlainEntry,
    value: string | undefined,
    window: number | undefined,
    layer: string,
    append: boolean,
  ): Parsed<Value> {
    if (entry.type === 'flag') return readFlag(value, this.#get(name, entry, window));
    if (entry.type === 'choice') return readChoice(entry, value, this.#get(name, entry, window));
    if (value === undefined) return fault('empty value');
    switch (entry.type) {
      case 'string':
        return parsed(append ? this.#get(name, entry, window) + value : value);
      case 'number': {
        const number = parseNumber(value, entry.min, entry.max);
        return typeof number === 'number' ? parsed(number) : fault(`value is ${number}: ${value}`);
      }
      case 'key':
        return orFault(parseKey(value), `bad key: ${value}`);
      case 'colour':
        return orFault(parseColour(value), `bad colour: ${value}`);
      case 'style': {
        const held = this.#values?.get(layer + name) ?? (isShared(layer) ? entry.initial : DEFAULT_STYLE);
        const before = append && typeof held === 'object' ? held : DEFAULT_STYLE;
        return orFault(parseStyle(value, before), `bad style: ${value}`);
      }
    }
  }

  #readOld(entry: OldEntry, value: string | undefined, layer: string, shared: boolean): Parsed<Value> {
    if (value === undefined) return fault('empty value');
    const style = OPTION_TABLE[entry.style as StyleOption];
    const held = this.#values?.get(layer + entry.style) ?? (shared ? style.initial : DEFAULT_STYLE);
    const before = typeof held === 'object' ? held : DEFAULT_STYLE;
    if (entry.part === 'attr') {
      const attr = parseAttributes(value);
      return attr === undefined ? fault(`bad attributes: ${value}`) : parsed({ ...before, attr });
    }
    const colour = parseColour(value);
    if (colour === undefined) return fault(`bad colour: ${value}`);
    return parsed({ ...before, [entry.part]: replaceColour(before[entry.part], colour) });
  }

  #applyUser(
    command: Command,
    name: string,
    value: string | undefined,
    context: OptionContext,
  ): Parsed<OptionChange | undefined> {
    const global = command.flags['g'] === true;
    let scope: OptionScope = 'session';
    if (command.flags['s'] === true) scope = 'server';
    else if (command.flags['w'] === true || command.name === 'set-window-option') scope = 'window';
    const window = scope === 'window' && !global ? targetWindow(command, context) : undefined;
    if (scope === 'window' && !global && window === undefined) return noWindow(command);
    const key = layerOf(scope, global, window) + name;
    const isSet = this.#values?.has(key) === true;
    if (command.flags['u'] === true) {
      if (!isSet) return fault(`unknown option: ${name}`);
      if (value !== undefined) return fault(`value passed to unset option: ${name}`);
      this.#delete(key);
    } else {
      if (value === undefined) return fault('empty value');
      if (command.flags['o'] === true && isSet) return fault(`already set: ${name}`);
      if (!this.#put(key, value)) return fault('too many options');
    }
    return parsed({ name, window });
  }

  /** The values of an option have its entry's type: only `#read` of the same entry puts one in. */
  #get<E extends PlainEntry>(name: string, entry: E, window: number | undefined): E['initial'] {
    const values = this.#values;
    if (values === undefined) return entry.initial;
    let value: Value | undefined;
    if (entry.scope === 'server') value = values.get(`S:${name}`);
    else if (entry.scope === 'session') value = values.get(`s:${name}`) ?? values.get(`g:${name}`);
    else value = (window === undefined ? undefined : values.get(`w${window}:${name}`)) ?? values.get(`W:${name}`);
    return value ?? entry.initial;
  }

  #print(name: string, value: Value): string {
    if (typeof value === 'boolean') return value ? 'on' : 'off';
    if (typeof value === 'object') return printStyle(value);
    if (typeof value === 'string') {
      const entry = Object.hasOwn(OPTION_TABLE, name) ? OPTION_TABLE[name as OptionName] : undefined;
      return entry?.type === 'choice' ? value : `"${value}"`;
    }
    const { type } = OPTION_TABLE[name as OptionName];
    if (type === 'key') return printKey(value);
    return type === 'colour' ? printColour(value) : String(value);
  }

  /** False where the store is full. */
  #put(key: string, value: Value): boolean {
    const values = (this.#values ??= new Map());
    const chars = this.#chars - size(key, values.get(key)) + size(key, value);
    if (chars > MAX_CHARS || (values.size >= MAX_VALUES && !values.has(key))) return false;
    values.set(key, value);
    this.#chars = chars;
    this.revision++;
    return true;
  }

  #delete(key: string, value = this.#values?.get(key)): void {
    if (value === undefined) return;
    this.#values?.delete(key);
    this.#chars -= size(key, value);
    this.revision++;
  }
}

function size(key: string, value: Value | undefined): number {
  if (value === undefined) return 0;
  return key.length + (typeof value === 'string' ? value.length : 0);
}

function layerOf(scope: OptionScope, global: boolean, window: number | undefined): string {
  if (scope === 'server') return 'S:';
  if (scope === 'session') return global ? 'g:' : 's:';
  return global || window === undefined ? 'W:' : `w${window}:`;
}

const isShared = (layer: string): boolean => layer === 'S:' || layer === 'g:' || layer === 'W:';

function targetWindow(command: Command, context: OptionContext): number | undefined {
  const target = flagValue(command, 't');
  if (target === undefined) return context.currentWindow;
  const index = /^(?:[^:]*:)?=?(\d{1,9})(?:\.[^.]*)?$/.exec(target)?.[1];
  return index === undefined ? context.findWindow?.(target) : Number(index);
}

function noWindow(command: Command): Parsed<never> {
  const target = flagValue(command, 't');
  return fault(target === undefined ? 'no current window' : `no such window: ${target}`);
}

function readFlag(value: string | undefined, before: boolean): Parsed<boolean> {
  if (value === undefined || value === '') return parsed(!before);
  if (/^(1|on|yes)$/i.test(value)) return parsed(true);
  return /^(0|off|no)$/i.test(value) ? parsed(false) : fault(`bad value: ${value}`);
}

function readChoice(entry: ChoiceEntry, value: string | undefined, before: string): Parsed<string> {
  if (value === undefined) {
    // Without a value the first two change places.
    const [first = before, second = before] = entry.choices;
    if (before === first) return parsed(second);
    return parsed(before === second ? first : before);
  }
  const [choice, another] = entry.choices.filter((candidate) => candidate.startsWith(value));
  if (choice === undefined) return fault(`unknown value: ${value}`);
  return another === undefined ? parsed(choice) : fault(`ambiguous value: ${value}`);
}

function orFault<T>(value: T | undefined, error: string): Parsed<T> {
  return value === undefined ? fault(error) : parsed(value);
}

function sameValue(a: Value, b: Value): boolean {
  if (typeof a !== 'object' || typeof b !== 'object') return a === b;
  return a.fg === b.fg && a.bg === b.bg && a.attr === b.attr;
}
