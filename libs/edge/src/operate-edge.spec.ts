import { describe, expect, it } from 'vitest';
import type { ControlRequest } from '#control';
import { participantId, sessionId } from '#kernel';
import type { EdgeSessions } from '#fleet';
import { operateEdge } from './operate-edge.js';

const ID = sessionId('session-a');
/** An edge that has no session. */
const nobody = { home: () => undefined, room: () => undefined } as unknown as EdgeSessions;
const ask = async (request: ControlRequest) =>
  await operateEdge(nobody, 0, () => expect.unreachable('nothing fails'))(request);

describe('an edge that a broker asks', () => {
  it.each(['close', 'names', 'people', 'message'] as const)('has nothing to %s where no session is', async (kind) => {
    expect(await ask({ kind, session: ID, text: 'x' })).toEqual({ done: false, people: [] });
  });

  it('lists people who wait for the host of its own session, and passes on an operator’s decision', async () => {
    const who = { id: participantId('p'), role: 'writer', transport: 'ssh', address: '192.0.2.9', since: 7 } as const;
    let waiting = [who];
    const admissions = {
      get waiting() {
        return waiting;
      },
      decideOn(id: string, { admit, by }: { admit: boolean; by: string }) {
        const decision = id !== who.id ? 'unknown' : admit ? 'full' : 'refused';
        if (decision === 'refused') waiting = [];
        return { decision, ...(id === who.id && { who }), agreed: [by], needed: 1 };
      },
    };
    const home = { home: () => ({ rules: { admissions } }), room: () => undefined } as unknown as EdgeSessions;
    const handle = operateEdge(home, 0, () => expect.unreachable('nothing fails'));
    const decide = async (id: string, admit: boolean) =>
      await handle({ kind: 'decide', session: ID, participant: participantId(id), admit });
    // A broker of an earlier release does not say who decides.
    const agreement = { agreed: ['admin'], needed: 1 };
    expect(await handle({ kind: 'waiting', session: ID })).toEqual({ done: true, people: [], waiting: [who] });
    expect(await decide('q', true)).toEqual({
      done: false,
      people: [],
      waiting: [],
      decision: 'unknown',
      ...agreement,
    });
    expect(await decide('p', true)).toEqual({
      done: false,
      people: [],
      waiting: [who],
      decision: 'full',
      ...agreement,
    });
    expect(await decide('p', false)).toEqual({
      done: true,
      people: [],
      waiting: [who],
      decision: 'refused',
      ...agreement,
    });
    expect(await ask({ kind: 'waiting', session: ID })).toEqual({ done: false, people: [], waiting: [] });
  });

  it('says that it cannot do what a later release asks for', async () => {
    await expect(ask({ kind: 'levitate', session: ID } as unknown as ControlRequest)).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('earlier release') as string,
    });
  });
});
