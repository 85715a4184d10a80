import type { Clock } from '#kernel';
import type { Delivery, WebhookQueue } from './webhook-queue.js';

/** What is written, in order. */
type Step =
  | { readonly kind: 'append'; readonly delivery: Delivery }
  | {
      readonly kind: 'will';
      readonly session: string;
      readonly deliveries: readonly Delivery[];
      readonly generation: number;
    }
  | { readonly kind: 'run'; readonly session: string; readonly at: number; readonly generation: number };

/** Steps that wait for the queue's store; more are dropped and counted. Some 2 KB each. */
const MAX_WAITING = 10_000;
const RETRY_MS = 1_000;
/** Steps of different sessions that are written at once. */
const AT_ONCE = 16;

/**
 * Writes an edge's events to the queue, each session's in order, while nobody waits for it. If the queue's store is not
 * available, they wait, up to a limit.
 */
export class WebhookWriter {
  /** For each session, what is not written yet. */
  readonly #waiting = new Map<string, Step[]>();
  readonly #writing = new Set<string>();
  #count = 0;
  #away = false;

  constructor(
    private readonly queue: Pick<WebhookQueue, 'append' | 'setWill' | 'runWill'>,
    private readonly clock: Clock,
    /** Steps were dropped: there was no room. */
    private readonly lost: (count: number) => void,
    private readonly failed: (error: unknown) => void,
  ) {}

  append(delivery: Delivery): void {
    this.#add(delivery.lane.session, { kind: 'append', delivery });
  }

  setWill(session: string, deliveries: readonly Delivery[], generation: number): void {
    this.#add(session, { kind: 'will', session, deliveries, generation });
  }

  runWill(session: string, generation: number): void {
    this.#add(session, { kind: 'run', session, at: this.clock.now(), generation });
  }

  #add(session: string, step: Step): void {
    if (this.#count >= MAX_WAITING) {
      this.lost(1);
      return;
    }
    this.#count += 1;
    const steps = this.#waiting.get(session) ?? [];
    steps.push(step);
    this.#waiting.set(session, steps);
    this.#writeMore();
  }

  #writeMore(): void {
    if (this.#away) return;
    for (const session of this.#waiting.keys()) {
      if (this.#writing.size >= AT_ONCE) return;
      if (!this.#writing.has(session)) void this.#write(session);
    }
  }

  async #write(session: string): Promise<void> {
    this.#writing.add(session);
    const steps = this.#waiting.get(session) ?? [];
    try {
      for (let step = steps[0]; step !== undefined; step = steps[0]) {
        if (!(await this.#take(step))) this.lost(1);
        steps.shift();
        this.#count -= 1;
      }
      this.#waiting.delete(session);
    } catch (error) {
      this.failed(error);
      this.#retryLater();
    } finally {
      this.#writing.delete(session);
    }
    this.#writeMore();
  }

  async #take(step: Step): Promise<boolean> {
    switch (step.kind) {
      case 'append':
        return await this.queue.append(step.delivery);
      case 'will':
        return await this.queue.setWill(step.session, step.deliveries, step.generation);
      case 'run':
        await this.queue.runWill(step.session, step.at, step.generation);
        return true;
    }
  }

  #retryLater(): void {
    if (this.#away) return;
    this.#away = true;
    this.clock.after(RETRY_MS, () => {
      this.#away = false;
      this.#writeMore();
    });
  }
}
