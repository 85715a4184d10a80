import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Shipmate, Stage, TmateHost, until } from '#testing';
import { share, toDisplay } from '../share.fixture.js';

// What a host is told, and what becomes of its mates when it goes.
const server = new Stage();
const stage = new Stage();
let shipmate: Shipmate;
beforeAll(async () => {
  shipmate = await server.add(Shipmate.start());
});
afterEach(async () => await stage.clear());
afterAll(async () => await server.clear());

describe('a stock host', () => {
  it('is told how to be joined, in the words that scripts look for', async () => {
    // tmate tells its messages to a terminal alone.
    const { host, token, readToken } = await share(stage, shipmate, { mode: 'attached' });
    expect(token).toMatch(/^[A-Za-z0-9]{25}$/);
    expect(readToken).toMatch(/^ro-[A-Za-z0-9]{25}$/);
    const command = (user: string): string => `ssh -p${shipmate.sshPort} ${user}@127.0.0.1`;
    expect(await host.display('#{tmate_ssh}')).toBe(command(token));
    expect(await host.display('#{tmate_ssh_ro}')).toBe(command(readToken));
    const messages = await host.messages();
    expect(messages).toContain('Note: clear your terminal before sharing readonly access');
    expect(messages).toContain(`ssh session read only: ${command(readToken)}`);
    expect(messages).toContain(`ssh session: ${command(token)}`);
  });

  it('is told no port where joiners use the usual one', async () => {
    const env = { SHIPMATE_SSH_PUBLIC_PORT: '22', SHIPMATE_SSH_HOST: 'localhost' };
    const usual = await stage.add(Shipmate.start({ env }));
    const conf = `set -g tmate-server-port ${usual.sshPort}\nset -g tmate-server-host 127.0.0.1`;
    const { host, token } = await share(stage, usual, { conf });
    expect(await host.display('#{tmate_ssh}')).toBe(`ssh ${token}@localhost`);
  });

  it('knows how many look at it, and who came and went', async () => {
    const { host, join, readToken } = await share(stage, shipmate, { mode: 'attached' });
    expect(await host.display('#{tmate_num_clients}')).toBe('0');
    const first = await join();
    await first.screen.toShow('$');
    await toDisplay(host, '#{tmate_num_clients}', '1');
    const reader = await join({ user: readToken });
    await toDisplay(host, '#{tmate_num_clients}', '2');
    await first.stop();
    await toDisplay(host, '#{tmate_num_clients}', '1');
    await reader.stop();
    await toDisplay(host, '#{tmate_num_clients}', '0');
    expect(await host.messages()).toMatch(
      /A mate has joined \(127\.0\.0\.1\) -- 1 client currently[^]*A mate has left \(127\.0\.0\.1\) -- 1 client/,
    );
  });

  it('shares in the foreground as a CI job does', async () => {
    const host = await stage.add(TmateHost.start({ serverConf: shipmate.tmateConf, mode: 'foreground' }));
    await host.waitReady({ keepMessages: true });
    await host.foreground?.toPrint(new RegExp(`ssh session: ssh -p${shipmate.sshPort} ${await host.token()}@127`));
  });
});

describe("the host's own configuration", () => {
  it('is what a joiner meets: prefix, status line on top, bindings, and what changes later', async () => {
    const conf = [
      'unbind C-b',
      'set -g prefix C-a',
      'bind C-a send-prefix',
      'set -g status-position top',
      'set -g status-style "bg=colour24,fg=white"',
      'set -g status-left "<#S> "',
      'bind | split-window -h \\; select-layout even-horizontal',
      'bind -n F5 new-window -n five',
      'set -g base-index 1',
    ].join('\n');
    const { host, joinReal } = await share(stage, shipmate, { conf });
    const joiner = await joinReal();
    await joiner.screen.toShow('$');
    await joiner.screen.toBe((text) => /^<\S+> .*1:\S+\*/.test(text), 'the status line on top');
    expect((await joiner.screen.readStyled()).styled[0]).toMatch(/48;5;24/);
    await joiner.press('C-a', '|');
    await toDisplay(host, '#{window_panes}', '2');
    await joiner.press('F5');
    await toDisplay(host, '#{window_index}:#{window_name}', '2:five');
    await joiner.screen.toShow('2:five*');
    // C-b is a key like any other now: the shell moves its cursor back.
    await joiner.type('echo 21\u00023\r');
    await joiner.screen.toShow(/^231$/m);
    await host.command('bind-key', 'k', 'rename-window', 'bound-later');
    await host.command('set', '-g', 'status-position', 'bottom');
    await joiner.screen.toBe((text) => /2:five\*/.test(text.split('\n').at(-1) ?? ''), 'the status line below');
    await joiner.press('C-a', 'k');
    await joiner.screen.toShow('2:bound-later*');
  });
});

describe('when the host goes', () => {
  it('its joiners are told, and end well, as the last shell exits', async () => {
    const { join, host, readToken } = await share(stage, shipmate);
    const joiners = [await join(), await join({ user: readToken })];
    for (const joiner of joiners) await joiner.screen.toShow('$');
    await joiners[0]?.type('exit\r');
    for (const joiner of joiners) {
      expect((await joiner.exited()).status).toBe(0);
      await joiner.screen.toShow('[the host ended the session]');
    }
    await until(async () => (await host.display('x').catch(() => '')) === '', { what: 'tmate to be gone' });
  });

  it('its joiners are told by kill-server too, and their terminals are as they were', async () => {
    const { join, joinReal, host } = await share(stage, shipmate);
    const joiner = await joinReal();
    const other = await join();
    await other.screen.toShow('$');
    await joiner.screen.toShow('$');
    expect((await joiner.screen.readStyled()).modes.alternate).toBe(true);
    await host.killServer();
    expect((await joiner.exited()).status).toBe(0);
    const { modes } = await joiner.screen.readStyled();
    expect(modes).toMatchObject({ alternate: false, keypadCursor: false, mouseStandard: false });
    expect((await other.exited()).status).toBe(0);
    expect((await other.screen.read()).cursor.visible).toBe(true);
  });

  it('without a word, they are told that it is waited for, and may leave', async () => {
    const { join, host } = await share(stage, shipmate);
    const joiner = await join({ cols: 160 });
    await joiner.screen.toShow('$');
    host.signal('SIGKILL');
    await joiner.screen.toShow(/lost its connection\. Waiting for it to come back: \d+:\d\d left/);
    expect(await shipmate.metric('shipmate_sessions{region="local",state="reconnecting"}')).toBeGreaterThan(0);
    const late = await join({ cols: 160 });
    await late.screen.toShow('Waiting for it to come back');
    await joiner.type('\u0002d');
    expect((await joiner.exited()).status).toBe(0);
    await joiner.screen.toShow('[detached]');
  });

  it.each(['detached', 'attached'] as const)('goes on as the current of two windows ends (%s)', async (mode) => {
    const { join, host, token } = await share(stage, shipmate, { mode });
    const joiner = await join();
    await joiner.screen.toShow('$');
    await joiner.type('echo first-one\r');
    await joiner.screen.toShow(/^first-one/m);
    await joiner.type('\u0002c');
    await toDisplay(host, '#{session_windows}', '2');
    await joiner.screen.toNotShow('first-one');
    await joiner.type('exit\r');
    await joiner.screen.toShow(/^first-one/m);
    expect(await host.display('#{session_windows}')).toBe('1');
    await joiner.type('echo still $((40+2))\r');
    await joiner.screen.toShow('still 42');
    expect(await host.token()).toBe(token);
    expect(joiner.exit).toBeUndefined();
  });
});
