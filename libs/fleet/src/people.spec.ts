import { describe, expect, it } from 'vitest';
import { edgeId, participantId } from '#kernel';
import { Fleet } from './fleet.fixture.js';
import { MAX_LISTED_PEOPLE, peopleAt, sharePeople, type KnownPerson, STATUS_DELAY_MS } from '#session';
import type { FakeTerminal } from './stage.fixture.js';

const here = (id: string) =>
  ({ id: participantId(id), role: 'writer', transport: 'ssh', address: '192.0.2.1' }) as const;
const known = (clientId: number, edge?: string): KnownPerson => {
  return { clientId, edge: edge === undefined ? undefined : edgeId(edge), role: 'reader', transport: 'web' };
};

describe('who is in a session', () => {
  it('is told in the order they came, wherever they are', () => {
    expect(sharePeople([known(3), known(7), known(2, 'a'), known(5, 'b')])).toEqual({
      edges: [
        { edge: undefined, count: 2 },
        { edge: 'a', count: 1 },
        { edge: 'b', count: 1 },
      ],
      listed: ['a', undefined, 'b', undefined].map((edge) => ({ edge, role: 'reader', transport: 'web' })),
    });
  });

  it('is known best of the own edge, and of the others by the home', () => {
    const shared = sharePeople([known(1), known(2, 'a'), known(3, 'a'), known(4, 'b')]);
    const away = { role: 'reader', transport: 'web' };
    const mine = (id: string): object => ({ id, role: 'writer', transport: 'ssh', address: '192.0.2.1' });
    const at = (...ids: string[]): unknown => peopleAt(edgeId('a'), ids.map(here), shared);
    expect(at('x', 'y')).toEqual({ count: 4, listed: [away, mine('x'), mine('y'), away] });
    // One has just left, or has just come: the home does not know yet.
    expect(at('y')).toEqual({ count: 3, listed: [away, mine('y'), away] });
    expect(at('x', 'y', 'z')).toEqual({ count: 5, listed: [away, mine('x'), mine('y'), away, mine('z')] });
    expect(peopleAt(edgeId('a'), [here('x')], undefined)).toEqual({ count: 1, listed: [mine('x')] });
    expect(peopleAt(undefined, [here('h')], shared)).toMatchObject({ count: 4, listed: [mine('h'), away, away, away] });
  });

  it('is counted in full and listed in part where they are many', () => {
    const shared = sharePeople(Array.from({ length: 3000 }, (_, n) => known(n, n % 2 === 0 ? 'a' : 'b')));
    expect(shared.listed).toHaveLength(MAX_LISTED_PEOPLE);
    const { count, listed } = peopleAt(edgeId('c'), [here('x')], shared);
    expect([count, listed.length]).toEqual([3001, MAX_LISTED_PEOPLE]);
  });
});

describe('joiners at several edges', () => {
  const countOf = ({ said }: FakeTerminal): number | undefined => said?.people.count;

  it('all hear of each other, as they come and go', async () => {
    const fleet = await Fleet.start();
    const host = await fleet.edge(0).stage.host();
    const local = await fleet.join(0, host);
    const one = await fleet.join(1, host);
    const two = await fleet.join(2, host, 'reader');
    await fleet.pass(2 * STATUS_DELAY_MS);
    expect([local, one, two].map(countOf)).toEqual([3, 3, 3]);
    for (const terminal of [local, one, two]) {
      const { listed = [] } = terminal.said?.people ?? {};
      expect(listed.map(({ role }) => role)).toEqual(['writer', 'writer', 'reader']);
      expect(listed.map(({ id }) => id)).toContain(terminal.seat.info.id);
    }
    local.type('\u0002d');
    two.type('\u0002d');
    await fleet.pass(2 * STATUS_DELAY_MS);
    expect(countOf(one)).toBe(1);
    await fleet.join(0, host);
    await fleet.pass(2 * STATUS_DELAY_MS);
    expect(countOf(one)).toBe(2);
    expect(fleet.faults).toEqual([]);
  });

  it('are told again by a snapshot if the message was lost on the way', async () => {
    const fleet = await Fleet.start();
    const host = await fleet.edge(0).stage.host();
    const one = await fleet.join(1, host);
    fleet.edge(1).faults.loses = (channel) => channel.endsWith(':out');
    await fleet.join(0, host);
    await fleet.pass(2 * STATUS_DELAY_MS);
    expect(countOf(one)).toBe(1);
    fleet.edge(1).faults.loses = () => false;
    host.print('a gap is seen');
    await fleet.pass(1000);
    expect(countOf(one)).toBe(2);
  });

  it('hear that an edge is gone with its joiners', async () => {
    const fleet = await Fleet.start();
    const host = await fleet.edge(0).stage.host();
    const [local] = [await fleet.join(0, host), await fleet.join(1, host)];
    await fleet.pass(2 * STATUS_DELAY_MS);
    expect(countOf(local)).toBe(2);
    fleet.edge(1).faults.pause();
    await fleet.pass(60_000, 100);
    expect(countOf(local)).toBe(1);
  });

  it('hear that the home is gone with its joiners, once there is another', async () => {
    const fleet = await Fleet.start();
    const host = await fleet.edge(0).stage.host();
    const data = host.env('tmate_reconnection_data') ?? '';
    const [, one] = [await fleet.join(0, host), await fleet.join(1, host)];
    await fleet.pass(2 * STATUS_DELAY_MS);
    expect(countOf(one)).toBe(2);
    fleet.edge(0).faults.pause();
    const coming = fleet.edge(2).stage.host({ reconnect: data });
    await fleet.pass(10_000);
    expect((await coming).notices.at(-1)).toBe('Reconnected');
    expect(countOf(one)).toBe(1);
    expect(one.said?.people.listed.map(({ id }) => id)).toEqual([one.seat.info.id]);
  });

  it('see who may only watch from now on', async () => {
    const fleet = await Fleet.start();
    const host = await fleet.edge(0).stage.host();
    const [local, one] = [await fleet.join(0, host), await fleet.join(1, host)];
    await fleet.pass(2 * STATUS_DELAY_MS);
    const [room] = fleet.edge(0).stage.sessions.rooms;
    room?.makeReader(local.seat);
    await fleet.pass(2 * STATUS_DELAY_MS);
    expect(one.said?.people.listed.map(({ role }) => role)).toEqual(['reader', 'writer']);
  });
});
