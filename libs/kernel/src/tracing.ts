import { isShipmateError } from './errors.js';
import type { AttributesOf, SpanName } from './spans.js';

/** Something that takes time, exported when it ends. A span that nobody records does nothing. */
export interface Span<N extends SpanName = SpanName> {
  /** Identifies it to other processes: W3C Trace Context's `traceparent`. Undefined if nothing is traced. */
  readonly traceparent: string | undefined;
  /** Adds attributes; undefined ones are left out. */
  set(attributes: AttributesOf<N>): void;
  /** Changes its name: the name of an HTTP span is known only once its route is. */
  rename(title: string): void;
  /** Marks it as failed: `code` is the short, stable code of an error or a refusal, never a text. */
  fail(code: string): void;
  /** Ends it; calls after that change nothing. `at`: ms since the epoch, by the tracer's `now`. */
  end(at?: number): void;
}

/** What is known of a span when it begins. */
export interface SpanOptions<N extends SpanName> {
  /** What it is part of: a span, another process's `traceparent`, or `none`. By default, the active span. */
  readonly parent?: Span | string | undefined;
  /** Other spans that it is linked to, as `traceparent`s; invalid ones are left out. */
  readonly links?: readonly string[];
  readonly attributes?: AttributesOf<N>;
  /** The name to export instead of the table's, for HTTP spans. There must be few names: no part may come from a peer. */
  readonly title?: string;
  /** In ms since the epoch, by the tracer's `now`; now by default. */
  readonly startedAt?: number;
}

/**
 * Makes spans. A span that starts while another is active becomes a part of it, and log lines written meanwhile have its ids.
 * Calls are synchronous and cheap, and never throw.
 */
export interface Tracer {
  /** False if nothing is recorded: then, nothing needs to be kept for traces only. */
  readonly enabled: boolean;
  /** In ms since the epoch, with a fraction. */
  now(): number;
  start<N extends SpanName>(name: N, options?: SpanOptions<N>): Span<N>;
  /** Runs `work` while `span` is active, including everything that `work` awaits. */
  within<T>(span: Span, work: () => T): T;
  /** The active span, or `NO_SPAN`. */
  readonly active: Span;
}

/** A span that records nothing. */
export const NO_SPAN: Span = {
  traceparent: undefined,
  set: () => undefined,
  rename: () => undefined,
  fail: () => undefined,
  end: () => undefined,
};

/** Traces nothing. */
export const NO_TRACER: Tracer = {
  enabled: false,
  now: () => 0,
  start: () => NO_SPAN,
  within: (_, work) => work(),
  active: NO_SPAN,
};

/** Runs `work` in a span that ends, or fails, with it. */
export async function traced<N extends SpanName, T>(
  tracer: Tracer,
  name: N,
  options: SpanOptions<N>,
  work: (span: Span<N>) => Promise<T>,
): Promise<T> {
  if (!tracer.enabled) return await work(NO_SPAN);
  const span = tracer.start(name, options);
  try {
    return await tracer.within(span, async () => await work(span));
  } catch (error) {
    span.fail(failureCode(error));
    throw error;
  } finally {
    span.end();
  }
}

/** A word for what went wrong. Never the error's message, which may quote something. */
export function failureCode(error: unknown): string {
  return isShipmateError(error) ? error.code : 'fault';
}

/** Whether `text` is a `traceparent` of W3C Trace Context's version 00, or of a later one that begins like it. */
export const isTraceparent = (text: unknown): text is string =>
  typeof text === 'string' &&
  /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:$|-)/.test(text) &&
  (text.length === TRACEPARENT_CHARS || (text.length <= MAX_TRACEPARENT_CHARS && !text.startsWith('00')));

const TRACEPARENT_CHARS = 55;
/** A later version may have more at the end. */
const MAX_TRACEPARENT_CHARS = 128;
