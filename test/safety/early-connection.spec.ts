import { readFileSync, writeFileSync } from 'node:fs';
import type { Client } from 'ssh2';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { connectSsh, PtyJoiner, run, Shipmate, Stage, tempDir, TmateHost, until, within } from '#testing';
import { Api } from '../broker/broker.fixture.js';

// Whoever connects early, before a host asks for anything, is let in by what it asks for when they sit down.
const house = new Stage();
const stage = new Stage();
const keys = tempDir('smk');
let shipmate: Shipmate;
let apiKey: string;

beforeAll(async () => {
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', keys.file('owner')]);
  writeFileSync(keys.file('allowed'), readFileSync(keys.file('owner.pub')));
  shipmate = await house.add(Shipmate.start({ env: { SHIPMATE_OPEN_NAMES: 'open' } }));
  apiKey = await Api.of(shipmate).userWithKey('ada');
});
afterEach(async () => await stage.clear());
afterAll(async () => {
  await house.clear();
  keys.dispose();
});

/** A connection that is let in and opens no terminal yet. */
async function early(user: string): Promise<Client> {
  const client = await connectSsh(user, { port: shipmate.sshPort });
  await stage.add({ stop: async () => await Promise.resolve(void client.destroy()) });
  return client;
}

/** Opens the terminal, types, and waits for the end: what it read, and its exit status. */
async function enter(client: Client): Promise<{ text: string; status: number | undefined }> {
  return await within(
    new Promise((resolve, reject) => {
      client.shell({ cols: 80, rows: 24, term: 'xterm-256color' }, (error, channel) => {
        if (error !== undefined) return reject(error);
        const state: { text: string; status: number | undefined } = { text: '', status: undefined };
        const read = (bytes: Uint8Array): void => void (state.text += Buffer.from(bytes).toString());
        channel.on('data', read);
        channel.stderr.on('data', read);
        channel.on('exit', (code: number) => (state.status = code));
        channel.on('close', () => resolve(state));
        channel.write('echo entered-$((40+2))\r');
      });
    }),
    'the connection to be refused',
  );
}

/** A host with a terminal, which shows what the server tells it. */
async function hosting(args: readonly string[], conf = ''): Promise<TmateHost> {
  const host = await stage.add(TmateHost.start({ serverConf: shipmate.tmateConf, mode: 'attached', args, conf }));
  await host.waitReady();
  return host;
}

const KEY_TEXT = 'This session now requires an SSH key: connect again to offer yours\r\n';
const PASSWORD_TEXT = 'This session got a password after you connected: connect again to enter it\r\n';
const PASSWORD = 'set -g tmate-set "password=open sesame"';

describe('a connection that was made before the session was there', () => {
  it.each([
    ["a name of a user's, with tmate -a FILE", 'ada/early', ['-a', 'FILE'], '', KEY_TEXT],
    ["a name of a user's, with a password", 'ada/locked', [], PASSWORD, PASSWORD_TEXT],
    ['an open name, with tmate -a FILE', 'open/early', ['-a', 'FILE'], '', KEY_TEXT],
    ['an open name, with a password', 'open/locked', [], PASSWORD, PASSWORD_TEXT],
  ])('is refused: %s', async (_, name, args, conf, text) => {
    const client = await early(name);
    const [user, word = ''] = name.split('/');
    const named = [...(user === 'ada' ? ['-k', apiKey] : []), '-n', word];
    const given = args.map((arg) => (arg === 'FILE' ? keys.file('allowed') : arg));
    const host = await hosting([...named, ...given], conf);
    await until(async () => (await host.display('#{tmate_ssh}')).includes(name), { what: 'the host to have its name' });
    expect(await enter(client)).toEqual({ text, status: 1 });
    expect(await host.capture()).not.toContain('entered');
  });
});

describe('a connection that was made before the host asked for anything', () => {
  it.each([
    ['certain keys', ['authorized_keys'], KEY_TEXT],
    ['a password', ['password=open sesame'], PASSWORD_TEXT],
  ])('is refused when it asks for %s', async (_, [setting = ''], text) => {
    const host = await hosting([]);
    const client = await early(await host.token());
    const value =
      setting === 'authorized_keys' ? `${setting}=${readFileSync(keys.file('allowed'), 'utf8').trim()}` : setting;
    await host.command('set', '-g', 'tmate-set', value);
    const token = await host.token();
    await until(async () => await asksForMore(token), { what: 'the server to hear of it' });
    expect(await enter(client)).toEqual({ text, status: 1 });
    expect(await host.capture()).not.toContain('entered');
  });

  it('may watch and not type when everybody may only watch by then', async () => {
    const host = await hosting([], 'set -g tmate-set approve=true');
    const joiner = await stage.add(new PtyJoiner({ port: shipmate.sshPort, user: await host.token() }));
    await joiner.screen.toShow('Waiting for the host');
    const asked = async (): Promise<string | undefined> => /ssh .*(approve-\S+)@/.exec(await host.messages())?.[1];
    const approval = await until(asked, { what: 'the host to be asked' });
    await host.command('set', '-g', 'tmate-set', 'readers-only=true');
    await until(async () => (await host.messages()).includes('everyone who joins may only watch'), {
      what: 'the server to hear of it',
    });
    await stage.add(new PtyJoiner({ port: shipmate.sshPort, user: approval }));
    await joiner.screen.toShow('$');
    await joiner.type('echo typed\r');
    await host.typeLine('echo from the host');
    await joiner.screen.toShow('from the host');
    expect(await host.capture()).not.toContain('typed');
  });
});

/** Whether a connection that is made now is asked for more than its token. */
async function asksForMore(token: string): Promise<boolean> {
  try {
    (await connectSsh(token, { port: shipmate.sshPort })).destroy();
    return false;
  } catch {
    return true;
  }
}

describe('guesses', () => {
  it('at names in many connections at once are as many as those in one after the other', async () => {
    const other = await house.add(Shipmate.start());
    const answers = await Promise.all(
      Array.from({ length: 48 }, async (_, n) => {
        try {
          const client = await connectSsh(`ada/guess-${n}`, { port: other.sshPort });
          const { text } = await enter(client);
          client.destroy();
          return text;
        } catch (error) {
          return String(error);
        }
      }),
    );
    // A name is looked at when ssh authenticates: an attempt that comes after the limit fails there.
    const looked = answers.filter((text) => !text.startsWith('Error: Too many wrong tokens or passwords'));
    expect(looked.length).toBeGreaterThan(0);
    // Twenty are free, and one is wrong after them. The wait then doubles from a second on: on a machine that takes a minute
    // for these connections six more are looked at.
    expect(looked.length).toBeLessThanOrEqual(27);
  });
});
