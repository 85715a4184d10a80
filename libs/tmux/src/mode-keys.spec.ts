import { Key } from '#tmate-protocol';
import { describe, expect, it } from 'vitest';
import { findModeTable, ModeKeys, parseCommand } from './index.js';

function run(keys: ModeKeys, ...argv: string[]): string {
  const command = parseCommand(argv);
  if (!command.ok) return command.error;
  const result = keys.apply(command.value);
  return result.ok ? '' : result.error;
}

describe('ModeKeys', () => {
  it('begins with the keys of tmux', () => {
    const keys = new ModeKeys();
    expect(keys.lookup('emacs-edit', 1)?.command).toBe('start-of-line');
    expect(keys.lookup('emacs-choice', Key.Down)?.command).toBe('down');
    expect(keys.lookup('vi-copy', 0x2f)?.command).toBe('search-forward');
    expect(keys.lookup('emacs-edit', 0x61)).toBeUndefined();
  });

  it("keeps vi's command mode apart", () => {
    const keys = new ModeKeys();
    expect(keys.lookup('vi-edit', 0x68)).toBeUndefined();
    expect(keys.lookup('vi-edit', 0x68, true)?.command).toBe('cursor-left');
    expect(keys.lookup('vi-edit', 0x1b)?.command).toBe('switch-mode');
    expect(run(keys, 'bind', '-ct', 'vi-edit', 'h', 'cancel')).toBe('');
    expect(keys.lookup('vi-edit', 0x68, true)?.command).toBe('cancel');
    expect(keys.lookup('vi-edit', 0x68)).toBeUndefined();
  });

  it('binds and unbinds', () => {
    const keys = new ModeKeys();
    expect(run(keys, 'bind', '-t', 'VI-copy', 'y', 'copy-pipe', 'xclip -i')).toBe('');
    expect(keys.lookup('vi-copy', 0x79)).toEqual({ command: 'copy-pipe', argument: 'xclip -i' });
    expect(run(keys, 'bind', '-t', 'vi-copy', 'v', 'Begin-Selection')).toBe('');
    expect(keys.lookup('vi-copy', 0x76)).toEqual({ command: 'begin-selection' });
    expect(run(keys, 'unbind', '-t', 'vi-copy', 'v')).toBe('');
    expect(keys.lookup('vi-copy', 0x76)).toBeUndefined();
    expect(run(keys, 'unbind', '-at', 'vi-copy')).toBe('');
    expect(keys.bindings('vi-copy')).toEqual([]);
    expect(keys.bindings('vi-edit').length).toBeGreaterThan(40);
    expect(run(keys, 'bind', '-t', 'vi-copy', 'q', 'cancel')).toBe('');
    expect(keys.bindings('vi-copy')).toHaveLength(1);
  });

  it.each([
    [['bind', '-t', 'none', 'a', 'cancel'], 'unknown key table: none'],
    [['bind', '-t', 'vi-copy', 'a'], 'not enough arguments'],
    [['bind', '-t', 'vi-copy', 'a', 'nonsense'], 'unknown command: nonsense'],
    [['bind', '-t', 'vi-copy', 'a', 'complete'], 'unknown command: complete'],
    [['bind', '-t', 'vi-copy', 'a', 'cancel', 'x'], 'no argument allowed'],
    [['bind', '-t', 'vi-copy', 'a', 'copy-pipe'], 'no argument given'],
    [['bind', '-t', 'vi-copy', 'a', 'copy-selection', 'y'], 'unknown argument'],
    [['bind', '-t', 'vi-copy', 'nokey', 'cancel'], 'unknown key: nokey'],
    [['unbind', '-t', 'vi-copy'], 'missing key'],
    [['unbind', '-at', 'vi-copy', 'a'], 'key given with -a'],
  ])('says what is wrong with %j', (argv, error) => {
    expect(run(new ModeKeys(), ...argv)).toBe(error);
  });

  it('is bounded', () => {
    const keys = new ModeKeys();
    let count = 0;
    while (count < 5000 && run(keys, 'bind', '-t', 'vi-copy', String.fromCodePoint(0x4e00 + count), 'cancel') === '')
      count++;
    expect(count).toBe(1024);
  });
});

describe('findModeTable', () => {
  it('finds a table whatever the case', () => {
    expect(findModeTable('EMACS-choice')).toBe('emacs-choice');
    expect(findModeTable('emacs')).toBeUndefined();
  });
});
