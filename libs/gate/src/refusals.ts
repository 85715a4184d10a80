import type { Protocol } from './first-bytes.js';

/** What a port takes. */
export interface Offers {
  readonly ssh: boolean;
  readonly tls: boolean;
}

const [SSH_DISCONNECT, SSH_NO_SERVICE] = [1, 7];
/** SSH's packets are padded to a multiple of this before keys are exchanged, with at least 4 bytes (RFC 4253 6). */
const SSH_BLOCK = 8;
const [TLS_ALERT, TLS_FATAL] = [0x15, 2];
const [H2_SETTINGS, H2_GOAWAY, H2_HTTP_1_1_REQUIRED] = [4, 7, 0x0d];

/** The alerts of TLS that are sent without a handshake (RFC 8446 6.2). */
export const TlsAlert = { handshakeFailure: 40, internalError: 80 } as const;

/** What a peer is answered whose protocol is not spoken here, in that protocol, before it is hung up on. */
export function refusal(protocol: Protocol | 'late', offers: Offers): Buffer {
  const spoken = spokenHere(offers);
  switch (protocol) {
    case 'ssh':
      return sshDisconnect(`This port does not take SSH: it speaks ${spoken}.`);
    case 'tls':
      return tlsAlert(TlsAlert.handshakeFailure);
    case 'http2':
      return http2GoAway(`HTTP/2 is not supported here: use HTTP/1.1.`);
    case 'socks4':
      return Buffer.from([0, 91, 0, 0, 0, 0, 0, 0]); // Request rejected.
    case 'socks5':
      return Buffer.from([5, 0xff]); // No acceptable methods (RFC 1928 3).
    case 'smtp':
      return Buffer.from(`554 This is not a mail server: it speaks ${spoken}.\r\n`);
    case 'rdp':
      return RDP_FAILURE;
    case 'late':
      return Buffer.from('HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    default:
      return Buffer.from(`This port speaks ${spoken}.\r\n`);
  }
}

function spokenHere({ ssh, tls }: Offers): string {
  const all = [...(ssh ? ['SSH'] : []), ...(tls ? ['HTTPS'] : []), 'HTTP'];
  return all.length === 1 ? 'HTTP' : `${all.slice(0, -1).join(', ')} and ${String(all.at(-1))}`;
}

/** A whole TLS record with a fatal alert. */
export const tlsAlert = (description: number): Buffer => Buffer.from([TLS_ALERT, 3, 1, 0, 2, TLS_FATAL, description]);

/** An identification and a disconnection, whose text clients show (RFC 4253 11.1). */
function sshDisconnect(text: string): Buffer {
  const message = Buffer.from(text);
  const payload = Buffer.concat([
    Buffer.from([SSH_DISCONNECT, 0, 0, 0, SSH_NO_SERVICE]),
    uint32(message.length),
    message,
    uint32(0), // No language.
  ]);
  const padding = 4 + ((SSH_BLOCK - ((payload.length + 5 + 4) % SSH_BLOCK)) % SSH_BLOCK);
  return Buffer.concat([
    Buffer.from('SSH-2.0-shipmate\r\n'),
    uint32(payload.length + padding + 1),
    Buffer.from([padding]),
    payload,
    Buffer.alloc(padding),
  ]);
}

/** Empty settings, and GOAWAY with what to do instead (RFC 9113 6.8). */
function http2GoAway(text: string): Buffer {
  const message = Buffer.from(text);
  const frame = (type: number, payload: Buffer): Buffer =>
    Buffer.concat([uint32(payload.length).subarray(1), Buffer.from([type, 0, 0, 0, 0, 0]), payload]);
  const goAway = Buffer.concat([uint32(0), uint32(H2_HTTP_1_1_REQUIRED), message]);
  return Buffer.concat([frame(H2_SETTINGS, Buffer.alloc(0)), frame(H2_GOAWAY, goAway)]);
}

/** A connection confirmed with a negotiation that failed: SSL_NOT_ALLOWED_BY_SERVER (MS-RDPBCGR 2.2.1.2.2). */
const RDP_FAILURE = Buffer.from('030000130ed000000000000300080002000000', 'hex');

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
