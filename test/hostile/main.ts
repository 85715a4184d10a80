import { Hunt } from './hunt.js';
import type { ArenaKind } from './arena.js';

export interface HostileArguments {
  readonly minutes: number;
  readonly seed: number;
  readonly cases?: number | undefined;
  readonly only?: string | undefined;
  readonly kinds?: readonly ArenaKind[] | undefined;
}

/** Attacks real processes for as many minutes as given; tells each failure as it is found, and gives their number. */
export async function main({ minutes, seed, cases, only, kinds }: HostileArguments): Promise<number> {
  const tell = (text: string): void => void process.stdout.write(`${text}\n`);
  const { tried, failures, unconfirmed, calmP99, attackedP99, mostResidentBytes } = await Hunt.run({
    seed,
    forMs: minutes * 60_000,
    cases,
    only,
    tell,
    ...(kinds === undefined ? {} : { kinds }),
  });
  const counts = Object.entries(tried).map(([name, { cases, steps }]) => `${name}\t${cases} cases\t${steps} inputs`);
  tell(counts.join('\n'));
  tell(
    `${failures.length} failures, ${unconfirmed.length} not confirmed; innocent echo p99 ${calmP99.toFixed(1)} ms calm, ` +
      `${attackedP99.toFixed(1)} ms under attack; ${Math.round(mostResidentBytes / 2 ** 20)} MiB at most`,
  );
  if (unconfirmed.length > 0) tell(`not confirmed:\n${unconfirmed.join('\n')}`);
  return failures.length;
}
