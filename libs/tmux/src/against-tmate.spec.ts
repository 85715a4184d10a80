import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  expandFormat,
  listCommands,
  listKeys,
  Mirror,
  parseCommandLine,
  showOptions,
  type Command,
  type Parsed,
} from './index.js';

const installed = spawnSync('tmate', ['-V']).status === 0;

function only(line: string): Command {
  const result = parseCommandLine(line);
  const command = result.ok ? result.value[0] : undefined;
  if (command === undefined) throw new Error(`not one command: ${line}`);
  return command;
}
const lines = (result: Parsed<string[]>): string[] | string => (result.ok ? result.value : result.error);

/** Compares the tables and readers here with those of the stock client, which is queried over its own socket. */
describe.skipIf(!installed)('compared with the installed tmate', () => {
  let dir = '';

  function tmate(...argv: string[]): { out: string; error: string } {
    const { stdout, stderr } = spawnSync('tmate', ['-S', join(dir, 's'), '-f', join(dir, 'conf'), ...argv], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], HOME: dir, SHELL: '/bin/sh', TERM: 'xterm', LC_ALL: 'C.UTF-8', TZ: 'UTC' },
      timeout: 10_000,
    });
    return { out: stdout.replace(/\n$/, ''), error: stderr.trim() };
  }

  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'tmux-'));
    // A server that is not there: the port is reserved, so nothing is asked of anybody.
    writeFileSync(join(dir, 'conf'), 'set -g tmate-server-host 127.0.0.1\nset -g tmate-server-port 1\n');
    tmate('new-session', '-d', '-x', '80', '-y', '24');
  });
  afterAll(() => {
    tmate('kill-server');
    rmSync(dir, { recursive: true, force: true });
  });

  it('binds the same keys', () => {
    expect(lines(listKeys(new Mirror(), only('list-keys')))).toEqual(tmate('list-keys').out.split('\n'));
  });

  it.each(['vi-edit', 'emacs-edit', 'vi-choice', 'emacs-choice', 'vi-copy', 'emacs-copy'])(
    'has the keys of %s',
    (table) => {
      const line = `list-keys -t ${table}`;
      expect(lines(listKeys(new Mirror(), only(line)))).toEqual(tmate('list-keys', '-t', table).out.split('\n'));
    },
  );

  it('knows the same commands', () => {
    expect(listCommands()).toEqual(tmate('list-commands').out.split('\n'));
  });

  it.each(['-s', '-g', '-gw'])('has the same options with the same values: %s', (flags) => {
    const theirs = tmate('show-options', flags)
      .out.split('\n')
      .filter((line) => !line.startsWith('tmate-'));
    expect(lines(showOptions(new Mirror().options, only(`show-options ${flags}`)))).toEqual(theirs);
  });

  it('shows what was set in the same way', () => {
    const mirror = new Mirror();
    const argvs = [
      'status-bg colour234|status-fg #0ac85a|status-attr bold,underscore|status-bg default',
      'message-style fg=brightred,noreverse,dim|status-justify c|prefix M-Left|prefix2 ^q',
      'mouse|status-position|status-left a"b"é|@user x',
    ].flatMap((row) => row.split('|').map((words) => words.split(' ')));
    for (const argv of argvs) {
      tmate('set-option', '-g', ...argv);
      mirror.apply(['set-option', '-g', ...argv]);
    }
    const theirs = tmate('show-options', '-g')
      .out.split('\n')
      .filter((line) => !line.startsWith('tmate-'));
    expect(lines(showOptions(mirror.options, only('show-options -g')))).toEqual(theirs);
  });

  it('names keys and writes commands in the same way', () => {
    const mirror = new Mirror();
    const argvs = [
      ['C-M-S-Up', 'next-window', '-a'],
      ['^_', 'prev'],
      ['KP*', 'send', '-l', 'a b', ';', 'splitw', '-hp', '30'],
      ['C-1', 'run', 'x'],
      ['é', 'selectl', 'tiled'],
      ['0x7e', 'neww', '-n', 'x y'],
      ['pgdn', 'confirm', '-p', 'sure? (y/n)', 'kill-window'],
      ['S-F12', 'command-prompt', '-I#W', "rename-window '%%'"],
    ];
    for (const argv of argvs) {
      // Their own command line splits at a semicolon first.
      tmate('bind-key', '-T', 'mine', ...argv.map((word) => (word === ';' ? '\\;' : word)));
      mirror.apply(['bind-key', '-T', 'mine', ...argv]);
    }
    expect(lines(listKeys(mirror, only('lsk -T mine')))).toEqual(tmate('lsk', '-T', 'mine').out.split('\n'));
  });

  it.each([
    ['nonsense'],
    ['list'],
    ['kill-pane', 'extra'],
    ['rename-window'],
    ['bind-key', 'nokey', 'next-window'],
    ['bind-key', 'x', 'nonsense'],
    ['unbind-key', '-T', 'none', 'x'],
    ['set-option', '-g', 'nothing', 'x'],
    ['set-option', '-g', 'status-', 'x'],
    ['set-option', '-g', 'repeat-time', '99999'],
    ['set-option', '-g', 'repeat-time', '1x'],
    ['set-option', '-g', 'status-justify', 'x'],
    ['set-option', '-g', 'status-style', 'x'],
    ['set-option', '-go', 'status', 'on'],
    ['set-option', '-gu', 'status', 'on'],
    ['set-option', '-g', 'prefix', 'nokey'],
  ])('says the same of %j %j %j %j', (...argv) => {
    const applied = new Mirror().apply(argv.filter((word) => word !== undefined));
    expect(applied.kind === 'error' ? applied.message : applied.kind).toBe(tmate(...argv).error);
  });

  it.each([
    '#{=4:session_name}|#{=-2:session_name}|#{=0:session_name}',
    '#{?session_windows,yes,no}#{?nothing,yes,no}#{?session_attached,yes,no}',
    '#{?session_windows,#{?nothing,a,#{window_index}},c}',
    '#{b:nothing}[#{d:session_name}]#{b:session_name}',
    '#{s/0/zero/:session_name}#{s//x/:session_name}',
    '##S #x #[fg=red]#S#I#F',
    'a#{open',
    'a#{?yes,b}c',
    '#{@user}#{status}#{status-position}#{base-index}',
  ])('expands %s in the same way', (format) => {
    const names = ['session_name', 'session_windows', 'session_attached', 'window_index', 'window_flags'];
    const values = tmate('display-message', '-p', names.map((name) => `#{${name}}`).join('\t')).out.split('\t');
    const mirror = new Mirror();
    for (const argv of [
      ['@user', 'x y'],
      ['status-position', 'top'],
    ]) {
      tmate('set-option', '-g', ...argv);
      mirror.apply(['set-option', '-g', ...argv]);
    }
    const lookup = (name: string): string | undefined =>
      mirror.options.formatValue(name) ?? (names.includes(name) ? values[names.indexOf(name)] : undefined);
    expect(expandFormat(format, { lookup })).toBe(tmate('display-message', '-p', format).out);
  });
});
