import { TraceFlags } from '@opentelemetry/api';
import { BatchSpanProcessor, type SpanExporter, type SpanProcessor } from '@opentelemetry/sdk-trace';

/** What happened to spans; metric labels. `dropped`: there was no room for them. */
export type SpansResult = 'exported' | 'failed' | 'dropped';

/** Is notified about what happens to spans. */
export interface SpanObserver {
  readonly counted: (result: SpansResult, count: number) => void;
  /** The collector does not take spans; called once, until it takes some again. */
  readonly trouble: (why: string) => void;
  /** It accepts them again, after that many were lost. */
  readonly well: (lost: number) => void;
}

/** Spans that wait or are being sent, about 2 KB each; beyond that, they are dropped. */
export const MOST_WAITING = 2048;
/** Spans in one request. */
export const MOST_AT_ONCE = 256;
/** How long a span may wait for others to go with it, in ms. */
export const GATHER_MS = 1000;

/**
 * OpenTelemetry's batch processor, which sends many spans in one request and waits for nothing, with what it does not report
 * itself: how many spans were exported, failed and dropped, and when the collector stops and starts to take them.
 */
export class SpanSender implements SpanProcessor {
  readonly #batches: BatchSpanProcessor;
  #waiting = 0;
  /** Since the collector last took some. */
  #lost = 0;
  #isTrouble = false;
  #closed = false;

  constructor(
    exporter: SpanExporter,
    private readonly observer: SpanObserver,
  ) {
    const counting: SpanExporter = {
      export: (spans, done) =>
        exporter.export(spans, (result) => {
          this.#waiting -= spans.length;
          if (Number(result.code) === 0) this.#taken(spans.length);
          else this.#lose('failed', spans.length, reasonOf(result.error));
          done(result);
        }),
      shutdown: async () => await exporter.shutdown(),
    };
    this.#batches = new BatchSpanProcessor({
      exporter: counting,
      maxQueueSize: MOST_WAITING,
      maxExportBatchSize: MOST_AT_ONCE,
      scheduledDelayMillis: GATHER_MS,
    });
  }

  onStart(): void {}

  onEnd(span: Parameters<SpanProcessor['onEnd']>[0]): void {
    if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) === 0) return;
    if (this.#closed || this.#waiting >= MOST_WAITING) {
      this.#lose('dropped', 1, 'there were more spans than the collector accepted');
      return;
    }
    this.#waiting += 1;
    this.#batches.onEnd(span);
  }

  async forceFlush(): Promise<void> {
    await this.#batches.forceFlush();
  }

  /** Sends what waits and takes nothing more; what the collector has not taken after `limitMs` is lost. */
  async shutdown(limitMs = 0): Promise<void> {
    this.#closed = true;
    // A request that failed has been counted.
    const sent = this.#batches.shutdown().catch(() => undefined);
    await Promise.race([sent, new Promise((resolve) => setTimeout(resolve, limitMs).unref())]);
    if (this.#waiting > 0) this.observer.counted('dropped', this.#waiting);
  }

  #taken(count: number): void {
    this.observer.counted('exported', count);
    if (this.#isTrouble) this.observer.well(this.#lost);
    this.#isTrouble = false;
    this.#lost = 0;
  }

  #lose(result: 'failed' | 'dropped', count: number, why: string): void {
    this.#lost += count;
    this.observer.counted(result, count);
    if (this.#isTrouble || this.#closed) return;
    this.#isTrouble = true;
    this.observer.trouble(why);
  }
}

/** Only a code: an error's text may quote the URL or the collector's answer. */
function reasonOf(error: Error | undefined): string {
  const code = error !== undefined && 'code' in error ? error.code : undefined;
  if (typeof code === 'number') return `the collector answered ${code}`;
  return typeof code === 'string' ? `the collector cannot be reached: ${code}` : 'the collector did not accept them';
}
