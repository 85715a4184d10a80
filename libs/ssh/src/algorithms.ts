import kex, { type KexInit } from 'ssh2/lib/protocol/kex.js';
import { HYBRID_KEX } from './hybrid-exchange.js';

/**
 * Key exchanges, best first. All give forward secrecy. What costs the thread that serves everybody too much is not among them,
 * and no client of this decade needs it: X25519 takes 0.1 ms, a finite-field group of 4096 bits 4.6, nistp521 5 to 8.
 */
export const KEX_ALGORITHMS = [
  HYBRID_KEX,
  'curve25519-sha256',
  'curve25519-sha256@libssh.org',
  'ecdh-sha2-nistp256',
  'ecdh-sha2-nistp384',
] as const;

/**
 * Ciphers. The client's order decides (RFC 4253 7.1), so OpenSSH and libssh take chacha20-poly1305 whatever stands
 * first here; AES-GCM leads because it is the cheaper one for small packets where the processor has AES (bench/).
 * CTR is for clients that have no authenticated cipher.
 */
export const CIPHERS = [
  'aes128-gcm@openssh.com',
  'aes256-gcm@openssh.com',
  'chacha20-poly1305@openssh.com',
  'aes128-ctr',
  'aes256-ctr',
] as const;

/** For the CTR ciphers only: encrypt-then-MAC first. */
export const MACS = [
  'hmac-sha2-256-etm@openssh.com',
  'hmac-sha2-512-etm@openssh.com',
  'hmac-sha2-256',
  'hmac-sha2-512',
] as const;

/**
 * What is offered to every client; `hostKeyAlgorithms` in order of preference. Compression is offered only from the client to
 * the server: inflating takes about 40 KB per connection, deflating 230 KB, and frames are small. The lists of the two
 * directions are separate in SSH's KEXINIT; ssh2's `Server` fills both from one setting, its `KexInit` separates them.
 */
export function makeOffer(hostKeyAlgorithms: readonly string[]): KexInit {
  const direction = { cipher: CIPHERS, mac: MACS, lang: [] };
  return new kex.KexInit({
    // ssh2 adds this marker in its own `Server`: the countermeasure to Terrapin (CVE-2023-48795).
    kex: [...KEX_ALGORITHMS, 'kex-strict-s-v00@openssh.com'],
    serverHostKey: hostKeyAlgorithms,
    cs: { ...direction, compress: ['none', 'zlib@openssh.com', 'zlib'] },
    sc: { ...direction, compress: ['none'] },
  });
}
