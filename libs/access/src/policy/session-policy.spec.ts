import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checkHostPolicy,
  hostingFault,
  lacks,
  OPEN_POLICY,
  PolicyBuilder,
  readPolicy,
  refusalText,
  type SessionPolicy,
  writePolicy,
} from '#access';
import { isShipmateError } from '#kernel';
import { blobOf, ED25519, lineOf, RSA_2048 } from '#keys/fixtures';

const key = (line: string) => ({ blob: blobOf(line), address: '192.0.2.1', now: 0 });
/** Why whoever holds this key may not join; undefined: they may. */
const against = (policy: SessionPolicy, line?: string): string | undefined => {
  const keys = line === undefined ? [] : [{ type: 'a key', fingerprint: 'SHA256:', blob: blobOf(line) }];
  return lacks(policy, { transport: 'ssh', address: '192.0.2.1', keys }, 0)?.reason;
};
const built = (...options: readonly [string, string][]): PolicyBuilder => {
  const builder = new PolicyBuilder();
  for (const [name, value] of options) builder.set(name, value);
  return builder;
};

describe('PolicyBuilder', () => {
  it('lets everybody in who has the token, unless told otherwise', () => {
    const { policy } = built(['status', 'on'], ['tmate-authorized-keys', '']);
    expect(policy).toEqual(OPEN_POLICY);
    expect(against(policy)).toBeUndefined();
  });

  it('lets in the keys that the host names, and nobody else', () => {
    const { policy } = built(
      ['tmate-authorized-keys', '~/.ssh/authorized_keys'],
      ['tmate-set', `authorized_keys=${ED25519} ann`],
      ['tmate-set', 'foreground=true'],
    );
    expect(policy.foreground).toBe(true);
    expect(against(policy, ED25519)).toBeUndefined();
    expect(against(policy, RSA_2048)).toBe('key-unknown');
    expect(against(policy)).toBe('key-required');
  });

  it('lets nobody in where keys were asked for and none came, or none was understood', () => {
    const without = built(['tmate-authorized-keys', '/no/such/file']).policy;
    const broken = built(['tmate-set', 'authorized_keys=nonsense here']).policy;
    for (const policy of [without, broken]) expect(against(policy, ED25519)).toBe('key-unknown');
  });

  it('drops the keys so far when the file changes, and is not turned off by an empty name', () => {
    const builder = built(['tmate-set', `authorized_keys=${ED25519}`], ['tmate-authorized-keys', '']);
    expect(against(builder.policy, ED25519)).toBe('key-unknown');
  });

  it('keeps an "=" in a value', () => {
    const line = lineOf('ssh-ed25519', new Uint8Array(32).fill(1));
    const { policy } = built(['tmate-set', `authorized_keys=expiry-time="20300101" ${line}`]);
    expect(against(policy, line)).toBeUndefined();
  });

  it('says which of two settings holds when they contradict each other: the stricter', () => {
    const builder = built(['tmate-set', `authorized_keys=${ED25519}`]);
    const told = builder.set('tmate-set', 'web=on');
    expect(told.at(-1)).toBe('tmate-set web: only certain keys may join, so browsers still cannot');
    const web = { transport: 'web', address: '192.0.2.1', keys: [] } as const;
    expect(lacks(builder.policy, web, 0)).toEqual({ reason: 'keys-required' });
    expect(built().set('tmate-set', 'web=on')).toHaveLength(1);
  });

  it('tells what it does not know or cannot use', () => {
    const builder = new PolicyBuilder();
    expect(builder.set('tmate-set', 'colour=blue')).toEqual([expect.stringContaining('know "colour", only ')]);
    expect(builder.set('tmate-set', 'constructor=x')).toEqual([expect.stringContaining('know "constructor"')]);
    expect(builder.set('tmate-set', 'foreground')).toEqual(['tmate-set: "foreground" needs a value: foreground=...']);
    expect(builder.set('tmate-set', 'authorized_keys=x y')).toEqual([expect.stringMatching(/is ignored/)]);
    expect(builder.set('tmate-set', `\u001b]0;${'x'.repeat(500)}`)[0]).toMatch(/^[\x20-\x7e]{1,300}$/);
  });

  it('takes a bounded number of keys and says a bounded number of things', () => {
    const builder = new PolicyBuilder();
    const notices = Array.from({ length: 400 }, (_, i) => {
      const raw = new Uint8Array(32).fill(i % 256);
      return builder.set('tmate-set', `authorized_keys=${lineOf('ssh-ed25519', raw)}`);
    }).flat();
    expect(builder.policy.authorizedKeys).toHaveLength(256);
    expect(notices).toHaveLength(41);
    expect(writePolicy(builder.policy).length).toBeLessThan(256 * 1024);
  });
});

describe('the written policy', () => {
  it('reads back as what it was', () => {
    const { policy } = built(
      ['tmate-set', `authorized_keys=from="10.0.0.0/8" ${ED25519} ann`],
      ['tmate-set', 'foreground=true'],
    );
    for (const each of [policy, OPEN_POLICY, built(['tmate-authorized-keys', 'x']).policy]) {
      expect(readPolicy(writePolicy(each))).toEqual(each);
    }
    expect(readPolicy('')).toEqual(OPEN_POLICY);
  });

  it('of an older build, with a line that this one refuses, admits only by the other lines', () => {
    const keys = [`command="backup" ${RSA_2048}`, ED25519];
    const policy = readPolicy(JSON.stringify({ v: 1, keys, foreground: false }));
    expect(policy.authorizedKeys?.map(({ line }) => line)).toEqual([ED25519]);
    expect(readPolicy(JSON.stringify({ v: 1, keys: keys.slice(0, 1) })).authorizedKeys).toEqual([]);
  });

  it('is refused unless every word is understood: it may restrict', () => {
    const later = JSON.stringify({ v: 1, foreground: false, password: 'hash' });
    const texts = ['{', '[]', 'null', '1', '{"v":2}', '{"v":1,"keys":[1]}', '{"v":1,"keys":1}', later];
    for (const text of texts)
      expect(() => readPolicy(text)).toThrow(expect.objectContaining({ code: 'protocol' }) as Error);
    fc.assert(
      fc.property(fc.json(), (text) => {
        try {
          expect(readPolicy(text)).toBeDefined();
        } catch (error) {
          expect(isShipmateError(error, 'protocol')).toBe(true);
        }
      }),
    );
  });
});

it('accepts no CA from published keys', () => {
  const builder = built(['tmate-set', 'authorized_keys=github:ann']);
  builder.found('github:ann', [ED25519, `cert-authority ${RSA_2048}`]);
  expect(builder.policy.authorizedKeys?.map(({ line }) => line)).toEqual([ED25519]);
});

describe('hosts', () => {
  it('must bring keys where the server wants them', () => {
    const refused = expect.objectContaining({ code: 'forbidden' }) as Error;
    expect(() => checkHostPolicy(OPEN_POLICY, { authorizedKeys: true })).toThrow(refused);
    expect(() => checkHostPolicy({ ...OPEN_POLICY, authorizedKeys: [] }, { authorizedKeys: true })).toThrow(refused);
    checkHostPolicy(OPEN_POLICY, { authorizedKeys: false });
    checkHostPolicy(built(['tmate-set', `authorized_keys=${ED25519}`]).policy, { authorizedKeys: true });
  });

  it('may be limited to keys of the operator', () => {
    const keys = built(['tmate-set', `authorized_keys=${ED25519}`]).policy.authorizedKeys;
    expect(hostingFault(undefined, undefined)).toBeUndefined();
    expect(hostingFault(keys, key(ED25519))).toBeUndefined();
    expect(refusalText(hostingFault(keys, key(RSA_2048)) ?? { reason: 'full' })).toMatch(/Only certain SSH keys/);
  });
});
