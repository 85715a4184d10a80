import { COMMANDS, type CommandEntry } from './command-table.js';

/** One command with its arguments sorted out. Immutable, and shared where many have the same. */
export interface Command {
  /** Its full name, however it was abbreviated. */
  readonly name: string;
  /** By letter: the value, or `true` of a flag that has none. */
  readonly flags: Readonly<Record<string, string | true>>;
  readonly args: readonly string[];
  /** Set where a word has a `~` or `$NAME` that only the host can fill in: the words as they were typed. */
  readonly source?: string;
}

/** What a reader of commands gives back: a fault is tmux's own text, fit for a status line. */
export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: string };

export const parsed = <T>(value: T): Parsed<T> => ({ ok: true, value });
export const fault = (error: string): { ok: false; error: string } => ({ ok: false, error });

/** Finds a command by its name, alias or an unambiguous beginning of its name. */
export function findCommand(name: string): Parsed<CommandEntry> {
  let found: CommandEntry | undefined;
  let ambiguous = false;
  for (const entry of COMMANDS) {
    if (entry.alias === name) return parsed(entry);
    if (!entry.name.startsWith(name)) continue;
    if (found !== undefined) ambiguous = true;
    found = entry;
    if (entry.name === name) break;
  }
  if (found === undefined) return fault(`unknown command: ${name}`);
  if (!ambiguous) return parsed(found);
  const choices = COMMANDS.filter((entry) => entry.name.startsWith(name)).map((entry) => entry.name);
  return fault(`ambiguous command: ${name}, could be: ${choices.join(', ')}`);
}

/** Reads a command from its words, flags glued (`-t:1`, `-dn`) or apart. */
export function parseCommand(argv: readonly string[]): Parsed<Command> {
  const [name] = argv;
  if (name === undefined) return fault('no command');
  const entry = findCommand(name);
  if (!entry.ok) return entry;
  const { name: fullName, flags: template, min, max, usage } = entry.value;
  const read = parseFlags(template, argv);
  if (read === undefined || read.args.length < min || (max >= 0 && read.args.length > max)) {
    return fault(`usage: ${fullName} ${usage}`);
  }
  return parsed({ name: fullName, ...read });
}

/** getopt as BSD has it: the first word that is no flag ends them, as does `--`. */
function parseFlags(
  template: string,
  argv: readonly string[],
): { flags: Record<string, string | true>; args: readonly string[] } | undefined {
  const flags: Record<string, string | true> = {};
  let at = 1;
  for (; at < argv.length; at++) {
    const word = argv[at] ?? '';
    if (word === '--') return { flags, args: argv.slice(at + 1) };
    if (word === '-' || !word.startsWith('-')) break;
    for (let i = 1; i < word.length; i++) {
      const letter = word.charAt(i);
      const place = letter === ':' ? -1 : template.indexOf(letter);
      if (place < 0) return undefined;
      if (template[place + 1] !== ':') {
        flags[letter] = true;
        continue;
      }
      const value = i + 1 < word.length ? word.slice(i + 1) : argv[++at];
      if (value === undefined) return undefined;
      flags[letter] = value;
      break;
    }
  }
  return { flags, args: argv.slice(at) };
}

/** A flag's value; undefined if it is not set. */
export function flagValue(command: Command, letter: string): string | undefined {
  const value = command.flags[letter];
  return value === true ? undefined : value;
}

/** The words of a command, in the form in which hosts send them: flags in alphabetical order, each as a separate word. */
export function commandArgv(command: Command): string[] {
  const argv = [command.name];
  for (const [letter, value] of sortedFlags(command)) {
    argv.push(`-${letter}`);
    if (value !== true) argv.push(value);
  }
  const [first] = command.args;
  if (first !== undefined && first.length > 1 && first.startsWith('-')) argv.push('--');
  argv.push(...command.args);
  return argv;
}

/** Writes a command as `list-keys` shows it: flags without values first, words with a blank in double quotes. */
export function printCommand(command: Command): string {
  const flags = sortedFlags(command);
  const plain = flags.filter(([, value]) => value === true).map(([letter]) => letter);
  const quote = (text: string): string => (text.includes(' ') ? `"${text}"` : text);
  return [
    command.name,
    ...(plain.length > 0 ? [`-${plain.join('')}`] : []),
    ...flags.flatMap(([letter, value]) => (value === true ? [] : [`-${letter} ${quote(value)}`])),
    ...command.args.map(quote),
  ].join(' ');
}

/** Writes a sequence as `list-keys` shows it. */
export function printCommands(commands: readonly Command[]): string {
  return commands.map(printCommand).join(' ; ');
}

function sortedFlags(command: Command): [string, string | true][] {
  return Object.entries(command.flags).sort(([a], [b]) => (a < b ? -1 : 1));
}
