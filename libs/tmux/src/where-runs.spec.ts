import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  aimAtMouse,
  COMMANDS,
  commandArgv,
  hostArgv,
  parseCommand,
  parseCommandLine,
  readersMayRun,
  whereRuns,
  type Command,
} from './index.js';

function only(line: string): Command {
  const result = parseCommandLine(line);
  const command = result.ok ? result.value[0] : undefined;
  if (command === undefined) throw new Error(`not one command: ${line}`);
  return command;
}
const place = (line: string): string => whereRuns(only(line)).where;

describe('whereRuns', () => {
  it.each([
    'neww',
    'split-window -h -c "#{pane_current_path}"',
    'kill-pane',
    'renamew x',
    'select-pane -L',
    'resize-pane -Z',
    'copy-mode -u',
    'send-keys -l x',
    'send-prefix -t %1',
    'run-shell true',
    'if-shell true "neww" "set -g status off; next"',
    "if -F '#{pane_in_mode}' 'send-keys q'",
    'if-shell true "if-shell false neww"',
    'set-hook -g alert-bell "next"',
    'set-hook -gu alert-bell',
    'source-file /x',
    'set -g synchronize-panes on',
    'setw -t:1 automatic-rename off',
    'set -g history-limit 5',
    'setw mode-keys vi',
    'bind -t vi-copy y copy-selection',
    'unbind -t emacs-copy y',
    'kill-session',
  ])('sends the host %s', (line) => {
    expect(place(line)).toBe('host');
  });

  it.each([
    'command-prompt',
    'confirm-before kill-pane',
    'display-message x',
    'display-panes',
    'choose-tree',
    'choose-window',
    'choose-client',
    'clock-mode',
    'list-keys',
    'list-windows',
    'show-messages',
    'info',
    'show-options -g',
    'refresh-client',
    'detach-client',
    'detach -P',
    'attach',
    'switch-client -T mine',
    'send-prefix',
    'send-prefix -2',
    'find-window x',
    'copy-mode -M',
    'resize-pane -M',
    'send-keys -M',
    'select-pane -t=',
    'select-window -t =',
    'swap-pane -s {mouse}',
    "if-shell -Ft= '#{mouse_any_flag}' 'send-keys -M' 'copy-mode -et='",
    "if-shell -F '#{window_zoomed_flag}' 'display-message zoomed'",
  ])('does %s at the seat', (line) => {
    expect(place(line)).toBe('seat');
  });

  it.each([
    'bind x next',
    'unbind -a',
    'bind -t vi-edit C-a cancel',
    'set -g status off',
    'set -g status-bg red',
    'setw -g window-status-format x',
    'set -g prefix C-a',
    'set -g mouse on',
    'setw -g mode-style fg=red',
    'set -g @mine x',
    'set -g nothing x',
    'setw -g pane-border-fg red',
  ])('keeps %s to the mirror', (line) => {
    expect(place(line)).toBe('mirror');
  });

  it.each([
    ['suspend-client', 'only the host can suspend its terminal'],
    ['lock-client -t ssh-2', 'joiners can lock only their own terminal'],
    ['detach-client -a', 'joiners can detach only themselves'],
    ['detach-client -s x', 'joiners can detach only themselves'],
    ['detach-client -t /dev/pts/1', 'joiners can detach only themselves'],
    ['new-session -A -s x', 'a shared terminal has one session'],
    ['switch-client -n', "can't find next session"],
    ['switch-client -r', 'only the host can change what a joiner may do'],
    ['load-buffer /x', /run it in a shell/],
    ['save-buffer /x', /run it in a shell/],
    ['list-buffers', /only the host can list/],
    ['set -g tmate-api-key x', "tmate's own options are the host's"],
    ['set tmate-set authorized_keys=x', "tmate's own options are the host's"],
    ['if-shell true "display-message x"', 'if-shell cannot run display-message from here'],
    ['if-shell -b true "nonsense"', 'unknown command: nonsense'],
    ['if-shell true \'if-shell true "suspend-client"\'', 'if-shell cannot run if-shell from here'],
    ['set-hook -g x "load-buffer y"', 'set-hook cannot run load-buffer from here'],
    ['if-shell true "next \'open"', /^invalid or unknown command/],
  ])('refuses %s', (line, reason) => {
    const placement = whereRuns(only(line));
    if (placement.where !== 'refused') throw new Error(placement.where);
    if (typeof reason === 'string') expect(placement.reason).toBe(reason);
    else expect(placement.reason).toMatch(reason);
  });

  it('never sends the host what asks for a client or follows a pointer to one', () => {
    // tmate 2.4.0: commands whose target is a client, and those that crash or print nothing without one.
    const never = (
      'choose-buffer choose-client choose-session choose-tree choose-window command-prompt confirm-before ' +
      'detach-client display-message display-panes find-window list-keys load-buffer lock-client ' +
      'lock-server lock-session refresh-client save-buffer server-info show-messages suspend-client switch-client attach-session new-session'
    ).split(' ');
    for (const name of never) {
      const entry = COMMANDS.find((candidate) => candidate.name === name);
      const letters = [...(entry?.flags ?? '').matchAll(/([^:])(:?)/g)];
      fc.assert(
        fc.property(fc.subarray(letters), (flags) => {
          const argv = [
            name,
            ...flags.flatMap(([, letter = '', colon]) => (colon === ':' ? [`-${letter}`, 'x'] : [`-${letter}`])),
          ];
          const command = parseCommand([...argv, ...Array<string>(entry?.min ?? 0).fill('next')]);
          if (!command.ok) throw new Error(command.error);
          expect(whereRuns(command.value).where).not.toBe('host');
        }),
        { numRuns: 30 },
      );
    }
  });

  it('has a place for every command, whatever its flags', () => {
    for (const { name } of COMMANDS) {
      expect(['host', 'seat', 'mirror', 'refused']).toContain(whereRuns({ name, flags: {}, args: [] }).where);
    }
    expect(whereRuns({ name: 'constructor', flags: {}, args: [] }).where).toBe('refused');
  });

  it('follows nested commands only so far', () => {
    let line = 'next';
    for (let n = 0; n < 4; n++) line = `if-shell true '${line.replaceAll("'", '"')}'`;
    expect(['host', 'refused']).toContain(place(line));
    let deep: Command = { name: 'if-shell', flags: {}, args: ['true', 'next'] };
    for (let n = 0; n < 12; n++) {
      const words = commandArgv(deep).map((word) => `"${word.replace(/["\\]/g, '\\$&')}"`);
      if (words.join(' ').length > 8000) break;
      deep = { name: 'if-shell', flags: {}, args: ['true', words.join(' ')] };
    }
    expect(whereRuns(deep).where).toBe('refused');
  });
});

describe('hostArgv', () => {
  it('sends words apart, and lets the host fill in what only it can', () => {
    expect(hostArgv(only('splitw -hp30 top'))).toEqual(['split-window', '-h', '-p', '30', 'top']);
    expect(hostArgv(only('source ~/.tmux.conf'))).toEqual(['if-shell', '-F', '1', 'source ~/.tmux.conf']);
  });
});

describe('aimAtMouse', () => {
  it('puts in the pane or the window', () => {
    expect(commandArgv(aimAtMouse(only('select-pane -t='), { pane: 3, window: 1 }))).toEqual([
      'select-pane',
      '-t',
      '%3',
    ]);
    expect(commandArgv(aimAtMouse(only('select-window -t='), { pane: 3, window: 1 }))).toEqual([
      'select-window',
      '-t',
      ':=1',
    ]);
    expect(commandArgv(aimAtMouse(only('kill-pane -t 2'), { pane: 3, window: 1 }))).toEqual(['kill-pane', '-t', '2']);
    expect(commandArgv(aimAtMouse(only('copy-mode -et{mouse}'), { pane: 0, window: 1 }))).toEqual([
      'copy-mode',
      '-e',
      '-t',
      '%0',
    ]);
  });
});

describe('readersMayRun', () => {
  it.each([
    'list-keys',
    'list-clients',
    'choose-window',
    'clock-mode',
    'show-options -g',
    'command-prompt',
    'copy-mode -u',
    'display-message hello',
    'display-panes',
    'switch-client -T prefix',
  ])('lets a reader look: %s', (line) => {
    expect(readersMayRun([only(line)])).toBe(true);
  });

  it.each([
    'new-window',
    'select-pane -U',
    'send-keys a',
    'set-option -g mouse on',
    'bind-key x kill-server',
    'run-shell id',
    'command-prompt "rename-window %%"',
    'confirm-before kill-pane',
    'copy-mode -M',
    'if-shell -F 1 next',
    'resize-pane',
  ])('lets a reader not do: %s', (line) => {
    expect(readersMayRun([only(line)])).toBe(false);
  });

  it('has no command for readers that goes to a host, except copy mode, which is their own', () => {
    for (const { name } of COMMANDS) {
      const command = { name, flags: {}, args: [] };
      if (readersMayRun([command]) && name !== 'copy-mode')
        expect([name, whereRuns(command).where]).toEqual([name, 'seat']);
    }
  });

  it('lets a reader do what acts on its own connection', () => {
    expect(readersMayRun([only('detach-client')])).toBe(true);
    expect(readersMayRun([only('detach-client'), only('next-window')])).toBe(false);
  });
});
