import { beforeEach, describe, expect, it } from 'vitest';
import { edgeId, FakeClock, participantId, sessionId } from '#kernel';
import { serveControl, type ControlReply, type ControlRequest } from '#control';
import { MemoryDirectory, type SessionView } from '#directory';
import { MemoryBus } from '#relay';
import { Fleet } from './fleet.js';

const HOME = edgeId('home');
const SESSION = sessionId('session-a');
const PERSON = participantId('person-a');
const who = { id: PERSON, role: 'writer', transport: 'web', address: '192.0.2.9', since: 5 } as const;

let fleet: Fleet;
let bus: MemoryBus;
let asked: ControlRequest[];

beforeEach(() => {
  bus = new MemoryBus();
  asked = [];
  const clock = new FakeClock();
  fleet = new Fleet(new MemoryDirectory(clock), bus, clock);
});

/** The session's home, which answers this. */
async function home(reply: Partial<ControlReply>): Promise<void> {
  const answer = async (request: ControlRequest): Promise<ControlReply> => {
    asked.push(request);
    return { done: true, people: [], ...reply };
  };
  await serveControl(bus, HOME, answer, () => undefined);
}

const view = (patch: { state?: SessionView['state']; home?: undefined } = {}): SessionView =>
  ({ session: { id: SESSION }, state: 'live', home: { id: HOME }, ...patch }) as SessionView;

const YES = { admit: true, by: 'admin' } as const;

describe('whoever waits for a host', () => {
  it('is asked of the home alone', async () => {
    await home({ waiting: [who] });
    expect(await fleet.waiting(view())).toEqual([who]);
    expect(asked).toEqual([{ kind: 'waiting', session: SESSION }]);
  });

  it.each([{ state: 'closed' } as const, { home: undefined, state: 'reconnecting' } as const])(
    'is nobody where there is no home: %o',
    async (patch) => {
      expect(await fleet.waiting(view(patch))).toEqual([]);
      await expect(fleet.decide(view(patch), PERSON, YES)).rejects.toMatchObject({ code: 'not-found' });
    },
  );

  it('is let in or refused by one word to it', async () => {
    await home({ waiting: [who], decision: 'admitted' });
    expect(await fleet.decide(view(), PERSON, YES)).toEqual({ who, decision: 'admitted', agreed: [], needed: 1 });
    expect(asked).toEqual([{ kind: 'decide', session: SESSION, participant: PERSON, ...YES }]);
  });

  it.each([
    [{ waiting: [who], decision: 'full' } as const, 'conflict'],
    [{ waiting: [who], decision: 'again' } as const, 'conflict'],
    [{ waiting: [who], decision: 'own' } as const, 'conflict'],
    [{ waiting: [], decision: 'unknown' } as const, 'not-found'],
    [{ done: false }, 'not-found'],
  ])('%o is a problem', async (reply, code) => {
    await home(reply);
    await expect(fleet.decide(view(), PERSON, YES)).rejects.toMatchObject({ code });
  });

  it('cannot be said while the home does not listen', async () => {
    await expect(fleet.waiting(view())).rejects.toMatchObject({ code: 'unavailable' });
    await expect(fleet.decide(view(), PERSON, { ...YES, admit: false })).rejects.toMatchObject({ code: 'unavailable' });
  });
});
