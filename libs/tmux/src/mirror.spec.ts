import { Key } from '#tmate-protocol';
import { describe, expect, it } from 'vitest';
import { Mirror } from './index.js';

describe('Mirror', () => {
  it.each([
    [['set-option', '-g', 'status', 'off'], { kind: 'option', name: 'status', window: undefined }],
    [['set-window-option', '-t', ':2', 'xterm-keys', 'on'], { kind: 'option', name: 'xterm-keys', window: 2 }],
    [['set-option', '-g', 'status-bg', 'red'], { kind: 'option', name: 'status-style', window: undefined }],
    [['set-option', '-q', 'nothing', 'x'], { kind: 'nothing' }],
    [['set-option', 'tmate-set', 'foreground=true'], { kind: 'tmate-set', key: 'foreground', value: 'true' }],
    [
      ['set-option', 'tmate-set', 'authorized_keys=ssh-rsa AAAA= me'],
      { kind: 'tmate-set', key: 'authorized_keys', value: 'ssh-rsa AAAA= me' },
    ],
    [['set-option', '-g', 'tmate-set', 'x'], { kind: 'error', message: 'bad value: x' }],
    [['bind-key', '-n', 'F1', 'next-window'], { kind: 'bind', table: 'root', key: Key.F1 }],
    [['unbind-key', 'C-b'], { kind: 'unbind', table: 'prefix', key: 2 }],
    [['unbind-key', '-a'], { kind: 'unbind', table: 'prefix', key: undefined }],
    [['bind-key', '-t', 'vi-copy', 'y', 'copy-selection'], { kind: 'mode-keys', table: 'vi-copy' }],
    [['bind-key', '-t', 'x', 'y', 'z'], { kind: 'error', message: 'unknown key table: x' }],
    [['kill-server'], { kind: 'error', message: 'not a command to replicate: kill-server' }],
    [['nonsense'], { kind: 'error', message: 'unknown command: nonsense' }],
    [[], { kind: 'error', message: 'no command' }],
  ])('does %j', (argv, result) => {
    expect(new Mirror().apply(argv)).toEqual(result);
  });

  it('keeps nothing of what tmate-set says', () => {
    const mirror = new Mirror();
    mirror.apply(['set-option', 'tmate-set', 'a=b']);
    expect(mirror.options.text('tmate-set')).toBe('');
  });

  it('keeps the names and keys that the host is known by', () => {
    const mirror = new Mirror();
    mirror.apply(['set-option', 'tmate-session-name', 'mine']);
    mirror.apply(['set-option', '-g', 'tmate-authorized-keys', '/x']);
    expect(mirror.options.text('tmate-session-name')).toBe('mine');
    expect(mirror.options.text('tmate-authorized-keys')).toBe('/x');
  });

  it('does a line, as old hosts send it', () => {
    expect(new Mirror().applyLine('set -g status off; bind x next')).toEqual([
      { kind: 'option', name: 'status', window: undefined },
      { kind: 'bind', table: 'prefix', key: 0x78 },
    ]);
    expect(new Mirror().applyLine("set 'x")).toEqual([
      { kind: 'error', message: "invalid or unknown command: set 'x" },
    ]);
  });
});
