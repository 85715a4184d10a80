import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import {
  ROOT_CONTEXT,
  SpanKind as OtelKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Context,
  type Span as OtelSpan,
  type SpanContext,
  type Tracer as OtelTracer,
} from '@opentelemetry/api';
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
  type Sampler,
  type SpanExporter,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace';
import {
  isTraceparent,
  NO_SPAN,
  SPANS,
  type Span,
  type SpanKind,
  type SpanName,
  type SpanOptions,
  type Tracer,
} from '#kernel';
import type { TraceConfig } from './trace-config.js';

/** Of an attribute's text, in characters: none of ours is longer. */
const MOST_CHARS = 256;
/** The clock of `now` follows the system's when that was set, or when the machine slept, by more than this. */
const DRIFT_MS = 5;

const KINDS: Readonly<Record<SpanKind, OtelKind>> = {
  internal: OtelKind.INTERNAL,
  server: OtelKind.SERVER,
  client: OtelKind.CLIENT,
};

export interface OtelOptions {
  readonly config: TraceConfig;
  /** `shipmate-ssh-edge`, where the environment names no other. */
  readonly serviceName: string;
  readonly region: string;
  /** How a client's address is written. */
  readonly addressText: (address: string) => string;
  /** Gets the spans that have ended. */
  readonly processor: SpanProcessor;
}

/** The ids of the active span, as log lines have them. */
export interface TraceIds {
  readonly trace_id: string;
  readonly span_id: string;
}

/** Makes spans with OpenTelemetry's SDK. Its global registry is left alone. */
export class SdkTracer implements Tracer {
  readonly enabled = true;
  readonly #active = new AsyncLocalStorage<SdkSpan>();
  readonly #otel: OtelTracer;
  #origin = performance.timeOrigin;

  constructor(private readonly options: OtelOptions) {
    const { config, processor } = options;
    const provider = new TracerProvider({
      resource: resourceOf(options),
      sampler: samplerOf(config),
      spanLimits: { attributeValueLengthLimit: MOST_CHARS },
      spanProcessors: [processor],
    });
    this.#otel = provider.getTracer('shipmate');
  }

  now(): number {
    const system = Date.now();
    const now = this.#origin + performance.now();
    if (Math.abs(system - now) <= DRIFT_MS) return now;
    this.#origin += system - now;
    return system;
  }

  start<N extends SpanName>(name: N, options: SpanOptions<N> = {}): Span<N> {
    const { parent = this.active, links = [], attributes = {}, title = name, startedAt = this.now() } = options;
    const otel = this.#otel.startSpan(
      title,
      {
        kind: KINDS[SPANS[name].kind],
        startTime: startedAt,
        links: links.filter(isTraceparent).map((link) => ({ context: remoteContext(link) })),
      },
      contextOf(parent),
    );
    const span = new SdkSpan(otel, this, this.options.addressText);
    span.set(attributes);
    return span;
  }

  within<T>(span: Span, work: () => T): T {
    return span instanceof SdkSpan ? this.#active.run(span, work) : work();
  }

  get active(): Span {
    const span = this.#active.getStore();
    // Whatever runs after the end of its span is not a part of it.
    return span === undefined || span.ended ? NO_SPAN : span;
  }

  get ids(): TraceIds | undefined {
    const { active } = this;
    if (!(active instanceof SdkSpan)) return undefined;
    const { traceId, spanId } = active.otel.spanContext();
    return { trace_id: traceId, span_id: spanId };
  }
}

class SdkSpan implements Span {
  ended = false;
  readonly traceparent: string;

  constructor(
    readonly otel: OtelSpan,
    private readonly tracer: SdkTracer,
    private readonly addressText: (address: string) => string,
  ) {
    const { traceId, spanId, traceFlags } = otel.spanContext();
    this.traceparent = `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
  }

  set(attributes: Readonly<Record<string, string | number | undefined>>): void {
    for (const [name, value] of Object.entries(attributes)) {
      if (value === undefined) continue;
      this.otel.setAttribute(name, name === 'client.address' ? this.addressText(String(value)) : value);
    }
  }

  rename(title: string): void {
    this.otel.updateName(title);
  }

  fail(code: string): void {
    this.otel.setAttribute('error.type', code);
    this.otel.setStatus({ code: SpanStatusCode.ERROR, message: code });
  }

  end(at = this.tracer.now()): void {
    if (this.ended) return;
    this.ended = true;
    this.otel.end(at);
  }
}

function contextOf(parent: Span | string): Context {
  if (parent instanceof SdkSpan) return trace.setSpan(ROOT_CONTEXT, parent.otel);
  if (!isTraceparent(parent)) return ROOT_CONTEXT;
  return trace.setSpanContext(ROOT_CONTEXT, remoteContext(parent));
}

function remoteContext(traceparent: string): SpanContext {
  const [, traceId = '', spanId = '', flags = '0'] = traceparent.split('-');
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & TraceFlags.SAMPLED, isRemote: true };
}

function resourceOf({ serviceName, region }: OtelOptions) {
  const own = {
    'service.name': serviceName,
    'service.namespace': 'shipmate',
    'service.instance.id': randomUUID(),
    'host.name': hostname(),
    'shipmate.region': region,
  };
  // Settings for this process override general ones.
  return defaultResource()
    .merge(resourceFromAttributes(own))
    .merge(detectResources({ detectors: [envDetector] }));
}

function samplerOf({ sampler, ratio }: TraceConfig): Sampler {
  const root = sampler.endsWith('traceidratio')
    ? new TraceIdRatioBasedSampler(ratio)
    : sampler.endsWith('always_on')
      ? new AlwaysOnSampler()
      : new AlwaysOffSampler();
  return sampler.startsWith('parentbased_') ? new ParentBasedSampler({ root }) : root;
}

/** The exporter for a protocol, which reads its own variables; only that one's package is loaded. */
export async function makeExporter({ protocol }: TraceConfig): Promise<SpanExporter> {
  const { OTLPTraceExporter } =
    protocol === 'http/json'
      ? await import('@opentelemetry/exporter-trace-otlp-http')
      : await import('@opentelemetry/exporter-trace-otlp-proto');
  return new OTLPTraceExporter();
}
