import { describe, expect, it } from 'vitest';
import type { Role } from '#kernel';
import type { HostMessage, Layout } from '#tmate-protocol';
import { Fleet } from './fleet.fixture.js';
import { Stage, type FakeHost, type FakeTerminal } from './stage.fixture.js';

// What reaches a joiner's terminal besides cells: titles, bells, alerts, clipboards, focus, modes.

const WINDOWS: Layout = {
  cols: 80,
  rows: 23,
  activeWindow: 0,
  windows: [0, 1].map((n) => ({
    index: n,
    name: `w${n}`,
    panes: [{ paneId: n, cols: 80, rows: 23, x: 0, y: 0 }],
    activePane: n,
  })),
};

const set = (...args: string[]): HostMessage => ({ type: 'exec-cmd', args: ['set-option', '-g', ...args] });
const setw = (...args: string[]): HostMessage => ({ type: 'exec-cmd', args: ['set-window-option', '-g', ...args] });

async function stage({ before = [], role = 'writer' }: { before?: HostMessage[]; role?: Role } = {}): Promise<{
  stage: Stage;
  host: FakeHost;
  joiner: FakeTerminal;
  other: FakeTerminal;
}> {
  const made = new Stage();
  const host = await made.host({ before });
  host.say({ type: 'sync-layout', layout: WINDOWS });
  const joiner = await made.join(host, role);
  const other = await made.join(host);
  host.takeInput();
  return { stage: made, host, joiner, other };
}

describe('the title', () => {
  it('is left alone unless the host sets titles, and then follows window and pane', async () => {
    const { host, joiner, stage: made } = await stage();
    host.print('\x1b]2;in the pane\x07');
    made.clock.advance(100);
    expect(joiner.title).toBe('');
    host.say(set('set-titles', 'on'));
    made.clock.advance(100);
    expect(joiner.title).toBe('0:0:w0 - "in the pane" ');
    host.say(set('set-titles-string', '#W is #{pane_title}'));
    host.print('\x1b]2;another\x07');
    made.clock.advance(100);
    expect(joiner.title).toBe('w0 is another');
    host.say({ type: 'sync-layout', layout: { ...WINDOWS, activeWindow: 1 } });
    made.clock.advance(100);
    expect(joiner.title).toBe('w1 is vm');
  });
});

describe('a bell', () => {
  it.each([
    ['any', 1, 1],
    ['current', 1, 0],
    ['other', 0, 1],
    ['none', 0, 0],
  ])('with bell-action %s rings %i times for the current window, %i for another', async (action, here, there) => {
    const { host, joiner, stage: made } = await stage({ before: [set('bell-action', action)] });
    host.print('\x07', 0);
    made.clock.advance(100);
    expect(joiner.bells).toBe(here);
    host.print('\x07', 1);
    made.clock.advance(100);
    expect(joiner.bells).toBe(here + there);
    expect(joiner.line(23)).toMatch(/1:w1!/);
  });

  it('rings once at a terminal that is redrawn before it got the bell', async () => {
    const { host, joiner, stage: made } = await stage();
    joiner.ready = false;
    host.print('\x07', 0);
    joiner.resize(70, 20);
    made.clock.advance(100);
    expect(joiner.bells).toBe(0);
    joiner.becomeReady();
    expect(joiner.bells).toBe(1);
    joiner.resize(80, 24);
    made.clock.advance(100);
    expect(joiner.bells).toBe(1);
  });

  it('is a message where the host wants to see it', async () => {
    const { host, joiner, stage: made } = await stage({ before: [set('visual-bell', 'on')] });
    host.print('\x07', 1);
    made.clock.advance(100);
    expect(joiner.bells).toBe(0);
    expect(joiner.line(23)).toBe('Bell in window 1');
  });
});

describe('alerts', () => {
  it('report activity', async () => {
    const {
      host,
      joiner,
      stage: made,
    } = await stage({
      before: [setw('monitor-activity', 'on'), set('visual-activity', 'on'), set('bell-on-alert', 'on')],
    });
    // A new window counts as one with activity: have it seen first.
    for (const activeWindow of [1, 0]) host.say({ type: 'sync-layout', layout: { ...WINDOWS, activeWindow } });
    host.print('x', 1);
    made.clock.advance(100);
    expect(joiner.line(23)).toBe('Activity in window 1');
    expect(joiner.bells).toBe(1);
    made.clock.advance(1000);
    expect(joiner.line(23)).toMatch(/1:w1#/);
  });

  it('report silence, until the window is seen', async () => {
    const {
      host,
      joiner,
      stage: made,
    } = await stage({
      before: [setw('monitor-silence', '5'), set('visual-silence', 'on')],
    });
    made.clock.advance(4000);
    host.print('x', 1);
    made.clock.advance(4900);
    expect(joiner.line(23)).not.toMatch(/Silence|1:w1~/);
    made.clock.advance(200);
    expect(joiner.line(23)).toBe('Silence in window 1');
    made.clock.advance(1000);
    expect(joiner.line(23)).toMatch(/1:w1~/);
    host.say({ type: 'sync-layout', layout: { ...WINDOWS, activeWindow: 1 } });
    made.clock.advance(100);
    expect(joiner.line(23)).not.toMatch(/~/);
  });
});

describe('the clipboard', () => {
  const copied = '\x1b]52;c;aGVsbG8=\x07';

  it('gets what a program in sight puts into it', async () => {
    const { host, joiner, other } = await stage();
    host.print(copied, 1);
    expect(joiner.clipboard).toBeUndefined();
    host.print(copied, 0);
    expect([joiner.clipboard, other.clipboard]).toEqual(['hello', 'hello']);
  });

  it('is nobody’s business where the host says so', async () => {
    const { host, joiner } = await stage({
      before: [{ type: 'exec-cmd', args: ['set-option', '-s', 'set-clipboard', 'off'] }],
    });
    host.print(copied, 0);
    expect(joiner.clipboard).toBeUndefined();
  });

  it('reaches a reader only if the host lets readers have it, in whatever form', async () => {
    const passed = `\x1bPtmux;\x1b${copied}\x1b\\`;
    const refused = await stage({ role: 'reader' });
    refused.host.print(copied + passed, 0);
    expect([refused.joiner.clipboard, refused.other.clipboard]).toEqual([undefined, 'hello']);
    const allowed = await stage({ role: 'reader', before: [set('tmate-set', 'reader_clipboard=true')] });
    allowed.host.print(copied, 0);
    expect(allowed.joiner.clipboard).toBe('hello');
    expect(allowed.host.notices.join()).not.toContain('does not know');
  });

  it('waits for a terminal that cannot take it, only the newest one', async () => {
    const { host, joiner } = await stage();
    joiner.ready = false;
    host.print(copied, 0);
    host.print('\x1b]52;c;bmV3\x07', 0);
    expect(joiner.clipboard).toBeUndefined();
    joiner.becomeReady();
    expect(joiner.clipboard).toBe('new');
  });
});

describe('what a program says to the terminal behind tmux', () => {
  const passed = (inner: string): string => `\x1bPtmux;${inner.replaceAll('\x1b', '\x1b\x1b')}\x1b\\`;

  it.each<Role>(['writer', 'reader'])('reaches no %s, nor do other strings', async (role) => {
    const { host, joiner, stage: made } = await stage({ role, before: [set('set-titles', 'on')] });
    host.print('ab');
    made.clock.advance(100);
    const [title, writes] = [joiner.title, joiner.writes];
    host.print(passed('\x1b]2;passed\x07\x1b[5;5H\x1b[5i\x1b[21tsome text\x1b]8;;http://x/\x07') + '\x1bP1$r0m\x1b\\');
    made.clock.advance(100);
    expect([joiner.title, joiner.writes]).toEqual([title, writes]);
    host.print('cd');
    made.clock.advance(100);
    expect(joiner.line(0)).toBe('abcd');
  });

  it.each(['\x1b]52;c;aGVsbG8=\x07', '\x1b]052;c;aGVsbG8=\x07', '\x1b]0000052;c;aGVsbG8=\x1b\\'])(
    'is a clipboard where it is one, however it is written: %j',
    async (inner) => {
      const { host, joiner, other } = await stage({ role: 'reader' });
      host.print(passed(inner));
      expect([joiner.clipboard, other.clipboard]).toEqual([undefined, 'hello']);
    },
  );
});

describe('focus', () => {
  it('is asked for and told to a program that wants it', async () => {
    const { host, joiner, other, stage: made } = await stage();
    expect(joiner.modes.focus).toBe(false);
    joiner.type('\x1b[I');
    expect(host.takeInput()).toEqual([]);
    host.print('\x1b[?1004h');
    made.clock.advance(100);
    expect(joiner.modes.focus).toBe(true);
    joiner.type('\x1b[O\x1b[I');
    expect(host.takeInput().join('')).toBe('\x1b[O\x1b[I');
    // Two look: it is out of sight only when both look away.
    other.type('\x1b[I');
    joiner.type('\x1b[O');
    expect(host.takeInput()).toEqual([]);
    other.type('\x1b[O');
    expect(host.takeInput().join('')).toBe('\x1b[O');
  });

  it('is asked for if the option says so, and never reported for a reader', async () => {
    const { host, joiner } = await stage({
      role: 'reader',
      before: [{ type: 'exec-cmd', args: ['set-option', '-s', 'focus-events', 'on'] }],
    });
    expect(joiner.modes.focus).toBe(true);
    host.print('\x1b[?1004h');
    joiner.type('\x1b[I');
    expect(host.takeInput()).toEqual([]);
  });
});

describe("the active program's modes", () => {
  it('are the terminal’s: cursor, keypad, colour', async () => {
    const { host, joiner, stage: made } = await stage();
    host.print('\x1b[?1h\x1b=\x1b]12;red\x07');
    made.clock.advance(100);
    expect(joiner.modes).toMatchObject({ keypad: true, cursorKeys: true });
    expect(joiner.cursorColour).toBe('red');
    host.say({ type: 'sync-layout', layout: { ...WINDOWS, activeWindow: 1 } });
    made.clock.advance(100);
    expect(joiner.modes).toMatchObject({ keypad: false, cursorKeys: false });
    expect(joiner.cursorColour).toBeUndefined();
  });

  it('has no alternate screen where the option forbids it', async () => {
    const { host, joiner, stage: made } = await stage({ before: [setw('alternate-screen', 'off')] });
    host.print('before\r\n\x1b[?1049hinside\x1b[?1049l');
    made.clock.advance(100);
    expect(joiner.text).toContain('inside');
    host.say(setw('alternate-screen', 'on'));
    host.print('\x1b[?1049hagain\x1b[?1049l');
    made.clock.advance(100);
    expect(joiner.text).not.toContain('again');
  });
});

describe('the clipboard at another edge', () => {
  const copied = (text: string): string => `\x1b]52;c;${Buffer.from(text).toString('base64')}\x07`;
  const allows = (value: string): HostMessage => set('tmate-set', `reader_clipboard=${value}`);

  it('reaches a writer, and a reader as long as the host lets readers have it', async () => {
    const fleet = await Fleet.start(2);
    const host = await fleet.edge(0).stage.host();
    const [writer, reader] = [await fleet.join(1, host), await fleet.join(1, host, 'reader')];
    const heard = async (text: string): Promise<unknown[]> => {
      host.print(copied(text));
      await fleet.pass(50);
      return [writer.clipboard, reader.clipboard];
    };
    await fleet.pass(50);
    expect(await heard('one')).toEqual(['one', undefined]);
    host.say(allows('true'));
    expect(await heard('two')).toEqual(['two', 'two']);
    host.say(allows('false'));
    expect(await heard('three')).toEqual(['three', 'two']);
    expect(fleet.faults).toEqual([]);
  });

  it('reaches a reader too if the host allowed it before that edge knew the session', async () => {
    const fleet = await Fleet.start(2);
    const host = await fleet.edge(0).stage.host({ before: [allows('true')] });
    const reader = await fleet.join(1, host, 'reader');
    await fleet.pass(50);
    host.print(copied('shared'));
    await fleet.pass(50);
    expect(reader.clipboard).toBe('shared');
  });
});
