import { describe, expect, it } from 'vitest';
import type { ControlRequest } from '#control';
import { sessionId } from '#kernel';
import type { EdgeSessions } from '#session';
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

  it('says that it cannot do what a later release asks for', async () => {
    await expect(ask({ kind: 'levitate', session: ID } as unknown as ControlRequest)).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('earlier release') as string,
    });
  });
});
