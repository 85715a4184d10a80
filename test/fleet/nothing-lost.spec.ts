import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { hashToken } from '#directory';
import { Stage, until, type PtyJoiner } from '#testing';
import { allToShow, Fleet, toMatch } from './fleet.fixture.js';

const GRACE_MS = 10_000;
const env = { SHIPMATE_HOST_GRACE_SECONDS: `${GRACE_MS / 1000}`, SHIPMATE_DRAIN_SECONDS: '2' };

const own = new Stage();
const stage = new Stage();
let fleet: Fleet;

beforeAll(async () => {
  fleet = await Fleet.start(own, stage, { env });
}, 120_000);
afterEach(async () => await stage.clear());
afterAll(async () => await own.clear());

/** A host at the first edge, and who has joined it at these. */
async function shared(...edges: readonly number[]) {
  fleet.prefer(0);
  const { host, token } = await fleet.host();
  const mates = await Promise.all(edges.map(async (n) => await fleet.join(n, token)));
  await allToShow(mates, '$');
  return { host, token, mates };
}

/** Waits until as much time has gone by since then: what is tested is what happens after it. */
async function toPass(ms: number, sinceMs: number): Promise<void> {
  await until(() => performance.now() - sinceMs > ms, { what: `${ms} ms to pass`, deadlineMs: 2 * ms + 10_000 });
}

describe('a Redis that was away for longer than the grace', { timeout: 120_000 }, () => {
  it('costs nobody anything when another edge has it back before the home does', async () => {
    const { host, token, mates } = await shared(0, 1);
    const [here, there] = mates as [PtyJoiner, PtyJoiner];
    await fleet.redis.crash();
    const crashedMs = performance.now();
    fleet.redisOfFirst.stall();
    await fleet.toBe('degraded', 1);
    await here.type('echo meanwhile $((40+2))\r');
    await here.screen.toShow('meanwhile 42');
    await toPass(GRACE_MS + 2_000, crashedMs);
    await fleet.redis.restart();
    await fleet.toBe('ok', 1);
    const backMs = performance.now();
    fleet.redisOfFirst.cut();
    // What an edge that is back finds first is that nobody is home.
    await toPass(2_000, backMs);
    fleet.redisOfFirst.resume();
    await fleet.toBe('ok', 0);
    await there.screen.toShow('meanwhile 42', 30_000);
    // Nobody ends it either once all have had time to say that they live.
    await toPass(25_000, backMs);
    await there.type('echo together $((40+3))\r');
    await allToShow([here, there], 'together 43');
    const late = await fleet.join(2, token);
    await late.screen.toShow('together 43');
    expect([here.exit, there.exit]).toEqual([undefined, undefined]);
    expect(await host.token()).toBe(token);
  });
});

describe('a Redis that lost what it knew of one session', { timeout: 150_000 }, () => {
  it('is told again within a minute: the token leads to it at every edge', async () => {
    const { token, mates } = await shared(0);
    const tokenKey = `shipmate:token:${hashToken(token)}`;
    const [, id = ''] = (await fleet.redis.cli('get', tokenKey)).trim().split(':');
    const session = `shipmate:session:${id}`;
    expect((await fleet.redis.cli('del', tokenKey, session)).trim()).toBe('2');
    await until(async () => (await fleet.redis.cli('exists', session)).trim() === '1', {
      what: 'the session to be written again',
      deadlineMs: 75_000,
      everyMs: 200,
    });
    const late = await fleet.join(2, token);
    await late.screen.toShow('$', 20_000);
    await mates[0]?.type('echo written $((40+4))\r');
    await allToShow([...mates, late], 'written 44');
  });
});

describe('a session whose new home dies', { timeout: 120_000 }, () => {
  it('shows its joiners that it waits for the host, and continues when it is back', async () => {
    const { host, token, mates } = await shared(2);
    const [mate] = mates as [PtyJoiner];
    fleet.prefer(1);
    fleet.balancer.cut();
    await fleet.toHold(1, 1);
    await host.typeLine('echo moved $((40+5))');
    await mate.screen.toShow('moved 45');
    // The host cannot come back meanwhile.
    fleet.balancer.order = [];
    await fleet.edge(1).halt('SIGKILL');
    await mate.screen.toShow('Waiting for it to come back', 40_000);
    fleet.balancer.order = [fleet.edge(0).sshPort];
    await fleet.toHold(0, 1);
    await mate.type('echo again $((40+6))\r');
    await mate.screen.toShow('again 46', 30_000);
    expect(mate.exit).toBeUndefined();
    expect(await host.token()).toBe(token);
    await fleet.restart(1);
  });
});

describe('a session that moves to a region with a Redis of its own', { timeout: 180_000 }, () => {
  it('is followed by joiners at three edges who type meanwhile, each line once and in order', async () => {
    const regions = ['east', 'east', 'west'];
    const far = await Fleet.start(stage, stage, { env: { ...env, SHIPMATE_HOST_GRACE_SECONDS: '60' }, regions });
    far.prefer(0);
    const { host, token } = await far.host({ shell: 'exec cat > /dev/null', conf: 'set -g history-limit 5000' });
    const mates = await Promise.all([0, 1, 2].map(async (n) => await far.join(n, token)));
    await until(async () => (await host.display('#{pane_current_command}')) === 'cat', { what: 'cat to run' });
    await allToShow(mates, '[0]');
    const typed = mates.map((): string[] => []);
    const type = async (n: number, phase: string): Promise<void> => {
      const line = `line ${n} ${phase} ${typed[n]?.length}`;
      typed[n]?.push(line);
      await mates[n]?.type(`${line}\r`);
      await mates[n]?.screen.toShow(line, 40_000);
    };
    const round = async (phase: string): Promise<void> => {
      for (const n of [0, 1, 2]) await type(n, phase);
    };
    await round('before');
    far.prefer(2);
    far.balancer.cut();
    // Nobody waits for the host to be back: what they type is held for it.
    await round('meanwhile');
    await far.toHold(2, 1, 30_000);
    await round('after');
    await toMatch(mates[0] as PtyJoiner, ...mates.slice(1));
    const arrived = (await host.capture('', '-S', '-')).split('\n').filter((text) => text.startsWith('line '));
    for (const [n, lines] of typed.entries()) {
      expect(arrived.filter((text) => text.startsWith(`line ${n} `))).toEqual(lines);
    }
    expect(mates.map(({ exit }) => exit)).toEqual([undefined, undefined, undefined]);
    expect(await host.token()).toBe(token);
  });
});
