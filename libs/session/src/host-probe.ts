import { randomUUID } from 'node:crypto';
import { participantId, type Clock, type EdgeId, type Generation, type SessionId } from '#kernel';
import type { Relay } from '#relay';
import { encodeInput } from './replica-input.js';
import { decodeRecords } from './stream-records.js';

/** How long a home may take to find out whether its host lives; longer than its own question to the host may take. */
export const PROBE_MS = 4000;

export interface ProbeTarget {
  readonly relay: Relay;
  readonly clock: Clock;
  readonly edgeId: EdgeId;
  readonly sessionId: SessionId;
  readonly generation: Generation;
}

/** Asks a session's home, at another edge, whether its host is really there. One that does not answer has none. */
export async function probeHost({ relay, clock, edgeId, sessionId, generation }: ProbeTarget): Promise<boolean> {
  const nonce = randomUUID();
  const asker = participantId(nonce);
  let answer: (alive: boolean) => void = () => undefined;
  const answered = new Promise<boolean>((resolve) => (answer = resolve));
  const timer = clock.after(PROBE_MS, () => answer(false));
  let follows: () => void = () => undefined;
  const following = new Promise<void>((resolve) => (follows = resolve));
  const link = await relay.replica(sessionId, generation, edgeId, {
    // A home tells its replicas nothing before one of them has asked for a snapshot.
    snapshot: follows,
    data: (bytes) => {
      for (const record of decodeRecords(bytes)) {
        if (record.kind === 'probed' && record.nonce === nonce) answer(record.alive);
      }
    },
    homeAway: () => answer(false),
    lost: () => answer(false),
  });
  try {
    void following.then(() => link.send(asker, encodeInput({ kind: 'probe', nonce })));
    return await answered;
  } finally {
    timer.cancel();
    link.remove(asker);
    link.dispose();
  }
}
