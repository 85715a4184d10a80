import type { Judge } from '../judge.js';
import type { Step } from '../step.js';
import { explained } from './explained.js';
import { randomScript } from './random-script.js';
import { scriptText, shrinkScript } from './shrink.js';

export interface FuzzOptions {
  /** The first seed; each script has the next one. */
  readonly seed: number;
  /** Scripts to run; as many as fit into the time without. */
  readonly scripts?: number;
  /** Ends after so long, in milliseconds, with the script that runs then. */
  readonly forMs?: number;
  /** Steps of a script; default 12. */
  readonly length?: number;
  /** How long a failure may be shrunk, in milliseconds; default a minute. */
  readonly shrinkMs?: number;
  /** Gets each failure at once, and the progress. */
  readonly tell?: (text: string) => void;
}

export interface Failure {
  readonly seed: number;
  /** The shortest script that was found, to be pasted as a written case, and what differs after it. */
  readonly report: string;
}

export interface FuzzResult {
  readonly scripts: number;
  readonly steps: number;
  /** Seeds of scripts that ended the host: stock tmate has faults of its own. */
  readonly lost: readonly number[];
  /** Seeds of scripts that ended with a difference that is known and cannot be avoided. */
  readonly explained: readonly number[];
  readonly failures: readonly Failure[];
}

const LENGTH = 12;
const SHRINK_MS = 60_000;
/** A difference that stays so long is one. While shrinking, less has to do: nearly every step agrees within 100 ms. */
const DEADLINE_MS = 4000;
const SHRINK_DEADLINE_MS = 1200;

/** How a script went: nothing to tell, a report of what went wrong after how many steps, a known difference, or its
 * host did not live through it. */
type Outcome =
  | 'lost'
  | 'explained'
  | { readonly kind: 'differs' | 'error'; readonly steps: number; readonly report: string }
  | undefined;

/**
 * Runs scripts from one seed on, and shrinks those after which joiner and host differ. Each judge takes the next script when it is
 * done with one: most of the time of a script is spent waiting for two terminals.
 */
export async function fuzz(judges: readonly Judge[], options: FuzzOptions): Promise<FuzzResult> {
  const {
    seed: first,
    scripts = Number.POSITIVE_INFINITY,
    forMs = Number.POSITIVE_INFINITY,
    length = LENGTH,
  } = options;
  const startMs = performance.now();
  const result = { scripts: 0, steps: 0, lost: [] as number[], explained: [] as number[], failures: [] as Failure[] };
  let next = first;
  const work = async (judge: Judge): Promise<void> => {
    while (next < first + scripts && performance.now() - startMs < forMs) {
      const seed = next++;
      const script = randomScript(seed, length);
      const outcome = await outcomeOf(judge, script, DEADLINE_MS);
      result.scripts += 1;
      result.steps += typeof outcome === 'object' ? outcome.steps : script.length;
      if (outcome === 'lost') result.lost.push(seed);
      if (outcome === 'explained') result.explained.push(seed);
      if (typeof outcome !== 'object') continue;
      const report = await shrunk(judge, script.slice(0, outcome.steps), outcome, options.shrinkMs ?? SHRINK_MS);
      result.failures.push({ seed, report });
      options.tell?.(`seed ${seed}:\n${report}\n`);
    }
  };
  await Promise.all(judges.map(work));
  return result;
}

async function shrunk(
  judge: Judge,
  script: readonly Step[],
  found: Extract<Outcome, object>,
  forMs: number,
): Promise<string> {
  const startMs = performance.now();
  const short = await shrinkScript(script, async (shorter) => {
    if (performance.now() - startMs > forMs) return false;
    const outcome = await outcomeOf(judge, shorter, SHRINK_DEADLINE_MS);
    return typeof outcome === 'object' && outcome.kind === found.kind;
  });
  const again = await outcomeOf(judge, short, DEADLINE_MS);
  if (typeof again === 'object') return `${scriptText(short)}\n\n${again.report}`;
  return `not every time:\n${scriptText(script)}\n\n${found.report}`;
}

async function outcomeOf(judge: Judge, script: readonly Step[], deadlineMs: number): Promise<Outcome> {
  try {
    const found = await judge.run(script, { deadlineMs, redraw: true });
    if (found === undefined) return undefined;
    if (!judge.alive) return 'lost';
    if ((await explained(judge, found)) !== undefined) return 'explained';
    return { kind: 'differs', steps: found.index + 1, report: found.report };
  } catch (error) {
    // It has closed its socket before its process is gone.
    if (!judge.alive || String(error).includes('lost server')) return 'lost';
    // A key that does not arrive leaves somebody waiting: the next script gets another host.
    judge.seats.host.signal('SIGKILL');
    return { kind: 'error', steps: script.length, report: String(error) };
  }
}
