import { describe, expect, it } from 'vitest';
import { Fleet, settle } from './fleet.fixture.js';
import type { FakeHost, Stage } from './stage.fixture.js';

async function comeBack(stage: Stage, data: string): Promise<FakeHost> {
  const host = await stage.host({ reconnect: data });
  await settle();
  const screen = { cursorX: 0, cursorY: 0, lines: [] };
  host.say({ type: 'snapshot', panes: [{ paneId: 0, mode: 1, screen, saved: undefined }] });
  return host;
}

const dataOf = (host: FakeHost): string => host.env('tmate_reconnection_data') ?? '';

describe('a host whose network has changed, while its old connection looks alive', () => {
  it.each([0, 1])('loses nothing of what is typed at edge %i, or the typist is told', async (at) => {
    const fleet = await Fleet.start(2);
    const { stage } = fleet.edge(0);
    const host = await stage.host();
    const typist = await fleet.join(at, host);
    typist.type('before');
    await fleet.pass(500);
    const data = dataOf(host);
    expect(host.takeInput().join('')).toBe('before');
    host.alive = false;
    typist.type('D');
    await fleet.pass(1000);
    for (const key of 'held') {
      typist.type(key);
      await fleet.pass(300);
    }
    // Only the first one may have arrived: the others were never sent.
    expect(host.takeInput().join('')).toBe('D');
    await fleet.pass(3000);
    expect(typist.line(23)).toContain('The host is not responding');
    const back = await comeBack(stage, data);
    const told: string[] = [];
    for (let ms = 0; ms < 5000; ms += 50) {
      await fleet.pass(50);
      told.push(typist.line(23));
    }
    expect(back.takeInput().join('')).toContain('held');
    // At another edge it is told when the old connection is given up, which is now as well.
    expect(told.some((line) => line.includes('check that everything you typed arrived'))).toBe(true);
    expect(told.at(-1)).toMatch(/^\[0\]/);
    typist.type('after');
    await fleet.pass(5000);
    expect(back.takeInput().join('')).toBe('after');
  });

  it.each([1, 2])('tells a typist at edge 1 of what it took, when the host comes back to edge %i', async (at) => {
    const fleet = await Fleet.start(3);
    const { stage, faults } = fleet.edge(0);
    const host = await stage.host();
    const typist = await fleet.join(1, host);
    typist.type('before');
    await fleet.pass(20_000, 100);
    const data = dataOf(host);
    host.alive = false;
    typist.type('D');
    await fleet.pass(400);
    expect(host.takeInput().join('')).toBe('beforeD');
    // Nothing that the former home says from now on is heard.
    faults.away = true;
    await comeBack(fleet.edge(at).stage, data);
    const told: string[] = [];
    for (let ms = 0; ms < 5000; ms += 50) {
      await fleet.pass(50);
      told.push(typist.line(23));
    }
    expect(told.filter((line) => line.includes('check that everything')).length).toBeGreaterThan(0);
  });

  it('says nothing where all has arrived', async () => {
    const fleet = await Fleet.start(1);
    const { stage } = fleet.edge(0);
    const host = await stage.host();
    const typist = await fleet.join(0, host);
    typist.type('all of it');
    await fleet.pass(1000);
    const data = dataOf(host);
    host.connection.closed();
    await comeBack(stage, data);
    for (let ms = 0; ms < 2000; ms += 50) {
      await fleet.pass(50);
      expect(typist.text).not.toContain('check that');
    }
  });
});

describe('a host that does not answer', () => {
  it.each([0, 1])('is seen not to within five seconds by readers at edge %i, and to do so again', async (at) => {
    const fleet = await Fleet.start(2);
    const host = await fleet.edge(0).stage.host();
    const reader = await fleet.join(at, host, 'reader');
    await fleet.pass(10_000, 50);
    expect(reader.line(23)).toMatch(/^\[0\]/);
    host.alive = false;
    await fleet.pass(5000, 50);
    expect(reader.line(23)).toContain('The host is not responding');
    const late = await fleet.join(1, host, 'reader');
    await fleet.pass(3000, 50);
    expect(late.line(23)).toContain('The host is not responding');
    host.answers();
    await fleet.pass(500, 50);
    for (const one of [reader, late]) expect(one.line(23)).toMatch(/^\[0\]/);
  });

  it('gets what was typed meanwhile when it answers again, each key once', async () => {
    const fleet = await Fleet.start(2);
    const host = await fleet.edge(0).stage.host();
    const [local, remote] = [await fleet.join(0, host), await fleet.join(1, host)];
    await fleet.pass(500);
    host.takeInput();
    host.alive = false;
    local.type('x');
    await fleet.pass(1000);
    local.type('local');
    remote.type('REMOTE');
    await fleet.pass(2000);
    expect(host.takeInput().join('')).toBe('x');
    host.answers();
    await fleet.pass(6000);
    const typed = host.takeInput().join('');
    expect(typed.replaceAll(/[a-z]/g, '')).toBe('REMOTE');
    expect(typed.replaceAll(/[A-Z]/g, '')).toBe('local');
    expect([local.text, remote.text].join('')).not.toContain('check that');
  });

  it('takes keys in a flood, however late it answers', async () => {
    const fleet = await Fleet.start(1);
    const host = await fleet.edge(0).stage.host();
    const typist = await fleet.join(0, host);
    await fleet.pass(500);
    host.takeInput();
    host.alive = false;
    for (let n = 0; n < 100; n++) {
      host.print(`line ${n}\r\n`);
      if (n % 10 === 0) typist.type(String(n / 10));
      await fleet.pass(100);
      expect(typist.line(23)).toMatch(/^\[0\]/);
    }
    expect(host.takeInput().join('')).toBe('0123456789');
  });

  it('is not asked anything while nobody looks on', async () => {
    const fleet = await Fleet.start(1);
    const host = await fleet.edge(0).stage.host();
    let asked = 0;
    host.acknowledge = (answered) => {
      asked += 1;
      answered(true);
    };
    await fleet.pass(60_000, 500);
    expect(asked).toBe(0);
    const joiner = await fleet.join(0, host, 'reader');
    await fleet.pass(60_000, 500);
    expect(asked).toBeGreaterThan(20);
    joiner.type('\x02d');
    await fleet.pass(5000);
    asked = 0;
    await fleet.pass(60_000, 500);
    expect(asked).toBe(0);
  });
});
