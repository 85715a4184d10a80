import { COMMANDS } from './command-table.js';
import { fault, flagValue, parsed, printCommands, type Command, type Parsed } from './commands.js';
import { printKey } from './key-names.js';
import type { Mirror } from './mirror.js';
import { findModeTable } from './mode-keys.js';
import { findOption, isTmateOption, OPTION_ROWS, type OptionScope } from './options-table.js';
import type { OptionContext, Options } from './options.js';

/** The lines of `list-keys`, from the mirror: only for the joiner who asked. */
export function listKeys(mirror: Mirror, command: Command): Parsed<string[]> {
  const mode = flagValue(command, 't');
  if (mode !== undefined) return listModeKeys(mirror, mode);
  const only = flagValue(command, 'T');
  if (only !== undefined && !mirror.keys.has(only)) return fault(`table ${only} doesn't exist`);
  const rows = (only === undefined ? mirror.keys.tables() : [only]).flatMap((table) =>
    mirror.keys.bindings(table).map(([key, binding]) => ({ table, name: printKey(key), binding })),
  );
  const anyRepeats = rows.some(({ binding }) => binding.repeat);
  const tableWidth = widest(rows.map(({ table }) => table));
  const nameWidth = widest(rows.map(({ name }) => name));
  return parsed(
    rows.map(({ table, name, binding }) => {
      const repeat = anyRepeats ? (binding.repeat ? '-r ' : '   ') : '';
      const where = `-T ${table.padEnd(tableWidth)} ${name.padEnd(nameWidth)}`;
      return `bind-key ${repeat}${where} ${printCommands(binding.commands)}`;
    }),
  );
}

function listModeKeys(mirror: Mirror, name: string): Parsed<string[]> {
  const table = findModeTable(name);
  if (table === undefined) return fault(`unknown key table: ${name}`);
  const rows = mirror.modeKeys.bindings(table);
  const anyMode = rows.some(({ commandMode }) => commandMode);
  const width = widest(rows.map(({ key }) => printKey(key)));
  return parsed(
    rows.map(({ key, commandMode, binding }) => {
      const mode = commandMode ? '-ct' : anyMode ? '-t ' : '-t';
      const argument = binding.argument === undefined ? '' : ` "${binding.argument}"`;
      return `bind-key ${mode} ${table} ${printKey(key).padStart(width)} ${binding.command}${argument}`;
    }),
  );
}

/** The lines of `list-commands`. */
export function listCommands(): string[] {
  return COMMANDS.map(({ name, alias, usage }) => `${name}${alias === undefined ? '' : ` (${alias})`} ${usage}`);
}

/** The lines of `show-options` or `show-window-options`, from the mirror. tmate's own options are never among them. */
export function showOptions(options: Options, command: Command, context: OptionContext = {}): Parsed<string[]> {
  const { flags } = command;
  const global = flags['g'] !== undefined;
  let scope: OptionScope = 'session';
  if (flags['s'] !== undefined) scope = 'server';
  else if (flags['w'] !== undefined || command.name === 'show-window-options') scope = 'window';
  const window = scope === 'window' && !global ? context.currentWindow : undefined;
  if (scope === 'window' && !global && window === undefined) return fault('no current window');

  const show = (name: string, value: string): string => {
    if (flags['v'] === undefined) return `${name} ${value}`;
    return value.replace(/^"(.*)"$/s, '$1');
  };
  const [asked] = command.args;
  const users = [...options.held(scope, global, window)]
    .filter(([name]) => name.startsWith('@'))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  if (asked === undefined) {
    const known = OPTION_ROWS.filter(
      ([name, entry]) => entry.scope === scope && entry.type !== 'old' && !isTmateOption(name),
    ).flatMap(([name]): [string, string][] => {
      const value = options.printed(name, global, window);
      return value === undefined ? [] : [[name, value]];
    });
    return parsed([...users, ...known].map(([name, value]) => show(name, value)));
  }
  if (asked.startsWith('@')) {
    const value = users.find(([name]) => name === asked)?.[1];
    if (value !== undefined) return parsed([show(asked, value)]);
    return flags['q'] === undefined ? fault(`unknown option: ${asked}`) : parsed([]);
  }
  const found = findOption(asked);
  if (found === 'unknown' && flags['q'] !== undefined) return parsed([]);
  if (typeof found === 'string') return fault(`${found} option: ${asked}`);
  if (isTmateOption(found.name)) return fault("tmate's own options are the host's");
  const value = found.entry.scope === scope ? options.printed(found.name, global, window) : undefined;
  const name = found.entry.type === 'old' ? found.entry.style : found.name;
  return parsed(value === undefined ? [] : [show(name, value)]);
}

function widest(names: readonly string[]): number {
  return names.reduce((width, name) => Math.max(width, name.length), 0);
}
