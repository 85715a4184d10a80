import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { percentile } from '#testing';
import { FOUND } from './found.js';
import { play, type Outcome, type PlayOptions } from './run.js';
import { drawSchedule, FAULTS, type FaultName, type Schedule } from './schedule.js';
import { shrink } from './shrink.js';
import { Twin } from './twin.js';

/** What `npm run simulate` was asked for. */
interface Options {
  readonly seeds: number;
  readonly from: number;
  /** A schedule that was printed before. */
  readonly script: string | undefined;
  /** Plays what was found before. */
  readonly found: boolean;
  readonly faults: readonly FaultName[];
  /** Where a failure's schedule is written to. */
  readonly out: string | undefined;
  /** Ends with the first failure. */
  readonly first: boolean;
  readonly shrinks: boolean;
  /** Prints all that happens. */
  readonly traces: boolean;
  /** Plays each fault by itself and prints how long it takes to get over it. */
  readonly recovery: boolean;
  /** The folder of another build, whose edges run next to this one's. */
  readonly nextTo: string | undefined;
  /** Compares each reply of the simulated Redis with that of a real one. */
  readonly redis: boolean;
}

const USAGE = `npm run simulate -- [--seeds N] [--from SEED] [--faults a,b] [--script FILE] [--found] [--out FILE] [--first] [--no-shrink] [--trace] [--recovery] [--redis] [--next-to DIR]
Faults: ${FAULTS.join(', ')}`;

/** Options without a value. */
const SWITCHES = ['--found', '--first', '--no-shrink', '--trace', '--recovery', '--redis'];
const KNOWN = new Set([...SWITCHES, '--seeds', '--from', '--faults', '--script', '--out', '--next-to']);

/** A long run says how far it is. */
const PROGRESS_EVERY = 1_000;

/** Plays, and prints what was found; returns how many schedules failed. */
async function main(given: Options): Promise<number> {
  const { seeds, from, script, found, faults, out, first, shrinks, traces } = given;
  const twin = given.redis ? await Twin.start() : undefined;
  const trace = traces ? (text: string) => console.log(text) : undefined;
  const played = { trace, twin, Other: await edgesOf(given.nextTo) };
  const began = performance.now();
  // Where an error was made is asked for by those who look at one schedule.
  if (!traces) Error.stackTraceLimit = 0;
  const written = script === undefined ? undefined : [JSON.parse(readFileSync(script, 'utf8')) as Schedule];
  const schedules = found ? FOUND.map(({ schedule }) => schedule) : written;
  const outcomes: Outcome[] = [];
  let failed = 0;
  for (let n = 0; n < (schedules?.length ?? seeds); n++) {
    const schedule = schedules?.[n] ?? drawSchedule(from + n, { faults });
    const outcome = await play(schedule, played);
    outcomes.push(outcome);
    if (outcomes.length % PROGRESS_EVERY === 0) console.log(`${outcomes.length} schedules, to seed ${schedule.seed}`);
    if (outcome.violation === undefined) continue;
    failed += 1;
    await report(schedule, outcome, shrinks && outcome.violation.rule !== 'same-redis', out, { Other: played.Other });
    if (first) break;
  }
  const simulatedMs = outcomes.reduce((sum, { simulatedMs: ms }) => sum + ms, 0);
  const recoveries = outcomes.filter(({ violation }) => violation === undefined).map(({ recoveryMs }) => recoveryMs);
  const realMs = performance.now() - began;
  const { user, system } = process.cpuUsage();
  const cpuMs = (user + system) / 1000;
  console.log(
    `${outcomes.length} schedules, ${failed} failed; ${(simulatedMs / 3_600_000).toFixed(1)} simulated hours, ` +
      `${Math.round(simulatedMs / realMs)} times faster than real time, ` +
      `${Math.round(simulatedMs / cpuMs)} times by the processor's`,
  );
  await twin?.stop();
  const compared = outcomes.reduce((sum, { compared: count }) => sum + count, 0);
  if (given.redis) console.log(`A real Redis answered ${compared} commands and scripts as well`);
  if (recoveries.length > 0) {
    const [half, most] = [0.5, 1].map((p) => (percentile(recoveries, p) / 1000).toFixed(1));
    console.log(`Whole again after the last fault: half within ${half} s, all within ${most} s`);
  }
  return failed;
}

/** Plays each fault by itself, and prints from its end how long it took until all was whole; returns how many schedules failed. */
async function recover({ seeds, from, faults }: Options): Promise<number> {
  let failed = 0;
  for (const fault of faults) {
    const tookMs: number[] = [];
    for (let seed = from; seed < from + seeds; seed++) {
      const schedule = drawSchedule(seed, { faults: [fault], abrupt: true });
      const outcome = await play(schedule);
      if (outcome.violation === undefined) tookMs.push(outcome.recoveryMs);
      else {
        failed += 1;
        await report(schedule, outcome, false, undefined);
      }
    }
    const [half, most] = [0.5, 1].map((p) => seconds(tookMs.length > 0 ? percentile(tookMs, p) : Number.NaN));
    console.log(`${fault.padEnd(18)} half within ${half}, all within ${most}, of ${tookMs.length}`);
  }
  return failed;
}

/** The edges of the build in that folder. */
async function edgesOf(folder: string | undefined): Promise<PlayOptions['Other']> {
  if (folder === undefined) return undefined;
  const file = pathToFileURL(resolve(folder, 'dist/test/simulation/edge.js'));
  return ((await import(file.href)) as { readonly SimEdge: NonNullable<PlayOptions['Other']> }).SimEdge;
}

async function report(
  schedule: Schedule,
  outcome: Outcome,
  shrinks: boolean,
  out: string | undefined,
  options: PlayOptions = {},
): Promise<void> {
  const { violation } = outcome;
  if (violation === undefined) return;
  console.log(`Seed ${schedule.seed}, ${seconds(violation.atMs)}: ${violation.rule}: ${violation.what}`);
  if (!shrinks) return;
  const small = await shrink(schedule, violation.rule, options);
  const again = (await play(small, options)).violation;
  console.log(`  ${small.events.length} events: ${again?.what ?? ''} (${seconds(again?.atMs ?? 0)})`);
  const text = JSON.stringify(small);
  if (out === undefined) console.log(`  npm run simulate -- --script FILE, with this in FILE:\n${text}`);
  else {
    const file = `${out}.${schedule.seed}.json`;
    writeFileSync(file, `${text}\n`);
    for (const event of small.events) console.log(`  ${JSON.stringify(event)}`);
    console.log(`  npm run simulate -- --script ${file}`);
  }
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

function readOptions(args: readonly string[]): Options | undefined {
  const given = new Map<string, string>();
  for (let at = 0; at < args.length; at++) {
    const name = args[at] ?? '';
    if (SWITCHES.includes(name)) given.set(name, '');
    else given.set(name, args[++at] ?? '');
  }
  const faults = given.get('--faults')?.split(',') ?? FAULTS;
  const wrong = [...given.keys()].some((name) => !KNOWN.has(name));
  const [seeds, from] = [Number(given.get('--seeds') ?? 100), Number(given.get('--from') ?? 1)];
  const badFault = faults.some((name) => !(FAULTS as readonly string[]).includes(name));
  if (wrong || badFault || !(seeds >= 1) || !Number.isInteger(from)) {
    console.error(USAGE);
    return undefined;
  }
  return {
    seeds,
    from,
    faults: faults as FaultName[],
    script: given.get('--script'),
    out: given.get('--out'),
    nextTo: given.get('--next-to'),
    first: given.has('--first'),
    shrinks: !given.has('--no-shrink') && !given.has('--trace'),
    traces: given.has('--trace'),
    recovery: given.has('--recovery'),
    found: given.has('--found'),
    redis: given.has('--redis'),
  };
}

const options = readOptions(process.argv.slice(2));
process.exit(options === undefined ? 2 : (await (options.recovery ? recover : main)(options)) > 0 ? 1 : 0);
