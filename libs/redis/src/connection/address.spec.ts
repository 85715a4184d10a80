import { describe, expect, it } from 'vitest';
import { parseRedisUrl, readHostPort, showHostPort } from './address.js';

const NOTHING = {
  kind: 'standalone',
  master: '',
  tls: false,
  username: undefined,
  password: undefined,
  db: 0,
  sentinelUsername: undefined,
  sentinelPassword: undefined,
  caFile: undefined,
};

describe('parseRedisUrl', () => {
  it('reads a server, with ports and databases that may be left out', () => {
    expect(parseRedisUrl('redis://redis.example')).toEqual({
      ...NOTHING,
      hosts: [{ host: 'redis.example', port: 6379 }],
    });
    expect(parseRedisUrl('redis://10.0.0.1:7000/3')).toEqual({
      ...NOTHING,
      hosts: [{ host: '10.0.0.1', port: 7000 }],
      db: 3,
    });
    expect(parseRedisUrl('rediss://[::1]:7000/')).toEqual({
      ...NOTHING,
      tls: true,
      hosts: [{ host: '::1', port: 7000 }],
    });
  });

  it('reads a user and a password, percent-encoded', () => {
    expect(parseRedisUrl('redis://ann:p%40ss%2Fw:d@h')).toMatchObject({ username: 'ann', password: 'p@ss/w:d' });
    expect(parseRedisUrl('redis://:secret@h')).toMatchObject({ username: undefined, password: 'secret' });
  });

  it('reads sentinels and the name of their master', () => {
    expect(parseRedisUrl('redis+sentinel://:pw@a,b:5000/main/2?sentinelPassword=x%20y&sentinelUsername=s')).toEqual({
      ...NOTHING,
      kind: 'sentinel',
      hosts: [
        { host: 'a', port: 26_379 },
        { host: 'b', port: 5000 },
      ],
      master: 'main',
      password: 'pw',
      db: 2,
      sentinelUsername: 's',
      sentinelPassword: 'x y',
    });
    expect(parseRedisUrl('rediss+sentinel://a/m?ca=/etc/ca.pem')).toMatchObject({ tls: true, caFile: '/etc/ca.pem' });
  });

  it('reads the first nodes of a Cluster', () => {
    const hosts = [
      { host: 'a', port: 7000 },
      { host: 'b', port: 6379 },
    ];
    expect(parseRedisUrl('redis://a:7000,b', true)).toEqual({ ...NOTHING, kind: 'cluster', hosts });
  });

  it.each([
    ['http://hunter2@x', false],
    ['redis://', false],
    ['redis://user-hunter2@h', false],
    ['redis://:hunter2@a,b', false],
    ['redis://:hunter2@a:0', false],
    ['redis://:hunter2@a:70000', false],
    ['redis://:hunter2@a:b:c', false],
    ['redis://:hunter2@a/x', false],
    ['redis://:hunter2@a/1/2', false],
    ['redis://:hunter2%zz@a', false],
    ['redis://:hunter2@a?hunter2=1', false],
    ['redis+sentinel://:hunter2@a', false],
    ['redis+sentinel://:hunter2@a/m', true],
    ['redis://:hunter2@a/1', true],
  ])('refuses %s without repeating it', (url, cluster) => {
    let message = '';
    try {
      parseRedisUrl(url, cluster);
    } catch (error) {
      expect(error).toMatchObject({ code: 'config' });
      message = String(error);
    }
    expect(message).toContain('the Redis URL is wrong');
    expect(message).not.toContain('hunter2');
  });
});

describe('host and port', () => {
  it.each(['a:1', '10.0.0.1:6379', '[fe80::1]:2'])('%s is read and shown alike', (text) => {
    expect(showHostPort(readHostPort(text))).toBe(text);
  });

  it("reads a Cluster's own way of writing IPv6", () => {
    expect(readHostPort('fe80::1:6379')).toEqual({ host: 'fe80::1', port: 6379 });
  });
});
