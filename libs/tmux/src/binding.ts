import { parseCommandWords } from './command-line.js';
import { commandArgv, parsed, type Command, type Parsed } from './commands.js';

/** What a key does. Immutable, and shared by all sessions that bind the same. */
export interface Binding {
  readonly commands: readonly Command[];
  /** `-r`: may be pressed again without the prefix while `repeat-time` lasts. */
  readonly repeat: boolean;
  /** How many characters its words hold: what it counts towards a session's limit. */
  readonly chars: number;
}

export function binding(commands: readonly Command[], repeat: boolean): Binding {
  return { commands, repeat, chars: identity(commands).length };
}

/** Whether two bindings do the same. */
export function sameBinding(a: Binding | undefined, b: Binding | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined || a.repeat !== b.repeat || a.chars !== b.chars) return false;
  return identity(a.commands) === identity(b.commands);
}

/** The words of a `bind-key` that makes the same binding, for `internBinding`. */
export function bindingWords({ commands }: Binding): string[] {
  const words: string[] = [];
  for (const command of commands) {
    if (words.length > 0) words.push(';');
    for (const word of commandArgv(command)) words.push(word.endsWith(';') ? `${word.slice(0, -1)}\\;` : word);
  }
  return words;
}

const identity = (commands: readonly Command[]): string => JSON.stringify(commands.map(commandArgv));

/** By their words; the oldest make room. */
const interned = new Map<string, Binding>();
const MAX_INTERNED = 2048;
/** Longer ones are rarely the same in two sessions. */
const MAX_INTERNED_CHARS = 512;

/** Reads what a `bind-key` binds to, and gives sessions with the same configuration the same object. */
export function internBinding(words: readonly string[], repeat: boolean): Parsed<Binding> {
  const id = [repeat ? 'r' : '', ...words].join('\0');
  const known = interned.get(id);
  if (known !== undefined) return parsed(known);
  const commands = parseCommandWords(words);
  if (!commands.ok) return commands;
  const made = binding(commands.value, repeat);
  if (id.length > MAX_INTERNED_CHARS) return parsed(made);
  if (interned.size >= MAX_INTERNED) {
    const [oldest] = interned.keys();
    if (oldest !== undefined) interned.delete(oldest);
  }
  interned.set(id, made);
  return parsed(made);
}
