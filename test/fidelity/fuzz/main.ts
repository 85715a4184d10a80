import { Judge } from '../judge.js';
import { fuzz } from './fuzzer.js';
import { FUZZ_CONF } from './random-script.js';

/** Runs random scripts for as many minutes as given, from a seed on; tells each failure as it is found, and gives their number. */
export async function main(minutes: number, seed: number): Promise<number> {
  const judge = await Judge.start({ conf: FUZZ_CONF });
  try {
    const tell = (text: string): void => void process.stdout.write(`${text}\n`);
    const { scripts, steps, lost, failures } = await fuzz(judge, { seed, forMs: minutes * 60_000, tell });
    tell(
      `${scripts} scripts from seed ${seed} on, ${steps} steps, ${failures.length} failures, ${lost.length} ended the host, ` +
        `${judge.redrawn} times the host had to draw its model anew`,
    );
    if (failures.length > 0) tell(`seeds: ${failures.map((failure) => failure.seed).join(' ')}`);
    return failures.length;
  } finally {
    await judge.stop();
  }
}
