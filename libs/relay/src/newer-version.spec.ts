import { describe, expect, it } from 'vitest';
import { edgeId, FakeClock, generation, participantId, sessionId } from '#kernel';
import { BusRelay, channels, encodeEnvelope, MemoryBus, type RelayObserver } from '#relay';
import { pass } from './faulty-bus.fixture.js';

const ID = sessionId('6f0fbd1e-6c5c-4b7e-9f66-0a4dd1f9b3aa');
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const bytes = (value: string): Uint8Array => new TextEncoder().encode(value);

/** What an edge of a later release might say: this release's message under the next version's number. */
function newer(): Uint8Array {
  const message = encodeEnvelope({
    kind: 'data',
    generation: generation(1),
    sequence: 1,
    acks: [],
    payload: bytes('?'),
  });
  const changed = message.slice();
  changed[0] = (changed[0] ?? 0) + 1;
  return changed;
}

describe('next to edges of a later release', () => {
  it('ignores their messages, reports them, and continues with those it knows', async () => {
    const [bus, clock] = [new MemoryBus(), new FakeClock()];
    const faults: string[] = [];
    const observer: RelayObserver = { fault: (error) => void faults.push((error as Error).message) };
    const typed: string[] = [];
    const home = await new BusRelay(bus, clock, observer).home(ID, generation(1), {
      snapshot: () => bytes('state '),
      input: ({ bytes: keys }) => {
        typed.push(text(keys));
        return true;
      },
      superseded: () => expect.unreachable('a message that is not understood supersedes nobody'),
    });
    const replicaOf = { seen: '' };
    const replica = await new BusRelay(bus, clock, observer).replica(ID, generation(1), edgeId('edge-b'), {
      snapshot: (state) => void (replicaOf.seen = text(state)),
      data: (more) => void (replicaOf.seen += text(more)),
      home: () => expect.unreachable('a message that is not understood names no home'),
      lost: () => expect.unreachable('nothing was lost'),
    });
    const passing = async (until: () => boolean): Promise<void> => {
      for (let turn = 0; turn < 200 && !until(); turn++) await pass(clock, 5);
    };
    await passing(() => replicaOf.seen !== '');
    expect(replicaOf.seen).toBe('state ');

    const { out, in: back, snapshot } = channels(ID);
    for (const channel of [out, back, snapshot]) await bus.publish(channel, newer());
    for (let turn = 0; turn < 20; turn++) await pass(clock, 5);
    expect(faults.length).toBeGreaterThanOrEqual(2);
    for (const fault of faults) expect(fault).toContain('its version is not known');

    home.publish(bytes('and more'));
    replica.send(participantId('ann'), bytes('keys'));
    await passing(() => replicaOf.seen.includes('more') && typed.length > 0);
    expect(replicaOf.seen).toBe('state and more');
    expect(typed).toEqual(['keys']);
    replica.dispose();
    home.dispose();
  });
});
