import { describe, expect, it } from 'vitest';
import { Fleet } from './fleet.fixture.js';

describe('a stream with holes', () => {
  it('is healed by a snapshot, and the joiner stays', async () => {
    const fleet = await Fleet.start();
    const host = await fleet.edge(0).stage.host();
    const [local, remote] = [await fleet.join(0, host), await fleet.join(1, host)];
    let seed = 7;
    fleet.edge(1).faults.loses = () => (seed = (seed * 16807) % 2147483647) % 3 === 0;
    for (let n = 0; n < 200; n++) {
      host.print(`line ${n}\x1b[${30 + (n % 8)}m\r\n`);
      if (n % 50 === 0) host.say({ type: 'exec-cmd', args: ['set-option', '-g', 'status-right', `n${n}`] });
      await fleet.pass(5);
    }
    fleet.edge(1).faults.loses = () => false;
    await fleet.pass(30_000, 100);
    expect(local.lines).toEqual(remote.lines);
    expect(remote.text).toContain('line 199');
    expect(remote.ending).toBeUndefined();
    expect(fleet.faults).toEqual([]);
  });

  it('loses no key and doubles none', async () => {
    const fleet = await Fleet.start();
    const host = await fleet.edge(0).stage.host();
    const remote = await fleet.join(1, host);
    await fleet.pass(50);
    host.takeInput();
    let seed = 11;
    for (const { faults } of fleet.edges) faults.loses = () => (seed = (seed * 16807) % 2147483647) % 4 === 0;
    let typed = '';
    for (let n = 0; n < 300; n++) {
      const text = `${n},`;
      typed += text;
      remote.type(text);
      await fleet.pass(10);
      if (n % 40 === 0) for (const { faults } of fleet.edges) faults.interrupt();
    }
    for (const { faults } of fleet.edges) faults.loses = () => false;
    await fleet.pass(10_000, 50);
    expect(host.takeInput().join('')).toBe(typed);
  });

  it.each(['0', '1'])('brings what is typed in the breath of leaving once, at edge %s', async (edge) => {
    const fleet = await Fleet.start();
    const host = await fleet.edge(0).stage.host();
    const joiner = await fleet.join(Number(edge), host);
    await fleet.pass(50);
    host.takeInput();
    joiner.type('x\x02d');
    await fleet.pass(5000);
    expect(joiner.ending).toBe('detached');
    expect(host.takeInput()).toEqual(['x']);
  });

  it('does not make the host wait for a relay that is slow, nor the joiner see what is old', async () => {
    const fleet = await Fleet.start();
    const host = await fleet.edge(0).stage.host();
    const [local, remote] = [await fleet.join(0, host), await fleet.join(1, host)];
    const { faults } = fleet.edge(0);
    faults.publishMs = 200;
    const before = faults.publishedBytes;
    for (let n = 0; n < 400; n++) {
      host.print(`${'x'.repeat(4000)} ${n}.\r\n`);
      await fleet.pass(10);
    }
    expect(local.text).toContain('399.');
    // 1.6 MB in 4 s, of which a message each 200 ms went out, none larger than what may wait.
    expect(faults.publishedBytes - before).toBeLessThan(22 * 300_000);
    expect(faults.waitingBytes).toBeLessThan(600_000);
    await fleet.pass(5000);
    expect(local.lines).toEqual(remote.lines);
  });

  it('says so when it stays behind for long', async () => {
    const fleet = await Fleet.start();
    const host = await fleet.edge(0).stage.host();
    const remote = await fleet.join(1, host);
    fleet.edge(1).faults.away = true;
    fleet.edge(1).faults.interrupt();
    await fleet.pass(1500);
    expect(remote.line(23)).toContain('The host is reconnecting');
    fleet.edge(1).faults.away = false;
    host.print('here again');
    await fleet.pass(5000);
    expect(remote.line(0)).toBe('here again');
    expect(remote.line(23)).toMatch(/^\[0\]/);
  });
});
