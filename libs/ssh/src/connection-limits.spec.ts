import { describe, expect, it } from 'vitest';
import { ConnectionLimits, type Newcomer } from './connection-limits.js';

describe('ConnectionLimits', () => {
  it('lets the busiest address lose its oldest', () => {
    const displaced: string[] = [];
    const newcomer = (name: string, address: string): Newcomer => ({
      address,
      announced: false,
      quiet: true,
      displace: () => displaced.push(name),
    });
    const admission = new ConnectionLimits({ limit: 3, perAddress: 9, exempt: () => false, random: () => 1 });
    const first = newcomer('a1', '192.0.2.1');
    admission.enter(first);
    for (const name of ['b1', 'b2', 'b3']) admission.enter(newcomer(name, '192.0.2.2'));
    expect(displaced).toEqual(['b1']);
    admission.leave(first);
    admission.leave(first);
    expect(admission.size).toBe(2);
  });
});

describe('ConnectionLimits before all places are taken', () => {
  const enter = (admission: ConnectionLimits, address: string, displaced: string[]): void =>
    admission.enter({ address, announced: false, quiet: false, displace: () => displaced.push(address) });

  it('drops more new connections, the fewer places there are, if each has its own address', () => {
    const displaced: string[] = [];
    const admission = new ConnectionLimits({ limit: 100, perAddress: 9, exempt: () => false, random: () => 0.5 });
    for (let n = 0; n < 200; n++) enter(admission, `192.0.2.${n}`, displaced);
    // From the share of a half on: between 40 and 100.
    expect(admission.size).toBeGreaterThan(40);
    expect(admission.size).toBeLessThan(100);
    expect(displaced).toHaveLength(200 - admission.size);
    expect(displaced.at(-1)).toBe('192.0.2.199');
  });

  it('drops those that say nothing before those that do, if each has its own address', () => {
    const displaced: string[] = [];
    const admission = new ConnectionLimits({ limit: 10, perAddress: 9, exempt: () => false, random: () => 0 });
    const come = (name: number, quiet: boolean): void =>
      admission.enter({
        address: `192.0.2.${name}`,
        announced: false,
        quiet,
        displace: () => displaced.push(`${name}`),
      });
    come(0, true);
    for (let n = 1; n < 10; n++) come(n, false);
    // Silent ones from as many addresses: they displace each other, and none that speaks.
    for (let n = 10; n < 250; n++) come(n, true);
    expect(displaced).toEqual(['0', ...Array.from({ length: 239 }, (_, n) => `${n + 10}`)]);
    expect(admission.size).toBe(10);
  });

  it('lets an address have its share, unless it stands for many', () => {
    const displaced: string[] = [];
    const exempt = (address: string): boolean => address === '10.0.0.1';
    const admission = new ConnectionLimits({ limit: 100, perAddress: 3, exempt, random: () => 1 });
    for (let n = 0; n < 5; n++) enter(admission, '192.0.2.1', displaced);
    for (let n = 0; n < 5; n++) enter(admission, '10.0.0.1', displaced);
    expect(displaced).toEqual(['192.0.2.1', '192.0.2.1']);
    expect(admission.size).toBe(8);
  });

  it('gives whoever a proxy announces a share of their own, wherever they are', () => {
    const displaced: string[] = [];
    const admission = new ConnectionLimits({ limit: 100, perAddress: 3, exempt: () => true, random: () => 1 });
    const come = (name: string, announcedAs?: string): void => {
      const newcomer = {
        address: '10.0.0.1',
        announced: false,
        quiet: false,
        displace: () => void displaced.push(name),
      };
      admission.enter(newcomer);
      if (announcedAs === undefined) return;
      newcomer.address = announcedAs;
      newcomer.announced = true;
      admission.announced(newcomer);
    };
    for (let n = 0; n < 5; n++) come(`near ${n}`, '10.9.9.9');
    for (let n = 0; n < 5; n++) come(`far ${n}`, `2001:db8::${n}`);
    for (let n = 0; n < 5; n++) come(`proxy ${n}`);
    // All of a /64 are one.
    expect(displaced).toEqual(['near 0', 'near 1', 'far 0', 'far 1']);
    expect(admission.size).toBe(11);
  });
});
