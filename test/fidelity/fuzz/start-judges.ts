import { Judge } from '../judge.js';
import { FUZZ_CONF } from './random-script.js';

/** Judges for random scripts, each with a host and terminals of its own, on one server: the first one's. */
export async function startJudges(count: number): Promise<Judge[]> {
  const judges: Judge[] = [];
  try {
    while (judges.length < count) {
      const server = judges[0] === undefined ? {} : { shipmate: judges[0].shipmate };
      judges.push(await Judge.start({ conf: FUZZ_CONF, ...server }));
    }
    return judges;
  } catch (error) {
    await stopJudges(judges);
    throw error;
  }
}

/** Stops them, the one with the server last. */
export async function stopJudges(judges: readonly Judge[]): Promise<void> {
  for (const judge of judges.toReversed()) await judge.stop();
}
