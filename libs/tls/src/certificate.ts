import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { isIP } from 'node:net';
import { createSecureContext, type SecureContext } from 'node:tls';
import { ShipmateError } from '#kernel';

/** Mozilla's intermediate ciphers; those with DHE are left out, which need parameters of their own and which no browser wants. */
const CIPHERS = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':');
/** Mozilla's curves; the first is unknown to an OpenSSL before 3.5. */
const CURVES = ['X25519MLKEM768:X25519:prime256v1:secp384r1', 'X25519:prime256v1:secp384r1'];

/** A certificate with its key, ready for TLS 1.2 and 1.3. */
export interface Certificate {
  readonly context: SecureContext;
  /** The names it is for, as it spells them: `example.org`, `*.example.org`, or addresses. */
  readonly names: readonly string[];
  /** Milliseconds since the Unix epoch. */
  readonly validFrom: number;
  /** Milliseconds since the Unix epoch. */
  readonly validTo: number;
  /** Whether it is for that name or address. */
  covers(name: string): boolean;
}

/**
 * Reads a certificate with its chain, and its key, both PEM. Throws `config` with a sentence that has nothing of the key when one
 * cannot be read, or when they do not belong together.
 */
export function readCertificate(chain: string, key: string): Certificate {
  const leaf = reading('the certificate', () => new X509Certificate(chain));
  const privateKey = reading('the key', () => createPrivateKey(key));
  if (!leaf.checkPrivateKey(privateKey)) throw new ShipmateError('config', 'the key does not match the certificate');
  return {
    context: reading('the certificate', () => secureContext(chain, privateKey)),
    names: namesOf(leaf),
    validFrom: Date.parse(leaf.validFrom),
    validTo: Date.parse(leaf.validTo),
    covers: (name) => (isIP(name) === 0 ? leaf.checkHost(name) : leaf.checkIP(name)) !== undefined,
  };
}

function reading<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new ShipmateError('config', `${what} cannot be used (${reasonOf(error)})`, { cause: error });
  }
}

/** OpenSSL's own words name no part of what it read. */
function reasonOf(error: unknown): string {
  const { code, reason } = error as { readonly code?: string; readonly reason?: string };
  return reason ?? code ?? 'it is not PEM';
}

function secureContext(cert: string, privateKey: KeyObject): SecureContext {
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' });
  const options = { cert, key, ciphers: CIPHERS, minVersion: 'TLSv1.2', sessionIdContext: 'shipmate' } as const;
  const [newest, older] = CURVES;
  try {
    return createSecureContext({ ...options, ecdhCurve: newest });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_CRYPTO_OPERATION_FAILED') throw error;
    return createSecureContext({ ...options, ecdhCurve: older });
  }
}

const namesOf = ({ subjectAltName = '' }: X509Certificate): readonly string[] =>
  [...subjectAltName.matchAll(/(?:DNS|IP Address):([^,\s"]+)/g)].map(([, name = '']) => name);
