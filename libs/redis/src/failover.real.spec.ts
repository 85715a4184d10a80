import { describe, expect, it } from 'vitest';
import { edgeId, generation, sessionId } from '#kernel';
import type { Bus } from '#relay';
import { until } from '#testing';
import { keys } from './stores/keys.js';
import { RedisWorld, worldOf } from './redis-world.fixture.js';
import { newSession } from './records.fixture.js';
import { slotOf } from './connection/slot.js';

const A = edgeId('edge-a');

/** A session with channels at each of the masters, and what was received from it. */
class Line {
  readonly heard: string[] = [];
  #next = 0;

  constructor(
    readonly channel: string,
    private readonly from: Bus,
  ) {}

  async listen(to: Bus): Promise<this> {
    await to.subscribe(this.channel, {
      message: (message) => void this.heard.push(new TextDecoder().decode(message)),
      interrupted: () => void this.heard.push('(interrupted)'),
    });
    return this;
  }

  /** Publishes until something of it is heard. */
  async passes(): Promise<void> {
    const first = this.#next;
    await until(
      async () => {
        await this.from.publish(this.channel, Buffer.from(String(this.#next++)));
        return this.heard.some((value) => Number(value) >= first);
      },
      { what: `${this.channel} to be heard`, deadlineMs: 20_000 },
    );
  }

  get interruptions(): number {
    return this.heard.filter((value) => value === '(interrupted)').length;
  }
}

describe('a Cluster that changes', () => {
  const world = worldOf(async () => await RedisWorld.clustered(), 'close');

  const cluster = () => {
    const { cluster: it } = world();
    if (it === undefined) throw new Error('it is no Cluster');
    return it;
  };
  const lines = async (): Promise<Line[]> => {
    const [one, two] = [await world().connect(), await world().connect()];
    const all = Array.from({ length: 12 }, async (_, i) => new Line(`relay:{${i}}:out`, one.bus).listen(two.bus));
    return Promise.all(all);
  };
  const onServer = async (all: readonly Line[], port: number): Promise<Line[]> => {
    const owners = await Promise.all(all.map(async ({ channel }) => cluster().masterOf(slotOf(channel))));
    return all.filter((_, i) => owners[i]?.port === port);
  };

  it('follows a slot that is moved, and answers what lies on both sides while it moves', async () => {
    const all = await lines();
    const { directory } = await world().connect();
    const moving = all[0];
    if (moving === undefined) throw new Error('there is no line');
    const slot = slotOf(moving.channel);
    // A session in the same slot, by its hash tag.
    const id = sessionId('{0}-moves');
    expect(slotOf(keys.session(id))).toBe(slot);
    await directory.claim({ ...newSession('m'), id }, A);
    const from = await cluster().masterOf(slot);
    const to = cluster().masters.find((other) => other !== from);
    if (to === undefined) throw new Error('there is one master only');
    const [fromId, toId] = [await from.cli('cluster', 'myid'), await to.cli('cluster', 'myid')];
    await to.cli('cluster', 'setslot', `${slot}`, 'importing', fromId);
    await from.cli('cluster', 'setslot', `${slot}`, 'migrating', toId);
    await from.cli('migrate', '127.0.0.1', `${to.port}`, keys.session(id), '0', '5000');
    // Its key is there already, the slot is not: Redis answers ASK.
    const owner = { sessionId: id, edgeId: A, generation: generation(1) };
    expect(await directory.update(owner, { policy: 'asked' })).toMatchObject({ policy: 'asked' });
    expect((await directory.lookup(id))?.session.policy).toBe('asked');
    await moving.passes();
    expect(moving.interruptions).toBe(0);

    for (const server of [to, from, ...cluster().masters]) {
      await server.cli('cluster', 'setslot', `${slot}`, 'node', toId);
    }
    // More than once if the slots were read from a master that did not know it yet.
    await until(() => moving.interruptions > 0, { what: 'the listener to be told' });
    await moving.passes();
    expect(await directory.update(owner, { policy: 'moved' })).toMatchObject({ policy: 'moved' });
    for (const line of all) await line.passes();
    expect(all.filter(({ interruptions }) => interruptions > 0)).toEqual([moving]);
  });

  it('follows a failover with both alive', async () => {
    const all = await lines();
    for (const line of all) await line.passes();
    const [master] = cluster().masters;
    if (master === undefined) throw new Error('there is no master');
    const affected = await onServer(all, master.port);
    const replica = await cluster().replicaOf(master);
    await replica.cli('cluster', 'failover');
    await until(async () => (await cluster().masterOf(0)) === replica, { what: 'the replica to be master' });
    for (const line of all) await line.passes();
    await until(() => affected.every(({ interruptions }) => interruptions > 0), { what: 'the listeners to be told' });
    for (const line of all) if (!affected.includes(line)) expect(line.interruptions).toBe(0);
  });

  it("survives a master's death, which the others' sessions do not notice", async () => {
    const all = await lines();
    const { directory, status } = await world().connect();
    const names = Array.from({ length: 12 }, (_, i) => `s${i}`);
    for (const name of names) await directory.claim(newSession(name), A);
    for (const line of all) await line.passes();
    const master = await cluster().masterOf(16_383);
    const affected = await onServer(all, master.port);
    expect(affected.length).toBeGreaterThan(0);
    await master.crash();
    const others = all.filter((line) => !affected.includes(line));
    for (const line of others) await line.passes();
    for (const line of affected) await line.passes();
    for (const { heard } of affected)
      expect(heard.filter((value) => value === '(interrupted)').length).toBeGreaterThan(0);
    for (const { interruptions } of others) expect(interruptions).toBe(0);
    for (const name of names) {
      const view = await until(async () => directory.lookup(sessionId(name)), { what: `session ${name}` });
      expect(view.session.tokens).toEqual(newSession(name).tokens);
    }
    await until(() => status.up, { what: 'the Cluster to count as up' });
  }, 60_000);
});
