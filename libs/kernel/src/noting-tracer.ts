import { NO_TRACER, type Span, type Tracer } from './tracing.js';

/** A span as a `NotingTracer` recorded it. */
export interface NotedSpan {
  readonly name: string;
  readonly parent: Span | string | undefined;
  readonly links: readonly string[];
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly traceparent: string;
  readonly failure: string | undefined;
  readonly ended: boolean;
}

/** For tests: a tracer that records spans. Only what `within` calls synchronously is in the span. */
export class NotingTracer implements Tracer {
  readonly enabled = true;
  readonly spans: NotedSpan[] = [];
  active: Span = NO_TRACER.active;

  now(): number {
    return 0;
  }

  start(...[name, { parent, links = [], attributes = {} } = {}]: Parameters<Tracer['start']>): Span {
    const number = String(this.spans.length + 1).padStart(16, '0');
    const traceparent = `00-0af7651916cd43dd8448eb211c80319c-${number}-01`;
    const noted = { name, parent, links, attributes: { ...attributes }, traceparent, ended: false };
    const kept: { -readonly [K in keyof NotedSpan]: NotedSpan[K] } = { ...noted, failure: undefined };
    this.spans.push(kept);
    return {
      traceparent,
      set: (more) => void (kept.attributes = { ...kept.attributes, ...more }),
      rename: () => undefined,
      fail: (code) => void (kept.failure = code),
      end: () => void (kept.ended = true),
    };
  }

  within<T>(span: Span, work: () => T): T {
    const outer = this.active;
    this.active = span;
    try {
      return work();
    } finally {
      this.active = outer;
    }
  }
}
