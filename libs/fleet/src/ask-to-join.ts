import { ShipmateError, type Clock, type ParticipantId, type Role } from '#kernel';
import { EXPECTED_MS, WAIT_MS, type AdmissionAnswer, type JoinRequest, type JoinWaiter } from '#session';

/** Where somebody asks whether they may join: at the home itself, or at a replica, which asks the home. */
export interface AskedPlace {
  ask(request: JoinRequest, onAnswer: (answer: AdmissionAnswer) => void): void;
  /** They have gone away. */
  withdraw(id: ParticipantId): void;
}

export interface AskOptions {
  readonly clock: Clock;
  readonly waiter: JoinWaiter | undefined;
  /** The home may take this long to say anything at all, in ms. */
  readonly firstWordMs: number;
}

/**
 * What came of asking. `silent`: the home has said nothing at all. `undecided`: the record let them in, because nobody is home.
 */
export type AskAnswer =
  | Exclude<AdmissionAnswer, { kind: 'admitted' }>
  | { readonly kind: 'silent' }
  | { readonly kind: 'admitted'; readonly as: Role; readonly undecided?: boolean };

/**
 * Asks whether somebody may join, and waits for the answer. Rejects with `unavailable` when they have gone away; then, and when
 * the home is silent, nobody is left waiting there.
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
    const silent = (): void => {
      place.withdraw(request.id);
      finish({ kind: 'silent' });
    };
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
        // The home gives its answer before that, if it lives.
        timer = clock.after(WAIT_MS + EXPECTED_MS, silent);
        waiter?.waiting();
      }
    });
    if (gone?.aborted === true) onGone();
  });
}
