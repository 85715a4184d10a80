import { NO_TRACER, type Tracer } from '#kernel';
import type { Log } from '../log.js';
import type { Metrics } from '../metrics.js';
import type { TraceIds } from './otel-tracer.js';
import type { TraceConfig } from './trace-config.js';

/** What `openTracing` needs. */
export interface TracingOptions {
  readonly config: TraceConfig | undefined;
  /** What this process is: `ssh-edge`. */
  readonly role: string;
  readonly region: string;
  readonly metrics: Pick<Metrics, 'traceSpans'>;
  /** How a client's address is written. */
  readonly addressText: (address: string) => string;
  /** Asked for when there is something to tell. */
  readonly log: () => Log;
}

/** A process' traces. */
export interface Tracing {
  readonly tracer: Tracer;
  /** The ids of the active span, for the log; undefined if nothing is traced. */
  readonly ids: (() => TraceIds | undefined) | undefined;
  /** Sends what waits; gives up after `CLOSE_MS`. */
  close(): Promise<void>;
}

/** How long a process that ends waits for its last spans to be taken. */
export const CLOSE_MS = 2000;

/** Without an endpoint nothing of OpenTelemetry is loaded. */
export async function openTracing(options: TracingOptions): Promise<Tracing> {
  const { config, role, region, metrics, addressText, log } = options;
  if (config === undefined) return { tracer: NO_TRACER, ids: undefined, close: async () => undefined };
  const [{ makeExporter, SdkTracer }, { SpanSender }] = await Promise.all([
    import('./otel-tracer.js'),
    import('./span-sender.js'),
  ]);
  const sender = new SpanSender(await makeExporter(config), {
    counted: (result, count) => metrics.traceSpans.add({ result }, count),
    trouble(why) {
      const ownLog = log();
      ownLog.warn('traces-lost', { why }, 'This is not logged again until the collector accepts spans.');
    },
    well(lost) {
      const ownLog = log();
      ownLog.info('traces-taken', { lost });
    },
  });
  const serviceName = role === 'shipmate' ? role : `shipmate-${role}`;
  const tracer = new SdkTracer({ config, serviceName, region, addressText, processor: sender });
  return { tracer, ids: () => tracer.ids, close: async () => await sender.shutdown(CLOSE_MS) };
}
