import { describe, expect, it } from 'vitest';
import { Destinations, isPublicAddress, RefusedDestination, type Resolve } from './destinations.js';

const NAMES: Readonly<Record<string, readonly string[]>> = {
  'hook.example': ['93.184.216.34', '2606:2800:220:1:248:1893:25c8:1946'],
  'rebind.example': ['93.184.216.34', '10.0.0.1'],
  'inside.example': ['10.0.0.1'],
  internal: ['10.0.0.2'],
};
const resolve: Resolve = async (name) => {
  const found = NAMES[name];
  if (found === undefined) throw Object.assign(new Error('no such name'), { code: 'ENOTFOUND' });
  return found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
};
const destinations = new Destinations(['Internal', '127.0.0.9'], { trusted: resolve, others: resolve });

describe('isPublicAddress', () => {
  it('knows what is nobody else’s', () => {
    const inside = [
      '0.0.0.0',
      '10.1.2.3',
      '100.64.0.1',
      '127.0.0.1',
      '127.255.0.1',
      '168.63.129.16',
      '169.254.169.254',
      '172.31.0.1',
      '192.168.1.1',
      '198.18.0.1',
      '224.0.0.1',
      '255.255.255.255',
      '::',
      '::1',
      '::ffff:10.0.0.1',
      '::ffff:a00:1',
      '::ffff:8.8.8.8',
      '::10.0.0.1',
      '64:ff9b::a00:1',
      'fc00::1',
      'fd12::1',
      'fe80::1',
      'fe80::1%eth0',
      'fec0::1',
      'ff02::1',
      '2002:a00:1::',
      '2001::1',
      '2001:db8::1',
      'localhost',
      '',
    ];
    expect(inside.filter(isPublicAddress)).toEqual([]);
    for (const outside of ['8.8.8.8', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '2a00:1450::1']) {
      expect(isPublicAddress(outside)).toBe(true);
    }
  });
});

describe('Destinations', () => {
  const refusal = async (url: string, trusted: 'fleet' | 'session' | 'redirect' = 'session'): Promise<string> =>
    await destinations.find(url, trusted).then(
      () => 'allowed',
      (error: unknown) => (error instanceof RefusedDestination ? error.message : 'another error'),
    );

  it('gives the addresses that were looked at', async () => {
    const { url, addresses } = await destinations.find('https://hook.example/x?y', 'session');
    expect(url.href).toBe('https://hook.example/x?y');
    expect(addresses.map(({ address }) => address)).toEqual(NAMES['hook.example']);
  });

  it('sends nothing inside for a host or a redirect, however the address is written', async () => {
    const ways = [
      'http://10.0.0.1/',
      'http://0x7f.1:8080/',
      'http://2130706434/',
      'http://0/',
      'http://[::1]/',
      'http://[::ffff:7f00:2]/',
      'http://inside.example/',
      'http://rebind.example/',
      'http://inside.example./',
      'http://169.254.169.254/latest',
    ];
    for (const way of ways) {
      for (const trusted of ['session', 'redirect'] as const) expect(await refusal(way, trusted)).toMatch(/public/);
    }
  });

  it('sends where the operator said, or what the operator allowed by name', async () => {
    expect(await refusal('http://inside.example:9/', 'fleet')).toBe('allowed');
    expect(await refusal('http://internal:8080/', 'session')).toBe('allowed');
    expect(await refusal('http://127.0.0.9:9/', 'redirect')).toBe('allowed');
  });

  it('speaks to nothing but the web', async () => {
    for (const url of ['ftp://hook.example/', 'file:///etc/passwd', 'hook.example', '', 'javascript:1']) {
      expect(await refusal(url, 'fleet')).toMatch(/not a URL/);
    }
    expect(await refusal('http://hook.example:25/')).toMatch('port 25');
    expect(await refusal('http://hook.example:443/')).toBe('allowed');
    expect(await refusal('http://hook.example:8080/')).toBe('allowed');
  });

  it('leaves a name that cannot be found to another attempt', async () => {
    expect(await refusal('http://nowhere.example/')).toBe('another error');
  });
});
