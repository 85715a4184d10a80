import { inCidrs, isCidr, plainAddress } from '#address';
import { shown, type KeyOptions } from './key-options.js';
import { fingerprint } from './fingerprint.js';

/**
 * What a certification authority says of a key (OpenSSH's PROTOCOL.certkeys). The CA's signature was verified before this
 * object was made; whether the CA is trusted must still be checked.
 */
export interface Certificate {
  readonly kind: 'user' | 'host';
  readonly serial: bigint;
  /** The key ID, any text that the CA chose, as long as the certificate at most. */
  readonly keyId: string;
  readonly principals: readonly string[];
  /** Valid from then on, in ms since the epoch. */
  readonly validAfter: number;
  /** Not valid from then on, in ms since the epoch; Infinity means forever. */
  readonly validBefore: number;
  /** The critical options with their values, empty for flags. A certificate with an unknown one must be refused. */
  readonly criticalOptions: ReadonlyMap<string, string>;
  /** The names of the extensions: what is permitted. Unknown ones have no effect. */
  readonly extensions: ReadonlySet<string>;
  /** The authority's public key, in its wire form. */
  readonly authority: Uint8Array;
}

/** What somebody wants to do with a certificate, and from where. */
export interface CertificateUse {
  readonly address: string;
  /** The time, in ms since the epoch. */
  readonly now: number;
  /** Whether it needs a terminal, which the certificate must permit. */
  readonly terminal: boolean;
}

/** Why a certificate is refused, although its CA is trusted. */
export type CertificateFault =
  | { readonly reason: 'certificate-expired' | 'certificate-early'; readonly at: number }
  | { readonly reason: 'certificate-option'; readonly option: string }
  | {
      readonly reason:
        | 'certificate-kind'
        | 'certificate-principals'
        | 'certificate-address'
        | 'certificate-command'
        | 'certificate-terminal';
    };

/** Critical options that are enforced; `verify-required` where the signature is checked. */
const KNOWN_OPTIONS = new Set(['source-address', 'verify-required']);

/**
 * Why a certificate of a trusted CA is refused; undefined if it is valid. As in sshd, except for principals: there is no
 * account here whose name could be among them, so only a line's own list can require some.
 */
export function certificateFault(
  certificate: Certificate,
  { principals }: Pick<KeyOptions, 'principals'>,
  { address, now, terminal }: CertificateUse,
): CertificateFault | undefined {
  const { kind, validAfter, validBefore, criticalOptions, extensions } = certificate;
  if (kind !== 'user') return { reason: 'certificate-kind' };
  if (now < validAfter) return { reason: 'certificate-early', at: validAfter };
  if (now >= validBefore) return { reason: 'certificate-expired', at: validBefore };
  if (principals !== undefined && !certificate.principals.some((name) => name !== '' && principals.includes(name))) {
    return { reason: 'certificate-principals' };
  }
  // It is for a single command, so its CA does not allow a shell.
  if (criticalOptions.has('force-command')) return { reason: 'certificate-command' };
  for (const option of criticalOptions.keys()) {
    if (!KNOWN_OPTIONS.has(option)) return { reason: 'certificate-option', option };
  }
  const sources = criticalOptions.get('source-address');
  if (sources !== undefined && !isFrom(sources, address)) return { reason: 'certificate-address' };
  if (terminal && !extensions.has('permit-pty')) return { reason: 'certificate-terminal' };
  return undefined;
}

/** Only addresses and CIDRs, no patterns; a list with anything else matches nobody, as in sshd. */
function isFrom(list: string, address: string): boolean {
  const sources = list.split(',');
  return sources.every(isCidr) && inCidrs(plainAddress(address), sources);
}

const MAX_SHOWN_KEY_ID = 64;

/**
 * A certificate for hosts, operators and the log: `"ann" serial 7 of CA SHA256:…`. The certificate's own words are cut and
 * escaped.
 */
export function describeCertificate({ keyId, serial, authority }: Certificate): string {
  return `"${shown(keyId, MAX_SHOWN_KEY_ID).replaceAll('"', '?')}" serial ${serial} of CA ${fingerprint(authority)}`;
}
