import { Key, KEY_NONE } from '#tmate-protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  Attr,
  COLOUR_256,
  COLOUR_BASIC,
  Options,
  parseCommand,
  parseCommandLine,
  type OptionContext,
} from './index.js';
import { findOption, OPTION_ROWS } from './options-table.js';

function set(options: Options, line: string, context?: OptionContext): string {
  const commands = parseCommandLine(line);
  if (!commands.ok) throw new Error(commands.error);
  for (const command of commands.value) {
    const result = options.apply(command, context);
    if (!result.ok) return result.error;
  }
  return '';
}

describe('Options', () => {
  it('begins with the defaults of tmate 2.4.0', () => {
    const options = new Options();
    expect(options.key('prefix')).toBe(2);
    expect(options.key('prefix2')).toBe(KEY_NONE);
    expect(options.number('repeat-time')).toBe(500);
    expect(options.flag('status')).toBe(true);
    expect(options.choice('status-position')).toBe('bottom');
    expect(options.style('status-style')).toEqual({ fg: COLOUR_BASIC, bg: COLOUR_BASIC | 2, attr: 0 });
    expect(options.text('status-left')).toBe('[#S] ');
    expect(options.colour('display-panes-colour')).toBe(COLOUR_BASIC | 4);
    expect(options.text('default-terminal')).toBe('screen-256color');
  });

  it('goes from the session to all sessions to the default', () => {
    const options = new Options();
    set(options, 'set -g status-left global');
    expect(options.text('status-left')).toBe('global');
    set(options, 'set status-left own');
    expect(options.text('status-left')).toBe('own');
    set(options, 'set -u status-left');
    expect(options.text('status-left')).toBe('global');
    set(options, 'set -gu status-left');
    expect(options.text('status-left')).toBe('[#S] ');
  });

  it('goes from the window to all windows to the default', () => {
    const options = new Options();
    set(options, 'setw -g window-status-format all; setw window-status-format one', { currentWindow: 1 });
    set(options, "setw -t work:=3.0 window-status-format three; set -w -t :4 -- window-status-format '-four'");
    expect([0, 1, 3, 4].map((window) => options.text('window-status-format', window))).toEqual([
      'all',
      'one',
      'three',
      '-four',
    ]);
    options.keepWindows(new Set([3]));
    expect([1, 3, 4].map((window) => options.text('window-status-format', window))).toEqual(['all', 'three', 'all']);
  });

  it('asks for a window that is not an index, and says if there is none', () => {
    const options = new Options();
    const findWindow = (target: string): number | undefined => (target === ':editor' ? 7 : undefined);
    expect(set(options, 'setw -t :editor xterm-keys on', { findWindow })).toBe('');
    expect(options.flag('xterm-keys', 7)).toBe(true);
    expect(set(options, 'setw -t :other xterm-keys on', { findWindow })).toBe('no such window: :other');
    expect(set(options, 'setw xterm-keys on')).toBe('no current window');
  });

  it.each([
    ['set -g repeat-time 100', (o: Options) => o.number('repeat-time'), 100],
    ['set -g prefix C-a', (o: Options) => o.key('prefix'), 1],
    ['set -g prefix2 F12', (o: Options) => o.key('prefix2'), Key.F12],
    ['set -g mouse on', (o: Options) => o.flag('mouse'), true],
    ['set -g mouse YES', (o: Options) => o.flag('mouse'), true],
    ['set -g mouse', (o: Options) => o.flag('mouse'), true],
    ['set -g mouse; set -g mouse ""', (o: Options) => o.flag('mouse'), false],
    ['set -g status 0', (o: Options) => o.flag('status'), false],
    ['set -g status-justify c', (o: Options) => o.choice('status-justify'), 'centre'],
    ['set -g status-position top', (o: Options) => o.choice('status-position'), 'top'],
    ['set -g status-position', (o: Options) => o.choice('status-position'), 'top'],
    ['set -g status-justify right; set -g status-justify', (o: Options) => o.choice('status-justify'), 'right'],
    ['set -ga status-left more', (o: Options) => o.text('status-left'), '[#S] more'],
    ['set -g display-panes-colour colour9', (o: Options) => o.colour('display-panes-colour'), COLOUR_256 | 9],
    ['set -g escape-time 50', (o: Options) => o.number('escape-time'), 50],
    ['set escape-time 50', (o: Options) => o.number('escape-time'), 50],
    ['set -g assume 5', (o: Options) => o.number('assume-paste-time'), 5],
    ['set -g @mine x; set -ga @mine y', (o: Options) => o.user('@mine'), 'y'],
    ['set @mine own; set -g @mine all', (o: Options) => o.user('@mine'), 'own'],
  ])('does %s', (line, read, value) => {
    const options = new Options();
    expect(set(options, line)).toBe('');
    expect(read(options)).toBe(value);
  });

  it.each([
    ['set -g nothing x', 'unknown option: nothing'],
    ['set -g status- x', 'ambiguous option: status-'],
    ['set -g "" x', 'invalid option'],
    ['set -g repeat-time x', 'value is invalid: x'],
    ['set -g repeat-time -1', 'value is too small: -1'],
    ['set -g repeat-time 40000', 'value is too large: 40000'],
    ['set -g display-panes-time 0', 'value is too small: 0'],
    ['set -g repeat-time', 'empty value'],
    ['set -g prefix nokey', 'bad key: nokey'],
    ['set -g mouse maybe', 'bad value: maybe'],
    ['set -g status-justify x', 'unknown value: x'],
    ['set -g status-justify ""', 'ambiguous value: '],
    ['set -g status-style x', 'bad style: x'],
    ['set -g status-bg x', 'bad colour: x'],
    ['set -g status-attr x', 'bad attributes: x'],
    ['set -g display-panes-colour x', 'bad colour: x'],
    ['set -gu status x', 'value passed to unset option: status'],
    ['set -go status off', 'already set: status'],
    ['set -u @mine', 'unknown option: @mine'],
    ['set @mine', 'empty value'],
    ['set @mine x; set -o @mine y', 'already set: @mine'],
    ['set -gq nothing x', ''],
    ['set -gqo status off', ''],
    ['set -uq @mine', ''],
  ])('says of %s: %s', (line, error) => {
    const options = new Options();
    expect(set(options, line)).toBe(error);
    expect(options.flag('status')).toBe(true);
    expect(options.number('repeat-time')).toBe(500);
  });

  it('lets -o set what the session has not set itself', () => {
    const options = new Options();
    expect(set(options, 'set -o status off')).toBe('');
    expect(options.flag('status')).toBe(false);
    expect(set(options, 'set -o status on')).toBe('already set: status');
  });

  describe('styles', () => {
    it('starts again, or with -a continues', () => {
      const options = new Options();
      set(options, 'set -g status-style fg=red');
      expect(options.style('status-style')).toEqual({ fg: COLOUR_BASIC | 1, bg: 0, attr: 0 });
      set(options, 'set -ga status-style bold');
      expect(options.style('status-style')).toEqual({ fg: COLOUR_BASIC | 1, bg: 0, attr: Attr.bright });
      set(options, 'set -gu status-style; set -ga status-style bold');
      expect(options.style('status-style')).toEqual({ fg: COLOUR_BASIC, bg: COLOUR_BASIC | 2, attr: Attr.bright });
    });

    it('takes the old names for parts of them', () => {
      const options = new Options();
      set(options, 'set -g status-bg colour234; set -g status-fg white; set -g status-attr bold');
      expect(options.style('status-style')).toEqual({ fg: COLOUR_BASIC | 7, bg: COLOUR_256 | 234, attr: Attr.bright });
      set(options, 'setw -g pane-active-border-fg red; setw -g window-status-current-bg blue');
      expect(options.style('pane-active-border-style').fg).toBe(COLOUR_BASIC | 1);
      expect(options.style('window-status-current-style').bg).toBe(COLOUR_BASIC | 4);
    });

    it("makes a session's own from nothing, not from that of all", () => {
      const options = new Options();
      set(options, 'set status-fg red');
      expect(options.style('status-style')).toEqual({ fg: COLOUR_BASIC | 1, bg: 0, attr: 0 });
    });

    it('does not change them when an old name is unset', () => {
      const options = new Options();
      set(options, 'set -g status-bg red; set -gu status-bg');
      expect(options.style('status-style').bg).toBe(COLOUR_BASIC | 1);
    });
  });

  it('shows formats numbers for flags and choices, and nothing of tmate', () => {
    const options = new Options();
    set(options, 'set -g tmate-api-key secret; set -g @mine x');
    expect(options.formatValue('status')).toBe('1');
    expect(options.formatValue('status-position')).toBe('1');
    expect(options.formatValue('status-style')).toBe('fg=black,bg=green');
    expect(options.formatValue('prefix')).toBe('2');
    expect(options.formatValue('@mine')).toBe('x');
    expect(options.formatValue('tmate-api-key')).toBeUndefined();
    expect(options.formatValue('toString')).toBeUndefined();
    expect(options.text('tmate-api-key')).toBe('secret');
  });

  it('counts changes, and not what changes nothing', () => {
    const options = new Options();
    set(options, 'set -g status on');
    expect(options.revision).toBe(0);
    set(options, 'set -g status off');
    const { revision } = options;
    expect(revision).toBeGreaterThan(0);
    set(options, 'set -gu mouse');
    expect(options.revision).toBe(revision);
  });

  it('is bounded, and frees what is unset', () => {
    const options = new Options();
    const long = 'x'.repeat(10_000);
    let error = '';
    for (let n = 0; n < 100 && error === ''; n++) error = set(options, `set -g @big${n} ${long}`);
    expect(error).toBe('too many options');
    expect(set(options, 'set -gu @big0')).toBe('');
    expect(set(options, `set -g @again ${long}`)).toBe('');
    let appended = '';
    for (let n = 0; n < 100 && appended === ''; n++) appended = set(options, `set -ga status-left ${long}`);
    expect(appended).toBe('too many options');
    const many = new Options();
    let count = 0;
    while (count < 10_000 && set(many, `set -g @o${count} x`) === '') count++;
    expect(count).toBe(4096);
  });

  it('never throws', () => {
    const word = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('-g', '-u', '-a', '-t:1', '-w', '@x', '', 'on', ...OPTION_ROWS.map(([name]) => name)),
    );
    const options = new Options();
    fc.assert(
      fc.property(fc.constantFrom('set-option', 'set-window-option'), fc.array(word), (name, words) => {
        const command = parseCommand([name, ...words]);
        if (command.ok) expect(typeof options.apply(command.value, { currentWindow: 1 }).ok).toBe('boolean');
      }),
    );
  });
});

describe('findOption', () => {
  it('takes an exact name, or a beginning that only one has', () => {
    expect(findOption('status')).toMatchObject({ name: 'status' });
    expect(findOption('prefix')).toMatchObject({ name: 'prefix' });
    expect(findOption('synch')).toMatchObject({ name: 'synchronize-panes' });
    expect(findOption('pre')).toBe('ambiguous');
    expect(findOption('xyz')).toBe('unknown');
    for (const [name] of OPTION_ROWS) expect(findOption(name)).toMatchObject({ name });
  });
});
