import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** A label's values: a list of all of them, or any short word that we choose (`bounded`). Never an id, an address or a token. */
export type LabelValues = readonly string[] | typeof bounded;

/** For labels whose values are named elsewhere in the code: the first `MOST_VALUES` are kept, the others are `other`. */
export const bounded = Symbol('bounded');
const MOST_VALUES = 40;

export type LabelSet = Readonly<Record<string, LabelValues>>;
export type NoLabels = Readonly<Record<string, never>>;
/** What a label may be given. */
export type LabelsOf<L extends LabelSet> = {
  readonly [K in keyof L]: L[K] extends readonly string[] ? L[K][number] : string;
};

/** A number that only grows. */
export class CountMetric<L extends LabelSet> {
  readonly #counter: Counter;
  readonly #labels: Guard<L>;
  readonly #adders: Adder[] = [];

  constructor(registry: Registry, name: string, help: string, labels: L) {
    this.#labels = new Guard(labels);
    const collect = (): void => {
      for (const adder of this.#adders) adder.collect();
    };
    this.#counter = new Counter({ name, help, labelNames: Object.keys(labels), registers: [registry], collect });
    // A counter that is not there until it is 1 hides its first event from a rate().
    for (const combination of this.#labels.known()) this.#counter.labels(combination).inc(0);
  }

  add(labels: LabelsOf<L>, by = 1): void {
    this.#counter.labels(this.#labels.check(labels)).inc(by);
  }

  /**
   * Adds for fixed labels: for what happens with each key. It only adds up a number, which the counter gets when it is read. Ask for it
   * once and keep it.
   */
  of(labels: LabelsOf<L>): (by?: number) => void {
    const adder = new Adder(this.#counter.labels(this.#labels.check(labels)));
    this.#adders.push(adder);
    return (by = 1) => adder.add(by);
  }
}

/** What was added since the counter was last read. */
class Adder {
  #sum = 0;

  constructor(private readonly counter: Counter.Internal) {}

  add(by: number): void {
    this.#sum += by;
  }

  collect(): void {
    if (this.#sum > 0) this.counter.inc(this.#sum);
    this.#sum = 0;
  }
}

/** A number that is what it is now. */
export class LevelMetric<L extends LabelSet> {
  readonly #gauge: Gauge;
  readonly #labels: Guard<L>;

  constructor(registry: Registry, name: string, help: string, labels: L) {
    this.#labels = new Guard(labels);
    this.#gauge = new Gauge({ name, help, labelNames: Object.keys(labels), registers: [registry] });
    for (const combination of this.#labels.known()) this.#gauge.labels(combination).set(0);
  }

  set(labels: LabelsOf<L>, value: number): void {
    this.#gauge.labels(this.#labels.check(labels)).set(value);
  }
}

/** How often a number, usually a time, was how large. */
export class SpreadMetric<L extends LabelSet> {
  readonly #histogram: Histogram;
  readonly #labels: Guard<L>;

  constructor(registry: Registry, name: string, help: string, labels: L, buckets: readonly number[]) {
    this.#labels = new Guard(labels);
    const labelNames = Object.keys(labels);
    this.#histogram = new Histogram({ name, help, labelNames, buckets: [...buckets], registers: [registry] });
    for (const combination of this.#labels.known()) this.#histogram.zero(combination);
  }

  observe(labels: LabelsOf<L>, value: number): void {
    this.#histogram.labels(this.#labels.check(labels)).observe(value);
  }
}

/** Keeps a metric's labels within bounds. */
class Guard<L extends LabelSet> {
  readonly #seen = new Map<string, Set<string>>();

  constructor(private readonly labels: L) {}

  /** Every combination, where all values are listed; else none. */
  known(): Record<string, string>[] {
    let all: Record<string, string>[] = [{}];
    for (const [label, values] of Object.entries(this.labels)) {
      if (typeof values === 'symbol') return [];
      all = all.flatMap((some) => values.map((value) => ({ ...some, [label]: value })));
    }
    return all;
  }

  check(given: LabelsOf<L>): Record<string, string> {
    const checked: Record<string, string> = {};
    for (const [label, values] of Object.entries(this.labels)) {
      const value = (given as Readonly<Record<string, string>>)[label] ?? '';
      checked[label] = typeof values === 'symbol' ? this.#bound(label, value) : value;
    }
    return checked;
  }

  #bound(label: string, value: string): string {
    const seen = this.#seen.get(label) ?? new Set();
    this.#seen.set(label, seen);
    if (seen.has(value)) return value;
    if (seen.size >= MOST_VALUES) return 'other';
    seen.add(value);
    return value;
  }
}
