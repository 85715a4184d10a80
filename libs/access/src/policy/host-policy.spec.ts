import { describe, expect, it } from 'vitest';
import { FakeClock, OverWork, ShipmateError } from '#kernel';
import { HostPolicy, isPassword, lacks, type KeyFinder } from '#access';
import { REFRESH_MS, TRUSTED_MS } from './host-policy.js';
import { blobOf, ED25519, RSA_2048 } from '#keys/fixtures';
import { fingerprint } from '#keys';

/** A host's settings, what it was told, and a forge that answers as it is set. */
function world(answers: (source: string) => string[] = () => [ED25519], withForges = true, hashing?: () => void) {
  const clock = new FakeClock();
  const told: string[] = [];
  const asked: string[] = [];
  const state = { changes: 0, answers };
  const keys: KeyFinder = {
    keysOf: async (source) => {
      asked.push(source);
      return state.answers(source);
    },
  };
  const policy = new HostPolicy({
    clock,
    keys: withForges ? keys : undefined,
    hashing,
    tell: (texts) => void told.push(...texts),
    changed: () => (state.changes += 1),
    failed: (what, error) => {
      throw new Error(what, { cause: error });
    },
  });
  const admits = (line: string): boolean =>
    lacks(
      { ...policy.policy, password: undefined },
      { transport: 'ssh', address: '192.0.2.1', keys: [{ type: 'a key', fingerprint: 'SHA256:', blob: blobOf(line) }] },
      clock.now(),
    ) === undefined;
  return { clock, told, asked, state, policy, admits };
}

const settle = async (): Promise<void> => {
  for (let n = 0; n < 20; n++) await Promise.resolve();
};
const away = (): never => {
  throw new ShipmateError('unavailable', 'the forge is away');
};

describe("a host's password", () => {
  it('lets nobody in until it is hashed, and then who knows it', async () => {
    const { policy, told, state } = world();
    policy.set('tmate-set', 'password=first');
    expect(policy.policy.password).toBe('!');
    await policy.settled();
    expect(await isPassword(policy.policy.password ?? '', 'first')).toBe(true);
    expect(state.changes).toBe(2);
    expect(told).toEqual(['tmate-set password: joiners must know the password']);
  });

  it('is the last that was set, however fast they come', async () => {
    const { policy } = world();
    for (const word of ['one', 'two', 'three']) policy.set('tmate-set', `password=${word}`);
    await policy.settled();
    expect(await isPassword(policy.policy.password ?? '', 'three')).toBe(true);
  });

  it('stays locked when the last value is not a password', async () => {
    const { policy } = world();
    policy.set('tmate-set', 'password=one');
    policy.set('tmate-set', 'password=');
    await policy.settled();
    expect(policy.policy.password).toBe('!');
  });

  it('waits for CPU time, and lets nobody in until then', async () => {
    let busy = true;
    const asked: number[] = [];
    const { policy, told, clock } = world(undefined, true, () => {
      asked.push(clock.monotonic());
      if (busy) throw new OverWork('passwords-per-address', 5_000);
    });
    policy.set('tmate-set', 'password=sesame');
    const settled = policy.settled();
    await settle();
    clock.advance(5_000);
    await settle();
    expect(policy.policy.password).toBe('!');
    busy = false;
    clock.advance(5_000);
    await settled;
    expect(await isPassword(policy.policy.password ?? '', 'sesame')).toBe(true);
    expect(asked).toEqual([0, 5_000, 10_000]);
    expect(told.filter((text) => text.includes('until it is accepted'))).toEqual([
      'tmate-set password: nobody can join until it is accepted. Your address makes the server compute too much: try again in 5 seconds (passwords-per-address)',
    ]);
  });

  it('is forgotten when the host goes before there was time for it', async () => {
    const { policy, clock } = world(undefined, true, () => {
      throw new OverWork('passwords-in-process', 1_000);
    });
    policy.set('tmate-set', 'password=sesame');
    const settled = policy.settled();
    await settle();
    policy.dispose();
    clock.advance(1_000);
    await settled;
    expect(policy.policy.password).toBe('!');
  });

  it('costs a bounded amount of work', async () => {
    const { policy, told } = world();
    for (let n = 0; n < 10; n++) {
      policy.set('tmate-set', `password=${n}`);
      await policy.settled();
    }
    expect(policy.policy.password).toBe('!');
    expect(told.filter((text) => text.includes('set too often'))).toHaveLength(2);
  });
});

describe('keys that are published elsewhere', () => {
  it('admit their owners once they are fetched, besides those of the host', async () => {
    const { policy, told, asked, admits } = world();
    policy.set('tmate-set', 'authorized_keys=github:octocat');
    policy.set('tmate-set', `authorized_keys=${RSA_2048}`);
    expect([admits(ED25519), admits(RSA_2048)]).toEqual([false, true]);
    await settle();
    expect([admits(ED25519), admits(RSA_2048)]).toEqual([true, true]);
    expect(asked).toEqual(['github:octocat']);
    expect(told).toEqual(['github:octocat: 1 key may join']);
  });

  it('let nobody in where they are not available', async () => {
    const nowhere = world(undefined, false);
    nowhere.policy.set('tmate-set', 'authorized_keys=github:octocat');
    const unknown = world(() => {
      throw new ShipmateError('not-found', 'nobody is called so there');
    });
    unknown.policy.set('tmate-set', 'authorized_keys=github:nobody');
    await settle();
    for (const { admits } of [nowhere, unknown]) expect(admits(ED25519)).toBe(false);
    expect(nowhere.told).toEqual(['github:octocat: this server does not fetch keys']);
    expect(unknown.told).toEqual(['github:nobody: nobody is called so there; it admits nobody']);
  });

  it('are looked up again: one that is gone there is gone here', async () => {
    const { policy, clock, state, admits, asked } = world();
    policy.set('tmate-set', 'authorized_keys=github:octocat');
    await settle();
    state.answers = () => [RSA_2048];
    clock.advance(REFRESH_MS);
    await settle();
    expect([admits(ED25519), admits(RSA_2048)]).toEqual([false, true]);
    expect(asked).toHaveLength(2);
  });

  it('stay for a while when the forge is not available, but not forever', async () => {
    const { policy, clock, state, admits, told } = world();
    policy.set('tmate-set', 'authorized_keys=github:octocat');
    await settle();
    state.answers = away;
    clock.advance(REFRESH_MS);
    await settle();
    expect(admits(ED25519)).toBe(true);
    expect(told.at(-1)).toBe('github:octocat: the forge is away; the previous keys stay valid');
    for (let ms = 0; ms < TRUSTED_MS + REFRESH_MS; ms += 5_000) {
      clock.advance(5_000);
      await settle();
    }
    expect(admits(ED25519)).toBe(false);
    state.answers = () => [ED25519];
    clock.advance(REFRESH_MS);
    await settle();
    expect(admits(ED25519)).toBe(true);
  });

  it('are asked for no more once nobody wants them', async () => {
    const { policy, clock, asked, admits } = world();
    policy.set('tmate-set', 'authorized_keys=github:octocat');
    await settle();
    policy.set('tmate-authorized-keys', 'another file');
    expect(admits(ED25519)).toBe(false);
    policy.set('tmate-set', 'authorized_keys=github:other');
    await settle();
    policy.dispose();
    clock.advance(10 * REFRESH_MS);
    await settle();
    expect(asked).toEqual(['github:octocat', 'github:other']);
  });
});

describe('a list without a key', () => {
  const NOBODY = expect.stringContaining('nobody can join') as string;

  it('is reported once when the session begins', async () => {
    const { policy, told, clock } = world();
    policy.set('tmate-authorized-keys', '/no/such/file');
    await policy.settled();
    clock.advance(10_000);
    expect(told).toEqual([NOBODY]);
  });

  it('is reported when no line of it was understood', async () => {
    const { policy, told } = world();
    policy.set('tmate-authorized-keys', '/keys');
    policy.set('tmate-set', `authorized_keys=restrict ${ED25519}`);
    await policy.settled();
    expect(told).toEqual([expect.stringContaining('restrict'), NOBODY]);
  });

  it('is reported when the host sets another file during the session, unless its keys follow', async () => {
    const { policy, told, clock } = world();
    policy.set('tmate-authorized-keys', '/keys');
    policy.set('tmate-set', `authorized_keys=${ED25519}`);
    await policy.settled();
    policy.set('tmate-authorized-keys', '/other');
    policy.set('tmate-set', `authorized_keys=${RSA_2048}`);
    clock.advance(10_000);
    expect(told).toEqual([]);
    policy.set('tmate-authorized-keys', '/no/such/file');
    clock.advance(10_000);
    expect(told).toEqual([NOBODY]);
  });

  it('is not reported without a list, nor while published keys are being fetched', async () => {
    const { policy, told, clock } = world();
    await policy.settled();
    policy.set('tmate-set', 'authorized_keys=github:octocat');
    clock.advance(10_000);
    await settle();
    expect(told).toEqual(['github:octocat: 1 key may join']);
  });
});

describe('a key that is withdrawn', () => {
  it.each([`-${RSA_2048}`, `-${fingerprint(blobOf(RSA_2048))}`, `- ${RSA_2048} with another comment`])(
    'lets nobody in any more, and the others do: %s',
    async (value) => {
      const { policy, told, admits, state } = world();
      for (const line of [ED25519, RSA_2048]) policy.set('tmate-set', `authorized_keys=${line}`);
      await policy.settled();
      expect(admits(RSA_2048)).toBe(true);
      const before = state.changes;
      policy.set('tmate-set', `authorized-keys=${value}`);
      expect([admits(RSA_2048), admits(ED25519), state.changes]).toEqual([false, true, before + 1]);
      expect(told).toEqual([expect.stringMatching(/^tmate-set authorized-keys: 1 key was removed/)]);
    },
  );

  it('may be all that somebody publishes, or every key', async () => {
    const { policy, told, admits } = world();
    policy.set('tmate-set', 'authorized_keys=github:octocat');
    policy.set('tmate-set', `authorized_keys=${RSA_2048}`);
    await settle();
    expect(admits(ED25519)).toBe(true);
    policy.set('tmate-set', 'authorized-keys=-github:octocat');
    expect([admits(ED25519), admits(RSA_2048)]).toEqual([false, true]);
    policy.set('tmate-set', 'authorized-keys=none');
    expect([admits(ED25519), admits(RSA_2048)]).toEqual([false, false]);
    await policy.settled();
    expect(told.slice(-3)).toEqual([
      expect.stringMatching(/github:octocat were removed/),
      expect.stringMatching(/all keys are removed/),
      expect.stringMatching(/nobody can join/),
    ]);
  });

  it('must be one of the list: else nothing changes, and the host is told', async () => {
    const { policy, told, admits } = world();
    policy.set('tmate-set', `authorized_keys=${ED25519}`);
    for (const value of [`-${RSA_2048}`, '-SHA256:x', '-github:nobody', '-', '-----BEGIN OPENSSH PRIVATE KEY-----']) {
      policy.set('tmate-set', `authorized_keys=${value}`);
      expect(told.pop()).toMatch(/no such key: nothing was removed$/);
    }
    expect(admits(ED25519)).toBe(true);
  });

  it('is not meant by an empty line of a file, which says nothing', async () => {
    const { policy, told, admits } = world();
    for (const line of [ED25519, '', '# a comment']) policy.set('tmate-set', `authorized_keys=${line}`);
    expect([admits(ED25519), told]).toEqual([true, []]);
  });
});

it('says of 10,000 lines that are no keys a bounded number of things, the last that it says no more', () => {
  const { policy, told } = world();
  for (let n = 0; n < 10_000; n++) policy.set('tmate-set', 'authorized_keys=broken line');
  expect(told).toHaveLength(41);
  expect(told.at(-1)).toBe('Further messages about your settings are left out');
});
