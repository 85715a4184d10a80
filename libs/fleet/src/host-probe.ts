import { randomUUID } from 'node:crypto';
import { participantId, type Clock, type EdgeId, type Generation, type SessionId } from '#kernel';
import type { Relay } from '#relay';
import { type Decision, encodeInput, type ReplicaInput, decodeRecords, type StreamRecord } from '#session';

/** How long a home may take to find out whether its host is alive, in ms; longer than its own question to the host may take. */
export const PROBE_MS = 4000;

export interface ProbeTarget {
  readonly relay: Relay;
  readonly clock: Clock;
  readonly edgeId: EdgeId;
  readonly sessionId: SessionId;
  readonly generation: Generation;
}

/** Asks a session's home, at another edge, whether its host is really there. False if the home does not answer. */
export async function probeHost(target: ProbeTarget): Promise<boolean> {
  const answer = await askHome(
    target,
    (nonce) => ({ kind: 'probe', nonce }),
    (record, nonce) => (record.kind === 'probed' && record.nonce === nonce ? record.alive : undefined),
  );
  return answer === true;
}

/** Tells a session's home, at another edge, that its host has opened another session. */
export async function announceReplaced(target: ProbeTarget): Promise<void> {
  await askHome(
    target,
    (nonce) => ({ kind: 'replaced', nonce }),
    (record, nonce) => (record.kind === 'probed' && record.nonce === nonce ? record.alive : undefined),
  );
}

/** Sends a host's decision on somebody who waits to the session's home, at another edge; undefined if that does not answer. */
export async function sendDecision(
  target: ProbeTarget,
  word: { readonly admit: boolean; readonly code: string },
): Promise<Decision | undefined> {
  return await askHome(
    target,
    (nonce) => ({ kind: 'decide', nonce, ...word }),
    (record, nonce) => (record.kind === 'decided' && record.nonce === nonce ? record.decision : undefined),
  );
}

/** Asks a home one question, not for any joiner; undefined if no answer comes in time. */
async function askHome<T>(
  { relay, clock, edgeId, sessionId, generation }: ProbeTarget,
  question: (nonce: string) => Exclude<ReplicaInput, { kind: 'send' }>,
  read: (record: StreamRecord, nonce: string) => T | undefined,
): Promise<T | undefined> {
  const nonce = randomUUID();
  const asker = participantId(nonce);
  let answer: (value: T | undefined) => void = () => undefined;
  const answered = new Promise<T | undefined>((resolve) => (answer = resolve));
  const timer = clock.after(PROBE_MS, () => answer(undefined));
  let follows: () => void = () => undefined;
  const following = new Promise<void>((resolve) => (follows = resolve));
  const link = await relay.replica(sessionId, generation, edgeId, {
    // A home publishes nothing before a replica has asked for a snapshot.
    snapshot: follows,
    data: (bytes) => {
      for (const record of decodeRecords(bytes)) {
        const value = read(record, nonce);
        if (value !== undefined) answer(value);
      }
    },
    homeAway: () => answer(undefined),
    lost: () => answer(undefined),
  });
  try {
    void following.then(() => link.send(asker, encodeInput(question(nonce))));
    return await answered;
  } finally {
    timer.cancel();
    link.remove(asker);
    link.dispose();
  }
}
