import { describe, expect, it } from 'vitest';
import { Attr, COLOUR_BASIC, datePartsAt, Mirror, statusContent, windowFlags, type StatusInput } from './index.js';

const BLACK_ON_GREEN = { fg: COLOUR_BASIC, bg: COLOUR_BASIC | 2, attr: 0 };

function input(...lines: string[]): StatusInput {
  const mirror = new Mirror();
  for (const line of lines) {
    for (const result of mirror.applyLine(line)) if (result.kind === 'error') throw new Error(result.message);
  }
  return {
    options: mirror.options,
    sessionName: 'default',
    hostname: 'vm.example.org',
    cols: 80,
    rows: 23,
    windows: [
      { index: 0, name: 'bash', panes: 1, active: { id: 0, place: 0, title: 'vm' } },
      { index: 1, name: 'vim', panes: 2, zoomed: true, active: { id: 2, place: 1, title: 'a title' } },
    ],
    currentIndex: 1,
    lastIndex: 0,
    now: datePartsAt(Date.UTC(2026, 10, 21, 2, 17)),
  };
}

describe('statusContent', () => {
  it('is what tmux shows by default', () => {
    const content = statusContent(input());
    expect(content).toMatchObject({
      on: true,
      position: 'bottom',
      justify: 'left',
      style: BLACK_ON_GREEN,
      leftLimit: 10,
      rightLimit: 40,
      left: [{ text: '[default] ', style: BLACK_ON_GREEN }],
      right: [{ text: ' "a title" 02:17 21-Nov-26', style: BLACK_ON_GREEN }],
    });
    expect(content.windows).toEqual([
      { index: 0, text: [{ text: '0:bash-', style: BLACK_ON_GREEN }], alert: false, current: false, separator: ' ' },
      { index: 1, text: [{ text: '1:vim*Z', style: BLACK_ON_GREEN }], alert: false, current: true, separator: ' ' },
    ]);
  });

  it('takes the ends as the host sent them, with their styles', () => {
    const content = statusContent({
      ...input('set -g status-left-style fg=red'),
      left: '#[bold]L %H #S',
      right: '',
    });
    const style = { ...BLACK_ON_GREEN, fg: COLOUR_BASIC | 1 };
    expect(content.left).toEqual([{ text: 'L %H #S', style: { ...style, attr: Attr.bright } }]);
    expect(content.leftStyle).toEqual(style);
    expect(content.right).toEqual([]);
  });

  it('goes by the options', () => {
    const content = statusContent(
      input(
        'set -g status off; set -g status-position top; set -g status-justify centre',
        "set -g status-left-length 3; set -g window-status-separator '#[fg=red]|'",
        "setw -g window-status-current-format '<#I/#{window_panes}>'; setw -t:0 window-status-format mine",
        'setw -g window-status-current-style fg=white,bold; setw -g window-status-last-style bg=blue',
        'setw -g pane-base-index 1',
      ),
    );
    expect(content).toMatchObject({ on: false, position: 'top', justify: 'centre', leftLimit: 3 });
    expect(content.windows[0]).toMatchObject({
      text: [{ text: 'mine', style: { ...BLACK_ON_GREEN, bg: COLOUR_BASIC | 4 } }],
      separator: '#[fg=red]|',
    });
    expect(content.windows[1]?.text).toEqual([
      { text: '<1/2>', style: { ...BLACK_ON_GREEN, fg: COLOUR_BASIC | 7, attr: Attr.bright } },
    ]);
  });

  it('marks windows that want to be noticed, a bell before activity', () => {
    const base = input('setw -g window-status-bell-style fg=red; setw -g window-status-activity-style fg=blue');
    const [first, second] = base.windows;
    if (first === undefined || second === undefined) throw new Error('no windows');
    const content = statusContent({
      ...base,
      windows: [
        { ...first, activity: true },
        { ...second, activity: true, bell: true },
      ],
    });
    expect(content.windows.map(({ alert, text }) => [alert, text[0]?.text, text[0]?.style.fg])).toEqual([
      [true, '0:bash#-', COLOUR_BASIC | 4],
      [true, '1:vim#!*Z', COLOUR_BASIC | 1],
    ]);
  });

  it('fills in what a window-status-format asks, and what else the caller knows', () => {
    const line = '#{window_panes} #{pane_id} #{pane_index} #{pane_title} #{session_alerts} #{session_windows} #h';
    const more = ' #{window_active}#{window_last_flag}#{window_zoomed_flag} #{client_prefix} #{@mine} #{base-index}';
    const base = input(`setw -g window-status-format '${line}${more}'`, 'set -g @mine x; setw -g pane-base-index 1');
    const content = statusContent({
      ...base,
      windows: base.windows.map((window) => ({ ...window, silence: true })),
      extra: (name) => (name === 'client_prefix' ? '1' : undefined),
    });
    expect(content.windows[0]?.text[0]?.text).toBe('1 %0 1 vm 0~,1~ 2 vm 010 1 x 0');
  });

  it('is made of nothing too', () => {
    const content = statusContent({ ...input(), windows: [], currentIndex: undefined, lastIndex: undefined });
    expect(content.windows).toEqual([]);
    expect(content.right).toEqual([{ text: ' "" 02:17 21-Nov-26', style: BLACK_ON_GREEN }]);
  });
});

describe('windowFlags', () => {
  it('writes them in tmux’s order', () => {
    const window = {
      index: 0,
      name: '',
      panes: 1,
      activity: true,
      bell: true,
      silence: true,
      marked: true,
      zoomed: true,
    };
    expect(windowFlags(window, true, true)).toBe('#!~*-MZ');
    expect(windowFlags({ index: 0, name: '', panes: 1 }, false, false)).toBe('');
  });
});
