import { describe, expect, it } from 'vitest';
import { COMMANDS, listCommands, listKeys, Mirror, parseCommandLine, showOptions, type Command } from './index.js';

function only(line: string): Command {
  const result = parseCommandLine(line);
  const command = result.ok ? result.value[0] : undefined;
  if (command === undefined) throw new Error(`not one command: ${line}`);
  return command;
}
function mirrorOf(...lines: string[]): Mirror {
  const mirror = new Mirror();
  for (const line of lines) mirror.applyLine(line);
  return mirror;
}
const options = (mirror: Mirror, line: string, currentWindow?: number): string[] | string => {
  const shown = showOptions(mirror.options, only(line), { currentWindow });
  return shown.ok ? shown.value : shown.error;
};

describe('listKeys', () => {
  it('lines tables and keys up', () => {
    const mirror = mirrorOf('unbind -a', "bind -r x neww 'a b'", 'bind -n C-Left next');
    expect(listKeys(mirror, only('list-keys'))).toEqual({
      ok: true,
      value: ['bind-key -r -T prefix x      new-window "a b"', 'bind-key    -T root   C-Left next-window'],
    });
    expect(listKeys(mirror, only('lsk -T root'))).toEqual({ ok: true, value: ['bind-key -T root C-Left next-window'] });
    expect(listKeys(mirror, only('lsk -T none'))).toEqual({ ok: false, error: "table none doesn't exist" });
  });

  it('shows the keys of a mode', () => {
    const mirror = mirrorOf('unbind -a -t vi-edit', 'bind -t vi-edit C-a cancel', 'bind -ct vi-edit h cancel');
    expect(listKeys(mirror, only('lsk -t vi-edit'))).toEqual({
      ok: true,
      value: ['bind-key -t  vi-edit C-a cancel', 'bind-key -ct vi-edit   h cancel'],
    });
    expect(listKeys(mirror, only('lsk -t none'))).toEqual({ ok: false, error: 'unknown key table: none' });
  });
});

describe('listCommands', () => {
  it('has a line for each', () => {
    expect(listCommands()).toHaveLength(COMMANDS.length);
    expect(listCommands()).toContain('rename-window (renamew) [-t target-window] new-name');
  });
});

describe('showOptions', () => {
  const mirror = mirrorOf(
    'set -g @b "x y"; set -g @a 1; set status-left own; set -g tmate-api-key secret',
    'setw -t:1 xterm-keys on',
  );

  it('lists one layer: users’ own first, then in the table’s order', () => {
    const lines = options(mirror, 'show -g');
    expect(lines.slice(0, 3)).toEqual(['@a "1"', '@b "x y"', 'assume-paste-time 1']);
    expect(lines).toContain('prefix C-b');
    expect(lines).toContain('status-position bottom');
    expect(lines).toContain('status-left "[#S] "');
    expect(options(mirror, 'show')).toEqual(['status-left "own"']);
    expect(options(mirror, 'showw', 1)).toEqual(['xterm-keys on']);
    expect(options(mirror, 'show -w', 2)).toEqual([]);
    expect(options(mirror, 'showw')).toBe('no current window');
  });

  it('shows one', () => {
    expect(options(mirror, 'show -gv @b')).toEqual(['x y']);
    expect(options(mirror, 'show -gv status-left')).toEqual(['[#S] ']);
    expect(options(mirror, 'show -g status-bg')).toEqual(['status-style fg=black,bg=green']);
    expect(options(mirror, 'show status')).toEqual([]);
    expect(options(mirror, 'show nothing')).toBe('unknown option: nothing');
    expect(options(mirror, 'show -q nothing')).toEqual([]);
    expect(options(mirror, 'show pre')).toBe('ambiguous option: pre');
    expect(options(mirror, 'show @none')).toBe('unknown option: @none');
    expect(options(mirror, 'show -q @none')).toEqual([]);
  });

  it('never shows what is tmate’s', () => {
    expect(JSON.stringify([options(mirror, 'show -s'), options(mirror, 'show -g')])).not.toContain('secret');
    expect(options(mirror, 'show -s tmate-api-key')).toBe("tmate's own options are the host's");
  });
});
