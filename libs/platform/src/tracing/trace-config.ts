import type { Secret } from '../secret.js';

/** What of OpenTelemetry's own variables is ours to read: the rest its packages read themselves. */
export interface TraceConfig {
  readonly protocol: Protocol;
  readonly sampler: SamplerName;
  /** The part that a `traceidratio` keeps, from 0 to 1. */
  readonly ratio: number;
}

const PROTOCOLS = ['http/protobuf', 'http/json'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;
/** With `parentbased_`, the process where a trace begins decides; without, each for itself. */
export type SamplerName = (typeof SAMPLERS)[number];

type TextName = `OTEL_${
  | `EXPORTER_OTLP_${'TRACES_' | ''}${'ENDPOINT' | 'PROTOCOL'}`
  | `SERVICE_NAME`
  | `RESOURCE_ATTRIBUTES`
  | `TRACES_${'SAMPLER' | 'SAMPLER_ARG' | 'EXPORTER'}`
  | `SDK_DISABLED`}`;
/** The variables, as they are in the environment. Headers are a secret. */
export type TraceVariables = { readonly [N in TextName]?: string | undefined } & {
  readonly [N in `OTEL_EXPORTER_OTLP_${'TRACES_' | ''}HEADERS`]?: Secret | undefined;
};

/**
 * Undefined if nothing is traced: there is no endpoint, or tracing is switched off. Only then may the other variables be wrong:
 * they may be meant for other programs. Faults are sentences that begin with the variable's name, and quote no secret.
 */
export function readTraceConfig(values: TraceVariables): {
  readonly tracing: TraceConfig | undefined;
  readonly faults: readonly string[];
} {
  const first = <N extends keyof TraceVariables>(own: N, all: N): N => (values[own] === undefined ? all : own);
  const endpoint = first('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT');
  const isOff = values.OTEL_SDK_DISABLED?.toLowerCase() === 'true' || values.OTEL_TRACES_EXPORTER === 'none';
  const url = values[endpoint];
  if (isOff || url === undefined) return { tracing: undefined, faults: [] };

  const faults: string[] = [];
  const check = (isRight: boolean, fault: string): void => void (isRight || faults.push(fault));
  check(isHttpUrl(url), `${endpoint} must be a URL that begins with http:// or https://`);
  const protocolIn = first('OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'OTEL_EXPORTER_OTLP_PROTOCOL');
  const wanted = values[protocolIn] ?? PROTOCOLS[0];
  const protocol = PROTOCOLS.find((one) => one === wanted);
  check(protocol !== undefined, `${protocolIn} must be one of ${PROTOCOLS.join(', ')}, not ${JSON.stringify(wanted)}`);
  const named = values.OTEL_TRACES_SAMPLER ?? 'parentbased_always_on';
  const sampler = SAMPLERS.find((one) => one === named);
  check(
    sampler !== undefined,
    `OTEL_TRACES_SAMPLER must be one of ${SAMPLERS.join(', ')}, not ${JSON.stringify(named)}`,
  );
  const ratio = Number(values.OTEL_TRACES_SAMPLER_ARG ?? '1');
  const isRatioUsed = sampler?.endsWith('traceidratio') === true;
  check(!isRatioUsed || (ratio >= 0 && ratio <= 1), 'OTEL_TRACES_SAMPLER_ARG must be a number from 0 to 1');
  for (const name of ['OTEL_EXPORTER_OTLP_HEADERS', 'OTEL_EXPORTER_OTLP_TRACES_HEADERS'] as const) {
    check(pairsIn(values[name]?.reveal())?.every(isHeader) === true, `${name} ${PAIRS_FAULT}`);
  }
  check(pairsIn(values.OTEL_RESOURCE_ATTRIBUTES) !== undefined, `OTEL_RESOURCE_ATTRIBUTES ${PAIRS_FAULT}`);
  if (faults.length > 0 || protocol === undefined || sampler === undefined) return { tracing: undefined, faults };
  return { tracing: { protocol, sampler, ratio }, faults };
}

const PAIRS_FAULT = 'must be a list such as name=value,other=value, percent-encoded';

/** Pairs in the format of W3C Baggage; undefined if one has no `=`, or its escapes are broken. */
export function pairsIn(text = ''): (readonly [name: string, value: string])[] | undefined {
  const items = text.split(',').filter((item) => item.trim() !== '');
  try {
    const pairs = items.map((item) =>
      /^([^=]+)=(.*)$/s
        .exec(item)
        ?.slice(1)
        .map((part) => decodeURIComponent(part.trim())),
    );
    const whole = pairs.flatMap((pair) => (pair?.[0] ? [[pair[0], pair[1] ?? ''] as const] : []));
    return whole.length === items.length ? whole : undefined;
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

/** What Node would refuse at the first request is a fault at the start. */
const isHeader = ([name, value]: readonly [string, string]): boolean =>
  /^[!#$%&'*+.^_`|~\w-]+$/.test(name) && /^[\t\x20-\x7e\x80-\xff]*$/.test(value);

const isHttpUrl = (text: string): boolean => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
