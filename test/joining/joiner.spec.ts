import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Shipmate, Stage, tempDir, tryKill, until, type OuterTmux, type PtyJoiner } from '#testing';
import { share, toDisplay, toShowTheHosts, type Share } from '../share.fixture.js';

// What a mate sees and does, with plain ssh.
const server = new Stage();
const stage = new Stage();
let shipmate: Shipmate;
beforeAll(async () => {
  shipmate = await server.add(Shipmate.start());
});
afterEach(async () => await stage.clear());
afterAll(async () => await server.clear());

const PREFIX = '\u0002';

/** A host with one joiner who sees the shell. */
async function joined(options: Parameters<typeof share>[2] = {}): Promise<Share & { joiner: PtyJoiner }> {
  const shared = await share(stage, shipmate, options);
  const joiner = await shared.join();
  await joiner.screen.toShow('$');
  return { ...shared, joiner };
}

describe.each(['detached', 'attached'] as const)('a joiner of a host with its terminal %s', (mode) => {
  it('types, and works windows, panes and copy mode with the keys of tmux', async () => {
    const { host, joiner } = await joined({ mode });
    await joiner.type('echo $((6*7))\r');
    await joiner.screen.toShow(/^42$/m);
    await joiner.type('seq 100 300\r');
    await joiner.screen.toShow(/^300$/m);
    await joiner.type(`${PREFIX}[`);
    await joiner.screen.toShow('[0/');
    await joiner.type('\u001B[5~');
    await joiner.screen.toNotShow(/^300$/m);
    await joiner.type('q');
    await joiner.screen.toShow(/^300$/m);

    await joiner.type(`${PREFIX}%`);
    await toDisplay(host, '#{window_panes} #{pane_index}', '2 1');
    await joiner.screen.toShow('│');
    await joiner.type(`${PREFIX}"`);
    await toDisplay(host, '#{window_panes} #{pane_index}', '3 2');
    await joiner.screen.toShow('├');
    await joiner.type(`${PREFIX}\u001B[D`);
    await toDisplay(host, '#{pane_index}', '0');
    await joiner.type(`${PREFIX}\u001B[C`);
    await until(async () => (await host.display('#{pane_index}')) !== '0', { what: 'the pane at the right' });
    await joiner.type(`${PREFIX}z`);
    await toDisplay(host, '#{window_zoomed_flag}', '1');
    await joiner.screen.toNotShow('│');
    await joiner.type('echo zoomed $((2+3))\r');
    await joiner.screen.toShow('zoomed 5');
    await joiner.type(`${PREFIX}z`);
    await joiner.screen.toShow('│');

    await joiner.type(`${PREFIX}c`);
    await toDisplay(host, '#{session_windows} #{window_index}', '2 1');
    await joiner.screen.toShow(/1:\S+\*/);
    await joiner.type(`${PREFIX}:`);
    await joiner.screen.toShow(/^:/m);
    await joiner.type('rename-window x\r');
    await joiner.screen.toShow('1:x*');
    expect(await host.display('#{window_name}')).toBe('x');
    await joiner.type(`${PREFIX}0`);
    await joiner.screen.toShow('0:bash*');
    await joiner.type(`${PREFIX}d`);
    expect((await joiner.exited()).status).toBe(0);
    expect(await host.display('#{session_windows}')).toBe('2');
  });

  it('harms nobody with any key, and types no answer of its own prompts into the shell', async () => {
    const { host, joiner } = await joined({ mode });
    const command = async (line: string): Promise<void> => {
      await joiner.type(`${PREFIX}:`);
      await joiner.screen.toShow(/^:/m);
      await joiner.type(`${line}\r`);
      await joiner.screen.toNotShow(/^:/m);
    };
    // What opens a list, a clock or a question must close again with one of these, and not with a key of the shell's.
    const closing = ['q', '\u001B', '\u0003', '\u0003'];
    for (const key of ['\u001A', 'D', 'i', 'w', 's', 't', 'q', '?', '~', '=', '#', 'f', "'", '.', ',', '&', 'x', '$']) {
      await joiner.type(PREFIX + key);
      for (const close of closing) {
        await until(async () => (await joiner.screen.read()).lines.length, { what: 'a look' });
        await joiner.type(close);
      }
      expect(joiner.exit, `after C-b ${JSON.stringify(key)}`).toBeUndefined();
      await toDisplay(host, '#{window_panes} #{session_windows} #{pane_in_mode}', '1 1 0');
    }
    await command('display-message "said to $((1+1)) me"');
    await joiner.screen.toShow('said to $((1+1)) me');
    await command('detach-client -a');
    await joiner.screen.toShow('Joiners can detach only themselves');
    for (const line of ['suspend-client', 'lock-client -t x', 'choose-tree', 'no-such-command', 'switch-client -n']) {
      await command(line);
      await joiner.type('\u0003');
    }
    await joiner.type('\u0003\recho alive $((50+5))\r');
    await joiner.screen.toShow('alive 55');
    const shell = await host.capture('', '-S', '-100');
    for (const word of ['display-message', 'detach-client', 'suspend', 'choose-tree', 'not found']) {
      expect(shell).not.toContain(word);
    }
    if (mode === 'attached') {
      expect(await host.terminal.exit()).toBeUndefined();
      await host.terminal.toShow('alive 55');
    }
    expect(joiner.exit).toBeUndefined();
  });
});

describe('many joiners', () => {
  it('see the same in terminals of every size, the larger ones with a clean margin', async () => {
    const { host, join, token, readToken } = await share(stage, shipmate);
    const sizes = [
      [120, 40],
      [200, 60],
      [100, 30],
      [80, 24],
      [132, 43],
    ] as const;
    const joiners = await Promise.all(
      sizes.map(async ([cols, rows], n) => await join({ cols, rows, user: n === 4 ? readToken : token })),
    );
    await toDisplay(host, '#{window_width}x#{window_height}', '80x23');
    const text = String.raw`clear; for n in 1 2 3; do printf '%079d\n' $n; done; printf '日本語 é end\n'`;
    await joiners[0]?.type(`${text}\r`);
    for (const joiner of joiners) await joiner.screen.toShow(/^日本語 é end/m);
    const pane = (await toShowTheHosts(host, joiners[3] as PtyJoiner)).split('\n').slice(0, 5);
    expect(pane[2]).toBe('3'.padStart(79, '0'));
    for (const [n, joiner] of joiners.entries()) {
      // Next to and below the window are its edge and dots, and nothing of the screen before: the window was larger until the
      // smallest of them had joined.
      const outside = /^·*(\(size 80x23 from a smaller client\))?$/;
      await joiner.screen.toBe(
        (_, { lines }) => lines.slice(24, -1).every((line) => outside.test(line)),
        'nothing but dots below the window',
      );
      const { lines, cols, rows } = await joiner.screen.read();
      expect([cols, rows]).toEqual(sizes[n]);
      expect(lines.slice(0, 5).map((line) => line.replace(/[│·]+$/, '').trimEnd())).toEqual(pane);
      // The host renames a window at its own pace.
      await joiner.screen.toShow('0:bash*');
    }
    // The smallest writer leaves: the window is the next one's.
    await joiners[3]?.stop();
    await toDisplay(host, '#{window_width}x#{window_height}', '100x29');
  });

  it('have a seat each where they share one connection (ControlMaster), and leave one by one', async () => {
    const { host, join } = await share(stage, shipmate);
    const socket = tempDir('smc');
    stage.onClear(() => socket.dispose());
    const args = ['-o', 'ControlMaster=auto', '-o', `ControlPath=${socket.file('s')}`];
    const first = await join({ args, cols: 100, rows: 30 });
    await first.screen.toShow('$');
    const second = await join({ args, cols: 90, rows: 26 });
    await second.screen.toShow('$');
    const third = await join({ args, cols: 120, rows: 40 });
    await third.screen.toShow('$');
    await toDisplay(host, '#{tmate_num_clients}', '3');
    await toDisplay(host, '#{window_width}x#{window_height}', '90x25');

    await second.type(`${PREFIX}:`);
    await second.screen.toShow(/^:$/m);
    await first.type('echo $((6*7))\r');
    for (const { screen } of [first, third]) await screen.toShow(/^42\b/m);
    await second.type('display-message only-here\r');
    await second.screen.toShow('only-here');
    expect(await first.screen.text()).not.toContain('only-here');
    await second.resize(80, 20);
    await toDisplay(host, '#{window_width}x#{window_height}', '80x19');

    await second.type(`${PREFIX}d`);
    expect(await second.exited()).toEqual({ status: 0, signal: null });
    await toDisplay(host, '#{tmate_num_clients}', '2');
    await toDisplay(host, '#{window_width}x#{window_height}', '100x29');
    // The one that opened the connection may leave before the others.
    await first.type(`${PREFIX}d`);
    await toDisplay(host, '#{window_width}x#{window_height}', '120x39');
    await third.type('echo $((7*8))\r');
    await third.screen.toShow(/^56$/m);
    expect(first.exit).toBeUndefined();
    await third.type(`${PREFIX}d`);
    for (const joiner of [third, first]) expect(await joiner.exited()).toEqual({ status: 0, signal: null });
  });

  it('who may only watch cannot type, resize or run a command', async () => {
    const { host, joiner, join, readToken } = await joined();
    const reader = await join({ user: readToken, cols: 40, rows: 10 });
    await reader.screen.toShow('$');
    await reader.type('echo typed by a reader\r');
    await reader.screen.toShow('You are read-only');
    await reader.type(`${PREFIX}c${PREFIX}%${PREFIX}:rename-window r\r`);
    await reader.resize(30, 8);
    // What the writer types after it shows that the reader's would have come by now.
    await joiner.type('echo writer $((3*3))\r');
    await joiner.screen.toShow('writer 9');
    await reader.screen.toShow('writer 9');
    expect(await host.capture()).not.toContain('typed by');
    expect(await host.display('#{session_windows} #{window_panes} #{window_width}x#{window_height}')).toBe('1 1 80x23');
    await toDisplay(host, '#{window_name}', 'bash');
    await reader.type(`${PREFIX}d`);
    expect((await reader.exited()).status).toBe(0);
  });

  it('are not delayed by one whose terminal stands still, and it sees the newest screen when it continues', async () => {
    const { host, joiner, join } = await joined();
    const still = await join();
    await still.screen.toShow('$');
    tryKill(still.pid, 'SIGSTOP');
    await joiner.type('seq 1 300000; echo flood $((7*7))\r');
    await joiner.screen.toShow('flood 49', 30_000);
    expect(await host.capture()).toContain('flood 49');
    await joiner.type('clear; echo now $((8*8))\r');
    await joiner.screen.toShow('now 64');
    tryKill(still.pid, 'SIGCONT');
    await still.screen.toShow('now 64');
    expect(await toShowTheHosts(host, still)).not.toContain('flood');
  });
});

describe('what programs draw', () => {
  const colours = String.raw`clear; for i in 1 2 3 4 5 6; do printf '\033[38;2;%d;99;200m%d\033[48;2;9;%d;9mx\033[m' $((i*40)) $i $((i*30)); done; echo`;
  const wide = String.raw`clear; printf '日本語テキスト 한국어 中文|\n😀🎉🚀|\ncafe\xcc\x81|\n\033[1;3;4;7mstyled\033[m\n'`;
  const log = String.raw`clear; printf '\033[33mcommit abc\033[m\n\033[31m-a\033[m\n\033[32m+b\033[m\n'`;
  it.each([
    ['24-bit colours', colours, '6x'],
    ['wide and combining characters', wide, 'styled'],
    ['a coloured log', log, '+b'],
    ['less', "seq 1 500 | sed 's/$/ a line of text/' | less -N", '20 20 a line'],
    ['vim', 'vim -n -u NONE -N -c "set number ruler" -c "put =range(1,60)" -c "normal gg" -c "split"', '[No Name]'],
    ['htop', 'htop', 'Load average'],
  ])('is the same to a joiner as to the host: %s', async (name, line, seen) => {
    const { host, joinReal } = await share(stage, shipmate, { env: { LANG: 'C.UTF-8', LESS: '' } });
    const joiner = await joinReal();
    await joiner.screen.toShow('$');
    await joiner.type(`${line}\r`);
    await joiner.screen.toShow(seen);
    if (name === 'htop') {
      // It redraws every other second: stop it for the comparison.
      await joiner.type('Z');
    }
    await toShowTheHosts(host, joiner);
    if (name === 'less' || name === 'vim') {
      await joiner.type(name === 'less' ? ' G' : 'Gi日本 text\u001B');
      await joiner.screen.toShow(name === 'less' ? '500 500' : '日本 text');
      await toShowTheHosts(host, joiner);
    }
  });

  it('has the colours that the host has in its own terminal', async () => {
    const { host, joinReal } = await share(stage, shipmate, { mode: 'attached' });
    const joiner = await joinReal();
    await joiner.type(`${colours}\r`);
    const row = async (screen: OuterTmux): Promise<string> => {
      await screen.toShow(/6x\n\$/);
      // What style the blanks at the end have is not to be seen.
      return ((await screen.settled()).styled[0] ?? '').replace(/(\u001B\[[\d;]*m| )+$/, '');
    };
    const own = await row(host.terminal);
    expect(own).toMatch(/38;5;26m1.*48;5;34mx$/);
    expect(await row(joiner.screen)).toBe(own);
  });
});
