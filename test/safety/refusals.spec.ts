import { connect } from 'node:net';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  cleanEnv,
  connectSsh,
  freePort,
  Program,
  PtyJoiner,
  run,
  Shipmate,
  sshArgs,
  Stage,
  SyntheticHost,
  SyntheticJoiner,
  tempDir,
  TmateHost,
  until,
  within,
} from '#testing';
import { Api } from '../broker/broker.fixture.js';

const house = new Stage();
const stage = new Stage();
const keys = tempDir('smk');
const RIGHT = keys.file('right');
const WRONG = keys.file('wrong');
const ALLOWED = keys.file('allowed');
let shipmate: Shipmate;
let port: number;
let host: SyntheticHost;
let token: string;

beforeAll(async () => {
  for (const file of [RIGHT, WRONG]) await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file]);
  writeFileSync(ALLOWED, readFileSync(`${RIGHT}.pub`));
  shipmate = await house.add(Shipmate.start());
  port = shipmate.sshPort;
  host = await house.add(SyntheticHost.start({ port }));
  token = await host.token();
});
afterEach(async () => await stage.clear());
afterAll(async () => {
  await house.clear();
  keys.dispose();
});

/** OpenSSH without a terminal, to its end. */
async function ssh(
  user: string,
  args: readonly string[] = [],
  command?: string,
  at = port,
): Promise<{ stdout: string; stderr: string; status: number | null }> {
  const words = sshArgs({ port: at, user, args, ...(command === undefined ? {} : { command }) });
  return await run('ssh', words, { env: cleanEnv(keys.path), mayFail: true });
}

/** OpenSSH in a terminal. */
async function terminal(user: string, args: readonly string[] = [], at = port): Promise<PtyJoiner> {
  return await stage.add(new PtyJoiner({ port: at, user, args }));
}

/** With one key file and no other. */
const withKey = (file: string): string[] => ['-o', 'IdentitiesOnly=yes', '-i', file];
const NO_KEY = ['-o', 'PubkeyAuthentication=no'];

/** One sentence and nothing else, as the whole of what ssh said. */
const oneLine = (said: string): string => {
  const lines = said.split('\n').map((line) => line.trim());
  expect(lines.filter((line) => line !== '')).toHaveLength(1);
  return lines.join('');
};

describe('plain ssh is told in one sentence, with exit status 1', () => {
  it.each(['nosuchtoken', 'ro-nosuchtoken', 'tmate', 'x'])('that there is no session %s', async (wrong) => {
    const joiner = await terminal(wrong);
    expect(await joiner.exited()).toEqual({ status: 1, signal: null });
    expect(oneLine(await joiner.screen.text())).toBe('Invalid or expired session token');
  });

  it.each(['write', 'read'] as const)('that the session was closed (%s)', async (kind) => {
    const ended = await stage.add(SyntheticHost.start({ port }));
    const user = await ended.token(kind);
    ended.fin();
    await ended.toClose();
    const joiner = await terminal(user);
    expect(await joiner.exited()).toEqual({ status: 1, signal: null });
    expect(oneLine(await joiner.screen.text())).toMatch(/^This session was closed (just now|\d+ seconds? ago)$/);
  });

  it('that a terminal is needed', async () => {
    const { stdout, stderr, status } = await ssh(token, ['-T']);
    expect(oneLine(stderr)).toBe('You need a terminal to join: use ssh -tt');
    expect({ stdout, status }).toEqual({ stdout: '', status: 1 });
  });

  it('that a dumb terminal does not do', async () => {
    const joiner = await stage.add(new PtyJoiner({ port, user: token, term: 'dumb', cols: 120 }));
    expect(await joiner.exited()).toEqual({ status: 1, signal: null });
    const text = 'Your terminal says that it cannot move its cursor (TERM=dumb): join from another one';
    expect(oneLine(await joiner.screen.text())).toBe(text);
  });

  it('that no commands are run', async () => {
    const { stdout, stderr, status } = await ssh(token, ['-T'], 'id');
    expect(oneLine(stdout + stderr)).toBe('This server does not run commands: join without one');
    expect(status).toBe(1);
  });

  it('that there are no files: sftp and scp', async () => {
    const { stdout, stderr, status } = await ssh(token, ['-s'], 'sftp');
    expect(oneLine(stderr)).toBe('This server has no SFTP or other subsystems: join the session with ssh.');
    expect({ stdout, status }).toEqual({ stdout: '', status: 1 });
  });

  it('and that wrong tokens look like right ones until then: nothing is asked, nothing is told', async () => {
    const ended = await stage.add(SyntheticHost.start({ port }));
    const old = await ended.token();
    ended.fin();
    await ended.toClose();
    const users = [token, 'a'.repeat(25), 'ada/nosuchname', old];
    const [right, ...wrong] = await Promise.all(users.map(async (user) => await ssh(user, ['-v', '-T'])));
    for (const said of [right, ...wrong]) {
      expect(said?.stderr).toContain('using "none"');
      expect(said?.stderr).not.toContain('Permission denied');
      expect(said?.stderr).not.toContain('Authentications that can continue');
    }
  });
});

describe('what a session does not offer is refused, and the session continues', () => {
  it('an eleventh terminal over one connection', async () => {
    const client = await connectSsh(token, { port });
    stage.onClear(() => client.destroy());
    const shell = async (): Promise<import('ssh2').ClientChannel> =>
      await within(
        new Promise((resolve, reject) =>
          client.shell((error, channel) => (error === undefined ? resolve(channel) : reject(error))),
        ),
        'a shell',
      );
    const first = await shell();
    for (let n = 1; n < 10; n++) await shell();
    await expect(shell()).rejects.toThrow('A connection can have at most 10 sessions at once.');
    first.write('k');
    await until(() => host.keys.at(-1)?.key === 'k'.codePointAt(0), { what: 'a key by the first channel' });
  });

  it('forwarding of ports to the session’s side (-L)', async () => {
    const local = await freePort();
    const log = keys.file('ssh.log');
    const forward = `127.0.0.1:${local}:127.0.0.1:${shipmate.httpPort}`;
    const joiner = await terminal(token, ['-L', forward, '-v', '-E', log]);
    await joiner.screen.toShow('bash');
    const socket = connect(local, '127.0.0.1');
    socket.on('error', () => undefined);
    let got = '';
    socket.on('data', (data) => (got += data.toString()));
    socket.write('GET /healthz HTTP/1.0\r\n\r\n');
    await within(new Promise((resolve) => socket.once('close', resolve)), 'ssh to close the forwarded connection');
    expect(got).toBe('');
    expect(readFileSync(log, 'utf8')).toContain('This server does not forward ports.');
    await joiner.type('l');
    await until(() => host.keys.at(-1)?.key === 'l'.codePointAt(0), { what: 'a key of that joiner' });
  });

  it('forwarding of ports from the session’s side (-R)', async () => {
    const remote = await freePort();
    const args = ['-R', `127.0.0.1:${remote}:127.0.0.1:${port}`];
    const strict = await ssh(token, [...args, '-o', 'ExitOnForwardFailure=yes', '-N']);
    expect(strict.stderr).toContain('remote port forwarding failed');
    expect(strict.status).toBe(255); // ssh's own word and status: the server is not asked for a sentence.
    const joiner = await terminal(token, args);
    await joiner.screen.toShow('bash');
    await joiner.type('r');
    await until(() => host.keys.at(-1)?.key === 'r'.codePointAt(0), { what: 'a key of that joiner' });
  });

  it('agents and X11', async () => {
    const joiner = await terminal(token, ['-A', '-o', 'ForwardX11=yes']);
    await joiner.screen.toShow('bash');
    await joiner.type('a');
    await until(() => host.keys.at(-1)?.key === 'a'.codePointAt(0), { what: 'a key of that joiner' });
  });
});

describe('a scanner', () => {
  it('that connects, looks and leaves is worth no more than a debug line', async () => {
    const looks = ['', 'GET / HTTP/1.1\r\n\r\n', 'SSH-2.0-scanner\r\n', '\0\0\0\0'];
    const quiet = await stage.add(Shipmate.start());
    const at = quiet.sshPort;
    const before = quiet.log.length;
    for (const said of looks) {
      const socket = connect(at, '127.0.0.1');
      socket.on('error', () => undefined);
      await within(new Promise((resolve) => socket.once('data', resolve)), 'a banner');
      if (said !== '') socket.write(said);
      socket.end();
      await within(new Promise((resolve) => socket.once('close', resolve)), 'the end');
    }
    const scan = new Program('ssh-keyscan', ['-p', `${at}`, '127.0.0.1'], { env: cleanEnv(keys.path) });
    expect((await within(scan.exited, 'ssh-keyscan')).status).toBe(0);
    expect(scan.stdout).toContain('ssh-ed25519');
    await ssh('root', ['-T', ...withKey(WRONG)], undefined, at);
    const told = (): typeof quiet.log => quiet.log.slice(before).filter(({ event }) => event === 'ssh-disconnected');
    await until(() => told().length > looks.length, { what: 'the log to tell of them, at debug' });
    expect(quiet.log.slice(before).filter(({ level }) => level !== 'debug')).toEqual([]);
  });
});

describe('a host that asks for keys', () => {
  const asksByFile = { args: ['-a', ALLOWED] };
  const asksByOption = { conf: `set -g tmate-authorized-keys ${JSON.stringify(ALLOWED)}` };

  it.each([
    ['by tmate -a FILE', asksByFile],
    ['by its configuration', asksByOption],
  ])('%s: the right key comes in, a wrong one and none stay out', async (_name, options) => {
    const tmate = await stage.add(TmateHost.start({ serverConf: shipmate.tmateConf, ...options }));
    await tmate.waitReady();
    for (const user of [await tmate.token('write'), await tmate.token('read')]) {
      const inside = await terminal(user, withKey(RIGHT));
      await inside.screen.toShow('$');
      for (const args of [withKey(WRONG), NO_KEY]) {
        const outside = await ssh(user, ['-tt', ...args]);
        expect(outside.status).toBe(255);
        expect(oneLine(outside.stderr)).toMatch(/Permission denied|Only certain SSH keys may do this/);
        expect(outside.stdout).toBe('');
      }
    }
  });

  it('is joined by somebody who has ten keys, the right one last', async () => {
    const others = Array.from({ length: 9 }, (_, n) => keys.file(`other-${n}`));
    for (const file of others) {
      if (!existsSync(file)) await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file]);
    }
    const allowed = `authorized_keys=${readFileSync(ALLOWED, 'utf8').trim()}`;
    const commands = [['set-option', '-g', 'tmate-set', allowed]];
    const asking = await stage.add(SyntheticHost.start({ port }, { commands }));
    asking.output('inside');
    const inside = await terminal(await asking.token(), [...others, RIGHT].flatMap(withKey));
    await inside.screen.toShow('inside');
  });

  it('one by `tmate-set`, even after the session began: people who are in stay, and newcomers need the key', async () => {
    const asking = await stage.add(SyntheticHost.start({ port }));
    const user = await asking.token();
    const early = await stage.add(SyntheticJoiner.start({ port, token: user }));
    asking.output('early');
    await early.screen.toShow('early');
    asking.send([12, 'set-option', '-g', 'tmate-set', `authorized_keys=${readFileSync(ALLOWED, 'utf8').trim()}`]);
    await until(async () => (await ssh(user, ['-T', ...NO_KEY])).status === 255, { what: 'keys to be asked for' });
    const inside = await terminal(user, withKey(RIGHT));
    await inside.screen.toShow('early');
    expect((await ssh(user, ['-T', ...withKey(WRONG)])).status).toBe(255);
    await early.type('e');
    await until(() => asking.keys.at(-1)?.key === 'e'.codePointAt(0), { what: 'who is in to type on' });
  });

  it('whose keys cannot be read lets nobody in, and is told', async () => {
    const commands = [
      ['set-option', '-g', 'tmate-authorized-keys', '/keys'],
      ['set-option', '-g', 'tmate-set', 'authorized_keys=no key at all'],
    ];
    const asking = await stage.add(SyntheticHost.start({ port }, { commands }));
    expect(asking.notices.join('\n')).toMatch(/authorized/);
    for (const args of [withKey(RIGHT), NO_KEY])
      expect((await ssh(await asking.token(), ['-tt', ...args])).status).toBe(255);
  });
});

describe('SHIPMATE_REQUIRE_AUTHORIZED_KEYS', () => {
  it('takes hosts with keys only, and tells the others how', async () => {
    const strict = await stage.add(Shipmate.start({ env: { SHIPMATE_REQUIRE_AUTHORIZED_KEYS: 'true' } }));
    const open = await stage.add(SyntheticHost.connect({ port: strict.sshPort }));
    open.introduce();
    await open.toClose();
    expect(open.notices).toEqual(['This server requires hosts to bring authorized keys: tmate -a FILE']);
    expect(open.env.size).toBe(0);

    const tmate = await stage.add(TmateHost.start({ serverConf: strict.tmateConf, args: ['-a', ALLOWED] }));
    await tmate.waitReady();
    const inside = await terminal(await tmate.token(), withKey(RIGHT), strict.sshPort);
    await inside.screen.toShow('$');
  });
});

describe('SHIPMATE_HOST_AUTHORIZED_KEYS', () => {
  it('lets only these keys host; joiners need none of them', async () => {
    const env = { SHIPMATE_HOST_AUTHORIZED_KEYS: ALLOWED };
    const strict = await stage.add(Shipmate.start({ env }));
    const at = { port: strict.sshPort };
    await expect(SyntheticHost.start(at)).rejects.toThrow(/./);
    await expect(SyntheticHost.start({ ...at, ssh: { privateKey: readFileSync(WRONG) } })).rejects.toThrow(/./);
    const known = await stage.add(SyntheticHost.start({ ...at, ssh: { privateKey: readFileSync(RIGHT) } }));
    known.output('known');
    const joiner = await stage.add(SyntheticJoiner.start({ ...at, token: await known.token() }));
    await joiner.screen.toShow('known');

    const conf = `set -g tmate-identity ${JSON.stringify(RIGHT)}`;
    const tmate = await stage.add(TmateHost.start({ serverConf: strict.tmateConf, conf }));
    await tmate.waitReady();
    expect(await tmate.token()).not.toBe('');
    // Whose key opened a session is noted, and that another one did not.
    const fingerprint = (await run('ssh-keygen', ['-l', '-f', RIGHT])).stdout.split(' ')[1] ?? '';
    const api = Api.of(strict);
    const isNoted = async (): Promise<boolean> => {
      const opened = await api.list('/events?type=session-opened');
      const keys = opened.map(({ details }) => (details as Record<string, string>)['key']);
      return keys.filter((key) => key === fingerprint).length === 2;
    };
    await until(isNoted, { what: 'the key to be noted' });
    expect(fingerprint).toMatch(/^SHA256:/);
    expect(await api.list('/events?type=refused')).toMatchObject([{ details: { reason: 'host-key' } }]);
  });
});
