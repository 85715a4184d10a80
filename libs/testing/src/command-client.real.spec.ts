import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tempDir } from './temp-dir.js';
import { TmateHost } from './tmate-host.js';

const dir = tempDir('cmd');
let host: TmateHost;
beforeAll(async () => {
  // Nobody answers there: the host keeps trying, and does what it is told.
  writeFileSync(dir.file('tmate.conf'), 'set -g tmate-server-host 127.0.0.1\nset -g tmate-server-port 1\n');
  host = await TmateHost.start({ serverConf: dir.file('tmate.conf'), shell: 'exec cat' });
});
afterAll(async () => {
  await host.stop();
  dir.dispose();
});

describe('a client that asks over one connection', () => {
  it.each([['plain'], ["it's"], ['"$HOME" \\ ~ ; % {}'], ['two\nlines\twide'], ['漢é'], ['']])(
    'hands a word over as it is: %j',
    async (word) => {
      await host.ask('set-option', '-g', '@word', word);
      expect(await host.ask('show-options', '-gv', '@word')).toBe(`${word}\n`);
    },
  );

  it('reads a long answer', async () => {
    const word = 'é漢x'.repeat(2000);
    await host.ask('set-option', '-g', '@word', word);
    expect(await host.ask('show-options', '-gv', '@word')).toBe(`${word}\n`);
  });

  it('answers as the stock client does', async () => {
    for (const command of ['list-keys', 'list-commands', 'show-options -g', 'list-panes -a']) {
      const words = command.split(' ');
      expect(await host.ask(...words)).toBe(await host.command(...words));
    }
  });

  it('runs several commands, and gives what all of them print', async () => {
    expect(await host.ask('display-message', '-p', 'one', ';', 'display-message', '-p', 'two')).toBe('one\ntwo\n');
  });

  it('reports what is wrong, and continues', async () => {
    await expect(host.ask('no-such-command')).rejects.toThrow('failed (1): unknown command');
    await expect(host.ask('kill-pane', '-t', ':7')).rejects.toThrow("can't find window 7");
    expect(await host.ask('display-message', '-p', 'still here')).toBe('still here\n');
  });

  it('does not wait for one that waits', async () => {
    const woken = host.ask('wait-for', 'something').then(() => 'woken');
    expect(await host.ask('display-message', '-p', 'meanwhile')).toBe('meanwhile\n');
    await host.ask('wait-for', '-S', 'something');
    expect(await woken).toBe('woken');
  });

  it('ends with the host', async () => {
    const waiting = host.ask('wait-for', 'nothing').catch(String);
    await host.killServer();
    expect(await waiting).toContain('lost server');
    await expect(host.ask('list-panes')).rejects.toThrow('lost server');
  });
});
