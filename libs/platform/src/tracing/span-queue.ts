import type { Clock, Timer } from '#kernel';

/** As much of OpenTelemetry's exporter as is used. */
export interface SpanExporter<S> {
  export(spans: S[], done: (result: { readonly code: number; readonly error?: Error }) => void): void;
  shutdown(): Promise<void>;
}

/** What became of spans; metric labels. `dropped`: more came than the collector took. */
export type SpansResult = 'exported' | 'failed' | 'dropped';

export interface SpanQueueOptions<S> {
  readonly exporter: SpanExporter<S>;
  readonly clock: Clock;
  /** So many spans came to this. */
  readonly counted: (result: SpansResult, count: number) => void;
  /** The collector does not take them (once, until it does again); or takes them again, after so many were lost. */
  readonly trouble: (why: string) => void;
  readonly well: (lost: number) => void;
}

/** Spans that wait, some 2 KB each; one more is dropped. */
export const MOST_WAITING = 2048;
/** Spans in one request. */
export const MOST_AT_ONCE = 256;
/** How long a span may wait for others to go with it, in ms. */
export const GATHER_MS = 1000;

/**
 * Brings spans to a collector: many in one request, one request at a time. It waits for nothing and holds nobody up: a collector
 * that is away, slow or broken costs the spans.
 */
export class SpanQueue<S> {
  #waiting: S[] = [];
  #timer: Timer | undefined;
  #sending: Promise<void> | undefined;
  /** Lost since the collector took some last. */
  #lost = 0;
  #isTrouble = false;
  #closed = false;

  constructor(private readonly options: SpanQueueOptions<S>) {}

  add(span: S): void {
    if (this.#closed || this.#waiting.length >= MOST_WAITING) {
      this.#lose('dropped', 1);
      return;
    }
    this.#waiting.push(span);
    if (this.#waiting.length >= MOST_AT_ONCE) this.#send();
    else this.#timer ??= this.options.clock.after(GATHER_MS, () => this.#send());
  }

  /** Sends what waits and takes nothing more; what the collector has not taken after `limitMs` is lost. */
  async close(limitMs: number): Promise<void> {
    this.#closed = true;
    let late: Timer | undefined;
    const limit = new Promise<false>((resolve) => {
      late = this.options.clock.after(limitMs, () => resolve(false));
    });
    const sent = async (): Promise<true> => {
      await this.#sending;
      while (this.#waiting.length > 0) {
        this.#send();
        await this.#sending;
      }
      return true;
    };
    if (!(await Promise.race([sent(), limit]))) {
      const left = this.#waiting.splice(0).length;
      if (left > 0) this.#lose('dropped', left);
    }
    late?.cancel();
    this.#timer?.cancel();
  }

  #send(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    // What waits is looked at again when this one is over.
    if (this.#sending !== undefined) return;
    const spans = this.#waiting.splice(0, MOST_AT_ONCE);
    if (spans.length === 0) return;
    this.#sending = this.#export(spans).then(() => {
      this.#sending = undefined;
      if (this.#closed || this.#waiting.length === 0) return;
      if (this.#waiting.length >= MOST_AT_ONCE && !this.#isTrouble) this.#send();
      else this.#timer ??= this.options.clock.after(GATHER_MS, () => this.#send());
    });
  }

  async #export(spans: S[]): Promise<void> {
    const { exporter, counted, well } = this.options;
    const fault = await new Promise<Error | undefined>((resolve) => {
      try {
        exporter.export(spans, ({ code, error }) => resolve(code === 0 ? undefined : (error ?? new Error('failed'))));
      } catch (error) {
        resolve(error instanceof Error ? error : new Error('failed'));
      }
    });
    if (fault !== undefined) {
      this.#lose('failed', spans.length, reasonOf(fault));
      return;
    }
    counted('exported', spans.length);
    if (this.#isTrouble) well(this.#lost);
    this.#isTrouble = false;
    this.#lost = 0;
  }

  #lose(
    result: Exclude<SpansResult, 'exported'>,
    count: number,
    why = 'more spans came than the collector took',
  ): void {
    this.#lost += count;
    this.options.counted(result, count);
    if (this.#isTrouble || this.#closed) return;
    this.#isTrouble = true;
    this.options.trouble(why);
  }
}

/** A code alone: an error's text may quote the URL or what the collector said. */
function reasonOf(error: Error): string {
  const { code } = error as Error & { readonly code?: unknown };
  if (typeof code === 'number') return `the collector answered ${code}`;
  return typeof code === 'string' ? `the collector cannot be reached: ${code}` : 'the collector did not take them';
}
