import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A span as a collector gets it. */
export interface ExportedSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for the first of a trace. */
  readonly parentSpanId: string;
  readonly name: string;
  /** 1 internal, 2 server, 3 client. */
  readonly kind: number;
  /** In ns since the epoch. */
  readonly start: bigint;
  readonly end: bigint;
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  /** Of the status; 2 is an error. */
  readonly code: number;
  readonly message: string;
  /** Of the process that it is from. */
  readonly resource: Readonly<Record<string, string | number>>;
}

/** An OTLP collector: takes traces over HTTP, as JSON and as protobuf, and keeps them. */
export class Collector {
  readonly spans: ExportedSpan[] = [];
  /** Every byte that came, as text and as it is. */
  received = '';
  readonly requests: {
    readonly path: string;
    readonly type: string;
    readonly headers: NodeJS.Dict<string | string[]>;
  }[] = [];
  /** What it answers; undefined: nothing at all. */
  status: number | undefined = 200;

  private constructor(private readonly server: Server) {}

  static async start(port = 0): Promise<Collector> {
    const server = createServer();
    const collector = new Collector(server);
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = Buffer.concat(chunks);
        const type = request.headers['content-type'] ?? '';
        collector.requests.push({ path: request.url ?? '', type, headers: request.headers });
        collector.received += body.toString('latin1');
        if (collector.status === undefined) return;
        if (collector.status === 200) {
          collector.spans.push(...(type === 'application/json' ? fromJson(body.toString('utf8')) : fromProtobuf(body)));
        }
        response.writeHead(collector.status, { 'content-type': type }).end(type === 'application/json' ? '{}' : '');
      });
    });
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return collector;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Those of a name, the first that came first. */
  named(name: string): readonly ExportedSpan[] {
    return this.spans.filter((span) => span.name === name);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}

interface JsonValue {
  readonly stringValue?: string;
  readonly intValue?: number | string;
  readonly doubleValue?: number;
}
interface JsonAttribute {
  readonly key: string;
  readonly value: JsonValue;
}
interface JsonSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes?: readonly JsonAttribute[];
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly status?: { readonly code?: number; readonly message?: string };
}

const fromAttributes = (attributes: readonly JsonAttribute[] = []): Record<string, string | number> =>
  Object.fromEntries(
    attributes.map(({ key, value }) => [key, value.stringValue ?? Number(value.intValue ?? value.doubleValue)]),
  );

/** OTLP's JSON: ids are hexadecimal, times are texts. */
function fromJson(text: string): ExportedSpan[] {
  const { resourceSpans } = JSON.parse(text) as {
    resourceSpans: {
      resource: { attributes: JsonAttribute[] };
      scopeSpans: { spans: JsonSpan[] }[];
    }[];
  };
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({
        traceId: span.traceId,
        spanId: span.spanId,
        parentSpanId: span.parentSpanId ?? '',
        name: span.name,
        kind: span.kind,
        start: BigInt(span.startTimeUnixNano),
        end: BigInt(span.endTimeUnixNano),
        attributes: fromAttributes(span.attributes),
        links: (span.links ?? []).map(({ traceId, spanId }) => ({ traceId, spanId })),
        code: span.status?.code ?? 0,
        message: span.status?.message ?? '',
        resource: fromAttributes(resource.attributes),
      })),
    ),
  );
}

type Field = bigint | Buffer;

/** A protobuf message's fields by their numbers. */
function fieldsOf(bytes: Buffer): Map<number, Field[]> {
  const fields = new Map<number, Field[]>();
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes.readUInt8(at++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const wire = tag & 7;
    let value: Field;
    if (wire === 0) value = varint();
    else if (wire === 1) value = bytes.readBigUInt64LE((at += 8) - 8);
    else if (wire === 5) value = BigInt(bytes.readUInt32LE((at += 4) - 4));
    else if (wire === 2) {
      const length = Number(varint());
      value = bytes.subarray(at, (at += length));
    } else throw new Error(`wire type ${wire}`);
    fields.set(tag >> 3, [...(fields.get(tag >> 3) ?? []), value]);
  }
  return fields;
}

const messages = (fields: Map<number, Field[]>, number: number): Map<number, Field[]>[] =>
  (fields.get(number) ?? []).map((field) => fieldsOf(field as Buffer));
const text = (fields: Map<number, Field[]>, number: number, encoding: BufferEncoding = 'utf8'): string =>
  ((fields.get(number)?.[0] as Buffer | undefined) ?? Buffer.alloc(0)).toString(encoding);
const int = (fields: Map<number, Field[]>, number: number): bigint => (fields.get(number)?.[0] as bigint) ?? 0n;

/** KeyValue's: of AnyValue 1 is a text, 3 a whole number, 4 a double. */
function protobufAttributes(fields: Map<number, Field[]>, number: number): Record<string, string | number> {
  return Object.fromEntries(
    messages(fields, number).map((pair) => {
      const [value = new Map<number, Field[]>()] = messages(pair, 2);
      if (value.has(1)) return [text(pair, 1), text(value, 1)];
      if (value.has(3)) return [text(pair, 1), Number(int(value, 3))];
      return [text(pair, 1), new Float64Array(new BigUint64Array([int(value, 4)]).buffer)[0] ?? Number.NaN];
    }),
  );
}

/** `opentelemetry/proto/trace/v1/trace.proto`. */
function fromProtobuf(body: Buffer): ExportedSpan[] {
  return messages(fieldsOf(body), 1).flatMap((resourceSpans) => {
    const [resource = new Map<number, Field[]>()] = messages(resourceSpans, 1);
    return messages(resourceSpans, 2).flatMap((scopeSpans) =>
      messages(scopeSpans, 2).map((span) => {
        const [status = new Map<number, Field[]>()] = messages(span, 15);
        return {
          traceId: text(span, 1, 'hex'),
          spanId: text(span, 2, 'hex'),
          parentSpanId: text(span, 4, 'hex'),
          name: text(span, 5),
          kind: Number(int(span, 6)),
          start: int(span, 7),
          end: int(span, 8),
          attributes: protobufAttributes(span, 9),
          links: messages(span, 13).map((link) => ({ traceId: text(link, 1, 'hex'), spanId: text(link, 2, 'hex') })),
          code: Number(int(status, 3)),
          message: text(status, 2),
          resource: protobufAttributes(resource, 1),
        };
      }),
    );
  });
}
