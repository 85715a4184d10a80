import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { OuterTmux, PtyJoiner, Sshd, SshJoiner, Stage, tempDir, TmateHost, isRunning, until } from '#testing';

const stage = new Stage();
afterEach(async () => await stage.clear());

describe('OuterTmux', () => {
  it('shows text, styles, cursor and modes, and tells how the command ended', async () => {
    const command = String.raw`printf '\033[31mred\033[m \033[?1h\033[?25l\033]2;a title\007'; read line; exit 5`;
    const terminal = await stage.add(OuterTmux.start({ command, cols: 40, rows: 5 }));
    await terminal.toShow('red');
    const state = await terminal.readStyled();
    expect(state).toMatchObject({ cols: 40, rows: 5, cursor: { x: 4, y: 0, visible: false } });
    expect(state.styled[0]).toContain('\u001B[31mred');
    expect(state.modes).toMatchObject({ keypadCursor: true, alternate: false, title: 'a title', scrollRegion: [0, 4] });
    expect(await terminal.exit()).toBeUndefined();
    await terminal.type('\r');
    expect((await terminal.exited()).status).toBe(5);
  });

  it('types every byte as it is, few or many, and resizes', async () => {
    const dir = tempDir();
    stage.onClear(() => dir.dispose());
    const all = Uint8Array.from({ length: 256 }, (_, n) => n);
    const many = Buffer.alloc(3000, all);
    const command = `stty raw -echo; echo go; head -c 3256 > ${dir.file('typed')}; stty size; read x`;
    const terminal = await stage.add(OuterTmux.start({ command }));
    await terminal.toShow('go');
    await terminal.resize(100, 30);
    await terminal.type(all.subarray(0, 128));
    await terminal.type(all.subarray(128));
    await terminal.type(many);
    await terminal.toShow('30 100');
    expect(readFileSync(dir.file('typed')).equals(Buffer.concat([all, many]))).toBe(true);
  });

  it('shows the screen when what was waited for does not come', async () => {
    const terminal = await stage.add(OuterTmux.start({ command: 'echo something else; read x' }));
    await terminal.toShow('something');
    await expect(terminal.toShow('wanted', 50)).rejects.toThrow(/\| something else/);
  });
});

describe('SshJoiner and PtyJoiner, at OpenSSH', () => {
  it('log in, type, resize and end with the status of the shell', async () => {
    const sshd = await stage.add(
      Sshd.start({ forceCommand: `stty size; read line; echo got $line; stty size; read x; exit 7` }),
    );
    const joiners = [
      await stage.add(SshJoiner.start({ ...sshd.target, cols: 90, rows: 20 })),
      await stage.add(new PtyJoiner({ ...sshd.target, cols: 90, rows: 20 })),
    ];
    for (const joiner of joiners) {
      await joiner.screen.toShow('20 90');
      await joiner.resize(100, 30);
      await joiner.type('abc\r');
      await joiner.screen.toShow('got abc');
      await joiner.screen.toShow('30 100');
      await joiner.type('\r');
      expect((await joiner.exited()).status).toBe(7);
    }
  });
});

describe('TmateHost', () => {
  const serverConf = (): string => {
    const dir = tempDir();
    stage.onClear(() => dir.dispose());
    // Nothing listens on port 1: these tests check only the launcher.
    writeFileSync(dir.file('c'), 'set -g tmate-server-host 127.0.0.1\nset -g tmate-server-port 1\n');
    return dir.file('c');
  };

  it('runs detached, with a shell that says $', async () => {
    const host = await stage.add(TmateHost.start({ serverConf: serverConf(), size: { cols: 70, rows: 20 } }));
    await host.leaveMessages();
    await host.typeLine('echo $((6*7))');
    await until(async () => /^\$ echo .*\n42\n\$/m.test(await host.capture()), { what: 'the shell to answer' });
    expect(await host.display('#{window_width}')).toBe('70');
    const { pid } = host;
    await host.stop();
    expect(isRunning(pid)).toBe(false);
  });

  it('runs in the foreground without a terminal', async () => {
    const host = await stage.add(TmateHost.start({ serverConf: serverConf(), mode: 'foreground' }));
    await host.foreground?.toPrint(/Connecting to 127\.0\.0\.1/);
    expect(() => host.terminal).toThrow('no terminal attached');
  });

  it('runs in a terminal of a given size, under a configuration of its own', async () => {
    const host = await stage.add(
      TmateHost.start({
        serverConf: serverConf(),
        mode: 'attached',
        size: { cols: 77, rows: 19 },
        conf: 'set -g prefix C-a',
      }),
    );
    await host.leaveMessages();
    await host.terminal.toShow('$');
    await host.terminal.press('C-a', 'c');
    await until(async () => (await host.display('#{window_index}')) === '1', { what: 'a second window' });
    expect(await host.terminal.read()).toMatchObject({ cols: 77, rows: 19 });
  });
});
