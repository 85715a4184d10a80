import { COMMANDS } from './command-table.js';
import { OPTION_ROWS } from './options-table.js';

const LAYOUTS = ['even-horizontal', 'even-vertical', 'main-horizontal', 'main-vertical', 'tiled'];
/** tmux completes no word longer than this. */
const MAX_WORD = 63;

/** What a prompt's completion knows of the session. */
export interface CompletionContext {
  readonly sessionName: string;
  readonly windows: readonly { readonly index: number; readonly name: string }[];
}

/**
 * Completes the word before the cursor as tmux's prompt does: commands, options and layouts. If only one matches, a blank is
 * added; otherwise, completes as far as all matches agree. After `-t` or `-s`, the session and its windows. Undefined if
 * nothing matches.
 */
export function completeWord(word: string, context: CompletionContext): string | undefined {
  if (word === '' || word.length > MAX_WORD) return undefined;
  if (word.startsWith('-t') || word.startsWith('-s')) return completeTarget(word, context);
  const names = [...COMMANDS.map(({ name }) => name), ...OPTION_ROWS.map(([name]) => name), ...LAYOUTS];
  const fitting = names.filter((name) => name.startsWith(word));
  return fitting.length === 1 ? `${fitting[0] ?? ''} ` : commonStart(fitting);
}

/** The commands, options and layouts that a word may be the beginning of. */
export function completeCommand(prefix: string): string[] {
  const names = [...COMMANDS.map(({ name }) => name), ...OPTION_ROWS.map(([name]) => name), ...LAYOUTS];
  return names.filter((name) => name.startsWith(prefix));
}

function completeTarget(word: string, { sessionName, windows }: CompletionContext): string | undefined {
  const flag = word.slice(0, 2);
  const target = word.endsWith(':') ? word.slice(2, -1) : word.slice(2);
  // The one session there is: a whole name gets its colon.
  if (sessionName.startsWith(target)) return `${flag}${sessionName}:`;
  const session = target.startsWith(':') ? '' : sessionName;
  const fitting = windows.flatMap(({ index, name }) => {
    const byName = `${session}:${name}`;
    if (byName.startsWith(target)) return [byName];
    const byIndex = `${session}:${index}`;
    return byIndex.startsWith(target) ? [byIndex] : [];
  });
  const start = commonStart(fitting);
  if (start === undefined) return undefined;
  return `${flag}${start}${fitting.length === 1 ? ' ' : ''}`;
}

function commonStart(names: readonly string[]): string | undefined {
  const [first, ...others] = names;
  if (first === undefined) return undefined;
  let length = first.length;
  for (const other of others) {
    while (!other.startsWith(first.slice(0, length))) length--;
  }
  return first.slice(0, length);
}
