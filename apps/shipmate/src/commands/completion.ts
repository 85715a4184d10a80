import { ROLES } from '../roles.js';
import { COMMON_OPTIONS, UsageError, type Command } from './command.js';

/** The shells that `shipmate completion` knows. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** A word, and what may follow it: subcommands, or options. */
type Words = ReadonlyMap<string, readonly string[]>;

/** What may follow `shipmate`, and what may follow each of those words. */
function wordsOf(commands: readonly Command[]): Words {
  const words = new Map<string, string[]>();
  const add = (path: string, word: string): void => {
    const known = words.get(path) ?? [];
    words.set(path, known.includes(word) ? known : [...known, word]);
  };
  for (const name of [...Object.keys(ROLES), 'completion', 'help', 'version']) add('', name);
  for (const shell of SHELLS) add('completion', shell);
  for (const { name, options } of commands) {
    const [first = '', second] = name.split(' ');
    add('', first);
    if (second !== undefined) add(first, second);
    for (const option of Object.keys({ ...options, ...COMMON_OPTIONS })) add(name, `--${option}`);
  }
  return words;
}

/** A script that completes the commands and options of `shipmate` in a shell; throws `UsageError` for one that is not known. */
export function completion(shell: string | undefined, commands: readonly Command[]): string {
  const words = [...wordsOf(commands)];
  switch (shell) {
    case 'bash':
      return bash(words);
    case 'zsh':
      // zsh runs bash's completions.
      return `#compdef shipmate\nautoload -Uz bashcompinit && bashcompinit\n${bash(words)}`;
    case 'fish':
      return fish(words);
    default:
      throw new UsageError(`usage: shipmate completion ${SHELLS.join('|')}`);
  }
}

function bash(words: readonly (readonly [string, readonly string[]])[]): string {
  const cases = words.map(([path, next]) => `    ${JSON.stringify(path)}) words=${JSON.stringify(next.join(' '))} ;;`);
  return `_shipmate() {
  local words path="\${COMP_WORDS[*]:1:COMP_CWORD-1}" current="\${COMP_WORDS[COMP_CWORD]}"
  # Arguments and options that were given do not change what may follow.
  while :; do
    words=
    case "$path" in
${cases.join('\n')}
    esac
    [[ -n $words || $path != *" "* ]] && break
    path="\${path% *}"
  done
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -F _shipmate shipmate
`;
}

function fish(words: readonly (readonly [string, readonly string[]])[]): string {
  const lines = words.flatMap(([path, next]) => {
    const seen = path.split(' ').filter(Boolean);
    const condition = [
      seen.length === 0
        ? '__fish_use_subcommand'
        : seen.map((word) => `__fish_seen_subcommand_from ${word}`).join('; and '),
    ];
    return next.map((word) =>
      word.startsWith('--')
        ? `complete -c shipmate -n '${condition.join('')}' -l ${word.slice(2)}`
        : `complete -c shipmate -n '${condition.join('')}' -a ${word}`,
    );
  });
  return `complete -c shipmate -f\n${lines.join('\n')}\n`;
}
