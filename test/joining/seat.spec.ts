import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { PtyJoiner, Shipmate, Stage, until, type TmateHost } from '#testing';
import { share, toDisplay, type Share } from '../share.fixture.js';

// What a mate's terminal sends besides keys (mouse, focus, pastes) and gets besides cells, on a stock host.
const server = new Stage();
const stage = new Stage();
let shipmate: Shipmate;
beforeAll(async () => {
  shipmate = await server.add(Shipmate.start());
});
afterEach(async () => await stage.clear());
afterAll(async () => await server.clear());

const down = (x: number, y: number, button = 0): string => `\u001B[<${button};${x};${y}M`;
const up = (x: number, y: number, button = 0): string => `\u001B[<${button};${x};${y}m`;
const drag = (x: number, y: number): string => `\u001B[<32;${x};${y}M`;
const click = (x: number, y: number): string => down(x, y) + up(x, y);

async function joined(conf: string, options: Parameters<typeof share>[2] = {}): Promise<Share & { joiner: PtyJoiner }> {
  const shared = await share(stage, shipmate, { conf, ...options });
  const joiner = await shared.join();
  await joiner.screen.toShow('$');
  return { ...shared, joiner };
}

/** Waits for what the pane's program was typed, as `cat -v` shows it. */
async function toHave(host: TmateHost, pane: string, text: string): Promise<void> {
  let seen = '';
  await until(async () => (seen = await host.capture(pane)).includes(text), {
    what: `pane ${pane} to have ${text}`,
  }).catch((error: unknown) => {
    throw new Error(`${String(error)}; it has ${seen}`, { cause: error });
  });
}

describe('a mouse', () => {
  it('works the panes and windows of a host that turned it on', async () => {
    const { host, joiner, join, readToken } = await joined('set -g mouse on');
    expect(joiner.screen.terminal.modes.mouseTrackingMode).toBe('drag');
    await host.command('split-window', '-h');
    await host.command('new-window', '-d', '-n', 'other');
    await joiner.screen.toShow('1:other');
    await toDisplay(host, '#{pane_index}', '1');
    await joiner.type(click(10, 5));
    await toDisplay(host, '#{pane_index}', '0');

    const width = Number(await host.display('#{pane_width}'));
    await joiner.type(down(width + 1, 5) + drag(width - 4, 5) + drag(width - 9, 5) + up(width - 9, 5));
    await toDisplay(host, '#{pane_width}', String(width - 10));
    await joiner.type(down(width - 9, 5) + drag(width + 1, 5) + up(width + 1, 5));
    await toDisplay(host, '#{pane_width}', String(width));

    await host.typeLine('seq 1 200');
    await joiner.screen.toShow(/^200/m);
    for (let n = 0; n < 5; n++) await joiner.type(down(10, 5, 64));
    await toDisplay(host, '#{pane_in_mode}', '1');
    await until(async () => Number(await host.display('#{scroll_position}')) > 0, {
      what: 'the history to be scrolled',
    });
    await joiner.screen.toShow(/\[\d+\/\d+\]/);
    // Back at its end the mode is over; what comes after that is typed into nothing.
    for (let n = 0; n < 20; n++) await joiner.type(down(10, 5, 65));
    await toDisplay(host, '#{pane_in_mode}', '0');
    await host.typeLine('echo al$((1+1))ve');
    await joiner.screen.toShow(/^al2ve/m);
    expect(await host.capture('0')).not.toMatch(/\[1;5B|;5B/);

    const { lines } = await joiner.screen.read();
    await joiner.type(click((lines.at(-1) ?? '').indexOf('1:other') + 1, 24));
    await toDisplay(host, '#{window_index}', '1');
    await joiner.type(down(1, 24, 64) + down((lines.at(-1) ?? '').indexOf('0:') + 1, 24, 64));
    await toDisplay(host, '#{window_index}', '0');

    const reader = await join({ user: readToken });
    await reader.screen.toShow(/^al2ve/m);
    expect(reader.screen.terminal.modes.mouseTrackingMode).toBe('none');
    await reader.type(click(60, 5));
    await joiner.type('\u0002z');
    await toDisplay(host, '#{pane_index} #{window_zoomed_flag}', '0 1');
  });

  it("selects text into the host's buffer and the joiner's clipboard", async () => {
    const { host, joiner } = await joined('set -g mouse on');
    let clipboard = '';
    joiner.screen.terminal.parser.registerOscHandler(52, (data) => ((clipboard = data), true));
    await joiner.type("clear; printf 'alpha beta\\ngamma\\n'\r");
    await joiner.screen.toShow(/^gamma$/m);
    await joiner.type(down(7, 1) + drag(6, 2));
    await joiner.screen.toShow(/\[0\/\d+\]/);
    expect(await host.display('#{pane_in_mode}')).toBe('0');
    await joiner.type(up(6, 2));
    await until(async () => (await host.command('show-buffer').catch(() => '')) === 'beta\ngamma', {
      what: 'the host to have the buffer',
    });
    const copied = (): string => Buffer.from(clipboard.split(';')[1] ?? '', 'base64').toString();
    await until(() => copied() === 'beta\ngamma', { what: 'the clipboard to have it' });
    await joiner.screen.toNotShow(/\[0\/\d+\]/);
  });

  it.each([
    ['SGR', '\\033[?1002h\\033[?1006h', '^[[<0;5;4M^[[<32;6;4M^[[<0;6;4m^[[<64;6;4M'],
    ['the old form', '\\033[?1002h', '^[[M %$^[[M@&$^[[M#&$^[[M`&$'],
    ['UTF-8', '\\033[?1002h\\033[?1005h', '^[[M %$^[[M@&$^[[M#&$^[[M`&$'],
  ])('is told to programs in %s, with and without tmux having it', async (_, ask, seen) => {
    const { host, joiner } = await joined('');
    const reports = down(5, 4) + drag(6, 4) + up(6, 4) + down(6, 4, 64);
    await joiner.type(`stty -icanon -echo; clear; printf '${ask}'; cat -v\r`);
    await until(() => joiner.screen.terminal.modes.mouseTrackingMode === 'drag', { what: 'the mouse to be asked for' });
    await joiner.type(reports);
    await toHave(host, '', seen);
    await host.command('set-option', '-g', 'mouse', 'on');
    await host.command('send-keys', 'Enter');
    await joiner.type(reports);
    await toHave(host, '', `${seen}\n${seen}`);
  });
});

describe('a terminal', () => {
  it('tells programs of its focus, and has title, cursor, links and clipboard of the active one', async () => {
    const { host, joiner } = await joined(
      'set -g set-titles on\nset -g set-titles-string "#W of #S"\nset -g focus-events on',
    );
    const { terminal } = joiner.screen;
    let [title, clipboard, colour, link] = ['', '', '', ''];
    terminal.onTitleChange((text) => (title = text));
    terminal.parser.registerOscHandler(52, (data) => ((clipboard = data), true));
    terminal.parser.registerOscHandler(12, (data) => ((colour = data), true));
    terminal.parser.registerOscHandler(8, (data) => ((link ||= data), false));
    await host.command('rename-window', 'named');
    await until(() => title === 'named of 0', { what: 'the title' });
    const said = String.raw`\033[?1004h\033[4 q\033]12;#112233\007\033]52;c;c2hhcmVk\007\033]8;;https://example.org/\033\\here\033]8;;\033\\ `;
    await joiner.type(`stty -icanon -echo; clear; printf '${said}'; cat -v\r`);
    const has = (): boolean => [clipboard, colour, link].every((text) => text !== '');
    await until(() => terminal.modes.sendFocusMode && has(), { what: 'all of it to come' });
    expect([clipboard, colour]).toEqual(['c;c2hhcmVk', '#112233']);
    expect(link).toMatch(/;https:\/\/example\.org\/$/);
    await joiner.type('\u001B[O\u001B[I');
    await toHave(host, '', '^[[O^[[I');
  });

  it('has the same keys as the host has in its own terminal, where it sends what that does not know', async () => {
    const { host, joiner } = await joined('set -s escape-time 0');
    const own = new PtyJoiner({ port: 0, user: '', program: ['tmate', '-S', host.socket, 'attach'] });
    stage.onClear(async () => await own.stop());
    await own.screen.toShow('$');
    await joiner.type("stty -icanon -echo; clear; printf 'th%s\\n' ere; cat -v\r");
    let lines = 'there';
    await toHave(host, '', lines);
    for (const [keys, seen] of [
      ['\u{1b}[97;5u', '^[[97;5u'],
      ['\u{1b}[E', '^[[E'],
      ['\u{1b}[1;5E', '^[[1;5E'],
      ['\u{1b}OE', '^[OE'],
      // é in Latin-1 begins a character in UTF-8 that never comes.
      ['\u{e9}', ''],
    ] as const) {
      for (const end of [own, joiner]) {
        await end.type(Buffer.from(`<${keys}`, 'latin1'));
        await toHave(host, '', `${lines}\n<`);
        await end.type('>\r');
        lines += `\n<${seen}>`;
        await toHave(host, '', lines);
      }
    }
  });

  it('pastes a megabyte whole, in order, with no key of tmux in it', async () => {
    const { host, joiner } = await joined('');
    const lines = Array.from({ length: 9000 }, (_, n) => `${n} ${'x'.repeat(100)} \u0002c \u0002& é 日本`);
    const text = `${lines.join('\n')}\n`;
    const bytes = Buffer.byteLength(text);
    expect(bytes).toBeGreaterThan(1024 * 1024);
    await joiner.type(
      `stty raw -echo; printf '\\033[?2004h'; head -c ${bytes + 12} > ~/pasted; stty sane; echo do''ne\r`,
    );
    await until(async () => (await host.display('#{pane_current_command}')) === 'head', { what: 'head to run' });
    await joiner.type(`\u001B[200~${text}\u001B[201~`);
    await joiner.screen.toShow('done', 40_000);
    await joiner.type('sha256sum < ~/pasted; wc -c ~/pasted\r');
    const wanted = `\u001B[200~${text.replaceAll('\n', '\r')}\u001B[201~`;
    await joiner.screen.toShow(createHash('sha256').update(wanted).digest('hex'));
    expect(await host.display('#{session_windows}')).toBe('1');
  });

  it('that is no UTF-8 shows no garbage, whatever it is called', async () => {
    const { host, join } = await joined('');
    await host.command('split-window', '-h');
    const said = String.raw`\346\227\245\346\234\254 \303\251 \033[38;2;9;99;200mcolour\033[m \033]8;;https://example.org/\033\\link\033]8;;\033\\ |\n`;
    await host.typeLine(`clear; printf '${said}'`);
    const args = ['-o', 'SetEnv=LC_ALL=C'];
    const terms = ['vt100', 'linux', 'screen', 'xterm'];
    const joiners = await Promise.all(terms.map(async (term) => await join({ term, args })));
    for (const joiner of joiners) {
      await joiner.screen.toShow(/│\?{4} \? colour link \|/);
      const { lines } = await joiner.screen.read();
      for (const line of lines.slice(0, 23)) expect(line).toMatch(/^[ -~]*│[ -~]*$/);
    }
  });
});
