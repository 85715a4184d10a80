import { ShipmateError, type Clock, type ParticipantId, type Role } from '#kernel';
import { EXPECTED_MS, WAIT_MS, type AdmissionAnswer, type JoinRequest, type JoinWaiter } from '#session';

/** Where a request to join goes: to the home itself, or to a replica, which asks the home. */
export interface AskedPlace {
  ask(request: JoinRequest, onAnswer: (answer: AdmissionAnswer) => void): void;
  /** They have left. */
  withdraw(id: ParticipantId): void;
}

export interface AskOptions {
  readonly clock: Clock;
  readonly waiter: JoinWaiter | undefined;
  /** How long the home may take to answer anything, in ms. */
  readonly firstWordMs: number;
}

/**
 * The result of a request. `silent`: the home has not answered. `undecided`: there is no home, so the record let them in.
 */
export type AskAnswer =
  | Exclude<AdmissionAnswer, { kind: 'admitted' }>
  | { readonly kind: 'silent' }
  | { readonly kind: 'admitted'; readonly as: Role; readonly moderator?: boolean; readonly undecided?: boolean };

/**
 * Asks whether somebody may join, and waits for the answer. Rejects with `unavailable` when they leave: then, the request is
 * withdrawn. When the home is silent, the caller withdraws it.
 */
export async function askToJoin(place: AskedPlace, request: JoinRequest, options: AskOptions): Promise<AskAnswer> {
  const { clock, waiter, firstWordMs } = options;
  const gone = waiter?.gone;
  return await new Promise<AskAnswer>((resolve, reject) => {
    let waits = false;
    const finish = (answer: AskAnswer): void => {
      done();
      resolve(answer);
    };
    const onGone = (): void => {
      done();
      place.withdraw(request.id);
      reject(new ShipmateError('unavailable', 'Nobody is waiting any more'));
    };
    const silent = (): void => finish({ kind: 'silent' });
    let timer = clock.after(firstWordMs, silent);
    const done = (): void => {
      timer.cancel();
      gone?.removeEventListener('abort', onGone);
    };
    gone?.addEventListener('abort', onGone, { once: true });
    place.ask(request, (answer) => {
      if (answer.kind !== 'waiting') finish(answer);
      else if (!waits) {
        waits = true;
        timer.cancel();
        // The home answers before that, if it is alive.
        timer = clock.after(WAIT_MS + EXPECTED_MS, silent);
        waiter?.waiting();
      }
    });
    if (gone?.aborted === true) onGone();
  });
}
