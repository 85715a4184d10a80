import { readFileSync } from 'node:fs';
import tls from 'node:tls';
import { ProxyFault, ProxyStatus } from './proxy-fault.js';

/** Where systems keep the certificates that their users trust: Debian, Fedora, SUSE, Alpine and BSD. */
const SYSTEM_FILES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
] as const;

/** Newer than Node 20. */
interface SystemStore {
  getCACertificates?(type: 'system'): string[];
}

/**
 * The roots that a server's certificate may lead to: Node's, the system's, those of NODE_EXTRA_CA_CERTS, and `file`.
 *
 * @throws ProxyFault where `file` cannot be read, or holds no certificate
 */
export function trustedRoots(file: string | undefined, env: Readonly<Record<string, string | undefined>>): string[] {
  const roots = [...tls.rootCertificates, ...systemRoots(env['SSL_CERT_FILE'])];
  const extra = env['NODE_EXTRA_CA_CERTS'];
  if (extra !== undefined) roots.push(...read(extra));
  if (file === undefined) return roots;
  const own = read(file);
  if (own.length === 0) {
    throw new ProxyFault(ProxyStatus.usage, `--ca: ${file} cannot be read, or contains no PEM certificate.`);
  }
  return [...roots, ...own];
}

function systemRoots(given: string | undefined): readonly string[] {
  if (given !== undefined) return read(given);
  const store = (tls as SystemStore).getCACertificates?.('system');
  if (store !== undefined) return store;
  for (const file of SYSTEM_FILES) {
    const found = read(file);
    if (found.length > 0) return found;
  }
  return [];
}

/** The certificates of a file, each by itself; none where it cannot be read. */
function read(file: string): readonly string[] {
  try {
    const text = readFileSync(file, 'utf8');
    return text.match(/-----BEGIN (?:TRUSTED )?CERTIFICATE-----[^-]+-----END (?:TRUSTED )?CERTIFICATE-----/g) ?? [];
  } catch {
    return [];
  }
}
