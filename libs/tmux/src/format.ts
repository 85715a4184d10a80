import { narrow, trimText, type CharWidth } from './styled-text.js';
import { strftime, type DateParts } from './strftime.js';

/** What formats are filled in from. */
export interface FormatContext {
  /** A variable's value; undefined if there is no variable with that name. */
  readonly lookup: (name: string) => string | undefined;
  /** Seconds since the Unix epoch of a variable that is a time, for `#{t:…}`. */
  readonly time?: (name: string) => DateParts | undefined;
  /** How many columns a character takes, for `#{=N:…}`. */
  readonly width?: CharWidth;
}

/** Formats inside formats are followed this far. */
const MAX_DEPTH = 16;
/** What is made of one format is cut at this many characters. */
const MAX_LENGTH = 16 * 1024;

/** The variables that have a one-letter form after `#`. */
const ALIASES: Readonly<Record<string, string>> = {
  D: 'pane_id',
  F: 'window_flags',
  H: 'host',
  I: 'window_index',
  P: 'pane_index',
  S: 'session_name',
  T: 'pane_title',
  W: 'window_name',
  h: 'host_short',
};

/**
 * Fills in a format as tmux 2.2 does: `#{name}`, `#{?name,yes,no}`, `#{=N:name}`, `#{b:name}`, `#{d:name}`,
 * `#{t:name}`, `#{s/from/to/:name}`, one-letter aliases, `##`. `#[style]` stays for the screen; `#(command)` is
 * nothing, for only the host could run it. A bracket left open ends the text there.
 */
export function expandFormat(template: string, context: FormatContext): string {
  return expand(template, context, 0);
}

/** The same after the conversions of `strftime`, as the status line and `display-message` do it. */
export function expandTimeFormat(template: string, context: FormatContext, now: DateParts): string {
  return expand(strftime(template, now), context, 0);
}

/** Whether an expanded condition counts as true for `#{?…}`: it is neither empty nor 0. */
export function isTrue(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== '0';
}

function expand(template: string, context: FormatContext, depth: number): string {
  if (depth > MAX_DEPTH) return '';
  let out = '';
  let at = 0;
  while (at < template.length && out.length < MAX_LENGTH) {
    const hash = template.indexOf('#', at);
    if (hash < 0) return (out + template.slice(at)).slice(0, MAX_LENGTH);
    out += template.slice(at, hash);
    const letter = template.charAt(hash + 1);
    at = hash + 2;
    if (letter === '{' || letter === '(') {
      const end = closing(template, at, letter, letter === '{' ? '}' : ')');
      if (end < 0) return out;
      const value = letter === '{' ? replace(template.slice(at, end), context, depth) : '';
      if (value === undefined) return out;
      out += value;
      at = end + 1;
      continue;
    }
    const alias = ALIASES[letter];
    if (letter === '#') out += '#';
    else out += alias === undefined ? `#${letter}` : (context.lookup(alias) ?? '');
  }
  return out.slice(0, MAX_LENGTH);
}

/** The position of the bracket that closes the one before `from`; -1 if there is none. */
function closing(text: string, from: number, open: string, close: string): number {
  let depth = 1;
  for (let at = from; at < text.length; at++) {
    if (text[at] === open) depth++;
    if (text[at] === close && --depth === 0) return at;
  }
  return -1;
}

/** What is done to a value before it is put in. */
interface Modifier {
  readonly rest: string;
  readonly limit?: number;
  readonly find?: 'basename' | 'dirname' | 'time';
  readonly substitute?: readonly [from: string, to: string];
}

function readModifier(key: string): Modifier {
  const limit = /^=[ \t]*([+-]?\d{1,9}):/.exec(key);
  if (limit !== null) return { rest: key.slice(limit[0].length), limit: Number(limit[1]) };
  if (key.startsWith('b:')) return { rest: key.slice(2), find: 'basename' };
  if (key.startsWith('d:')) return { rest: key.slice(2), find: 'dirname' };
  if (key.startsWith('t:')) return { rest: key.slice(2), find: 'time' };
  const [whole = '', from = '', to = ''] = /^s\/([^/]+)\/([^/]*)\/:/.exec(key) ?? [];
  return whole === '' ? { rest: key } : { rest: key.slice(whole.length), substitute: [from, to] };
}

/** The text between `#{` and `}`; undefined if it is not a format. */
function replace(key: string, context: FormatContext, depth: number): string | undefined {
  const modifier = readModifier(key);
  let value: string | undefined;
  if (modifier.rest.startsWith('?')) {
    const parts = splitCondition(modifier.rest);
    if (parts === undefined) return undefined;
    const [name, yes, no] = parts;
    value = expand(isTrue(find(name, modifier, context)) ? yes : no, context, depth + 1);
  } else {
    value = find(modifier.rest, modifier, context) ?? '';
  }
  if (modifier.substitute !== undefined)
    value = value.replaceAll(modifier.substitute[0], () => modifier.substitute?.[1] ?? '');
  const { limit = 0 } = modifier;
  return limit === 0 ? value : trimText(value, limit, context.width ?? narrow);
}

/** `?name,yes,no`: the comma between the last two is the first outside of braces. */
function splitCondition(text: string): [name: string, yes: string, no: string] | undefined {
  const comma = text.indexOf(',');
  if (comma < 0) return undefined;
  let braces = 0;
  for (let at = comma + 1; at < text.length; at++) {
    if (text[at] === '{') braces++;
    if (text[at] === '}') braces--;
    if (text[at] === ',' && braces === 0) return [text.slice(1, comma), text.slice(comma + 1, at), text.slice(at + 1)];
  }
  return undefined;
}

function find(name: string, modifier: Modifier, context: FormatContext): string | undefined {
  if (modifier.find === 'time') {
    const time = context.time?.(name);
    return time === undefined ? undefined : strftime('%c', time);
  }
  const value = context.lookup(name);
  if (value === undefined) return undefined;
  if (modifier.find === 'basename') return basename(value);
  return modifier.find === 'dirname' ? dirname(value) : value;
}

/** POSIX's basename. */
function basename(path: string): string {
  if (path === '') return '.';
  const trimmed = path.replace(/\/+$/, '');
  return trimmed === '' ? '/' : trimmed.slice(trimmed.lastIndexOf('/') + 1);
}

/** POSIX's dirname. */
function dirname(path: string): string {
  const trimmed = path.replace(/\/+$/, '');
  if (trimmed === '') return path === '' ? '.' : '/';
  const slash = trimmed.lastIndexOf('/');
  if (slash < 0) return '.';
  return trimmed.slice(0, slash).replace(/\/+$/, '') || '/';
}
