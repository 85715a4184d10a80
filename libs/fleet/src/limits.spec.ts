import { describe, expect, it } from 'vitest';
import { ShipmateError } from '#kernel';
import type { SessionLimits } from './edge-deps.js';
import { settle } from './fleet.fixture.js';
import { Stage } from './stage.fixture.js';

/** Limits of so many, and how many there are. */
function counting(most: Readonly<Record<'hosts' | 'sessions', number>>) {
  const count = { hosts: 0, sessions: 0 };
  const asked: string[] = [];
  const limits: SessionLimits = {
    enter(what, { address }, always) {
      asked.push(`${what} ${address}${always ? ' always' : ''}`);
      if (!always && count[what] >= most[what]) throw new ShipmateError('limit', `No more than ${most[what]} ${what}`);
      count[what] += 1;
      return { leave: () => void (count[what] -= 1) };
    },
  };
  return { count, asked, limits };
}

describe('hosts and sessions', () => {
  it('are counted while they are there, a session also while it waits for its host', async () => {
    const { count, asked, limits } = counting({ hosts: 9, sessions: 9 });
    const stage = new Stage({ limits });
    const host = await stage.host();
    const other = await stage.host();
    expect(count).toEqual({ hosts: 2, sessions: 2 });
    expect(asked[0]).toMatch(/^hosts \S+$/);
    host.connection.closed();
    expect(count).toEqual({ hosts: 1, sessions: 2 });
    const reconnect = host.env('tmate_reconnection_data') ?? '';
    const back = await stage.host({ reconnect });
    await settle();
    expect(count).toEqual({ hosts: 2, sessions: 2 });
    for (const session of stage.sessions.sessions) session.close('operator', 'closed');
    await settle();
    expect(count).toEqual({ hosts: 2, sessions: 0 });
    for (const { connection } of [back, other]) connection.closed();
    expect(count).toEqual({ hosts: 0, sessions: 0 });
  });

  it.each(['hosts', 'sessions'] as const)('over the limit of %s are told so and sent away', async (what) => {
    const { count, limits } = counting({ hosts: 9, sessions: 9, [what]: 1 });
    const stage = new Stage({ limits });
    await stage.host();
    const second = await stage.host();
    await settle();
    expect(second.env('tmate_ssh')).toBeUndefined();
    expect(second.notices).toContain(`No more than 1 ${what}`);
    expect(count).toEqual({ hosts: 1, sessions: 1 });
  });

  it('that come back are let in over every limit', async () => {
    const { count, asked, limits } = counting({ hosts: 1, sessions: 1 });
    const stage = new Stage({ limits });
    const host = await stage.host();
    const reconnect = host.env('tmate_reconnection_data') ?? '';
    host.connection.closed();
    const { limits: full } = counting({ hosts: 0, sessions: 0 });
    const other = new Stage({ limits: full, directory: stage.directory, clock: stage.clock });
    const back = await other.host({ reconnect });
    await settle();
    expect(back.env('tmate_ssh')).toBe(host.env('tmate_ssh'));
    expect(count.hosts).toBe(0);
    expect(asked).not.toContain('hosts always');
  });
});
