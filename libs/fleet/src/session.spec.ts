import { describe, expect, it } from 'vitest';
import { FRAME_INTERVAL_MS, NUDGE_MS } from '#session';
import { Key } from '#tmate-protocol';
import { QUEUE_MS } from '#relay';
import { Fleet } from './fleet.fixture.js';
import { onePane, Stage } from './stage.fixture.js';

describe('a session', () => {
  it('tells its host what tmate users know', async () => {
    const host = await new Stage().host();
    expect(host.env('tmate_ssh')).toMatch(/^ssh -p2222 [0-9A-Za-z]{25}@localhost$/);
    expect(host.env('tmate_ssh_ro')).toMatch(/^ssh -p2222 ro-[0-9A-Za-z]{25}@localhost$/);
    expect(host.env('tmate_num_clients')).toBe('0');
    expect(host.notices).toEqual([
      "your page to manage this session, not for your mates: tmate display -p '#{tmate_host_page}'",
      'Note: clear your terminal before sharing readonly access',
      `ssh session read only: ${host.env('tmate_ssh_ro')}`,
      `ssh session: ${host.env('tmate_ssh')}`,
    ]);
    expect(host.sent.findIndex(({ type }) => type === 'ready')).toBeGreaterThan(
      host.sent.findLastIndex(({ type }) => type === 'set-env'),
    );
  });

  it('shows a joiner what is there and what comes', async () => {
    const stage = new Stage();
    const host = await stage.host();
    host.print('hello\r\n');
    const joiner = await stage.join(host);
    expect(joiner.alternate).toBe(true);
    expect(joiner.line(0)).toBe('hello');
    expect(joiner.line(23)).toMatch(/^\[0\] 0:bash\* /);
    host.print('world');
    expect(joiner.line(1)).toBe('world');
  });

  it('says who joined and who left', async () => {
    const stage = new Stage();
    const host = await stage.host();
    const joiner = await stage.join(host);
    await stage.join(host, 'reader');
    expect(host.env('tmate_num_clients')).toBe('2');
    joiner.type('\x02d');
    expect(host.env('tmate_num_clients')).toBe('1');
    expect(host.notices.slice(-3)).toEqual([
      'A mate has joined (192.0.2.9) -- 1 client currently connected',
      'A mate has joined (192.0.2.9) -- 2 clients currently connected',
      'A mate has left (192.0.2.9) -- 1 client currently connected',
    ]);
  });
});

describe('a writer', () => {
  it('types, has a prefix, and opens windows', async () => {
    const stage = new Stage();
    const host = await stage.host();
    const joiner = await stage.join(host);
    host.takeInput();
    joiner.type('ls\r\x02c');
    expect(host.takeInput()).toEqual(['l', 's', '\r', 'new-window']);
  });

  it('has a command prompt at its own seat', async () => {
    const stage = new Stage();
    const host = await stage.host();
    const [joiner, other] = [await stage.join(host), await stage.join(host)];
    host.takeInput();
    joiner.type('\x02:');
    expect(joiner.line(23)).toBe(':');
    joiner.type('rename-window x');
    expect(joiner.line(23)).toBe(':rename-window x');
    expect(other.line(23)).toMatch(/^\[0\] 0:bash\*/);
    expect(host.takeInput()).toEqual([]);
    joiner.type('\r');
    expect(host.takeInput()).toEqual(['rename-window x']);
    expect(joiner.line(23)).toMatch(/^\[0\] 0:bash\*/);
  });

  it('reads its own failures, and nobody else does', async () => {
    const stage = new Stage();
    const host = await stage.host();
    const [joiner, other] = [await stage.join(host), await stage.join(host)];
    host.takeInput();
    joiner.type('\x02:no-such\r');
    expect(joiner.line(23)).toBe('Unknown command: no-such');
    host.say({ type: 'failed-cmd', clientId: other.seat.clientId, cause: 'no space for new pane' });
    expect(other.line(23)).toBe('No space for new pane');
    expect(joiner.line(23)).toBe('Unknown command: no-such');
    stage.clock.advance(1000);
    expect(other.line(23)).toMatch(/^\[0\]/);
  });

  it('confirms before it kills', async () => {
    const stage = new Stage();
    const host = await stage.host();
    const joiner = await stage.join(host);
    host.takeInput();
    joiner.type('\x02&');
    expect(joiner.line(23)).toBe('kill-window bash? (y/n)');
    joiner.type('n\x02&y');
    expect(host.takeInput()).toEqual(['kill-window']);
  });

  it('leaves alone, and cannot detach the host', async () => {
    const stage = new Stage();
    const host = await stage.host();
    const [joiner, other] = [await stage.join(host), await stage.join(host)];
    host.takeInput();
    joiner.type('\x02d');
    expect(joiner.ending).toBe('detached');
    expect(joiner.alternate).toBe(false);
    expect(joiner.text).toContain('[detached]');
    expect(other.ending).toBeUndefined();
    other.type('\x02\x1a\x02D');
    stage.clock.advance(100);
    expect(host.takeInput()).toEqual([]);
  });

  it('has a lone Escape after a moment, and no Escape of an arrow key', async () => {
    const stage = new Stage();
    const host = await stage.host();
    const joiner = await stage.join(host);
    host.takeInput();
    joiner.type('\x1b');
    expect(host.takeInput()).toEqual([]);
    stage.clock.advance(60);
    expect(host.takeInput()).toEqual(['\x1b']);
  });
});

describe('a host that does not react to input', () => {
  it('is woken once, and not at all when it reacts', async () => {
    const stage = new Stage();
    const host = await stage.host();
    const joiner = await stage.join(host);
    stage.clock.advance(1000);
    joiner.type('a');
    joiner.type('b');
    stage.clock.advance(10 * NUDGE_MS);
    expect(host.woken).toHaveLength(1);
    joiner.type('c');
    host.print('c');
    stage.clock.advance(10 * NUDGE_MS);
    expect(host.woken).toHaveLength(1);
  });

  it('is woken with its input while it floods', async () => {
    const stage = new Stage();
    const host = await stage.host();
    const joiner = await stage.join(host);
    for (let n = 0; n < 100; n++) host.print('y\r\n'.repeat(1000));
    joiner.type('a');
    expect(host.woken).toHaveLength(1);
  });

  it('is not used once it has ended', async () => {
    const stage = new Stage();
    const host = await stage.host();
    const joiner = await stage.join(host);
    joiner.type('a');
    host.connection.closed();
    stage.clock.advance(10 * NUDGE_MS);
    expect(host.woken).toEqual([]);
  });
});

describe('a reader', () => {
  it('sees all and can do nothing but leave', async () => {
    const stage = new Stage();
    const host = await stage.host();
    host.print('hello');
    const reader = await stage.join(host, 'reader');
    expect(reader.line(0)).toBe('hello');
    host.takeInput();
    reader.resize(40, 10);
    reader.type('rm -rf /\r\x02c\x02:kill-server\r');
    stage.clock.advance(1000);
    expect(host.sent).toEqual([]);
    reader.type('\x02d');
    expect(reader.ending).toBe('detached');
  });
});

describe('sizes', () => {
  it('leave out a writer whose terminal gives no sign of life, until it does', async () => {
    const stage = new Stage();
    const host = await stage.host();
    await stage.join(host, 'writer', 100, 30);
    const small = await stage.join(host, 'writer', 60, 20);
    expect(host.lastResize).toEqual([60, 19]);
    small.seat.setStalled(true);
    expect(host.lastResize).toEqual([100, 29]);
    small.resize(50, 20);
    expect(host.lastResize).toEqual([100, 29]);
    small.seat.setStalled(false);
    expect(host.lastResize).toEqual([50, 19]);
  });

  it('are those of the smallest writer, and free again when nobody limits them', async () => {
    const stage = new Stage();
    const host = await stage.host();
    const large = await stage.join(host, 'writer', 120, 40);
    expect(host.lastResize).toEqual([120, 39]);
    const small = await stage.join(host, 'writer', 90, 50);
    expect(host.lastResize).toEqual([90, 39]);
    await stage.join(host, 'reader', 20, 10);
    expect(host.lastResize).toEqual([90, 39]);
    large.type('\x02d');
    expect(host.lastResize).toEqual([90, 49]);
    small.resize(100, 30);
    expect(host.lastResize).toEqual([100, 29]);
    small.type('\x02d');
    expect(host.lastResize).toEqual([-1, -1]);
  });

  it('leave a clean margin around a smaller window', async () => {
    const stage = new Stage();
    const host = await stage.host();
    const joiner = await stage.join(host, 'writer', 100, 40);
    host.say({ type: 'sync-layout', layout: onePane(100, 39) });
    host.print('\x1b[39;1Hbottom');
    expect(joiner.line(38)).toBe('bottom');
    host.say({ type: 'sync-layout', layout: onePane(80, 23) });
    stage.clock.advance(FRAME_INTERVAL_MS);
    expect(joiner.line(38)).not.toContain('bottom');
    expect(joiner.line(10).slice(80)).toMatch(/^│·+$/u);
  });
});

describe('the end', () => {
  it('comes with FIN: joiners are told, the host is let go', async () => {
    const stage = new Stage();
    const host = await stage.host();
    const joiner = await stage.join(host);
    const token = /(\S+)@/.exec(host.env('tmate_ssh') ?? '')?.[1] ?? '';
    host.say({ type: 'fin' });
    expect(joiner.ending).toBe('ended');
    expect(joiner.alternate).toBe(false);
    expect(joiner.text).toContain('[the host ended the session]');
    stage.clock.advance(5 * 60_000);
    expect(await stage.sessions.find(token)).toEqual({ kind: 'closed', agoMs: 5 * 60_000 });
  });

  it('comes when a lost host does not come back', async () => {
    const fleet = await Fleet.start(1, { hostGraceMs: 90_000 });
    const { stage } = fleet.edge(0);
    const host = await stage.host();
    const joiner = await stage.join(host);
    host.connection.closed();
    expect(joiner.line(23)).toContain('The host lost its connection');
    expect(joiner.line(23)).toContain('1:30 left');
    await fleet.pass(30_000, 500);
    expect(joiner.line(23)).toContain('1:00 left');
    await fleet.pass(60_000, 500);
    expect(joiner.ending).toBe('lost');
    expect(stage.sessions.size).toBe(0);
  });
});

describe('a host that comes back', () => {
  it('has its tokens and its joiners again', async () => {
    const stage = new Stage();
    const host = await stage.host();
    host.print('before');
    const joiner = await stage.join(host);
    const [writer, data] = [host.env('tmate_ssh'), host.env('tmate_reconnection_data')];
    host.connection.closed();
    stage.clock.advance(2000);
    const back = await stage.host({ reconnect: data ?? '' });
    expect(back.env('tmate_ssh')).toBe(writer);
    expect(back.env('tmate_num_clients')).toBe('1');
    expect(back.notices).toEqual(['Reconnected']);
    expect(back.env('tmate_reconnection_data')).not.toBe(data);
    back.print('after');
    stage.clock.advance(FRAME_INTERVAL_MS);
    expect(joiner.line(0)).toBe('after');
    expect(joiner.line(23)).toMatch(/^\[0\] 0:bash\*/);
    back.takeInput();
    joiner.type('x');
    expect(back.takeInput()).toEqual(['x']);
  });

  it('gets what was typed meanwhile, in order and once', async () => {
    const stage = new Stage();
    const host = await stage.host();
    const [one, two] = [await stage.join(host), await stage.join(host)];
    const data = host.env('tmate_reconnection_data') ?? '';
    host.connection.closed();
    one.type('l');
    two.type('\x02c');
    one.type('s\r');
    stage.clock.advance(2000);
    const back = await stage.host({ reconnect: data });
    expect(back.sent.findIndex(({ type }) => type === 'pane-key')).toBeGreaterThan(
      back.sent.findIndex(({ type }) => type === 'ready'),
    );
    expect(back.takeInput()).toEqual(['l', 'new-window', 's', '\r']);
    one.type('x');
    expect(back.takeInput()).toEqual(['x']);
  });

  it('does not get what was typed too long ago, nor what came after it: who typed it is told', async () => {
    const stage = new Stage();
    const host = await stage.host();
    const [one, two] = [await stage.join(host), await stage.join(host)];
    const data = host.env('tmate_reconnection_data') ?? '';
    host.connection.closed();
    one.type('old');
    stage.clock.advance(QUEUE_MS - 1);
    one.type('new');
    two.type('other');
    stage.clock.advance(1);
    expect(one.line(23)).toBe('What you typed did not reach the host');
    expect(two.line(23)).toContain('Waiting for it');
    const back = await stage.host({ reconnect: data });
    expect(back.takeInput().join('')).toBe('other');
  });

  it('gets no more than is held for it, and nothing of who left or may only watch by then', async () => {
    const stage = new Stage();
    const host = await stage.host();
    const [pasting, leaving] = [await stage.join(host), await stage.join(host)];
    const data = host.env('tmate_reconnection_data') ?? '';
    host.connection.closed();
    leaving.type('gone\x02d');
    for (let n = 0; n < 8; n++) pasting.type(`${n}`.repeat(64 * 1024));
    // It is taken in slices.
    for (let n = 0; n < 300; n++) stage.clock.advance(1);
    expect(pasting.line(23)).toBe('Too much input is waiting for the host: the rest was not sent');
    const back = await stage.host({ reconnect: data });
    const typed = back.takeInput().join('');
    expect(typed).toMatch(/^0{65536}1{65536}/);
    expect(typed.length).toBeLessThan(8 * 64 * 1024);
    expect(typed).not.toContain('gone');
  });

  it('has them at an edge that never knew it', async () => {
    const first = await new Stage().host();
    const data = first.env('tmate_reconnection_data') ?? '';
    const back = await new Stage().host({ reconnect: data });
    expect(back.env('tmate_ssh')).toBe(first.env('tmate_ssh'));
  });

  it('gets a new session for data that nobody signed, or that is used already', async () => {
    const stage = new Stage();
    await stage.sessions.start();
    const host = await stage.host();
    const data = host.env('tmate_reconnection_data') ?? '';
    const forged = await stage.host({ reconnect: `${data[0] === 'B' ? 'C' : 'B'}${data.slice(1)}` });
    expect(forged.env('tmate_ssh')).not.toBe(host.env('tmate_ssh'));
    const copy = await stage.host({ reconnect: data });
    expect(copy.env('tmate_ssh')).not.toBe(host.env('tmate_ssh'));
    expect(copy.notices[0]).toContain('Another connection holds your session');
    expect(host.closed).toBe(false);
    host.alive = false;
    const back = await stage.host({ reconnect: data });
    expect(back.env('tmate_ssh')).toBe(host.env('tmate_ssh'));
    const replayed = await stage.host({ reconnect: data });
    expect(replayed.env('tmate_ssh')).not.toBe(host.env('tmate_ssh'));
    expect(replayed.notices[0]).toContain('Another connection holds your session');
  });
});

describe('bad input of a host', () => {
  it.each([
    { name: 'garbage', bytes: Uint8Array.of(0xc1, 1, 2, 3) },
    { name: 'a message before the header', bytes: Uint8Array.of(0x91, 9) },
  ])('$name ends its connection with a reason', ({ bytes }) => {
    const stage = new Stage();
    const host = stage.sessions;
    const notices: string[] = [];
    let closed = false;
    const connection = host.acceptHost({
      backlog: 0,
      address: '192.0.2.1',
      send: (messages) => notices.push(...messages.flatMap((m) => (m.type === 'notify' ? [m.text] : []))),
      wake: () => undefined,
      close: () => void (closed = true),
      acknowledge: () => undefined,
      isAlive: async () => true,
    });
    connection.data(bytes);
    expect(closed).toBe(true);
    expect(notices).toHaveLength(1);
    connection.data(bytes);
    expect(notices).toHaveLength(1);
  });

  it('names a pane that there is not, and nobody else notices', async () => {
    const stage = new Stage();
    const [bad, good] = [await stage.host(), await stage.host()];
    const [joiner, other] = [await stage.join(bad), await stage.join(good)];
    bad.print('x', 99);
    expect(bad.closed).toBe(true);
    expect(bad.notices.at(-1)).toBe('there is no pane 99');
    expect(joiner.line(23)).toContain('Waiting for it to come back');
    good.print('fine');
    expect(other.line(0)).toBe('fine');
  });
});

describe('a pane that ends in copy mode', () => {
  it('is not its host’s fault, which reports the mode after the pane has ended', async () => {
    const stage = new Stage();
    const host = await stage.host();
    const joiner = await stage.join(host);
    host.say(
      { type: 'sync-copy-mode', paneId: 7, copyMode: undefined },
      { type: 'write-copy-mode', paneId: 7, text: 'left over' },
    );
    host.print('fine');
    expect(host.closed).toBe(false);
    expect(joiner.line(0)).toBe('fine');
  });
});

describe('a session that nobody watches', () => {
  it('sleeps, and is whole when somebody looks', async () => {
    const stage = new Stage();
    const host = await stage.host();
    await stage.sessions.start();
    host.print('one\r\n');
    stage.clock.advance(10_000);
    const [session] = stage.sessions.sessions;
    expect([...(session?.model.windows.panes ?? [])].map((pane) => pane.asleep)).toEqual([true]);
    host.print('two\r\n');
    const joiner = await stage.join(host);
    expect(joiner.lines.slice(0, 2)).toEqual(['one', 'two']);
  });
});

describe('windows that want to be noticed', () => {
  const [first] = onePane(80, 23).windows;
  const panes = [{ paneId: 1, cols: 80, rows: 23, x: 0, y: 0 }];
  const two = (activeWindow: number) =>
    ({
      type: 'sync-layout',
      layout: {
        ...onePane(80, 23),
        activeWindow,
        windows: [...(first === undefined ? [] : [first]), { index: 1, name: 'other', panes, activePane: 1 }],
      },
    }) as const;

  it('are marked for a bell, and for activity where the host asks for it', async () => {
    const stage = new Stage();
    const host = await stage.host();
    const joiner = await stage.join(host);
    host.say(two(0));
    host.print('quiet', 1);
    expect(joiner.line(23)).toMatch(/1:other {2}/);
    host.say({ type: 'exec-cmd', args: ['set-window-option', '-g', 'monitor-activity', 'on'] });
    host.print('heard', 1);
    stage.clock.advance(FRAME_INTERVAL_MS);
    expect(joiner.line(23)).toMatch(/1:other# /);
    host.print('\u0007', 1);
    stage.clock.advance(FRAME_INTERVAL_MS);
    expect(joiner.line(23)).toMatch(/1:other#! /);
    host.say(two(1));
    stage.clock.advance(FRAME_INTERVAL_MS);
    expect(joiner.line(23)).toMatch(/0:bash- 1:other\* /);
  });

  it('ring or not, as bell-action says', async () => {
    const stage = new Stage();
    const host = await stage.host();
    const joiner = await stage.join(host);
    host.say(two(0));
    const rings = (action: string): string[] => {
      host.say({ type: 'exec-cmd', args: ['set-option', '-g', 'bell-action', action] });
      return [0, 1].map((paneId) => {
        stage.clock.advance(FRAME_INTERVAL_MS);
        const before = joiner.bells;
        host.print('\u0007', paneId);
        stage.clock.advance(FRAME_INTERVAL_MS);
        return joiner.bells > before ? 'rings' : 'is quiet';
      });
    };
    expect(rings('any')).toEqual(['rings', 'rings']);
    expect(rings('current')).toEqual(['rings', 'is quiet']);
    expect(rings('other')).toEqual(['is quiet', 'rings']);
    expect(rings('none')).toEqual(['is quiet', 'is quiet']);
  });

  it('are noticed when they are new, where activity is asked for', async () => {
    const stage = new Stage();
    const host = await stage.host();
    const joiner = await stage.join(host);
    host.say({ type: 'exec-cmd', args: ['set-window-option', '-g', 'monitor-activity', 'on'] }, two(0));
    stage.clock.advance(FRAME_INTERVAL_MS);
    expect(joiner.line(23)).toMatch(/0:bash\* 1:other# /);
  });
});

describe('a prompt or message', () => {
  it('hides the cursor', async () => {
    const stage = new Stage();
    const host = await stage.host();
    const joiner = await stage.join(host);
    expect(joiner.cursorHidden).toBe(false);
    joiner.type('\u0002:');
    expect(joiner.cursorHidden).toBe(true);
    joiner.type('display-message x\r');
    expect(joiner.line(23)).toBe('x');
    expect(joiner.cursorHidden).toBe(true);
    joiner.type('y');
    expect(joiner.cursorHidden).toBe(false);
  });
});

describe('a prompt with the keys of vi', () => {
  it('looks otherwise while keys are commands', async () => {
    const stage = new Stage();
    const host = await stage.host({ before: [{ type: 'exec-cmd', args: ['set-option', '-g', 'status-keys', 'vi'] }] });
    const joiner = await stage.join(host);
    joiner.type('\u0002:abc');
    expect(joiner.background(23, 20)).toBe(3);
    joiner.type('\u001B');
    stage.clock.advance(100);
    expect(joiner.background(23, 20)).toBe(0);
    joiner.type('i');
    expect(joiner.background(23, 20)).toBe(3);
  });
});

describe('what a joiner sees of options', () => {
  it('has the styles of the window, not only of all windows', async () => {
    const stage = new Stage();
    const host = await stage.host();
    const joiner = await stage.join(host);
    host.say({ type: 'exec-cmd', args: ['set-window-option', 'window-style', 'bg=colour52'] });
    stage.clock.advance(FRAME_INTERVAL_MS);
    expect(joiner.background(0, 5)).toBe(52);
    host.say({ type: 'exec-cmd', args: ['set-window-option', 'window-active-style', 'bg=blue'] });
    stage.clock.advance(FRAME_INTERVAL_MS);
    expect(joiner.background(0, 5)).toBe(4);
  });

  it('has what its formats say of the active pane', async () => {
    const stage = new Stage();
    const format = '#{cursor_x},#{cursor_y} #{alternate_on}';
    const before = [
      { type: 'exec-cmd', args: ['set-window-option', '-g', 'window-status-current-format', format] },
    ] as const;
    const host = await stage.host({ before: [...before] });
    const joiner = await stage.join(host);
    host.print('abc\r\nde');
    host.say({ type: 'status', left: '', right: '' });
    stage.clock.advance(FRAME_INTERVAL_MS);
    expect(joiner.line(23)).toBe('2,1 0');
  });

  it('has none of a window that is gone, when a new one takes its number', async () => {
    const stage = new Stage();
    const host = await stage.host();
    const joiner = await stage.join(host);
    host.say({ type: 'exec-cmd', args: ['set-window-option', 'window-style', 'bg=red'] });
    const layout = onePane(80, 23);
    const renumbered = layout.windows.map((window) => ({
      ...window,
      panes: window.panes.map((pane) => ({ ...pane, paneId: 7 })),
      activePane: 7,
    }));
    host.say({ type: 'sync-layout', layout: { ...layout, windows: renumbered } });
    stage.clock.advance(FRAME_INTERVAL_MS);
    expect(joiner.background(0, 5)).toBeLessThanOrEqual(0);
    expect(joiner.line(23)).toContain('0:bash');
  });

  it('shows italics as standout while programs are told to be on a screen', async () => {
    const stage = new Stage();
    const host = await stage.host();
    const joiner = await stage.join(host);
    host.print('\u001B[3mx');
    stage.clock.advance(FRAME_INTERVAL_MS);
    expect(joiner.look(0, 0)).toEqual({ italic: false, inverse: true });
    host.say({ type: 'exec-cmd', args: ['set-option', '-s', 'default-terminal', 'tmux-256color'] });
    stage.clock.advance(FRAME_INTERVAL_MS);
    expect(joiner.look(0, 0)).toEqual({ italic: true, inverse: false });
  });

  it('is how far copy mode scrolled with -u, which the host tells after a key only', async () => {
    const stage = new Stage();
    const host = await stage.host();
    const joiner = await stage.join(host);
    host.takeInput();
    joiner.type('\u0002\u001B[5~');
    expect(host.sent).toMatchObject([
      { type: 'exec-cmd', args: ['copy-mode'] },
      { type: 'pane-key', key: Key.PPage },
    ]);
  });
});
