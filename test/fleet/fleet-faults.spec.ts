import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { PtyJoiner, RedisCluster, Stage, SyntheticJoiner, until, type RedisServer, type TmateHost } from '#testing';
import { crowd, type ReturningJoiner } from './fleet-crowd.fixture.js';
import { allToShow, Fleet, toMatch, type FleetOptions } from './fleet.fixture.js';

/** Its terminal echoes: every line that comes stands on the host's screen once. */
const SILENT = { shell: 'exec cat > /dev/null', conf: 'set -g history-limit 5000' };

const numbered = (count: number): string[] => Array.from({ length: count }, (_, n) => `line ${n + 1}`);

/** Types lines one after another, evenly over `ms`. */
async function typeLines(joiner: PtyJoiner, lines: readonly string[], ms: number): Promise<void> {
  const began = performance.now();
  for (const [n, line] of lines.entries()) {
    const leftMs = began + (n * ms) / lines.length - performance.now();
    if (leftMs > 5) await delay(leftMs);
    await joiner.type(`${line}\r`);
  }
}

/** The lines that the host has, oldest first. */
async function linesOf(host: TmateHost): Promise<string[]> {
  return (await host.capture('', '-S', '-')).split('\n').filter((line) => line.startsWith('line '));
}

/** Waits until the screens of all joiners are the same, and the host's. */
async function toMatchHost(host: TmateHost, first: PtyJoiner, ...others: readonly PtyJoiner[]): Promise<void> {
  const same = async (): Promise<boolean> => {
    expect(await toMatch(first, ...others)).toEqual(await screenOf(host));
    return true;
  };
  await until(same, { what: 'the screens of joiners to be that of the host' });
}

async function screenOf(host: TmateHost): Promise<string[]> {
  return (await host.capture()).replace(/\n$/, '').split('\n');
}

/** A host that shows what is typed, and joiners at these edges, the first of whom types. */
async function silentHost(
  fleet: Fleet,
  edges: readonly number[],
): Promise<{ host: TmateHost; token: string; joiners: PtyJoiner[] }> {
  const { host, token } = await fleet.host(SILENT);
  const joiners = await Promise.all(edges.map(async (n) => await fleet.join(n, token)));
  await until(async () => (await host.display('#{pane_current_command}')) === 'cat', { what: 'cat to run' });
  // What is typed before ssh has taken its terminal over is lost there.
  await allToShow(joiners, '[0]');
  return { host, token, joiners };
}

/** A fleet, what ends it, and what ends the hosts and joiners of one of its tests. */
class World {
  readonly whole = new Stage();
  readonly stage = new Stage();
  #fleet: Fleet | undefined;

  get fleet(): Fleet {
    if (this.#fleet === undefined) throw new Error('the fleet has not started');
    return this.#fleet;
  }

  async start(options: FleetOptions): Promise<void> {
    this.#fleet = await Fleet.start(this.whole, this.stage, options);
  }
}

const [alone, clustered] = [new World(), new World()];
let cluster: RedisCluster;

beforeAll(async () => {
  await alone.start({ env: { SHIPMATE_DRAIN_SECONDS: '2' } });
  cluster = await clustered.whole.add(RedisCluster.start());
  await clustered.start({ cluster });
}, 300_000);
afterAll(async () => {
  for (const { whole } of [alone, clustered]) await whole.clear();
});

// Two fleets at once: their tests wait more than they work.
describe.concurrent('three edges on one Redis', { timeout: 300_000 }, () => {
  const { stage } = alone;
  afterEach(async () => await stage.clear());

  it.sequential(
    'bring 2,000 lines to the host, each once and in order, while subscriptions break for a minute',
    async () => {
      const { fleet } = alone;
      fleet.prefer(0);
      const { host, joiners } = await silentHost(fleet, [1, 0, 1, 2]);
      const [typist, ...others] = joiners as [PtyJoiner, ...PtyJoiner[]];
      const gaps = (await fleet.edge(1).metric('shipmate_relay_gaps_total')) ?? 0;
      const done = new AbortController();
      let breaks = 0;
      const breaking = (async () => {
        for (; !done.signal.aborted; breaks++) {
          await fleet.redis.cli('CLIENT', 'KILL', 'TYPE', 'pubsub');
          await delay(1000);
        }
      })();
      const lines = numbered(2000);
      await typeLines(typist, lines, 60_000);
      await typist.type('the end\r');
      await others[0]?.screen.toShow('the end', 30_000);
      done.abort();
      await breaking;
      expect(breaks).toBeGreaterThan(30);
      expect(await linesOf(host)).toEqual(lines);
      await toMatchHost(host, typist, ...others);
      expect(await fleet.edge(1).metric('shipmate_relay_gaps_total')).toBeGreaterThan(gaps);
      for (const { exit } of joiners) expect(exit).toBeUndefined();
    },
  );

  it.sequential(
    'are restarted one after another under 20 hosts and 40 joiners: no session is lost, no token changes',
    async () => {
      const { fleet } = alone;
      const shares = await crowd(fleet, stage, { stock: 3, synthetic: 17 });
      const joiners = shares.flatMap((share) => share.joiners);
      expect(joiners).toHaveLength(40);
      for (const n of [0, 1, 2]) {
        fleet.prefer((n + 1) % 3);
        expect(await fleet.edge(n).halt('SIGTERM', 30_000)).toEqual({ status: 0, signal: null });
        await fleet.restart(n);
        // Nobody else is sent away, and who is knows that the server stopped.
        for (const { departures } of joiners) {
          for (const departure of departures.splice(0)) expect(departure).toEqual({ edge: n, status: 1 });
        }
      }
      for (const [n, { token, tokenNow, joiners }] of shares.entries()) {
        const [one, two] = joiners as [ReturningJoiner, ReturningJoiner];
        await one.toShow(`before-${n}`);
        await one.terminal.type(`after-${n}.`);
        for (const joiner of joiners) await joiner.toShow(`before-${n}.after-${n}.`);
        await toMatch(one.terminal, two.terminal);
        expect(await tokenNow()).toBe(token);
      }
    },
  );
});

describe.concurrent('three edges on a Cluster', { timeout: 300_000 }, () => {
  const { stage } = clustered;
  afterEach(async () => await stage.clear());

  it.sequential('bring every line to the host while the master of its session dies and is replaced', async () => {
    const { fleet } = clustered;
    fleet.prefer(0);
    const { host, token, joiners } = await silentHost(fleet, [1, 0, 1]);
    const [typist, ...others] = joiners as [PtyJoiner, ...PtyJoiner[]];
    const master = await masterOfSession(cluster);
    const gaps = (await fleet.edge(1).metric('shipmate_relay_gaps_total')) ?? 0;
    const lines = numbered(300);
    const typing = typeLines(typist, lines, 8_000);
    await others[0]?.screen.toShow(/^line ([5-9]\d|\d{3})$/m);
    await master.crash();
    await typing;
    await typist.type('the end\r');
    await allToShow(joiners, 'the end');
    expect(await linesOf(host)).toEqual(lines);
    await toMatchHost(host, typist, ...others);
    expect(await fleet.edge(1).metric('shipmate_relay_gaps_total')).toBeGreaterThan(gaps);
    for (const { exit } of joiners) expect(exit).toBeUndefined();
    // The replica that is master now knows the session.
    const late = await fleet.join(2, token);
    await late.screen.toShow('the end');
    await toMatch(typist, late);
    expect(await host.token()).toBe(token);
  });

  it.sequential('keep a session whose master restarts without its data, and every line that is typed', async () => {
    const { fleet } = clustered;
    fleet.prefer(0);
    const { host, token, joiners } = await silentHost(fleet, [1, 0, 1]);
    const [typist, ...others] = joiners as [PtyJoiner, ...PtyJoiner[]];
    const [{ master } = {}] = await openSessions(cluster);
    if (master === undefined) throw new Error('no master knows of the session');
    const lines = numbered(300);
    const typing = typeLines(typist, lines, 8_000);
    await others[0]?.screen.toShow(/^line ([5-9]\d|\d{3})$/m);
    await master.cli('flushall');
    // As after a restart, every connection is made again.
    for (const type of ['pubsub', 'normal']) await master.cli('client', 'kill', 'type', type);
    await typing;
    await typist.type('the end\r');
    await allToShow(joiners, 'the end');
    expect(await linesOf(host)).toEqual(lines);
    await toMatchHost(host, typist, ...others);
    for (const { exit } of joiners) expect(exit).toBeUndefined();
    // Its home writes again what is missing: the token leads to it, also at an edge that has not seen it.
    await until(async () => (await openSessions(cluster)).length > 0, {
      what: 'the record of the session',
      deadlineMs: 90_000,
      everyMs: 500,
    });
    const late = await fleet.join(2, token);
    await late.screen.toShow('the end');
    await toMatch(typist, late);
    expect(await host.token()).toBe(token);
  });

  it.sequential(
    'fence a home off that stood still for longer than its lease: nothing that it says then is seen',
    async () => {
      const { fleet } = clustered;
      fleet.prefer(0);
      const { host, token } = await fleet.host();
      const [zero, two] = (await Promise.all([0, 2].map(async (n) => await fleet.join(n, token)))) as [
        PtyJoiner,
        PtyJoiner,
      ];
      await allToShow([zero, two], '$');
      const watcher = await stage.add(SyntheticJoiner.start({ port: fleet.edge(2).sshPort, token }));
      let watched = '';
      watcher.onData((bytes) => (watched += Buffer.from(bytes).toString('latin1')));
      await watcher.screen.toShow('$');
      const stopped = fleet.edge(0);
      stage.onClear(() => stopped.program.signal('SIGCONT'));
      stopped.program.signal('SIGSTOP');
      // What the home has been sent and has not read yet: it will say so when it goes on.
      const { brought } = fleet.balancer;
      await host.typeLine('echo of the $((40+2))nd of yore');
      await until(async () => (await host.capture()).includes('42nd of yore'), { what: 'the host to print' });
      await until(() => fleet.balancer.brought > brought, { what: 'the home to be sent it' });
      fleet.prefer(1);
      fleet.balancer.cut();
      await host.typeLine('clear; tmate clear-history');
      await fleet.toHold(1, 1, 30_000);
      await host.typeLine('echo moved $((3+4))');
      await allToShow([two, watcher], 'moved 7');
      await until(async () => (await aliveEdges(cluster)) === 2, {
        what: 'the lease to end',
        deadlineMs: 30_000,
        everyMs: 200,
      });
      stopped.program.signal('SIGCONT');
      await fleet.toHold(0, 0, 30_000);
      await zero.screen.toShow('moved 7', 20_000);
      await zero.type('echo from zero $((5+5))\r');
      await allToShow([zero, two, watcher], 'from zero 10');
      await toMatch(zero, two, watcher);
      expect(watched).not.toContain('yore');
      expect([zero.exit, two.exit]).toEqual([undefined, undefined]);
      expect(await host.token()).toBe(token);
    },
  );
});

/** The master that carries what is said in the one session that goes on. */
async function masterOfSession(cluster: RedisCluster): Promise<RedisServer> {
  const [open] = await openSessions(cluster);
  if (open === undefined) throw new Error('no master knows of a session');
  return await cluster.masterOf(Number(await open.master.cli('cluster', 'keyslot', `relay:{${open.id}}:out`)));
}

/** The sessions that have not ended, each with the master that has its record. */
async function openSessions(cluster: RedisCluster): Promise<readonly { id: string; master: RedisServer }[]> {
  const prefix = 'shipmate:session:';
  const found: { id: string; master: RedisServer }[] = [];
  for (const master of cluster.servers) {
    if (master.program.exit !== undefined) continue;
    for (const key of (await master.cli('keys', `${prefix}*`)).split('\n')) {
      // A replica does not say.
      if (key === '' || (await master.cli('hexists', key, 'closedAt')) !== '0') continue;
      found.push({ id: key.slice(prefix.length), master });
    }
  }
  return found;
}

/** How many edges have a lease. */
async function aliveEdges(cluster: RedisCluster): Promise<number> {
  const alive = cluster.servers.find(({ program }) => program.exit === undefined);
  const now = await alive?.cli('-c', 'zcount', 'shipmate:{edges}:leases', `${Date.now()}`, '+inf');
  return Number(now?.split('\n').at(-1));
}
