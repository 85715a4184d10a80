import { damaged } from '#kernel';
import { isValidKeyCode, KEY_NONE, type KeyCode } from '#tmate-protocol';
import { fault, flagValue, parsed, type Command, type Parsed } from './commands.js';
import { parseKey } from './key-names.js';
import { list, record, strings } from './saved-keys.js';
import {
  MODE_COMMANDS,
  MODE_KEYS,
  VI_EDIT_COMMAND_KEYS,
  type ChoiceCommand,
  type CopyCommand,
  type EditCommand,
  type ModeTable,
} from './mode-key-table.js';

/** A command that a mode's key table can hold. */
export type ModeCommand = EditCommand | ChoiceCommand | CopyCommand;

/** What a key does in a mode. */
export interface ModeBinding {
  readonly command: ModeCommand;
  /** `copy-pipe`'s shell command, or `-x`. */
  readonly argument?: string;
}

/** The keys of modes as far as they differ from the defaults, as JSON can carry them. */
export interface SavedModeKeys {
  readonly emptied: readonly ModeTable[];
  readonly own: readonly (readonly [slot: string, binding: ModeBinding | undefined])[];
}

const TABLES = Object.keys(MODE_KEYS) as ModeTable[];
const MAX_BINDINGS = 1024;
const MAX_ARGUMENT = 1024;
/** These take `-x` or nothing; `copy-pipe` takes a shell command; all others take nothing. */
const WITH_OPTIONAL = new Set<ModeCommand>(['append-selection', 'copy-selection', 'start-named-buffer']);

/** A key in a table: in vi's edit table a key may have another meaning in its command mode. */
type Slot = `${ModeTable}:${'command' | ''}:${KeyCode}`;
const slotOf = (table: ModeTable, key: KeyCode, commandMode: boolean): Slot =>
  `${table}:${commandMode ? 'command' : ''}:${key}`;

let defaults: ReadonlyMap<Slot, ModeBinding> | undefined;

function defaultModeKeys(): ReadonlyMap<Slot, ModeBinding> {
  if (defaults !== undefined) return defaults;
  const made = new Map<Slot, ModeBinding>();
  const read = (table: ModeTable, commands: (typeof MODE_KEYS)[ModeTable], commandMode: boolean): void => {
    for (const [command, keys] of Object.entries(commands) as [ModeCommand, string][]) {
      for (const name of keys.split(' ')) {
        const key = parseKey(name);
        if (key !== undefined) made.set(slotOf(table, key, commandMode), { command });
      }
    }
  };
  for (const table of TABLES) read(table, MODE_KEYS[table], false);
  read('vi-edit', VI_EDIT_COMMAND_KEYS, true);
  return (defaults = made);
}

/**
 * The keys of prompts, lists and copy mode. Copy mode is the host's, whose keys go to it as they are; the tables are
 * here for what is drawn at a joiner's own seat. A session whose host changed none holds nothing.
 */
export class ModeKeys {
  /** Undefined as a value hides the default key. */
  #own: Map<Slot, ModeBinding | undefined> | undefined;
  #emptied: Set<ModeTable> | undefined;

  lookup(table: ModeTable, key: KeyCode, commandMode = false): ModeBinding | undefined {
    const slot = slotOf(table, key, commandMode);
    if (this.#own?.has(slot) === true) return this.#own.get(slot);
    return this.#emptied?.has(table) === true ? undefined : defaultModeKeys().get(slot);
  }

  /** A table's keys in order of their codes, those of vi's command mode after the others. */
  bindings(table: ModeTable): { key: KeyCode; commandMode: boolean; binding: ModeBinding }[] {
    const slots = new Set<Slot>([...defaultModeKeys().keys(), ...(this.#own?.keys() ?? [])]);
    const found: { key: KeyCode; commandMode: boolean; binding: ModeBinding }[] = [];
    for (const slot of slots) {
      const [name, mode, code] = slot.split(':');
      const key = Number(code);
      const commandMode = mode === 'command';
      const binding = name === table ? this.lookup(table, key, commandMode) : undefined;
      if (binding !== undefined) found.push({ key, commandMode, binding });
    }
    return found.sort((a, b) => Number(a.commandMode) - Number(b.commandMode) || a.key - b.key);
  }

  /** What differs from the defaults, for another process. */
  save(): SavedModeKeys {
    const own = [...(this.#own ?? [])].map(([slot, bound]) => [slot, bound && { ...bound }] as const);
    return { emptied: [...(this.#emptied ?? [])], own };
  }

  /** Fills untouched tables with what `save` gave; `protocol` for anything else. */
  restore(saved: unknown): void {
    const { emptied, own } = record(saved);
    for (const table of strings(emptied)) this.#empty(savedTable(table));
    for (const entry of list(own)) {
      const [slot, bound] = list(entry);
      const [name, mode, code] = typeof slot === 'string' ? slot.split(':') : [];
      const table = savedTable(name ?? '');
      const key = Number(code);
      if (!isValidKeyCode(key) || (mode !== '' && mode !== 'command')) throw damaged('a key of a mode');
      const binding = savedBinding(table, bound);
      if (!this.#put(slotOf(table, key, mode === 'command'), binding, table)) throw damaged('too many keys');
    }
  }

  /** Does a `bind-key -t` or `unbind-key -t`; gives the table. */
  apply(command: Command): Parsed<ModeTable> {
    const target = flagValue(command, 't') ?? '';
    const [name, word, argument] = command.args;
    const binds = command.name === 'bind-key';
    if (binds && (word === undefined || command.args.length > 3)) return fault('not enough arguments');
    const all = !binds && command.flags['a'] === true;
    if (all && name !== undefined) return fault('key given with -a');
    if (!all && name === undefined) return fault('missing key');
    const key = all ? undefined : parseKey(name ?? '');
    if (!all && (key === undefined || key === KEY_NONE)) return fault(`unknown key: ${name ?? ''}`);
    const table = findModeTable(target);
    if (table === undefined) return fault(`unknown key table: ${target}`);
    if (key === undefined) {
      this.#empty(table);
      return parsed(table);
    }
    const slot = slotOf(table, key, command.flags['c'] === true);
    const binding = binds ? readBinding(table, word ?? '', argument) : parsed(undefined);
    if (!binding.ok) return binding;
    if (!this.#put(slot, binding.value, table)) return fault('too many key bindings');
    return parsed(table);
  }

  #put(slot: Slot, binding: ModeBinding | undefined, table: ModeTable): boolean {
    const initial = this.#emptied?.has(table) === true ? undefined : defaultModeKeys().get(slot);
    if (initial?.command === binding?.command && binding?.argument === undefined) {
      this.#own?.delete(slot);
      return true;
    }
    const own = (this.#own ??= new Map());
    if (own.size >= MAX_BINDINGS && !own.has(slot)) return false;
    own.set(slot, binding);
    return true;
  }

  #empty(table: ModeTable): void {
    (this.#emptied ??= new Set()).add(table);
    for (const slot of this.#own?.keys() ?? []) {
      if (slot.startsWith(`${table}:`)) this.#own?.delete(slot);
    }
  }
}

/** Finds a mode's table by its name, whatever its case. */
export function findModeTable(name: string): ModeTable | undefined {
  const lower = name.toLowerCase();
  return TABLES.find((table) => table === lower);
}

function savedTable(name: string): ModeTable {
  const table = findModeTable(name);
  if (table === undefined) throw damaged('a table of a mode');
  return table;
}

function savedBinding(table: ModeTable, saved: unknown): ModeBinding | undefined {
  if (saved === null || saved === undefined) return undefined;
  const { command, argument } = record(saved);
  const binding = readBinding(table, String(command), typeof argument === 'string' ? argument : undefined);
  if (!binding.ok) throw damaged('a key of a mode');
  return binding.value;
}

function readBinding(table: ModeTable, word: string, argument: string | undefined): Parsed<ModeBinding> {
  const kind = table.endsWith('edit') ? 'edit' : table.endsWith('copy') ? 'copy' : 'choice';
  const known: readonly ModeCommand[] = MODE_COMMANDS[kind];
  const command = known.find((candidate) => candidate === word.toLowerCase());
  if (command === undefined) return fault(`unknown command: ${word}`);
  if (command === 'copy-pipe') {
    if (argument === undefined) return fault('no argument given');
    if (argument.length > MAX_ARGUMENT) return fault('argument too long');
    return parsed({ command, argument });
  }
  if (argument === undefined) return parsed({ command });
  if (!WITH_OPTIONAL.has(command)) return fault('no argument allowed');
  return argument === '-x' ? parsed({ command, argument }) : fault('unknown argument');
}
