import { isIP } from 'node:net';

/** The client that a proxy announces; undefined for its own connections (v1 UNKNOWN, v2 LOCAL: health checks). */
export interface ProxySource {
  readonly address: string;
  readonly port: number;
}

export type ProxyHeader =
  /** More bytes are needed. */
  | { readonly kind: 'partial' }
  /** The bytes are not the beginning of a PROXY header. */
  | { readonly kind: 'absent' }
  /** They begin like one, but break its rules. */
  | { readonly kind: 'malformed'; readonly why: string }
  | { readonly kind: 'header'; readonly source: ProxySource | undefined; readonly length: number };

/** The longest v1 line with its CR LF, from the specification. */
export const MAX_V1_BYTES = 107;
/** What a v2 header may hold after its first 16 bytes: addresses and TLVs (TLS and cloud ids). */
export const MAX_V2_BYTES = 2048;

const V1_PREFIX = Buffer.from('PROXY ');
const V2_PREFIX = Buffer.from('\r\n\r\n\0\r\nQUIT\n');
const V2_FIXED_BYTES = 16;
const V2_VERSION = 0x20;
const V2_COMMAND = { local: 0, proxy: 1 } as const;
const V2_TCP = { ipv4: 0x11, ipv6: 0x21 } as const;

/**
 * Reads a PROXY protocol header, version 1 or 2, from the front of `bytes` (HAProxy's proxy-protocol.txt). Needs all
 * bytes from the first on; never reads past the header.
 */
export function readProxyHeader(bytes: Uint8Array): ProxyHeader {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (beginsLike(buffer, V1_PREFIX)) return buffer.length < V1_PREFIX.length ? PARTIAL : readV1(buffer);
  if (beginsLike(buffer, V2_PREFIX)) return buffer.length < V2_FIXED_BYTES ? PARTIAL : readV2(buffer);
  return { kind: 'absent' };
}

const PARTIAL: ProxyHeader = { kind: 'partial' };
const malformed = (why: string): ProxyHeader => ({ kind: 'malformed', why });

function beginsLike(buffer: Buffer, prefix: Buffer): boolean {
  const length = Math.min(buffer.length, prefix.length);
  return buffer.compare(prefix, 0, length, 0, length) === 0;
}

function readV1(buffer: Buffer): ProxyHeader {
  const end = buffer.subarray(0, MAX_V1_BYTES).indexOf('\r\n');
  if (end < 0) return buffer.length < MAX_V1_BYTES ? PARTIAL : malformed('the line is too long');
  const length = end + 2;
  const [, family, address, destination, port, destinationPort, ...rest] = buffer.toString('latin1', 0, end).split(' ');
  if (family === 'UNKNOWN') return { kind: 'header', source: undefined, length };
  const version = family === 'TCP4' ? 4 : family === 'TCP6' ? 6 : undefined;
  if (version === undefined) return malformed('the family is unknown');
  if (address === undefined || destination === undefined || rest.length > 0) return malformed('a part is missing');
  if (isIP(address) !== version || isIP(destination) !== version) return malformed('an address is invalid');
  if (!isPort(port) || !isPort(destinationPort)) return malformed('a port is invalid');
  return { kind: 'header', source: { address, port: Number(port) }, length };
}

const isPort = (text: string | undefined): boolean =>
  text !== undefined && /^(0|[1-9]\d{0,4})$/.test(text) && Number(text) <= 0xffff;

function readV2(buffer: Buffer): ProxyHeader {
  const versionAndCommand = buffer.readUInt8(12);
  const family = buffer.readUInt8(13);
  const bodyLength = buffer.readUInt16BE(14);
  const command = versionAndCommand & 0x0f;
  if ((versionAndCommand & 0xf0) !== V2_VERSION) return malformed('the version is unknown');
  if (command !== V2_COMMAND.local && command !== V2_COMMAND.proxy) return malformed('the command is unknown');
  if (bodyLength > MAX_V2_BYTES) return malformed('the header is too long');
  const length = V2_FIXED_BYTES + bodyLength;
  if (buffer.length < length) return PARTIAL;
  // UNSPEC, UDP and Unix sockets name nobody that an SSH connection could come from.
  if (command === V2_COMMAND.local || !isTcp(family)) return { kind: 'header', source: undefined, length };
  const addressBytes = family === V2_TCP.ipv4 ? 4 : 16;
  if (bodyLength < 2 * addressBytes + 4) return malformed('the addresses are cut short');
  const body = buffer.subarray(V2_FIXED_BYTES, length);
  const address = formatAddress(body.subarray(0, addressBytes));
  return { kind: 'header', source: { address, port: body.readUInt16BE(2 * addressBytes) }, length };
}

const isTcp = (family: number): boolean => family === V2_TCP.ipv4 || family === V2_TCP.ipv6;

/** Dotted for 4 bytes; for 16 the canonical form of RFC 5952, by way of the URL parser. */
function formatAddress(bytes: Buffer): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, n) => bytes.readUInt16BE(2 * n).toString(16));
  return new URL(`http://[${groups.join(':')}]/`).hostname.slice(1, -1);
}
