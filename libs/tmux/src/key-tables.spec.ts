import { Key } from '#tmate-protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KeyTables, parseCommand, printCommands } from './index.js';
import { defaultBindings } from './default-bindings.js';

function run(keys: KeyTables, ...argv: string[]): string {
  const command = parseCommand(argv);
  if (!command.ok) return command.error;
  const result = keys.apply(command.value);
  return result.ok ? '' : result.error;
}
const shown = (keys: KeyTables, table: string, key: number): string | undefined => {
  const binding = keys.lookup(table, key);
  return binding === undefined ? undefined : `${binding.repeat ? '-r ' : ''}${printCommands(binding.commands)}`;
};
const c = 0x63;

describe('KeyTables', () => {
  it('begins with the 83 keys of a stock tmate', () => {
    const keys = new KeyTables();
    expect(keys.tables()).toEqual(['prefix', 'root']);
    expect(keys.bindings('prefix')).toHaveLength(75);
    expect(keys.bindings('root')).toHaveLength(8);
    expect(shown(keys, 'prefix', c)).toBe('new-window');
    expect(shown(keys, 'prefix', Key.Up)).toBe('-r select-pane -U');
    expect(shown(keys, 'root', Key.MouseDown1Pane)).toBe('select-pane -t = ; send-keys -M');
    expect(shown(keys, 'root', c)).toBeUndefined();
  });

  it('keeps nothing of a default key that the host replicates, in whatever form', () => {
    const keys = new KeyTables();
    for (const [table, bindings] of defaultBindings()) {
      for (const [, { commands, repeat }] of bindings) expect(commands.length + Number(repeat)).toBeGreaterThan(0);
      expect(bindings.size).toBeGreaterThan(0);
      const before = keys.bindings(table);
      run(keys, 'bind-key', 'c', 'new-window');
      run(keys, 'bind-key', '-r', 'Up', 'select-pane', '-U');
      run(keys, 'bind-key', '-n', 'MouseDown1Pane', 'select-pane', '-t=;', 'send-keys', '-M');
      run(keys, 'bind-key', '-T', 'prefix', ';', 'last-pane');
      run(keys, 'bind-key', ':', 'command-prompt');
      run(keys, 'bind-key', ',', 'command-prompt', '-I#W', "rename-window '%%'");
      const after = keys.bindings(table);
      expect(after.map(([, binding]) => binding)).toEqual(before.map(([, binding]) => binding));
      after.forEach(([, binding], n) => expect(binding).toBe(before[n]?.[1]));
    }
  });

  it('binds, replaces and unbinds, in any table', () => {
    const keys = new KeyTables();
    expect(run(keys, 'bind', 'c', 'neww', '-c', '/tmp')).toBe('');
    expect(shown(keys, 'prefix', c)).toBe('new-window -c /tmp');
    run(keys, 'unbind', 'c');
    expect(shown(keys, 'prefix', c)).toBeUndefined();
    run(keys, 'bind', 'c', 'new-window');
    expect(shown(keys, 'prefix', c)).toBe('new-window');

    run(keys, 'bind', '-nr', 'F5', 'next');
    expect(shown(keys, 'root', Key.F5)).toBe('-r next-window');
    run(keys, 'bind', '-Tmine', 'a', 'next;', 'prev', '-a');
    expect(shown(keys, 'mine', 0x61)).toBe('next-window ; previous-window -a');
    expect(keys.tables()).toEqual(['mine', 'prefix', 'root']);
    run(keys, 'unbind', '-T', 'mine', 'a');
    expect(keys.has('mine')).toBe(false);
    expect(run(keys, 'unbind', '-T', 'mine', 'a')).toBe("table mine doesn't exist");
  });

  it('empties a table, and takes new keys into it', () => {
    const keys = new KeyTables();
    run(keys, 'bind', 'c', 'next');
    expect(run(keys, 'unbind', '-a')).toBe('');
    expect(keys.tables()).toEqual([]);
    run(keys, 'bind', 'c', 'new-window');
    expect(keys.bindings('prefix')).toHaveLength(1);
    run(keys, 'unbind', '-aT', 'prefix');
    expect(keys.has('prefix')).toBe(false);
    expect(run(keys, 'unbind', '-aT', 'prefix')).toBe("table prefix doesn't exist");
  });

  it.each([
    [['bind'], /^usage: bind-key/],
    [['bind', 'c'], /^not enough arguments$/],
    [['bind', 'nokey', 'next'], /^unknown key: nokey$/],
    [['bind', 'None', 'next'], /^unknown key: None$/],
    [['bind', 'c', 'nonsense'], /^unknown command: nonsense$/],
    [['bind', 'c', 'next', 'x'], /^usage: next-window/],
    [['unbind'], /^missing key$/],
    [['unbind', '-a', 'c'], /^key given with -a$/],
    [['unbind', 'nokey'], /^unknown key: nokey$/],
  ])('says what is wrong with %j', (argv, error) => {
    const keys = new KeyTables();
    expect(run(keys, ...argv)).toMatch(error);
    expect(shown(keys, 'prefix', c)).toBe('new-window');
  });

  it('gives sessions that bind the same the same object', () => {
    const [one, two] = [new KeyTables(), new KeyTables()];
    for (const keys of [one, two]) run(keys, 'bind', '|', 'split-window', '-h');
    expect(one.lookup('prefix', 0x7c)).toBeDefined();
    expect(one.lookup('prefix', 0x7c)).toBe(two.lookup('prefix', 0x7c));
  });

  it('is bounded, and makes room for what was unbound', () => {
    const keys = new KeyTables();
    const long = 'x'.repeat(10_000);
    const name = (n: number): string => String.fromCodePoint(0x4e00 + n);
    let bound = 0;
    while (bound < 100 && run(keys, 'bind', name(bound), 'send-keys', long) === '') bound++;
    expect(bound).toBeGreaterThan(20);
    expect(bound).toBeLessThan(30);
    expect(run(keys, 'unbind', name(0))).toBe('');
    expect(run(keys, 'bind', name(0), 'send-keys', long)).toBe('');
    let count = 0;
    const small = new KeyTables();
    while (count < 10_000 && run(small, 'bind', name(count), 'next') === '') count++;
    expect(count).toBe(4096);
    expect(run(small, 'bind', '-T', 't'.repeat(200), 'a', 'next')).toBe('table name too long');
  });

  it('never throws, and says what it was told last', () => {
    const key = fc.constantFrom('a', 'c', 'Up', 'C-b');
    const step = fc.oneof(
      fc.tuple(fc.constant('bind'), key, fc.constantFrom('next-window', 'new-window')),
      fc.tuple(fc.constant('unbind'), key),
      fc.constant(['unbind', '-a']),
    );
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const keys = new KeyTables();
        for (const argv of steps) expect(run(keys, ...argv)).toBe('');
        const expected = new Map(
          keys.bindings('prefix').map(([code, binding]) => [code, printCommands(binding.commands)]),
        );
        for (const [code, text] of expected) expect(shown(keys, 'prefix', code)?.replace('-r ', '')).toBe(text);
        const last = steps.at(-1);
        if (last?.[0] === 'bind' && last[1] === 'a') expect(shown(keys, 'prefix', 0x61)).toBe(last[2]);
        if (last?.[1] === '-a') expect(expected.size).toBe(0);
      }),
    );
  });
});
