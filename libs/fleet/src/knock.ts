import { ShipmateError, type Clock, type ParticipantId } from '#kernel';
import { EXPECTED_MS, WAIT_MS, type DoorAnswer, type DoorWord, type Visitor, type ParticipantInfo } from '#session';

/** A home may take this long to say anything at all: the session cannot be reached then. */
const FIRST_WORD_MS = 10_000;

/** Where one asks to be let in: the home's own door, or a replica's way to it. */
export interface AskedPlace {
  ask(info: ParticipantInfo, hears: (word: DoorWord) => void): void;
  /** They have gone away. */
  settled(id: ParticipantId): void;
}

/**
 * Asks to be let in, and waits for the answer. Rejects with `unavailable` when nothing is heard of the home, or when the visitor has
 * gone away; with neither is anybody left waiting there.
 */
export async function knock(
  place: AskedPlace,
  info: ParticipantInfo,
  visitor: Visitor | undefined,
  clock: Clock,
): Promise<DoorAnswer> {
  const gone = visitor?.gone;
  return await new Promise<DoorAnswer>((resolve, reject) => {
    let waits = false;
    const leave = (why: string): void => {
      done();
      place.settled(info.id);
      reject(new ShipmateError('unavailable', why));
    };
    const onGone = (): void => leave('Nobody waits any more');
    let timer = clock.after(FIRST_WORD_MS, () => leave('The session cannot be reached now'));
    const done = (): void => {
      timer.cancel();
      gone?.removeEventListener('abort', onGone);
    };
    gone?.addEventListener('abort', onGone, { once: true });
    place.ask(info, (word) => {
      if (word !== 'waiting') {
        done();
        resolve(word);
      } else if (!waits) {
        waits = true;
        timer.cancel();
        // The home gives its answer before that, if it lives.
        timer = clock.after(WAIT_MS + EXPECTED_MS, () => {
          done();
          place.settled(info.id);
          resolve('unanswered');
        });
        visitor?.waiting();
      }
    });
    if (gone?.aborted === true) onGone();
  });
}
