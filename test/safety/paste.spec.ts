import { spawn, type ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { cleanEnv, RedisServer, Shipmate, sshArgs, Stage, SyntheticJoiner, tempDir, until, WebJoiner } from '#testing';
import { share, type Share } from '../share.fixture.js';

// What one writer sends at once: all of it arrives, and nobody else notices.
const house = new Stage();
const stage = new Stage();
const files = tempDir('paste');
let one: Shipmate;
let two: Shipmate;

beforeAll(async () => {
  const redis = await house.add(RedisServer.start());
  const env = { SHIPMATE_REDIS_URL: redis.url, SHIPMATE_SECRET: 'pastes-pastes-pastes-pastes' };
  [one, two] = await Promise.all([house.add(Shipmate.start({ env })), house.add(Shipmate.start({ env }))]);
});
afterEach(async () => await stage.clear());
afterAll(async () => {
  await house.clear();
  files.dispose();
});

const LINES = 50_000;
/** Numbered lines: what is lost, comes twice or out of order shows. */
const TEXT = Array.from({ length: LINES }, (_, n) => `line ${n}\n`).join('');

/** A host whose program takes `TEXT` as it is typed, byte by byte, into a file. */
async function taking(name: string): Promise<Share & { readonly file: string }> {
  const shared = await share(stage, one);
  const file = files.file(name);
  await shared.host.typeLine(`stty raw -echo; printf ta; printf king; head -c ${TEXT.length} >${file}; stty sane`);
  await until(async () => (await shared.host.capture()).includes('taking'), { what: 'the program' });
  return { ...shared, file };
}

/** `ssh -tt` with a file as standard input. */
function pasteBySsh(at: Shipmate, user: string, text: string): ChildProcess {
  const client = spawn('ssh', sshArgs({ port: at.sshPort, user, args: ['-tt'] }), {
    env: cleanEnv(files.path),
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  stage.onClear(() => client.kill('SIGKILL'));
  client.stdin.on('error', () => undefined);
  client.stdin.write(text);
  return client;
}

async function arrived(file: string): Promise<string> {
  await until(async () => (await readFile(file, 'latin1')).length >= TEXT.length, {
    what: 'all that was typed',
    deadlineMs: 60_000,
  });
  return await readFile(file, 'latin1');
}

describe('half a megabyte at once', () => {
  it.each([
    ['by ssh at the home', () => one],
    ['by ssh at another edge', () => two],
  ])('%s arrives once and in order, and the host is not lost', async (name, at) => {
    const { token, file } = await taking(`ssh ${name}`.replaceAll(' ', '-'));
    pasteBySsh(at(), token, TEXT);
    expect((await arrived(file)) === TEXT).toBe(true);
    expect((await one.metric('shipmate_host_reconnects_total')) ?? 0).toBe(0);
  });

  it('of a page does so too', async () => {
    const { token, file } = await taking('page');
    const page = await stage.add(WebJoiner.start({ port: one.httpPort, token }));
    for (let at = 0; at < TEXT.length; at += 8192) {
      await page.type(TEXT.slice(at, at + 8192));
      await until(() => page.input.waitingBytes < 256 * 1024, { what: 'the server to take more' });
    }
    expect((await arrived(file)) === TEXT).toBe(true);
  });
});

describe('standard input without an end', () => {
  it('disconnects no host, and another session echoes each key', { timeout: 180_000 }, async () => {
    const { host, token } = await share(stage, one);
    const innocent = await share(stage, one);
    await host.typeLine('stty raw -echo; cat >/dev/null');
    const client = pasteBySsh(one, token, '');
    let sent = 0;
    const more = (): void => {
      while (client.stdin?.writable === true && client.stdin.write(Buffer.alloc(64 * 1024))) sent += 64 * 1024;
    };
    client.stdin?.on('drain', more);
    more();
    const joiner = await stage.add(SyntheticJoiner.start({ token: innocent.token, port: one.sshPort }));
    await until(() => sent > 512 * 1024, { what: 'half a megabyte taken of it', deadlineMs: 60_000 });
    for (const letter of 'innocent') {
      joiner.channel.write(letter);
      await until(async () => (await innocent.host.capture()).includes(letter), { what: `the echo of ${letter}` });
    }
    expect((await one.metric('shipmate_host_reconnects_total')) ?? 0).toBe(0);
  });
});
