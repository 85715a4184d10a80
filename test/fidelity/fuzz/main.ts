import { fuzz } from './fuzzer.js';
import { startJudges, stopJudges } from './start-judges.js';

/** That many keep two cores busy: most of the time of a script is spent waiting for two terminals. */
const JUDGES = 6;

/** Runs random scripts for as many minutes as given, from a seed on; tells each failure as it is found, and gives their number. */
export async function main(minutes: number, seed: number): Promise<number> {
  const judges = await startJudges(JUDGES);
  try {
    const tell = (text: string): void => void process.stdout.write(`${text}\n`);
    const startMs = performance.now();
    const { scripts, steps, lost, explained, failures } = await fuzz(judges, { seed, forMs: minutes * 60_000, tell });
    const took = (performance.now() - startMs) / 60_000;
    const redrawn = judges.reduce((count, judge) => count + judge.redrawn, 0);
    tell(
      `${scripts} scripts from seed ${seed} on, ${steps} steps, ${failures.length} failures, ${lost.length} ended the host, ${explained.length} explained, ` +
        `${redrawn} times the host had to draw its model again; ` +
        `${Math.round(scripts / took)} scripts and ${Math.round(steps / took)} steps a minute`,
    );
    if (failures.length > 0) tell(`seeds: ${failures.map((failure) => failure.seed).join(' ')}`);
    if (lost.length > 0) tell(`seeds that ended the host: ${lost.join(' ')}`);
    return failures.length;
  } finally {
    await stopJudges(judges);
  }
}
