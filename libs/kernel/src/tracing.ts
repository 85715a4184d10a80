import { isShipmateError } from './errors.js';
import type { AttributesOf, SpanName } from './spans.js';

/** Something that takes time, told when it is over. A span of which nobody wants to know does nothing. */
export interface Span<N extends SpanName = SpanName> {
  /** Names it to other processes: W3C Trace Context's `traceparent`. Undefined where nothing is traced. */
  readonly traceparent: string | undefined;
  /** Says more about it; what is undefined is left out. */
  set(attributes: AttributesOf<N>): void;
  /** Tells it by another name than it was begun by: that of an HTTP span is known when its route is. */
  rename(title: string): void;
  /** It did not come about: `code` is short and stable, an error's or a refusal's, and never a text. */
  fail(code: string): void;
  /** It is over; what comes after that changes nothing. `at`: ms since the epoch, by the tracer's `now`. */
  end(at?: number): void;
}

/** What is known of a span when it begins. */
export interface SpanOptions<N extends SpanName> {
  /** What it is part of: a span, another process' `traceparent`, or `none`. By default the active one. */
  readonly parent?: Span | string | undefined;
  /** What else it has to do with, as `traceparent`s; what is none is left out. */
  readonly links?: readonly string[];
  readonly attributes?: AttributesOf<N>;
  /** The name that is told instead of the table's: of HTTP spans. Few and known: no part of it comes from a peer. */
  readonly title?: string;
  /** In ms since the epoch, by the tracer's `now`; by default this moment. */
  readonly startedAt?: number;
}

/**
 * Makes spans. What is started while a span is active becomes a part of it, and log lines that are written meanwhile bear its
 * ids. Calls are synchronous and cheap, and never throw.
 */
export interface Tracer {
  /** False: nothing comes of any of it, and what is only there for traces need not be kept. */
  readonly enabled: boolean;
  /** In ms since the epoch, finer than a whole one. */
  now(): number;
  start<N extends SpanName>(name: N, options?: SpanOptions<N>): Span<N>;
  /** Runs `work` while `span` is active, also for what `work` waits for. */
  within<T>(span: Span, work: () => T): T;
  /** `NO_SPAN` where there is none. */
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

/** Does `work` as a span that ends with it, and fails as it does. */
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

/** A word for what went wrong, which quotes nothing: an error's message may. */
export function failureCode(error: unknown): string {
  return isShipmateError(error) ? error.code : 'fault';
}

/** Whether `text` is a `traceparent` of W3C Trace Context's version 00, or of a later one that begins like it. */
export const isTraceparent = (text: unknown): text is string =>
  typeof text === 'string' &&
  /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:$|-)/.test(text) &&
  (text.length === TRACEPARENT_CHARS || (text.length <= MAX_TRACEPARENT_CHARS && !text.startsWith('00')));

const TRACEPARENT_CHARS = 55;
/** A later version may have more behind it. */
const MAX_TRACEPARENT_CHARS = 128;
