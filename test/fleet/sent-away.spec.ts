import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { PtyJoiner, run, Stage, tempDir, until, WebJoiner } from '#testing';
import { allToShow, Fleet } from './fleet.fixture.js';

// A host sends people away and replaces its tokens, at two edges on one Redis, with stock tmate, OpenSSH and pages.
const whole = new Stage();
const stage = new Stage();
const keys = tempDir('sma');
const [ANN, BOB] = [keys.file('ann'), keys.file('bob')];
const AWAY = /removed from this session/;
const INVALID = 'Invalid or expired session token';
let fleet: Fleet;

beforeAll(async () => {
  for (const file of [ANN, BOB]) await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file]);
  fleet = await Fleet.start(whole, stage, { count: 2 });
}, 120_000);
afterEach(async () => await stage.clear());
afterAll(async () => {
  await whole.clear();
  keys.dispose();
});

const publicKey = (file: string): string => readFileSync(`${file}.pub`, 'utf8').trim();
const fingerprint = async (file: string): Promise<string> => {
  const { stdout } = await run('ssh-keygen', ['-l', '-f', `${file}.pub`]);
  return /SHA256:\S+/.exec(stdout)?.[0] ?? '';
};

async function ssh(n: number, user: string, ...args: string[]): Promise<PtyJoiner> {
  return await stage.add(new PtyJoiner({ port: fleet.edge(n).sshPort, user, args }));
}

async function page(n: number, token: string): Promise<WebJoiner> {
  return await stage.add(WebJoiner.start({ port: fleet.edge(n).httpPort, token }));
}

describe('somebody whom a host sends away', () => {
  it('is known by key: gone at once, refused at the other edge, in again once that is lifted, and a reader wherever they come', async () => {
    fleet.prefer(0);
    const { host, token } = await fleet.host();
    const order = async (pair: string): Promise<string> => await host.command('set', '-g', 'tmate-set', pair);
    for (const file of [ANN, BOB]) await order(`authorized_keys=${publicKey(file)}`);
    const withKey = (file: string): string[] => ['-o', 'IdentitiesOnly=yes', '-i', file];
    const join = async (n: number, file: string): Promise<PtyJoiner> => await ssh(n, token, ...withKey(file));
    const [ann, bob] = [await join(1, ANN), await join(0, BOB)];
    await allToShow([ann, bob], '$');
    const who = await fingerprint(ANN);

    await order(`ban=${who}`);
    await ann.screen.toShow(AWAY);
    await ann.exited();
    for (const n of [0, 1]) {
      const again = await join(n, ANN);
      await again.screen.toShow(AWAY);
      await again.exited();
    }
    await bob.type('echo still $((40+2))\r');
    await bob.screen.toShow('still 42');

    await order(`unban=${who}`);
    const back = await join(0, ANN);
    await back.screen.toShow('still 42');
    await order(`reader=${who}`);
    const [here, there] = [await join(0, ANN), await join(1, ANN)];
    await allToShow([here, there], 'still 42');
    for (const reader of [back, here, there]) await reader.type('echo from a reader\r');
    await bob.type('echo from bob $((1+1))\r');
    await allToShow([back, here, there], 'from bob 2');
    expect(await bob.screen.text()).not.toContain('from a reader');
  });

  it('is known by address where the token is enough, by ssh and in a page, wherever the host goes', async () => {
    fleet.prefer(0);
    const { host, token } = await fleet.host();
    const [mate, open] = [await ssh(1, token), await page(1, token)];
    await allToShow([mate, open], '$');
    await host.command('set', '-g', 'tmate-set', 'kick=127.0.0.0/8 for 2h');
    await mate.screen.toShow(AWAY);
    await until(() => open.closed !== undefined, { what: 'the page to be sent away' });
    fleet.prefer(1);
    fleet.balancer.cut();
    await fleet.toHold(1, 1);
    await (await ssh(0, token)).screen.toShow(AWAY);
    const again = await page(0, token);
    await until(() => again.closed !== undefined, { what: 'the page to be refused' });
    expect(again.welcome).toBeUndefined();
    await host.command('set', '-g', 'tmate-set', 'unban=all');
    await (await ssh(0, token)).screen.toShow('$');
    await (await page(1, token)).screen.toShow('$');
  });
});

describe('the tokens of a live session', () => {
  it('are replaced: the old ones lead nowhere at either edge, those inside stay, and have to leave where the host says so', async () => {
    fleet.prefer(0);
    const { host, token } = await fleet.host();
    const [here, there, open] = [await ssh(0, token), await ssh(1, token), await page(1, token)];
    await allToShow([here, there, open], '$');
    const rotated = async (order: string, old: string): Promise<string> => {
      await host.command('set', '-g', 'tmate-set', order);
      return await until(
        async () => {
          const now = await host.token();
          return now === old ? undefined : now;
        },
        { what: 'the host to be told its new tokens' },
      );
    };

    const fresh = await rotated('rotate=tokens', token);
    for (const n of [0, 1]) {
      await (await ssh(n, token)).screen.toShow(INVALID);
      expect((await page(n, token)).closed).toMatchObject({ code: 4404 });
      expect((await fleet.edge(n).get(`/api/t/${token}`)).status).toBe(404);
      expect((await fleet.edge(n).get(`/api/t/${fresh}`)).status).toBe(200);
    }
    await there.type('echo inside $((40+2))\r');
    await allToShow([here, there, open], 'inside 42');
    const late = await ssh(1, fresh);
    await late.screen.toShow('inside 42');

    fleet.prefer(1);
    fleet.balancer.cut();
    await fleet.toHold(1, 1);
    await late.type('echo moved $((2+2))\r');
    await allToShow([here, late], 'moved 4');
    expect(await host.token()).toBe(fresh);
    await (await ssh(0, token)).screen.toShow(INVALID);

    const last = await rotated('rotate=tokens,leave', fresh);
    await allToShow([here, there, late], AWAY);
    await until(() => open.closed !== undefined, { what: 'the page to have to leave' });
    await (await ssh(0, fresh)).screen.toShow(INVALID);
    await (await ssh(0, last)).screen.toShow('moved 4');
  });
});
