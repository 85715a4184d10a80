import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { mintInvitation, type Identity, type Invitation } from '#access';
import { participantId, type Role } from '#kernel';
import { NotAdmitted } from '#session';
import { Fleet, tmateSet } from './fleet.fixture.js';
import { FakeTerminal, type FakeHost } from './stage.fixture.js';

const ANN: Identity = { provider: 'corp', subject: '1', name: 'ann', groups: [], proved: 'sign-in', until: 9e15 };

interface Invited {
  readonly made: Fleet;
  readonly host: FakeHost;
  readonly invitation: Invitation;
  readonly token: string;
}

/** A session at edge 0, and somebody who is invited. */
async function invited(
  options: { uses?: number; role?: Role; forMs?: number } = {},
  ...pairs: string[]
): Promise<Invited> {
  const made = await Fleet.start(3);
  const host = await made.edge(0).stage.host({ before: pairs.map(tmateSet) });
  const [session] = [...made.edge(0).stage.sessions.sessions];
  if (session === undefined) throw new Error('no session');
  const { uses = 1, role = 'writer', forMs } = options;
  const until = forMs === undefined ? undefined : made.clock.now() + forMs;
  const { invitation, token } = mintInvitation({ session: session.id, name: 'Bob from support', role, until, uses });
  add(made, 0, invitation);
  await made.pass(100);
  return { made, host, invitation, token };
}

function add(made: Fleet, home: number, invitation: Invitation): void {
  const { sessions } = made.edge(home).stage;
  const [session] = [...sessions.sessions];
  const held = session && sessions.held(session.id);
  if (held === undefined) throw new Error('no session');
  sessions.orders.invite(held, invitation, 'admin');
}

function revoke(made: Fleet, home: number, id: string): Invitation | undefined {
  const { sessions } = made.edge(home).stage;
  const [session] = [...sessions.sessions];
  const held = session && sessions.held(session.id);
  return held && sessions.orders.revoke(held, id);
}

async function join(made: Fleet, n: number, token: string, identity?: Identity): Promise<FakeTerminal> {
  const target = await made.edge(n).stage.sessions.find(token);
  if (target.kind !== 'session') throw new Error(target.kind);
  const terminal = new FakeTerminal(80, 24);
  const shape = { cols: 80, rows: 24, term: 'xterm', colorTerm: undefined, utf8: true };
  const proofs = { transport: 'web', address: '192.0.2.9', keys: [], identity } as const;
  const seat = target.join({ id: participantId(randomUUID()), role: target.role, proofs }, shape, terminal);
  const state = { done: false };
  const finish = (): void => void (state.done = true);
  void seat.then(finish, finish);
  for (let turn = 0; turn < 500 && !state.done; turn++) await made.pass(10);
  terminal.seat = await seat;
  await made.pass(100);
  return terminal;
}

const over = expect.objectContaining({ reason: 'invitation' }) as NotAdmitted;

describe('an invitation', () => {
  it.each([0, 1])('lets somebody in at edge %i under its name, as often as it says', async (n) => {
    const { made, host, token, invitation } = await invited({ uses: 2 });
    const first = await join(made, n, token);
    expect(first.seat.info).toMatchObject({
      role: 'writer',
      name: 'Bob from support',
      proved: 'invitation',
      subject: invitation.id,
    });
    first.type('a');
    await made.pass(100);
    expect(host.takeInput()).toContain('a');
    first.seat.leave('detached');
    await made.pass(100);
    // At another edge, it is the same invitation.
    await join(made, 1 - n, token);
    for (const edge of [0, 1, 2]) await expect(join(made, edge, token)).rejects.toEqual(over);
  });

  it.each([0, 1])('that is revoked ends the stay of whoever is inside by it at edge %i, within a second', async (n) => {
    const { made, host, token, invitation } = await invited();
    const mate = await join(made, n, token);
    expect(revoke(made, 0, 'nobody')).toBeUndefined();
    expect(revoke(made, 0, invitation.id)?.name).toBe('Bob from support');
    expect(host.notices).toEqual(
      expect.arrayContaining([
        'Bob from support was invited to type, by admin. To list invitations: shipmate invitations',
        'The invitation of Bob from support was revoked',
      ]),
    );
    await made.pass(500);
    expect(mate.ending).toBe('invitation');
    await expect(join(made, n, token)).rejects.toThrow('unknown');
  });

  it.each([0, 1])('ends at its time, for whoever is inside at edge %i, too', async (n) => {
    const { made, token } = await invited({ forMs: 60_000, uses: 5 });
    const mate = await join(made, n, token);
    await made.pass(40_000, 1_000);
    expect(mate.ending).toBeUndefined();
    await made.pass(40_000, 1_000);
    expect(mate.ending).toBe('invitation');
    await expect(join(made, n, token)).rejects.toEqual(over);
  });

  it('shows its name to everybody in the session, at every edge, and to the host', async () => {
    const { made, host, token } = await invited();
    const [near, far] = [await made.join(0, host), await made.join(2, host)];
    await join(made, 1, token);
    await made.pass(2_000, 100);
    const late = await made.join(2, host);
    await made.pass(2_000, 100);
    for (const { said } of [near, far, late]) {
      expect(said?.people.listed.map(({ name }) => name)).toEqual([
        undefined,
        undefined,
        'Bob from support',
        undefined,
      ]);
    }
    expect(host.notices).toContain('A mate has joined (Bob from support, 192.0.2.9) -- 3 clients currently connected');
  });

  it('counts for the next home, too, with the uses that are left', async () => {
    const { made, host, token } = await invited({ uses: 2 });
    await join(made, 1, token);
    const reconnect = host.env('tmate_reconnection_data') ?? '';
    host.connection.closed();
    await made.edge(2).stage.host({ reconnect });
    await made.pass(4_000, 200);
    await join(made, 0, token);
    await expect(join(made, 1, token)).rejects.toEqual(over);
  });

  it('counts in place of a key and a name in the list, and not in place of a password', async () => {
    const listed = await invited({ role: 'reader' }, 'authorized_keys=none', 'allow=ann:type');
    expect((await join(listed.made, 1, listed.token)).seat.info.role).toBe('reader');
    const locked = await invited({}, 'password=');
    await expect(join(locked.made, 1, locked.token)).rejects.toEqual(
      expect.objectContaining({ reason: 'password' }) as NotAdmitted,
    );
    const strict = await invited({}, 'sign-in=on');
    await expect(join(strict.made, 1, strict.token)).rejects.toEqual(
      expect.objectContaining({ reason: 'sign-in-required' }) as NotAdmitted,
    );
    expect((await join(strict.made, 1, strict.token, ANN)).seat.info).toMatchObject({ name: 'ann', proved: 'sign-in' });
  });

  it('that nobody has made leads nowhere; there is a limit, and those that are over make room', async () => {
    const { made, invitation } = await invited({ forMs: 1_000 });
    const [session] = [...made.edge(0).stage.sessions.sessions];
    if (session === undefined) throw new Error('no session');
    const wanted = { session: session.id, name: 'eve', role: 'writer', until: undefined, uses: 1 } as const;
    await expect(join(made, 1, mintInvitation(wanted).token)).rejects.toThrow('unknown');
    for (let n = 1; n < 64; n++) add(made, 0, mintInvitation(wanted).invitation);
    expect(() => add(made, 0, mintInvitation(wanted).invitation)).toThrow('at most 64 invitations');
    await made.pass(2_000);
    add(made, 0, mintInvitation(wanted).invitation);
    expect(revoke(made, 0, invitation.id)).toBeUndefined();
  });
});
