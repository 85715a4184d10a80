import { fault, parseCommand, parsed, type Command, type Parsed } from './commands.js';

/** A longer line than this is refused: nobody types one. */
const MAX_LINE = 16 * 1024;
/** A sequence of more commands is refused. */
const MAX_COMMANDS = 256;

/** One word of a line: its text, and how it was typed if the host must still fill something in. */
interface Word {
  value: string;
  source: string;
  open: boolean;
}

/**
 * Reads a command line by the grammar of tmux 2.2: blanks separate words; '…' is literal; "…" knows \e \r \n \t and
 * takes any other character after a backslash as it is; # begins a comment; a word that ends in `;` ends a command,
 * `\;` is a semicolon. `$NAME`, `${NAME}` and a leading `~` stay as they are, for they are the host's to fill in: such
 * a command has its `source`. `NAME=value` before a command sets nothing here. A line without a command gives none.
 */
export function parseCommandLine(line: string): Parsed<readonly Command[]> {
  if (line.length > MAX_LINE) return fault('command line too long');
  const words = splitWords(line);
  if (words === undefined) return fault(`invalid or unknown command: ${line}`);
  const first = words.findIndex((word) => !/^[^ \t=]*=/.test(word.value));
  return first < 0 ? parsed([]) : parseSequence(words.slice(first));
}

/** Reads a sequence of commands from words: one that ends in `;` ends a command, unless it ends in `\;`. */
export function parseCommandWords(words: readonly string[]): Parsed<readonly Command[]> {
  return parseSequence(words.map((value) => ({ value, source: '', open: false })));
}

function parseSequence(words: readonly Word[]): Parsed<readonly Command[]> {
  const commands: Command[] = [];
  let current: Word[] = [];
  const finish = (): string | undefined => {
    const command = parseCommand(current.map((word) => word.value));
    if (!command.ok) return command.error;
    if (commands.length === MAX_COMMANDS) return 'too many commands';
    const open = current.some((word) => word.open);
    commands.push(open ? { ...command.value, source: current.map((word) => word.source).join(' ') } : command.value);
    current = [];
    return undefined;
  };
  for (const word of words) {
    if (!word.value.endsWith(';')) {
      current.push(word);
    } else if (word.value.endsWith('\\;')) {
      current.push({ ...word, value: `${word.value.slice(0, -2)};` });
    } else {
      if (word.value.length > 1) current.push(withoutSemicolon(word));
      const error = finish();
      if (error !== undefined) return fault(error);
    }
  }
  const error = current.length > 0 ? finish() : undefined;
  return error === undefined ? parsed(commands) : fault(error);
}

function withoutSemicolon(word: Word): Word {
  const value = word.value.slice(0, -1);
  return { ...word, value, source: word.source.endsWith(';') ? word.source.slice(0, -1) : quoteWord(value) };
}

const ESCAPES: Readonly<Record<string, string>> = { e: '\u001b', r: '\r', n: '\n', t: '\t' };
const NAME_START = /[A-Za-z_]/;
const VARIABLE = /^\$(\{[A-Za-z_][A-Za-z0-9_]*\}|[A-Za-z_][A-Za-z0-9_]*)/;

/** Undefined where a quote or a brace is left open, or a line ends in `$`. */
function splitWords(line: string): Word[] | undefined {
  const words: Word[] = [];
  let word: Word | undefined;
  let quote = '';
  let wordStart = 0;
  const flush = (end: number): void => {
    if (word !== undefined) words.push({ ...word, source: line.slice(wordStart, end) });
    word = undefined;
  };
  for (let at = 0; at < line.length; at++) {
    const char = line.charAt(at);
    if (quote === '') {
      if (char === '#') {
        flush(at);
        return words;
      }
      if (char === ' ' || char === '\t') {
        flush(at);
        continue;
      }
      if (word === undefined) {
        wordStart = at;
        word = { value: '', source: '', open: char === '~' };
      }
      if (char === '"' || char === "'") {
        quote = char;
        continue;
      }
    } else if (char === quote) {
      quote = '';
      continue;
    }
    word ??= { value: '', source: '', open: false };
    if (quote === '"' && char === '\\') {
      const next = line[++at];
      if (next === undefined) return undefined;
      word.value += ESCAPES[next] ?? next;
    } else if (char === '$' && quote !== "'") {
      const variable = variableAt(line, at);
      if (variable === undefined) return undefined;
      word.open ||= NAME_START.test(variable);
      word.value += variable;
      at += variable.length - 1;
    } else {
      word.value += char;
    }
  }
  if (quote !== '') return undefined;
  flush(line.length);
  return words;
}

/** The variable at `at`, or a `$` with the character after it, which then has no special meaning. */
function variableAt(line: string, at: number): string | undefined {
  const next = line[at + 1];
  if (next === undefined) return undefined;
  const variable = VARIABLE.exec(line.slice(at, at + 256))?.[0];
  if (variable !== undefined) return variable;
  return next === '{' || NAME_START.test(next) ? undefined : `$${next}`;
}

/** Quotes a word so that the line's reader gives it back unchanged. */
export function quoteWord(word: string): string {
  const safe = word.endsWith(';') ? `${word.slice(0, -1)}\\;` : word;
  if (/^[A-Za-z0-9_@%+:.,/^!?*()[\]|-]+$/.test(safe)) return safe;
  if (!safe.includes("'")) return `'${safe}'`;
  return `"${safe.replace(/["\\$]/g, '\\$&')}"`;
}

/** Writes words as a line that reads back as the same words. */
export function quoteWords(words: readonly string[]): string {
  return words.map(quoteWord).join(' ');
}

/**
 * Fills in a template's `%%` (once) or `%N` with what was answered, as `command-prompt` and `choose-*` do. `index` is
 * which answer it is, from 1 to 9.
 */
export function fillTemplate(template: string, answer: string, index: number): string {
  let filled = false;
  let out = '';
  for (let at = 0; at < template.length; at++) {
    const next = template.charAt(at + 1);
    const isMark = template[at] === '%' && (next === '%' ? !filled : next === String(index));
    if (next === '%' && isMark) filled = true;
    out += isMark ? answer : template.charAt(at);
    if (isMark) at++;
  }
  return out;
}
