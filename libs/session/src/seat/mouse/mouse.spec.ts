import { describe, expect, it } from 'vitest';
import type { Role } from '#kernel';
import type { HostMessage, Layout } from '#tmate-protocol';
import { Stage, type FakeHost, type FakeTerminal } from '#fleet/stage';

/** Two panes side by side, the right one split; a second window. */
const PANES: Layout = {
  cols: 80,
  rows: 23,
  activeWindow: 0,
  windows: [
    {
      index: 0,
      name: 'bash',
      panes: [
        { paneId: 0, cols: 40, rows: 23, x: 0, y: 0 },
        { paneId: 1, cols: 39, rows: 11, x: 41, y: 0 },
        { paneId: 2, cols: 39, rows: 11, x: 41, y: 12 },
      ],
      activePane: 0,
    },
    { index: 3, name: 'vim', panes: [{ paneId: 3, cols: 80, rows: 23, x: 0, y: 0 }], activePane: 3 },
  ],
};

const option = (...args: string[]): HostMessage => ({ type: 'exec-cmd', args: ['set-option', '-g', ...args] });

async function stage({
  mouse = true,
  before = [],
  role = 'writer',
}: { mouse?: boolean; before?: HostMessage[]; role?: Role } = {}): Promise<{
  stage: Stage;
  host: FakeHost;
  joiner: FakeTerminal;
  other: FakeTerminal;
}> {
  const made = new Stage();
  const host = await made.host({ before: [...(mouse ? [option('mouse', 'on')] : []), ...before] });
  host.say({ type: 'sync-layout', layout: PANES });
  const joiner = await made.join(host, role);
  const other = await made.join(host);
  host.takeInput();
  return { stage: made, host, joiner, other };
}

/** SGR reports of a button going down, coming up, moving while held; columns and lines from 1. */
const down = (x: number, y: number, button = 0): string => `\x1b[<${button};${x};${y}M`;
const up = (x: number, y: number, button = 0): string => `\x1b[<${button};${x};${y}m`;
const drag = (x: number, y: number, button = 0): string => `\x1b[<${button + 32};${x};${y}M`;
const wheelUp = (x: number, y: number): string => down(x, y, 64);
const wheelDown = (x: number, y: number): string => down(x, y, 65);

describe('what a terminal is asked to report', () => {
  it('is drags and the rest with the option mouse, and nothing without', async () => {
    const { host, joiner, stage: made } = await stage({ mouse: false });
    expect(joiner.modes).toMatchObject({ mouse: 'none' });
    host.say(option('mouse', 'on'));
    made.clock.advance(100);
    expect(joiner.modes).toMatchObject({ mouse: 'drag', sgrMouse: true });
    host.say(option('mouse', 'off'));
    made.clock.advance(100);
    expect(joiner.modes).toMatchObject({ mouse: 'none' });
  });

  it('is what the active program wants, without the option', async () => {
    const { host, joiner, stage: made } = await stage({ mouse: false });
    host.print('\x1b[?1000h', 1);
    made.clock.advance(100);
    expect(joiner.modes.mouse).toBe('none');
    host.print('\x1b[?1000h', 0);
    made.clock.advance(100);
    expect(joiner.modes.mouse).toBe('vt200');
    host.print('\x1b[?1000l', 0);
    made.clock.advance(100);
    expect(joiner.modes.mouse).toBe('none');
  });

  it('does nothing for a reader, whose terminal continues to select text', async () => {
    const { host, joiner } = await stage({ role: 'reader' });
    expect(joiner.modes.mouse).toBe('none');
    joiner.type(down(50, 5) + up(50, 5) + wheelUp(3, 3));
    expect(host.takeInput()).toEqual([]);
  });
});

describe("tmux's own keys of the mouse", () => {
  it('select a pane, with its id', async () => {
    const { host, joiner } = await stage();
    joiner.type(down(50, 5) + up(50, 5));
    expect(host.takeInput()).toEqual(['select-pane -t %1']);
    joiner.type(down(50, 20) + up(50, 20));
    expect(host.takeInput()).toEqual(['select-pane -t %2']);
  });

  it('select a window by its name, and go through them with the wheel', async () => {
    const { host, joiner } = await stage();
    const x = joiner.line(23).indexOf('3:vim') + 1;
    joiner.type(down(x, 24) + up(x, 24));
    expect(host.takeInput()).toEqual(['select-window -t :=3']);
    joiner.type(wheelUp(x, 24) + wheelDown(x, 24));
    expect(host.takeInput()).toEqual(['previous-window', 'next-window']);
    // There is nothing next to the names.
    joiner.type(down(79, 24) + up(79, 24) + down(2, 24) + up(2, 24));
    expect(host.takeInput()).toEqual([]);
  });

  it('know a status line at the top', async () => {
    const { host, joiner } = await stage({ before: [option('status-position', 'top')] });
    const x = joiner.line(0).indexOf('3:vim') + 1;
    joiner.type(down(x, 1) + up(x, 1));
    expect(host.takeInput()).toEqual(['select-window -t :=3']);
    joiner.type(down(50, 12) + up(50, 12));
    expect(host.takeInput()).toEqual(['select-pane -t %1']);
    joiner.type(down(50, 14) + up(50, 14));
    expect(host.takeInput()).toEqual(['select-pane -t %2']);
  });

  it('drag a border: the host is told sizes, whatever is drawn meanwhile', async () => {
    const { host, joiner } = await stage();
    joiner.type(down(41, 3) + drag(45, 3) + drag(45, 8) + drag(30, 8) + up(30, 8));
    expect(host.takeInput()).toEqual(['resize-pane -x 44 -t %0', 'resize-pane -x 29 -t %0']);
    joiner.type(down(60, 12) + drag(60, 15) + up(60, 15));
    expect(host.takeInput()).toEqual(['resize-pane -y 14 -t %1']);
    // What is beyond the least size is the least size.
    joiner.type(down(41, 3) + drag(1, 3) + up(1, 3));
    expect(host.takeInput()).toEqual(['resize-pane -x 2 -t %0']);
  });

  it('drag the border that they took, also of the last pane of a nested split', async () => {
    const { host, joiner } = await stage();
    const nested = [
      { paneId: 0, cols: 20, rows: 11, x: 0, y: 0 },
      { paneId: 1, cols: 19, rows: 11, x: 21, y: 0 },
      { paneId: 2, cols: 40, rows: 11, x: 0, y: 12 },
      { paneId: 4, cols: 39, rows: 23, x: 41, y: 0 },
    ];
    const windows = [{ index: 0, name: 'bash', panes: nested, activePane: 0 }];
    host.say({ type: 'sync-layout', layout: { ...PANES, windows } });
    joiner.type(down(41, 3) + drag(45, 3) + up(45, 3));
    expect(host.takeInput()).toEqual(['resize-pane -x 35 -t %4']);
    // Where lines cross, all of them go along.
    joiner.type(down(21, 12) + drag(24, 14) + up(24, 14));
    expect(host.takeInput()).toEqual(['resize-pane -x 23 -t %0', 'resize-pane -y 13 -t %0', 'resize-pane -y 13 -t %1']);
  });

  it('enter copy mode with the wheel, in the pane under it', async () => {
    const { host, joiner } = await stage();
    joiner.type(wheelDown(50, 5));
    expect(host.takeInput()).toEqual([]);
    joiner.type(wheelUp(50, 5));
    expect(host.takeInput()).toEqual(['copy-mode -e -t %1']);
  });

  it('scroll on while the host has not yet said that it entered', async () => {
    const { host, joiner, stage: made } = await stage();
    joiner.type(wheelUp(50, 5).repeat(2));
    const scrolled = 'if-shell -F -t %1 #{pane_in_mode} send-keys -t %1 C-Up';
    expect(host.takeInput()).toEqual(['copy-mode -e -t %1', scrolled]);
    joiner.type(wheelUp(5, 5));
    expect(host.takeInput()).toEqual(['copy-mode -e -t %0']);
    made.clock.advance(1000);
    joiner.type(wheelUp(5, 5));
    expect(host.takeInput()).toEqual(['copy-mode -e -t %0']);
  });

  it('scroll in copy mode with a key of the same meaning, if the mode still is there', async () => {
    const { host, joiner } = await stage();
    const copyMode = { ofPane: true, scrolledBack: 0, cursorX: 0, cursorY: 0, selection: undefined, prompt: undefined };
    host.say({ type: 'sync-copy-mode', paneId: 1, copyMode });
    joiner.type(wheelUp(50, 5) + wheelDown(50, 5));
    expect(host.takeInput()).toEqual([
      'if-shell -F -t %1 #{pane_in_mode} send-keys -t %1 C-Up',
      'if-shell -F -t %1 #{pane_in_mode} send-keys -t %1 C-Down',
    ]);
    host.say({ type: 'exec-cmd', args: ['set-window-option', '-g', 'mode-keys', 'vi'] });
    joiner.type(wheelUp(50, 5));
    expect(host.takeInput()).toEqual(['if-shell -F -t %1 #{pane_in_mode} send-keys -t %1 C-y']);
    // A question takes keys for its answer.
    host.say({
      type: 'sync-copy-mode',
      paneId: 1,
      copyMode: { ...copyMode, prompt: { kind: 4, prompt: 'S', text: '' } },
    });
    joiner.type(wheelUp(50, 5));
    expect(host.takeInput()).toEqual([]);
  });

  it("do what the host's configuration binds", async () => {
    const bind = (...args: string[]): HostMessage => ({ type: 'exec-cmd', args: ['bind-key', '-n', ...args] });
    const { host, joiner } = await stage({
      before: [
        bind('MouseDown2Pane', 'select-pane', '-t=', ';', 'paste-buffer', '-t='),
        bind('WheelUpPane', 'select-pane', '-t=', ';', 'copy-mode', '-e', '-t=', ';', 'send-keys', '-M'),
        bind('C-MouseDown1Pane', 'if-shell', '-Ft=', '#{pane_active}', 'new-window', 'split-window -t='),
        { type: 'exec-cmd', args: ['unbind-key', '-n', 'MouseDown1Pane'] },
      ],
    });
    joiner.type(down(50, 5, 1) + up(50, 5, 1));
    expect(host.takeInput()).toEqual(['select-pane -t %1', 'paste-buffer -t %1']);
    joiner.type(wheelUp(50, 5));
    expect(host.takeInput()).toEqual([
      'select-pane -t %1',
      'copy-mode -e -t %1',
      'if-shell -F -t %1 #{pane_in_mode} send-keys -t %1 C-Up',
    ]);
    joiner.type(down(50, 5, 16) + up(50, 5, 16) + down(5, 5, 16) + up(5, 5, 16));
    expect(host.takeInput()).toEqual(['split-window -t %1', 'new-window']);
    joiner.type(down(50, 5) + up(50, 5));
    expect(host.takeInput()).toEqual([]);
  });

  it('do not affect hidden panes while one is zoomed', async () => {
    const { host, joiner, stage: made } = await stage();
    const [first, ...rest] = PANES.windows[0]?.panes ?? [];
    const zoomed = { paneId: first?.paneId ?? 0, cols: 80, rows: 23, x: 0, y: 0 };
    const windows = [{ index: 0, name: 'bash', panes: [zoomed, ...rest], activePane: 0 }];
    host.say({ type: 'sync-layout', layout: { ...PANES, windows } });
    made.clock.advance(100);
    joiner.type(down(41, 5) + drag(45, 5) + up(45, 5) + down(60, 12) + up(60, 12));
    expect(host.takeInput().filter((line) => !line.startsWith('set-buffer'))).toEqual([
      'select-pane -t %0',
      'select-pane -t %0',
    ]);
  });

  it('do nothing while a question is open, nor does a message keep a click', async () => {
    const { host, joiner } = await stage();
    joiner.type('\x02&' + down(50, 5) + up(50, 5));
    expect(joiner.line(23)).toBe('kill-window bash? (y/n)');
    joiner.type(`n\x02:no-such\r${down(50, 5)}`);
    expect(host.takeInput()).toEqual(['select-pane -t %1']);
    expect(joiner.line(23)).toMatch(/^\[0\]/);
  });

  it('aim nowhere without a mouse', async () => {
    const { host, joiner } = await stage();
    joiner.type('\x02:select-pane -t=\r');
    expect(joiner.line(23)).toBe('No mouse target');
    joiner.type('\x02:send-keys -M\r');
    expect(joiner.line(23)).toBe('No mouse target');
    expect(host.takeInput()).toEqual([]);
  });
});

describe('a program that asks for the mouse', () => {
  it.each([
    ['SGR', '\x1b[?1000h\x1b[?1006h', ['\x1b[<0;10;5M', '\x1b[<0;10;5m']],
    ['the old form', '\x1b[?1000h', ['\x1b[M *%', '\x1b[M#*%']],
    ['UTF-8', '\x1b[?1000h\x1b[?1005h', ['\x1b[M *%', '\x1b[M#*%']],
  ])('gets the report of the pane under it in %s', async (_, ask, reports) => {
    const { host, joiner } = await stage();
    host.print(ask, 1);
    joiner.type(down(51, 5) + up(51, 5));
    expect(host.takeInput().join('')).toBe(`select-pane -t %1${reports.join('')}`);
  });

  it('gets no report that cannot be said in its form', async () => {
    const { host, joiner } = await stage();
    host.say({ type: 'sync-layout', layout: { ...PANES, activeWindow: 3 } });
    host.say({
      type: 'sync-layout',
      layout: {
        cols: 200,
        rows: 23,
        activeWindow: 3,
        windows: [{ index: 3, name: 'vim', activePane: 3, panes: [{ paneId: 3, cols: 200, rows: 23, x: 0, y: 0 }] }],
      },
    });
    joiner.resize(200, 24);
    host.takeInput();
    host.print('\x1b[?1000h', 3);
    joiner.type(down(94, 5) + up(94, 5));
    expect(host.takeInput().join('')).toContain('\x1b[M ~%');
    joiner.type(down(96, 5) + up(96, 5));
    expect(host.takeInput()).toEqual(['select-pane -t %3']);
    host.print('\x1b[?1005h', 3);
    joiner.type(down(150, 5));
    expect(host.takeInput().join('')).toBe('select-pane -t %3\x1b[M \xb6%');
  });

  it('gets drags where it asked for them, and wheels', async () => {
    const { host, joiner } = await stage();
    host.print('\x1b[?1002h\x1b[?1006h', 1);
    joiner.type(down(51, 5) + drag(52, 5) + drag(53, 5) + up(53, 5) + wheelUp(51, 5));
    expect(host.takeInput().join('')).toBe(
      'select-pane -t %1\x1b[<0;10;5M\x1b[<32;11;5M\x1b[<32;12;5M\x1b[<0;12;5m\x1b[<64;10;5M',
    );
    // Not beyond its pane.
    joiner.type(drag(5, 5));
    expect(host.takeInput()).toEqual([]);
  });

  it('gets them without the option mouse too, in the pane under the mouse', async () => {
    const { host, joiner } = await stage({ mouse: false });
    host.print('\x1b[?1000h\x1b[?1006h', 0);
    joiner.type(down(10, 5) + up(10, 5) + down(50, 5) + up(50, 5));
    expect(host.takeInput().join('')).toBe('\x1b[<0;10;5M\x1b[<0;10;5m');
  });

  it('is the only one to get it where panes are synchronised', async () => {
    const { host, joiner } = await stage({
      before: [{ type: 'exec-cmd', args: ['set-window-option', '-g', 'synchronize-panes', 'on'] }],
    });
    host.print('\x1b[?1000h\x1b[?1006h', 1);
    joiner.type(down(51, 5));
    expect(host.takeInput()).toEqual([
      'select-pane -t %1',
      'set-buffer -b shipmate-mouse -- \x1b[<0;10;5M',
      'paste-buffer -d -r -b shipmate-mouse -t %1',
    ]);
  });

  it('is spoken to by a terminal of the old kind as well', async () => {
    const { host, joiner } = await stage();
    host.print('\x1b[?1000h\x1b[?1006h', 1);
    joiner.type('\x1b[M \x53\x25\x1b[M#\x53\x25');
    // A release that does not say of which button cannot be one of SGR.
    expect(host.takeInput().join('')).toBe('select-pane -t %1\x1b[M *%\x1b[M#*%');
  });
});

describe("the seat's own lists and texts", () => {
  it('are scrolled by the wheel and chosen from by a click', async () => {
    const { host, joiner } = await stage();
    joiner.type('\x02?');
    const first = joiner.line(1).slice(0, 40);
    joiner.type(wheelDown(5, 5).repeat(3));
    expect(joiner.line(1).slice(0, 40)).not.toBe(first);
    joiner.type(wheelUp(5, 5).repeat(3));
    expect(joiner.line(1).slice(0, 40)).toBe(first);
    joiner.type('q\x02w');
    expect(joiner.line(1)).toMatch(/^\(1\) {2}3: vim/);
    joiner.type(down(5, 2));
    expect(host.takeInput()).toEqual(['select-pane -t %0', 'select-window -t :3']);
    expect(joiner.line(1).slice(0, 5)).not.toContain('(1)');
  });
});

describe('selecting with the mouse', () => {
  const lines = (host: FakeHost): void => host.print('first line\r\nsecond line\r\nthird', 0);

  it('shows it only at the seat, and copies it into the host and the clipboard', async () => {
    const { host, joiner, other, stage: made } = await stage();
    lines(host);
    made.clock.advance(100);
    joiner.type(down(7, 1) + drag(7, 1) + drag(7, 2));
    expect(joiner.line(0)).toMatch(/^first line +\[0\/0\]/);
    expect(other.line(0)).toMatch(/^first line +│/);
    expect(joiner.selected).toEqual(['line' + ' '.repeat(25), 'second '].map((text) => text.trimEnd()));
    joiner.type(up(7, 2));
    expect(joiner.line(0)).toMatch(/^first line +│/);
    expect(host.takeInput()).toEqual(['select-pane -t %0', 'set-buffer -- line\nsecond']);
    expect(joiner.clipboard).toBe('line\nsecond');
    expect(other.clipboard).toBeUndefined();
  });

  it('stays with what was there when it began', async () => {
    const { host, joiner, stage: made } = await stage();
    lines(host);
    joiner.type(down(1, 1) + drag(2, 1));
    host.print('\x1b[H\x1b[2Jgone', 0);
    made.clock.advance(100);
    expect(joiner.line(1)).toMatch(/^second line/);
    joiner.type(drag(6, 1) + up(6, 1));
    expect(host.takeInput().at(-1)).toBe('set-buffer -- first');
    expect(joiner.line(0)).toMatch(/^gone/);
  });

  it('selects in what the seat shows in the pane', async () => {
    const { host, joiner } = await stage();
    joiner.type("\x02:list-windows -F 'text #{window_name}'\r");
    expect(joiner.line(0)).toMatch(/^text bash/);
    joiner.type(down(1, 1) + drag(5, 1) + up(5, 1));
    expect(host.takeInput().at(-1)).toBe('set-buffer -- text');
    expect(joiner.line(0)).not.toMatch(/^text/);
  });

  it('puts nothing into the clipboard where the host says so', async () => {
    const { host, joiner } = await stage({
      before: [{ type: 'exec-cmd', args: ['set-option', '-s', 'set-clipboard', 'off'] }],
    });
    lines(host);
    joiner.type(down(1, 1) + drag(6, 1) + up(6, 1));
    expect(host.takeInput().at(-1)).toBe('set-buffer -- first');
    expect(joiner.clipboard).toBeUndefined();
  });
});
