import { Secret } from '../secret.js';

/** Where traces go and which: OpenTelemetry's own variables, as its specification reads them. */
export interface TraceConfig {
  /** The whole URL that spans are posted to. */
  readonly url: string;
  readonly protocol: Protocol;
  /** `name=value` pairs, separated by commas and percent-encoded. */
  readonly headers: Secret | undefined;
  /** Undefined: the role's own. */
  readonly serviceName: string | undefined;
  readonly resource: Readonly<Record<string, string>>;
  readonly sampler: Sampler;
  /** The part that a `ratio` keeps, from 0 to 1. */
  readonly ratio: number;
}

export type Protocol = 'http/protobuf' | 'http/json';

/** Without `parentBased`, each process decides for itself; else the one where a trace begins does. */
export interface Sampler {
  readonly kind: 'on' | 'off' | 'ratio';
  readonly parentBased: boolean;
}

/** By the values of OTEL_TRACES_SAMPLER. */
const SAMPLERS: Readonly<Record<string, Sampler>> = {
  always_on: { kind: 'on', parentBased: false },
  always_off: { kind: 'off', parentBased: false },
  traceidratio: { kind: 'ratio', parentBased: false },
  parentbased_always_on: { kind: 'on', parentBased: true },
  parentbased_always_off: { kind: 'off', parentBased: true },
  parentbased_traceidratio: { kind: 'ratio', parentBased: true },
};
const PROTOCOLS: readonly Protocol[] = ['http/protobuf', 'http/json'];

/** The variables, as they are in the environment. Headers are a secret. */
export interface TraceVariables {
  readonly OTEL_EXPORTER_OTLP_ENDPOINT?: string | undefined;
  readonly OTEL_EXPORTER_OTLP_TRACES_ENDPOINT?: string | undefined;
  readonly OTEL_EXPORTER_OTLP_PROTOCOL?: string | undefined;
  readonly OTEL_EXPORTER_OTLP_TRACES_PROTOCOL?: string | undefined;
  readonly OTEL_EXPORTER_OTLP_HEADERS?: Secret | undefined;
  readonly OTEL_EXPORTER_OTLP_TRACES_HEADERS?: Secret | undefined;
  readonly OTEL_SERVICE_NAME?: string | undefined;
  readonly OTEL_RESOURCE_ATTRIBUTES?: string | undefined;
  readonly OTEL_TRACES_SAMPLER?: string | undefined;
  readonly OTEL_TRACES_SAMPLER_ARG?: string | undefined;
  readonly OTEL_TRACES_EXPORTER?: string | undefined;
  readonly OTEL_SDK_DISABLED?: string | undefined;
}

/**
 * Undefined where nothing is traced: there is no endpoint, or it is switched off. Only then may the other variables be wrong:
 * they may be meant for other programs. Faults are sentences that begin with the variable's name, and quote no secret.
 */
export function readTraceConfig(values: TraceVariables): {
  readonly tracing: TraceConfig | undefined;
  readonly faults: readonly string[];
} {
  const faults: string[] = [];
  const own = values.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT;
  const base = values.OTEL_EXPORTER_OTLP_ENDPOINT;
  const isOff = values.OTEL_SDK_DISABLED?.toLowerCase() === 'true' || values.OTEL_TRACES_EXPORTER === 'none';
  const url = own ?? (base === undefined ? undefined : `${base.replace(/\/+$/, '')}/v1/traces`);
  if (isOff || url === undefined) return { tracing: undefined, faults };
  if (!isHttpUrl(url)) {
    const name = own === undefined ? 'OTEL_EXPORTER_OTLP_ENDPOINT' : 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT';
    faults.push(`${name} must be a URL that begins with http:// or https://`);
  }
  const wanted = values.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL ?? values.OTEL_EXPORTER_OTLP_PROTOCOL ?? PROTOCOLS[0];
  const protocol = PROTOCOLS.find((one) => one === wanted);
  if (protocol === undefined) {
    const name =
      values.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL === undefined
        ? 'OTEL_EXPORTER_OTLP_PROTOCOL'
        : 'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL';
    faults.push(`${name} must be one of ${PROTOCOLS.join(', ')}, not ${JSON.stringify(wanted)}`);
  }
  const named = values.OTEL_TRACES_SAMPLER ?? 'parentbased_always_on';
  const sampler = Object.hasOwn(SAMPLERS, named) ? SAMPLERS[named] : undefined;
  if (sampler === undefined) {
    faults.push(`OTEL_TRACES_SAMPLER must be one of ${Object.keys(SAMPLERS).join(', ')}, not ${JSON.stringify(named)}`);
  }
  const ratio = Number(values.OTEL_TRACES_SAMPLER_ARG ?? '1');
  if (sampler?.kind === 'ratio' && !(ratio >= 0 && ratio <= 1)) {
    faults.push('OTEL_TRACES_SAMPLER_ARG must be a number from 0 to 1');
  }
  const headers = values.OTEL_EXPORTER_OTLP_TRACES_HEADERS ?? values.OTEL_EXPORTER_OTLP_HEADERS;
  const headersAre = headers === undefined ? {} : readPairs(headers.reveal());
  if (headersAre === undefined || !Object.entries(headersAre).every(isHeader)) {
    faults.push('OTEL_EXPORTER_OTLP_HEADERS must be a list such as name=value,other=value, percent-encoded');
  }
  const resource = readPairs(values.OTEL_RESOURCE_ATTRIBUTES ?? '');
  if (resource === undefined) {
    faults.push('OTEL_RESOURCE_ATTRIBUTES must be a list such as name=value,other=value, percent-encoded');
  }
  if (faults.length > 0 || protocol === undefined || sampler === undefined) return { tracing: undefined, faults };
  const serviceName = values.OTEL_SERVICE_NAME;
  return { tracing: { url, protocol, headers, serviceName, resource: resource ?? {}, sampler, ratio }, faults };
}

/** Pairs as W3C Baggage writes them; undefined where one has no `=`, or its escapes are broken. */
export function readPairs(text: string): Record<string, string> | undefined {
  const pairs: [string, string][] = [];
  for (const item of text.split(',')) {
    if (item.trim() === '') continue;
    const at = item.indexOf('=');
    const name = item.slice(0, at).trim();
    if (at < 0 || name === '') return undefined;
    try {
      pairs.push([decodeURIComponent(name), decodeURIComponent(item.slice(at + 1).trim())]);
    } catch (error) {
      if (error instanceof URIError) return undefined;
      throw error;
    }
  }
  return Object.fromEntries(pairs);
}

/** What Node would refuse at the first request is a fault at the start. */
const isHeader = ([name, value]: [string, string]): boolean =>
  /^[!#$%&'*+.^_`|~\w-]+$/.test(name) && /^[\t\x20-\x7e\x80-\xff]*$/.test(value);

const isHttpUrl = (text: string): boolean => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
