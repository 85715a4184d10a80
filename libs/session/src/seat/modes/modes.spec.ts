import { describe, expect, it } from 'vitest';
import type { Role } from '#kernel';
import type { Layout } from '#tmate-protocol';
import { Stage, type FakeHost, type FakeTerminal } from '#fleet/stage';

const TWO: Layout = {
  cols: 80,
  rows: 23,
  activeWindow: 0,
  windows: [
    {
      index: 0,
      name: 'bash',
      panes: [
        { paneId: 0, cols: 40, rows: 23, x: 0, y: 0 },
        { paneId: 1, cols: 39, rows: 23, x: 41, y: 0 },
      ],
      activePane: 0,
    },
    { index: 3, name: 'vim', panes: [{ paneId: 2, cols: 80, rows: 23, x: 0, y: 0 }], activePane: 2 },
  ],
};

async function stage(
  layout?: Layout,
  role: Role = 'writer',
): Promise<{ stage: Stage; host: FakeHost; joiner: FakeTerminal; other: FakeTerminal }> {
  const made = new Stage();
  const host = await made.host();
  if (layout !== undefined) host.say({ type: 'sync-layout', layout });
  const joiner = await made.join(host);
  const other = await made.join(host, role);
  host.takeInput();
  return { stage: made, host, joiner, other };
}

describe('a text view', () => {
  it('lists the keys at the seat that asked, and q leaves', async () => {
    const { stage: made, host, joiner, other } = await stage();
    host.print('hello');
    made.clock.advance(100);
    joiner.type('\x02?');
    expect(joiner.line(0)).toMatch(/^bind-key .* C-b .*send-prefix .*\[(\d+)\/\1\]$/);
    expect(joiner.line(23)).toMatch(/^\[0\] 0:bash\*/);
    expect(other.line(0)).toBe('hello');
    joiner.type('q');
    expect(joiner.line(0)).toBe('hello');
    joiner.type('x');
    expect(host.takeInput()).toEqual(['x']);
  });

  it('moves with the keys of copy mode', async () => {
    const { host, joiner } = await stage();
    joiner.type('\x02?');
    const first = joiner.line(1);
    joiner.type('\x1b[6~');
    expect(joiner.line(0)).not.toMatch(/\[(\d+)\/\1\]$/);
    joiner.type('\x1b[5~');
    expect(joiner.line(1)).toBe(first);
    joiner.type('\x1b>');
    expect(joiner.line(0)).toMatch(/\[0\/\d+\]$/);
    joiner.type('\x1b<');
    expect(joiner.line(1)).toBe(first);
    expect(host.takeInput()).toEqual([]);
  });

  it('searches', async () => {
    const { joiner } = await stage();
    joiner.type('\x02:list-commands\r\x13swap-pa');
    expect(joiner.line(22)).toMatch(/^Search Down: swap-pa/);
    joiner.type('\r');
    expect(joiner.text).toContain('swap-pane');
    expect(joiner.line(0)).not.toMatch(/\[(\d+)\/\1\]$/);
    // The next question begins with what was searched for.
    joiner.type('\x12');
    expect(joiner.line(22)).toMatch(/^Search Up: swap-pa/);
  });

  it('lets the prefix through, and a prompt over it', async () => {
    const { host, joiner } = await stage();
    joiner.type('\x02?\x02:new-window\r');
    expect(joiner.line(0)).toMatch(/^bind-key/);
    expect(host.takeInput()).toEqual(['new-window']);
  });

  it('stays with its pane, and wraps again when that changes its size', async () => {
    const { host, joiner, stage: made } = await stage(TWO);
    joiner.type('\x02?');
    expect(joiner.line(5).slice(40, 41)).toBe('│');
    expect(joiner.line(0).slice(0, 40)).toMatch(/\]$/);
    expect(joiner.line(0).slice(41).trim()).toBe('');
    host.say({ type: 'sync-layout', layout: { ...TWO, activeWindow: 3 } });
    made.clock.advance(100);
    expect(joiner.line(0)).toBe('');
    joiner.type('x');
    expect(host.takeInput()).toEqual(['x']);
    host.say({ type: 'sync-layout', layout: TWO });
    made.clock.advance(100);
    expect(joiner.line(0)).toMatch(/^bind-key/);
  });

  it('ends with its pane', async () => {
    const { host, joiner, stage: made } = await stage(TWO);
    joiner.type('\x02?');
    host.say({ type: 'sync-layout', layout: { ...TWO, activeWindow: 3, windows: TWO.windows.slice(1) } });
    made.clock.advance(100);
    expect(joiner.line(0)).toBe('');
  });

  it.each([
    ['show-options -g', /^assume-paste-time 1/],
    ['show-window-options -g', /^aggressive-resize off/],
    ['list-windows', /^0: bash\* \(1 panes\) \[80x23\] \(active\)/],
    ['list-panes', /^0: \[80x23\] \[history 0\/2000\] %0 \(active\)/],
    ['list-sessions', /^0: 1 windows \[80x23\] \(attached\)/],
    ['list-commands', /^attach-session \(attach\)/],
    ["list-windows -F '#{window_name}'", /^bash/],
  ])('shows %s', async (command, first) => {
    const { host, joiner } = await stage();
    joiner.type(`\x02:${command}\r`);
    expect(joiner.line(0)).toMatch(first);
    expect(host.takeInput()).toEqual([]);
  });

  it("shows the seat's own messages", async () => {
    const { joiner, other } = await stage();
    joiner.type('\x02:no-such\r\x02~');
    expect(joiner.line(0)).toMatch(/^\d\d:\d\d:\d\d Unknown command: no-such/);
    other.type('\x02~');
    expect(other.line(0)).toBe('');
  });
});

describe('choosing a window', () => {
  it('lists the windows and selects one by its key', async () => {
    const { host, joiner } = await stage(TWO);
    joiner.type('\x02w');
    expect(joiner.line(0)).toMatch(/^\(0\) {2}0: bash\* "vm"/);
    expect(joiner.line(1)).toMatch(/^\(1\) {2}3: vim "vm"/);
    joiner.type('1');
    expect(host.takeInput()).toEqual(['select-window -t :3']);
    expect(joiner.line(0).trim()).not.toContain('bash');
  });

  it('moves, wraps around, and leaves with q', async () => {
    const { host, joiner } = await stage(TWO);
    joiner.type('\x02w\x1b[B\r');
    expect(host.takeInput()).toEqual(['select-window -t :3']);
    joiner.type('\x02w\x1b[A\r\x02w\x1b[B\x1b[B\r\x02wq');
    expect(host.takeInput()).toEqual(['select-window -t :3', 'select-window -t :0']);
    joiner.type('x');
    expect(host.takeInput()).toEqual(['x']);
  });

  it('goes to an item by its number', async () => {
    const { host, joiner } = await stage(TWO);
    joiner.type('\x02w\x1b1');
    expect(joiner.line(22)).toMatch(/^Goto Item: 1/);
    joiner.type('\x7f0\r');
    expect(host.takeInput()).toEqual(['select-window -t :0']);
  });

  it('has the session as a tree', async () => {
    const { host, joiner } = await stage(TWO);
    joiner.type('\x02s');
    expect(joiner.line(0)).toMatch(/^\(0\) \+ 0: 2 windows \(attached\)/);
    joiner.type(' ');
    expect(joiner.line(0)).toMatch(/^\(0\) - 0: 2 windows/);
    expect(joiner.line(1)).toMatch(/^\(1\) {3}├─> 0: bash\*/);
    expect(joiner.line(2)).toMatch(/^\(2\) {3}└─> 3: vim/);
    joiner.type('2');
    expect(host.takeInput()).toEqual(['select-window -t :3']);
  });

  it('runs a template of its own', async () => {
    const { host, joiner } = await stage(TWO);
    joiner.type('\x02:choose-window "rename-window -t \'%%\' x"\r1');
    expect(host.takeInput()).toEqual(['rename-window -t :3 x']);
  });

  it('finds windows by name and content', async () => {
    const { host, joiner } = await stage(TWO);
    host.print('needle', 2);
    host.print('needle', 1);
    joiner.type('\x02:find-window vim\r');
    expect(host.takeInput()).toEqual(['select-window -t :3']);
    joiner.type('\x02:find-window needle\r');
    expect(joiner.line(0)).toMatch(/^\(0\) {2}0: bash \[80x23\] \(2 panes\)/);
    joiner.type('1\x02:find-window nothing\r');
    expect(host.takeInput()).toEqual(['select-window -t :3']);
    expect(joiner.line(23)).toBe('No windows matching: nothing');
  });

  it('keeps a long list in view', async () => {
    const windows = Array.from({ length: 40 }, (_, index) => ({
      index,
      name: `w${index}`,
      panes: [{ paneId: index, cols: 80, rows: 23, x: 0, y: 0 }],
      activePane: index,
    }));
    const { host, joiner } = await stage({ cols: 80, rows: 23, activeWindow: 30, windows });
    joiner.type('\x02w');
    expect(joiner.line(22)).toContain('30: w30*');
    joiner.type('\x1b[B');
    expect(joiner.line(22)).toContain('31: w31');
    joiner.type('\x1b[5~\r');
    expect(host.takeInput()).toEqual(['select-window -t :8']);
  });
});

describe('display-panes', () => {
  it('numbers the panes and selects one', async () => {
    const { host, joiner } = await stage(TWO);
    joiner.type('\x02q');
    expect(joiner.line(0).slice(0, 40)).toMatch(/40x23$/);
    expect(joiner.line(0).slice(41)).toMatch(/39x23$/);
    joiner.type('1');
    expect(host.takeInput()).toEqual(['select-pane -t %1']);
    expect(joiner.line(0)).not.toContain('40x23');
  });

  it('ends with its time, or any other key, which goes its way', async () => {
    const { host, joiner, stage: made } = await stage(TWO);
    joiner.type('\x02q');
    made.clock.advance(999);
    expect(joiner.line(0)).toContain('40x23');
    made.clock.advance(1);
    expect(joiner.line(0)).not.toContain('40x23');
    joiner.type('\x02qx');
    expect(joiner.line(0)).not.toContain('40x23');
    expect(host.takeInput()).toEqual(['x']);
  });

  it('is for those who may type, where it selects', async () => {
    const { host, other: reader } = await stage(TWO, 'reader');
    reader.type('\x02q1');
    expect(host.takeInput()).toEqual([]);
  });
});

describe('clock-mode', () => {
  it('shows the time until a key, and then handles that key', async () => {
    const { host, joiner, stage: made } = await stage();
    host.print('hello');
    joiner.type('\x02t');
    expect(joiner.line(0)).toBe('');
    const writes = joiner.writes;
    made.clock.advance(60_000);
    expect(joiner.writes).toBeGreaterThan(writes);
    joiner.type('x');
    expect(joiner.line(0)).toBe('hello');
    expect(host.takeInput()).toEqual([]);
  });

  it('is small in a small pane', async () => {
    const { joiner } = await stage({
      cols: 20,
      rows: 23,
      activeWindow: 0,
      windows: [{ index: 0, name: 'b', panes: [{ paneId: 0, cols: 20, rows: 23, x: 0, y: 0 }], activePane: 0 }],
    });
    joiner.type('\x02t');
    expect(joiner.line(11)).toMatch(/^ {8}\d\d:\d\d/);
  });
});
