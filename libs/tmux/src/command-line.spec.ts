import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  COMMANDS,
  commandArgv,
  fillTemplate,
  findCommand,
  parseCommand,
  parseCommandLine,
  parseCommandWords,
  printCommand,
  quoteWords,
} from './index.js';

const argvs = (line: string): string[][] => {
  const result = parseCommandLine(line);
  if (!result.ok) throw new Error(result.error);
  return result.value.map(commandArgv);
};
const errorOf = (line: string): string => {
  const result = parseCommandLine(line);
  return result.ok ? '' : result.error;
};

describe('parseCommandLine', () => {
  it.each([
    ['new-window', [['new-window']]],
    ['neww -dn x', [['new-window', '-d', '-n', 'x']]],
    ['neww -dnx', [['new-window', '-d', '-n', 'x']]],
    ["renamew 'a b'", [['rename-window', 'a b']]],
    ['renamew "a\\tb\\"c\\$d"', [['rename-window', 'a\tb"c$d']]],
    ["renamew 'a\\tb'", [['rename-window', 'a\\tb']]],
    ['renamew a"b"\'c\'', [['rename-window', 'abc']]],
    ['renamew ""', [['rename-window', '']]],
    ['renamew a # comment', [['rename-window', 'a']]],
    ['renamew a#b', [['rename-window', 'a']]],
    ["renamew 'a#b'", [['rename-window', 'a#b']]],
    ['next ; prev', [['next-window'], ['previous-window']]],
    ['next; prev;', [['next-window'], ['previous-window']]],
    ['send \\; x', [['send-keys', ';', 'x']]],
    ['send a\\;', [['send-keys', 'a;']]],
    ['selectl -n tiled', [['select-layout', '-n', 'tiled']]],
    ['bind - splitw', [['bind-key', '-', 'splitw']]],
    ['send -- -x', [['send-keys', '--', '-x']]],
    ['FOO=1 BAR= next', [['next-window']]],
    ['send $5 a$', undefined],
    ['send $5', [['send-keys', '$5']]],
    ['', []],
    ['  # nothing', []],
    ['FOO=1', []],
  ])('reads %j', (line, expected) => {
    if (expected === undefined) expect(errorOf(line)).toMatch(/^invalid or unknown command/);
    else expect(argvs(line)).toEqual(expected);
  });

  it.each([
    ['foo', 'unknown command: foo'],
    ['lock', ''],
    ['list-k', ''],
    ['list', /^ambiguous command: list, could be: list-buffers, list-clients, list-commands, list-keys, /],
    ['rename-window', 'usage: rename-window [-t target-window] new-name'],
    ['kill-pane -x', 'usage: kill-pane [-a] [-t target-pane]'],
    ['kill-pane -t', 'usage: kill-pane [-a] [-t target-pane]'],
    ['kill-pane extra', 'usage: kill-pane [-a] [-t target-pane]'],
    ["next 'open", "invalid or unknown command: next 'open"],
    ['next "open\\', 'invalid or unknown command: next "open\\'],
    ['next ${open', 'invalid or unknown command: next ${open'],
    [';', 'no command'],
    ['next ; ; prev', 'no command'],
  ])('says of %j: %s', (line, error) => {
    if (typeof error === 'string') expect(errorOf(line)).toBe(error);
    else expect(errorOf(line)).toMatch(error);
  });

  it('keeps what only the host can fill in, and the words as they were typed', () => {
    const result = parseCommandLine(`run "echo $HOME" ; source ~/.tmux.conf; next`);
    expect(result.ok && result.value.map(({ args, source }) => [args, source])).toEqual([
      [['echo $HOME'], 'run "echo $HOME"'],
      [['~/.tmux.conf'], 'source ~/.tmux.conf'],
      [[], undefined],
    ]);
    const plain = parseCommandLine(`renamew '$HOME' a~ \\~`);
    expect(plain.ok || plain.error).toContain('usage');
    expect(argvs("run '$HOME a~'")).toEqual([['run-shell', '$HOME a~']]);
    expect(parseCommandLine("run '$HOME a~'")).toMatchObject({ value: [{ name: 'run-shell' }] });
  });

  it('bounds the length and the number of commands', () => {
    expect(errorOf(`send ${'x'.repeat(20_000)}`)).toBe('command line too long');
    expect(errorOf('next;'.repeat(300).replaceAll(';', ' ;'))).toMatch(/too many commands|usage/);
  });

  it('never throws, and reads back what is quoted', () => {
    const piece = fc.constantFrom(
      'next',
      'send ',
      ' ',
      ';',
      '\\;',
      '"',
      "'",
      '$A',
      '${B}',
      '~',
      '#',
      '\\',
      'é',
      '-t',
      '=',
    );
    fc.assert(fc.property(fc.array(piece), (pieces) => typeof parseCommandLine(pieces.join('')).ok === 'boolean'));
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (line) => typeof parseCommandLine(line).ok === 'boolean'));
    const word = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 20 }),
      fc.array(piece).map((words) => words.join('')),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 6 }), (words) => {
        const read = parseCommandLine(quoteWords(['send-keys', '-l', '--', ...words]));
        expect(read.ok && read.value.map(({ args, flags }) => ({ args, flags }))).toEqual([
          { args: words, flags: { l: true } },
        ]);
      }),
    );
  });
});

describe('parseCommandWords', () => {
  it('splits at words that end in a semicolon', () => {
    const result = parseCommandWords(['select-pane', '-t=', ';', 'send-keys', '-M;', 'next-window']);
    expect(result.ok && result.value.map(commandArgv)).toEqual([
      ['select-pane', '-t', '='],
      ['send-keys', '-M'],
      ['next-window'],
    ]);
  });
});

describe('parseCommand', () => {
  it('does not split, as the host does not: one message is one command', () => {
    const command = parseCommand(['bind-key', ';', 'last-pane']);
    expect(command.ok && command.value.args).toEqual([';', 'last-pane']);
  });

  it('takes its own words back, for every command', () => {
    for (const { name, flags, min } of COMMANDS) {
      const argv = [name];
      const letters = [...flags.matchAll(/([^:])(:?)/g)].sort(([, a = ''], [, b = '']) => (a < b ? -1 : 1));
      for (const [, letter = '', colon] of letters)
        argv.push(`-${letter}`, ...(colon === ':' ? [`value of ${letter}`] : []));
      for (let n = 0; n < min; n++) argv.push(`argument ${n}`);
      const command = parseCommand(argv);
      expect(command.ok && commandArgv(command.value)).toEqual(argv);
    }
  });
});

describe('findCommand', () => {
  it('finds each by its name and its alias', () => {
    for (const entry of COMMANDS) {
      expect(findCommand(entry.name)).toEqual({ ok: true, value: entry });
      if (entry.alias !== undefined) expect(findCommand(entry.alias)).toEqual({ ok: true, value: entry });
    }
  });
});

describe('printCommand', () => {
  it('writes flags together, those with values after them, words with blanks quoted', () => {
    const command = parseCommand(['confirm', '-p', 'sure? (y/n)', 'kill-window']);
    expect(command.ok && printCommand(command.value)).toBe('confirm-before -p "sure? (y/n)" kill-window');
    const split = parseCommand(['splitw', '-l', '5', '-hd', 'top -d 1']);
    expect(split.ok && printCommand(split.value)).toBe('split-window -dh -l 5 "top -d 1"');
  });
});

describe('fillTemplate', () => {
  it.each([
    ["rename-window '%%'", 'x', 1, "rename-window 'x'"],
    ['%% %%', 'x', 1, 'x %%'],
    ['%1 %2 %1', 'x', 1, 'x %2 x'],
    ['%2 %%', '$&', 2, '$& $&'],
    ['100%', 'x', 1, '100%'],
  ])('fills %j with %j', (template, answer, index, filled) => {
    expect(fillTemplate(template, answer, index)).toBe(filled);
  });
});
