import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  cleanEnv,
  Program,
  PtyJoiner,
  run,
  Shipmate,
  sshArgs,
  Stage,
  SyntheticHost,
  tempDir,
  TmateHost,
  until,
} from '#testing';

// Certificates of OpenSSH: for joiners, whose host names a CA, and for hosts, whose operator does.
const house = new Stage();
const stage = new Stage();
const keys = tempDir('smc');
const CA = keys.file('ca');
const OTHER_CA = keys.file('other-ca');
const ANN = keys.file('ann');
const OPERATOR = keys.file('operator');
const HOSTS = keys.file('hosts');
const PAST = ['-V', '20200101000000Z:20210101000000Z'];
let shipmate: Shipmate;
let port: number;

const publicKey = (file: string): string => readFileSync(`${file}.pub`, 'utf8').trim();
const env = cleanEnv(keys.path);

async function makeKey(file: string): Promise<void> {
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file]);
}

/** ann's key, certified by `ca` as `args` say: what ssh is to be called with. */
async function certificate(name: string, ca: string, ...args: string[]): Promise<string[]> {
  const file = keys.file(name);
  copyFileSync(`${ANN}.pub`, `${file}.pub`);
  await run('ssh-keygen', ['-q', '-s', ca, '-I', `id of ${name}`, '-n', 'ann', ...args, `${file}.pub`]);
  return [...withKey(ANN), '-o', `CertificateFile=${file}-cert.pub`];
}
const withKey = (file: string): string[] => ['-o', 'IdentitiesOnly=yes', '-i', file];

/** A session that these lines of authorized keys may join. */
async function asking(...lines: string[]): Promise<SyntheticHost> {
  const commands = lines.map((line) => ['set-option', '-g', 'tmate-set', `authorized_keys=${line}`]);
  const ssh = { privateKey: readFileSync(OPERATOR) };
  const host = await stage.add(SyntheticHost.start({ port, ssh }, { commands }));
  host.output('inside');
  return host;
}

async function comesIn(user: string, args: string[]): Promise<void> {
  const joiner = await stage.add(new PtyJoiner({ port, user, args }));
  await joiner.screen.toShow('inside');
}

/** All that ssh says to somebody who stays out. */
async function staysOut(user: string, args: string[]): Promise<string> {
  const { stderr, stdout, status } = await run('ssh', sshArgs({ port, user, args: ['-tt', '-v', ...args] }), {
    env,
    mayFail: true,
  });
  expect({ stdout, status }).toEqual({ stdout: '', status: 255 });
  expect(stderr).toContain('Permission denied');
  return stderr;
}

/** An agent without keys: its socket. */
async function agent(name: string): Promise<string> {
  const socket = keys.file(`${name}.agent`);
  const program = new Program('ssh-agent', ['-D', '-a', socket], { env });
  stage.onClear(async () => void (await program.stop()));
  await until(() => existsSync(socket), { what: 'the agent' });
  return socket;
}

beforeAll(async () => {
  for (const file of [CA, OTHER_CA, ANN, OPERATOR]) await makeKey(file);
  writeFileSync(HOSTS, `${publicKey(OPERATOR)}\ncert-authority,principals="hosts" ${publicKey(CA)}\n`);
  shipmate = await house.add(Shipmate.start({ env: { SHIPMATE_HOST_AUTHORIZED_KEYS: HOSTS } }));
  port = shipmate.sshPort;
});
afterEach(async () => await stage.clear());
afterAll(async () => {
  await house.clear();
  keys.dispose();
});

describe('a session that a CA opens', () => {
  it('is joined with its certificates, to type and to look, and the log says by whose', async () => {
    const host = await asking(`cert-authority,principals="bob,ann",from="127.0.0.1" ${publicKey(CA)}`);
    const right = await certificate('right', CA, '-z', '7', '-O', 'source-address=127.0.0.0/8,::1/128');
    await comesIn(await host.token('write'), right);
    await comesIn(await host.token('read'), right);
    const joined = (): typeof shipmate.log =>
      shipmate.log.filter(
        ({ event, key, certificate: said }) =>
          event === 'joined' &&
          String(key).startsWith('SHA256:') &&
          String(said).startsWith('"id of right" serial 7 of CA SHA256:'),
      );
    await until(() => joined().length === 2, { what: 'the log to tell of both' });
    const { status, text } = await shipmate.get(`/t/${await host.token()}`);
    expect(status).toBe(403);
    expect(text).toMatch(/key/i);
  });

  it('takes whatever principals where its line names none, and says so to the host', async () => {
    const host = await asking(`cert-authority ${publicKey(CA)}`);
    await until(() => host.notices.join('\n').includes('every certificate of this CA is accepted'), {
      what: 'a notice',
    });
    await comesIn(await host.token(), await certificate('nobody', CA, '-n', 'nobody'));
  });

  it('is not joined with another, and its owner is told why', async () => {
    const host = await asking(`cert-authority,principals="ann" ${publicKey(CA)}`);
    const user = await host.token();
    const rows: [string[], string][] = [
      [await certificate('foreign', OTHER_CA), 'Only certain SSH keys may do this'],
      [withKey(ANN), 'Only certain SSH keys may do this'],
      [await certificate('expired', CA, ...PAST), 'Your certificate expired at 2021-01-01 00:00:00 UTC'],
      [await certificate('bob', CA, '-n', 'bob'), 'Your certificate names no principal that may do this'],
      [await certificate('far', CA, '-O', 'source-address=10.0.0.0/8'), 'may not be used from your address'],
      [await certificate('command', CA, '-O', 'force-command=id'), 'Your certificate is for one command only'],
      [await certificate('no-pty', CA, '-O', 'no-pty'), 'does not permit a terminal (permit-pty)'],
      [await certificate('strange', CA, '-O', 'critical:x@example.org=1'), 'critical option "x@example.org"'],
    ];
    for (const [args, said] of rows) expect(await staysOut(user, args)).toContain(said);
  });

  it('is not joined any more when the line of its CA has expired', async () => {
    const host = await asking(`cert-authority,expiry-time="20210101Z" ${publicKey(CA)}`);
    const said = await staysOut(await host.token(), await certificate('late', CA));
    expect(said).toContain('The CA of your certificate is no longer accepted here: it has expired');
  });

  it('is joined by an agent with ten keys, one of them certified', async () => {
    const socket = await agent('ten');
    for (let n = 0; n < 10; n++) {
      const file = keys.file(`agent-${n}`);
      await makeKey(file);
      if (n === 9) await run('ssh-keygen', ['-q', '-s', CA, '-I', 'agent', '-n', 'ann', `${file}.pub`]);
      await run('ssh-add', ['-q', file], { env: { ...env, SSH_AUTH_SOCK: socket } });
    }
    const host = await asking(`cert-authority,principals="ann" ${publicKey(CA)}`);
    const joiner = new Program(
      'ssh',
      sshArgs({ port, user: await host.token(), args: ['-tt'] }).map((word) =>
        word === 'IdentityAgent=none' ? `IdentityAgent=${socket}` : word,
      ),
      { env },
    );
    stage.onClear(async () => void (await joiner.stop()));
    await joiner.toPrint(/inside/);
  });
});

describe('an operator that lets a CA’s people host', () => {
  const hostArgs = (args: string[]): string[] =>
    sshArgs({ port, user: 'tmate', args: ['-v', ...args, '-s'], command: 'tmate' });

  // The stock client takes certificates from an agent alone: it knows no file of them.
  it.each([
    ['ed25519', '256'],
    ['rsa', '2048'],
  ])('takes a stock tmate whose agent has one of %s, and the log says whose', async (type, bits) => {
    const file = keys.file(`host-${type}`);
    await run('ssh-keygen', ['-q', '-t', type, '-b', bits, '-N', '', '-f', file]);
    await run('ssh-keygen', ['-q', '-s', CA, '-I', type, '-n', 'hosts', '-O', 'clear', `${file}.pub`]);
    const socket = await agent(`host-${type}`);
    await run('ssh-add', ['-q', file], { env: { ...env, SSH_AUTH_SOCK: socket } });
    const options = { serverConf: shipmate.tmateConf, env: { SSH_AUTH_SOCK: socket } };
    const host = await stage.add(TmateHost.start(options));
    await host.waitReady();
    expect(await host.token()).not.toBe('');
    const opened = (): boolean =>
      shipmate.log.some(
        ({ event, certificate: said }) =>
          event === 'session-opened' && String(said).startsWith(`"${type}" serial 0 of CA SHA256:`),
      );
    await until(opened, { what: 'the log to tell of the host' });
  });

  it.each<[string, () => Promise<string[]>, string]>([
    ['for other principals', async () => await certificate('host-ann', CA), 'names no principal that may do this'],
    ['of another CA', async () => await certificate('host-x', OTHER_CA, '-n', 'hosts'), 'Only certain SSH keys'],
    ['that expired', async () => await certificate('host-old', CA, '-n', 'hosts', ...PAST), 'expired at 2021-01-01'],
  ])('refuses one %s', async (_, args, said) => {
    const refused = new Program('ssh', hostArgs(await args()), { env });
    expect((await refused.exited).status).toBe(255);
    expect(refused.stderr).toContain(said);
  });
});
