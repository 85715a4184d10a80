/** What a connection's first bytes begin. `other` is nothing that is known here. */
export type Protocol = 'ssh' | 'tls' | 'http' | 'http2' | 'socks4' | 'socks5' | 'smtp' | 'rdp' | 'other';

/** After so many bytes without a space, a line is no request of HTTP: its longest method has 16 letters. */
const LONGEST_VERB = 24;
const SSH = Buffer.from('SSH-');
/** What begins HTTP/2 without TLS (RFC 9113 3.4). */
const HTTP2_PREFACE = Buffer.from('PRI * HTTP/2.0\r\n');
const MAIL_VERBS = new Set(['EHLO', 'HELO', 'LHLO']);
const [TLS_HANDSHAKE, TLS_MAJOR] = [0x16, 3];
const [TPKT, TPKT_RESERVED] = [3, 0];
const [SOCKS4, SOCKS5] = [4, 5];

/** The protocol that `bytes` begin; undefined: more of them are needed, `LONGEST_VERB` at most. */
export function protocolOf(bytes: Uint8Array): Protocol | undefined {
  const [first, second] = bytes;
  switch (first) {
    case undefined:
      return undefined;
    case TLS_HANDSHAKE:
      return second === undefined ? undefined : second === TLS_MAJOR ? 'tls' : 'other';
    case TPKT:
      return second === undefined ? undefined : second === TPKT_RESERVED ? 'rdp' : 'other';
    case SOCKS4:
      return 'socks4';
    case SOCKS5:
      return 'socks5';
    default:
      return textProtocol(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
  }
}

/** Whether `bytes` are a beginning of `whole`, or have it as theirs. */
function matches(bytes: Buffer, whole: Buffer): boolean {
  const length = Math.min(bytes.length, whole.length);
  return bytes.compare(whole, 0, length, 0, length) === 0;
}

function textProtocol(bytes: Buffer): Protocol | undefined {
  if (matches(bytes, SSH)) return bytes.length < SSH.length ? undefined : 'ssh';
  if (matches(bytes, HTTP2_PREFACE)) return bytes.length < HTTP2_PREFACE.length ? undefined : 'http2';
  const text = bytes.toString('latin1', 0, LONGEST_VERB);
  // RFC 9112 2.2: empty lines before a request are ignored.
  const [, verb = '', end = ''] = /^[\r\n]*([A-Za-z-]*)(.?)/s.exec(text) ?? [];
  if (end === '') return text.length < LONGEST_VERB ? undefined : 'other';
  if (MAIL_VERBS.has(verb.toUpperCase())) return 'smtp';
  return end === ' ' && verb !== '' ? 'http' : 'other';
}
