import { setTimeout as delay } from 'node:timers/promises';
import { percentile } from '#testing';
import { shrinkList } from '../fidelity/fuzz/shrink.js';
import { Arena, type ArenaKind } from './arena.js';
import { Violation, type Case } from './attack.js';
import { Attacks } from './attacks.js';

export interface HuntOptions {
  /** The seed of the first case; each has the next one. */
  readonly seed: number;
  /**
   * How long it goes on, in milliseconds, unless so many `cases` are over first. Every generator has its turn, even if that takes
   * longer.
   */
  readonly forMs: number;
  readonly cases?: number | undefined;
  /** One generator's cases only. */
  readonly only?: string | undefined;
  readonly kinds?: readonly ArenaKind[];
  /** How long a failure may be shrunk, in milliseconds; default two minutes. */
  readonly shrinkMs?: number;
  /** Gets each failure at once, and the progress. */
  readonly tell?: (text: string) => void;
}

export interface HuntResult {
  /** By generator: how many cases, and how many steps of them. */
  readonly tried: Readonly<Record<string, { readonly cases: number; readonly steps: number }>>;
  readonly failures: readonly string[];
  /** Slow or late once, and not again when the same cases were played again: the machine. */
  readonly unconfirmed: readonly string[];
  readonly calmP99: number;
  readonly attackedP99: number;
  readonly mostResidentBytes: number;
}

/** Cases of a batch, and how many of them are played at once. After each batch all is looked at. */
const BATCH = 60;
const AT_ONCE = 5;
/** So many echoes at least are judged together: with fewer, a p99 is the slowest one. */
const FEWEST_ECHOES = 100;
/** An innocent echo's p99 may be so much above the calm one, in milliseconds. */
export const MOST_DELAY_MS = 100;
/** How long an arena is used, so that each failure is near its cause, in milliseconds. */
const ARENA_MS = 240_000;
const SHRINK_MS = 120_000;
/** How often a batch or a case is played again to see whether it fails again. */
const AGAIN = 2;

/** A problem's kind is its first word: `exit`, `memory`, `log`, `answer`, `echo`, `screen`. */
const kindOf = (problem: string): string => problem.split(':', 1)[0] ?? '';
/** Those that a busy machine cannot cause. */
const PROOF = new Set(['exit', 'log', 'answer', 'memory']);

/** Plays hostile cases next to an innocent session, and shrinks those that harm it. */
export class Hunt {
  readonly #tried: Record<string, { cases: number; steps: number }> = {};
  readonly #failures: string[] = [];
  readonly #unconfirmed: string[] = [];
  readonly #calm: number[] = [];
  readonly #attacked: number[] = [];
  #mostResidentBytes = 0;
  /** Time that looking for leaks took, in milliseconds. */
  #lookedMs = 0;
  #next: number;

  private constructor(private readonly options: HuntOptions) {
    this.#next = options.seed;
  }

  static async run(options: HuntOptions): Promise<HuntResult> {
    return await new Hunt(options).#run();
  }

  async #run(): Promise<HuntResult> {
    const { forMs, kinds = ['alone', 'fleet', 'one-port'], tell } = this.options;
    const began = performance.now();
    const left = (): number => forMs + this.#lookedMs - (performance.now() - began);
    for (let turn = 0; (left() > 0 || turn < kinds.length) && !this.#done; turn++) {
      const kind = kinds[turn % kinds.length] ?? 'alone';
      const share = Math.min(ARENA_MS, turn < kinds.length ? forMs / kinds.length : left());
      await this.#inArena(kind, performance.now() + Math.min(share, left()));
      tell?.(this.#soFar());
    }
    return {
      tried: this.#tried,
      failures: this.#failures,
      unconfirmed: this.#unconfirmed,
      calmP99: percentile(this.#calm, 0.99),
      attackedP99: percentile(this.#attacked, 0.99),
      mostResidentBytes: this.#mostResidentBytes,
    };
  }

  get #done(): boolean {
    const { cases, seed } = this.options;
    return cases !== undefined && this.#next >= seed + cases;
  }

  async #inArena(kind: ArenaKind, until: number): Promise<void> {
    let arena = await Arena.start(kind);
    const attacks = new Attacks(arena.operations);
    let from = this.#next;
    try {
      let limit = await this.#allowed(arena);
      while (!this.#done && (performance.now() < until || !this.#hasTriedAll(attacks, kind))) {
        const batch = this.#batch(attacks, kind);
        const { problems, echoes } = await playBatch(arena, attacks, batch, limit);
        this.#mostResidentBytes = Math.max(this.#mostResidentBytes, arena.mostResidentBytes);
        this.#attacked.push(...echoes);
        if (problems.length === 0) continue;
        await arena.stop().catch(() => undefined);
        await this.#report(kind, attacks, batch, problems);
        arena = await Arena.start(kind);
        limit = await this.#allowed(arena);
        from = this.#next;
      }
      await this.#lookForLeaks(arena, from);
    } finally {
      await arena.stop();
    }
  }

  #hasTriedAll(attacks: Attacks, kind: ArenaKind): boolean {
    const able = attacks.able({ kind, only: this.options.only });
    return able.every(({ name }) => this.#tried[name] !== undefined);
  }

  /** Looks at what is left of an arena's cases since the seed `from`; that is no time of theirs. */
  async #lookForLeaks(arena: Arena, from: number): Promise<void> {
    const began = performance.now();
    const leaks = await arena.leaks();
    this.#lookedMs += performance.now() - began;
    const cases = this.#next - from;
    const again = `npm run hostile -- --${arena.kind} --seed ${from} --cases ${cases}`;
    if (leaks.length > 0) this.#fail(`${leaks.join('\n')}\nafter all of these cases: ${again}`);
  }

  #batch(attacks: Attacks, kind: ArenaKind): Case[] {
    const { cases = Number.POSITIVE_INFINITY, seed, only } = this.options;
    const batch: Case[] = [];
    while (batch.length < BATCH && this.#next < seed + cases) {
      const made = attacks.make(this.#next++, { kind, only });
      batch.push(made);
      const tried = (this.#tried[made.attack] ??= { cases: 0, steps: 0 });
      tried.cases += 1;
      tried.steps += made.steps.length;
    }
    return batch;
  }

  /** What the innocent echo's p99 may be: 100 ms above what it is in the same arena while nobody attacks. */
  async #allowed(arena: Arena): Promise<number> {
    const calm = await calmEchoes(arena);
    this.#calm.push(...calm);
    return percentile(calm, 0.99) + MOST_DELAY_MS;
  }

  async #report(kind: ArenaKind, attacks: Attacks, batch: readonly Case[], problems: readonly string[]): Promise<void> {
    const wanted = new Set(problems.map(kindOf));
    const trial = new Trial(kind, attacks, wanted);
    const text = [...new Set(problems)].slice(0, 5).join('\n');
    try {
      const culprit = await trial.findCulprit(batch);
      if (culprit !== undefined) {
        const short = await this.#shrunk(trial, culprit);
        this.#fail(`${text}\n${again(kind, [culprit])}\n${caseText(short)}`);
      } else if (problems.some((problem) => PROOF.has(kindOf(problem))) || (await trial.fails(batch))) {
        this.#fail(`${text}\nnone of these cases alone, but all of them: ${again(kind, batch)}`);
      } else {
        this.#unconfirmed.push(`${text}\nnot when played again: ${again(kind, batch)}`);
      }
    } finally {
      await trial.stop();
    }
  }

  async #shrunk(trial: Trial, found: Case): Promise<Case> {
    const deadline = performance.now() + (this.options.shrinkMs ?? SHRINK_MS);
    const steps = await shrinkList(found.steps, async (steps) => {
      if (performance.now() > deadline) return false;
      return await trial.fails([{ ...found, steps }]);
    });
    return { ...found, steps };
  }

  #fail(text: string): void {
    this.#failures.push(text);
    this.options.tell?.(`FAILED ${text}\n`);
  }

  #soFar(): string {
    const tried = Object.entries(this.#tried).map(([name, { cases, steps }]) => `${name} ${cases} (${steps})`);
    const [calm, attacked] = [percentile(this.#calm, 0.99), percentile(this.#attacked, 0.99)];
    return (
      `cases (steps): ${tried.join(', ')}; echo p99 ${calm.toFixed(0)} ms calm, ${attacked.toFixed(0)} ms attacked; ` +
      `at most ${Math.round(this.#mostResidentBytes / 2 ** 20)} MiB; ${this.#failures.length} failures, ` +
      `${this.#unconfirmed.length} not confirmed; next seed ${this.#next}`
    );
  }
}

/** Plays cases again, in an arena that is replaced once it is damaged. */
class Trial {
  #arena: { readonly arena: Arena; readonly limit: number } | undefined;

  constructor(
    private readonly kind: ArenaKind,
    private readonly attacks: Attacks,
    private readonly wanted: ReadonlySet<string>,
  ) {}

  /** Whether these cases bring about a problem of the kinds that are looked for. */
  async fails(cases: readonly Case[]): Promise<boolean> {
    for (let n = 0; n < AGAIN; n++) {
      this.#arena ??= await this.#start();
      const { arena, limit } = this.#arena;
      const { problems } = await playBatch(arena, this.attacks, cases, limit);
      if (problems.length > 0) await this.stop();
      if (problems.some((problem) => this.wanted.has(kindOf(problem)))) return true;
    }
    return false;
  }

  /** Halves the cases for as long as one half fails alone; undefined where neither does before one case is left. */
  async findCulprit(cases: readonly Case[]): Promise<Case | undefined> {
    let left = cases;
    while (left.length > 1) {
      const half = Math.ceil(left.length / 2);
      if (await this.fails(left.slice(0, half))) left = left.slice(0, half);
      else if (await this.fails(left.slice(half))) left = left.slice(half);
      else return undefined;
    }
    return left[0];
  }

  async stop(): Promise<void> {
    await this.#arena?.arena.stop().catch(() => undefined);
    this.#arena = undefined;
  }

  async #start(): Promise<{ arena: Arena; limit: number }> {
    const arena = await Arena.start(this.kind);
    return { arena, limit: percentile(await calmEchoes(arena), 0.99) + MOST_DELAY_MS };
  }
}

async function calmEchoes(arena: Arena): Promise<number[]> {
  let left = FEWEST_ECHOES;
  return await arena.innocent.typeUntil(() => left-- <= 0);
}

/** Plays cases, some at once, while the innocent types; then looks at everything. */
async function playBatch(
  arena: Arena,
  attacks: Attacks,
  cases: readonly Case[],
  limit: number,
): Promise<{ problems: readonly string[]; echoes: readonly number[] }> {
  const problems: string[] = [];
  const state = { attacking: true, typed: 0 };
  const typing = arena.innocent
    .typeUntil(() => !state.attacking && ++state.typed > FEWEST_ECHOES / 4)
    .catch((error: unknown) => {
      problems.push(`echo: ${String(error)}`);
      return [];
    });
  const queue = cases.values();
  const attacker = async (): Promise<void> => {
    for (const one of queue) {
      await attacks.play(one, arena.target).catch((error: unknown) => {
        if (error instanceof Violation) problems.push(`answer: ${error.message}`);
        else if (!isOurs(error)) throw error;
      });
    }
  };
  try {
    await arena.renewPrey();
    await Promise.all(Array.from({ length: AT_ONCE }, attacker));
  } catch (error) {
    problems.push(`answer: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }
  state.attacking = false;
  const echoes = await typing;
  if (problems.length === 0)
    await arena.innocent.toMatch().catch((error: unknown) => problems.push(`screen: ${String(error)}`));
  await delay(50); // What is logged last is on its way.
  const p99 = percentile(echoes, 0.99);
  if (echoes.length >= FEWEST_ECHOES && p99 > limit)
    problems.push(`echo: p99 is ${p99.toFixed(0)} ms over ${echoes.length} keys; ${limit.toFixed(0)} ms are allowed`);
  return { problems: [...problems, ...(await arena.problems())], echoes };
}

/** What goes wrong at an attacker's own end when the server breaks its connection. */
function isOurs(error: unknown): boolean {
  return /waited \d+ ms for|ECONN|EPIPE|socket|not connected|No response|WebSocket|closed|destroyed|write after end/i.test(
    String(error),
  );
}

const again = (kind: ArenaKind, cases: readonly Case[]): string =>
  `npm run hostile -- --${kind} --seed ${cases[0]?.seed ?? 0} --cases ${cases.length}`;

/** A case as it is read; what is very long is cut. */
function caseText({ attack, setup, steps }: Case): string {
  const cut = (value: unknown): string =>
    JSON.stringify(value, (_, held: unknown) =>
      typeof held === 'string' && held.length > 400 ? `${held.slice(0, 400)}… (${held.length} characters)` : held,
    );
  return [`${attack} ${cut(setup)}`, ...steps.map((step) => `  ${cut(step)}`)].join('\n');
}
