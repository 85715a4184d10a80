import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { freePort, Shipmate, Stage, SyntheticHost, until, within, type PtyJoiner } from '#testing';
import { allToShow, Fleet, toMatch } from './fleet.fixture.js';

const whole = new Stage();
const stage = new Stage();
let fleet: Fleet;

beforeAll(async () => {
  fleet = await Fleet.start(whole, stage);
}, 120_000);
afterEach(async () => await stage.clear());
afterAll(async () => await whole.clear());

/** Joins at each of these edges and waits for the shell. */
async function joinAt(token: string, ...edges: readonly number[]): Promise<PtyJoiner[]> {
  const joiners = await Promise.all(edges.map(async (n) => await fleet.join(n, token)));
  for (const joiner of joiners) await joiner.screen.toShow('$');
  return joiners;
}

describe('three edges and a Redis', () => {
  it('let mates join at any of them, and count them', async () => {
    fleet.prefer(0);
    const { host, token } = await fleet.host();
    const [here, there] = (await joinAt(token, 0, 1)) as [PtyJoiner, PtyJoiner];
    await there.type('echo from afar $((40+2))\r');
    await allToShow([here, there], 'from afar 42');
    await there.type('\u0002%');
    await here.screen.toShow('│');
    await toMatch(here, there);
    await until(async () => (await host.display('#{tmate_num_clients}')) === '2', { what: 'both to be counted' });
    expect(await fleet.edge(1).metric('shipmate_joins_total{transport="ssh",route="relay",result="ok"}')).toBe(1);
    expect(await fleet.edge(0).metric('shipmate_joins_total{transport="ssh",route="local",result="ok"}')).toBe(1);
    await there.type('\u0002d');
    expect(await there.exited()).toEqual({ status: 0, signal: null });
    await until(async () => (await host.display('#{tmate_num_clients}')) === '1', { what: 'one to be gone' });
    const out = async (): Promise<number | undefined> =>
      await fleet.edge(0).metric('shipmate_relay_messages_total{direction="out"}');
    let n = 0;
    const quiet = async (): Promise<boolean> => {
      const before = await out();
      n += 1;
      await here.type(`echo quiet $((${n}+100))\r`);
      await here.screen.toShow(`quiet ${n + 100}`);
      return (await out()) === before;
    };
    await until(quiet, { what: 'nothing to be published for nobody' });
  });

  it('go on without Redis, and tell it all when it is back', async () => {
    fleet.prefer(0);
    const { host, token } = await fleet.host();
    const [here, there] = (await joinAt(token, 0, 1)) as [PtyJoiner, PtyJoiner];
    await fleet.redis.crash();
    await fleet.toBe('degraded', 0);
    expect(await fleet.edge(0).metric('shipmate_redis_up')).toBe(0);
    await here.type('echo on $((1+1))\r');
    await here.screen.toShow('on 2');
    const { token: second } = await fleet.host();
    await joinAt(second, 0);
    await fleet.redis.restart();
    await fleet.toBe('ok', 2);
    const [late] = (await joinAt(token, 2)) as [PtyJoiner];
    await joinAt(second, 2);
    await allToShow([late, there], 'on 2');
    await there.type('echo back $((2+2))\r');
    await allToShow([here, there, late], 'back 4');
    expect(await host.token()).toBe(token);
  });
});

describe('two hosts with the same data', () => {
  it('do not share a session: the one that is there keeps it, the other is told', async () => {
    const first = await stage.add(SyntheticHost.start({ port: fleet.edge(1).sshPort }));
    const reconnect = first.env.get('tmate_reconnection_data') ?? '';
    const copy = await stage.add(SyntheticHost.start({ port: fleet.edge(2).sshPort }, { reconnect }));
    expect(await copy.token()).not.toBe(await first.token());
    expect(copy.notices[0]).toContain('Another connection holds your session');
    expect(first.closed).toBeUndefined();
    const token = await first.token();
    first.drop();
    const again = await stage.add(SyntheticHost.start({ port: fleet.edge(2).sshPort }, { reconnect }));
    expect(await again.token()).toBe(token);
  });
});

describe('an edge that is cut off from Redis', () => {
  it('serves its own meanwhile, and the others again after it', async () => {
    fleet.prefer(0);
    const { token } = await fleet.host();
    const [here, there] = (await joinAt(token, 0, 1)) as [PtyJoiner, PtyJoiner];
    fleet.redisOfFirst.stall();
    await here.type('echo alone $((8+8))\r');
    await here.screen.toShow('alone 16');
    await there.type('echo held $((9+9))\r');
    await fleet.toBe('degraded', 0);
    await there.screen.toNotShow('held 18');
    fleet.redisOfFirst.resume();
    await allToShow([here, there], 'held 18');
    await toMatch(here, there);
    await fleet.toBe('ok', 0);
  });
});

describe('a home', () => {
  it('that is killed is followed by another: same tokens, whole screen, nobody is disconnected', async () => {
    fleet.prefer(0, 1);
    const { host, token } = await fleet.host();
    const [one, two] = (await joinAt(token, 1, 2)) as [PtyJoiner, PtyJoiner];
    await one.type('seq 1 40; echo marked\r');
    await allToShow([one, two], /^marked/m);
    const takeovers = (await fleet.edge(1).metric('shipmate_takeovers_total')) ?? 0;
    await fleet.edge(0).halt('SIGKILL');
    await until(async () => (await fleet.edge(1).metric('shipmate_takeovers_total')) === takeovers + 1, {
      what: 'edge 1 to take the session over',
    });
    expect(await host.token()).toBe(token);
    await one.type('echo again $((20+3))\r');
    await allToShow([one, two], 'again 23');
    await one.screen.toShow(/^marked/m);
    await toMatch(one, two);
    expect([one.exit, two.exit]).toEqual([undefined, undefined]);
    await until(async () => (await host.display('#{tmate_num_clients}')) === '2', { what: 'both to be counted' });
    await fleet.restart(0);
  }, 120_000);
});

describe('an edge that is told to stop', () => {
  it('gives its hosts away, keeps its joiners, and ends when they have left', async () => {
    fleet.prefer(0);
    const { token } = await fleet.host();
    const [zero, one] = (await joinAt(token, 0, 1)) as [PtyJoiner, PtyJoiner];
    const { program } = fleet.edge(0);
    program.signal('SIGTERM');
    await until(async () => (await fleet.edge(0).metric('shipmate_draining')) === 1, { what: 'the edge to drain' });
    expect((await fleet.edge(0).get('/readyz')).status).toBe(503);
    await fleet.toHold(0, 0);
    await fleet.toHold(1, 1);
    await zero.type('echo kept $((6+6))\r');
    await allToShow([zero, one], 'kept 12');
    await zero.type('\u0002d');
    expect(await zero.exited()).toEqual({ status: 0, signal: null });
    expect(await within(program.exited, 'the edge to end')).toEqual({ status: 0, signal: null });
    expect(one.exit).toBeUndefined();
    await fleet.restart(0);
  });

  it('tells the rest how to come back when its time is over', async () => {
    fleet.prefer(1, 2);
    const { token } = await fleet.host();
    const [one] = (await joinAt(token, 1)) as [PtyJoiner];
    expect(await fleet.edge(1).halt('SIGTERM', 20_000)).toEqual({ status: 0, signal: null });
    expect((await one.exited()).status).toBe(1);
    await one.screen.toShow('join again with the same command');
    await joinAt(token, 2);
    await fleet.restart(1);
  });
});

describe('an edge whose Redis is not there', () => {
  it('does not start, and says why', async () => {
    const port = await freePort();
    const shipmate = await stage.add(Shipmate.launch({ env: { SHIPMATE_REDIS_URL: `redis://127.0.0.1:${port}` } }));
    expect((await within(shipmate.program.exited, 'the start to fail', 90_000)).status).toBe(69);
    expect(shipmate.program.stderr).toContain(`Redis at 127.0.0.1:${port} cannot be reached: ECONNREFUSED`);
  }, 120_000);
});
