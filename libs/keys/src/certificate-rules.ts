import { inCidrs, isCidr, plainAddress } from '#address';
import { shown, type KeyOptions } from './key-options.js';
import { fingerprint } from './fingerprint.js';

/**
 * What a certification authority says of a key (OpenSSH's PROTOCOL.certkeys). Whoever makes one has verified the authority's
 * signature; whether that authority is trusted is still to be asked.
 */
export interface Certificate {
  readonly kind: 'user' | 'host';
  readonly serial: bigint;
  /** Whom or what the authority made it for, in its own words: any text, of any length up to the certificate's. */
  readonly keyId: string;
  readonly principals: readonly string[];
  /** Valid from then on, in ms since the epoch. */
  readonly validAfter: number;
  /** Not valid from then on, in ms since the epoch; Infinity for ever. */
  readonly validBefore: number;
  /** The critical options with their values, empty for flags. Who does not know one must refuse the certificate. */
  readonly criticalOptions: ReadonlyMap<string, string>;
  /** The names of the extensions: what is permitted. Those not known mean nothing. */
  readonly extensions: ReadonlySet<string>;
  /** The authority's public key, in its wire form. */
  readonly authority: Uint8Array;
}

/** What somebody wants to do with a certificate, and from where. */
export interface CertificateUse {
  readonly address: string;
  /** The time, in ms since the epoch. */
  readonly now: number;
  /** Whether it takes a terminal, which the certificate must permit. */
  readonly terminal: boolean;
}

/** Why a certificate does not do, although its authority is trusted. */
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

/** Critical options that are kept to; `verify-required` by whoever looks at the signature. */
const KNOWN_OPTIONS = new Set(['source-address', 'verify-required']);

/**
 * What stands against a certificate of an authority that a line trusts; undefined: nothing. As sshd judges it, but for
 * principals: there is no account here whose name could be among them, so that only a line's own list asks for some.
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
  // It was made for one command: a shell is more than its authority allows.
  if (criticalOptions.has('force-command')) return { reason: 'certificate-command' };
  for (const option of criticalOptions.keys()) {
    if (!KNOWN_OPTIONS.has(option)) return { reason: 'certificate-option', option };
  }
  const sources = criticalOptions.get('source-address');
  if (sources !== undefined && !isFrom(sources, address)) return { reason: 'certificate-address' };
  if (terminal && !extensions.has('permit-pty')) return { reason: 'certificate-terminal' };
  return undefined;
}

/** Addresses and CIDRs alone, no patterns; a list with anything else holds nobody, as at sshd. */
function isFrom(list: string, address: string): boolean {
  const sources = list.split(',');
  return sources.every(isCidr) && inCidrs(plainAddress(address), sources);
}

const MAX_SHOWN_KEY_ID = 64;

/** A certificate for hosts, operators and the log: `"ann" serial 7 of CA SHA256:…`. Its own words are cut and escaped. */
export function describeCertificate({ keyId, serial, authority }: Certificate): string {
  return `"${shown(keyId, MAX_SHOWN_KEY_ID).replaceAll('"', '?')}" serial ${serial} of CA ${fingerprint(authority)}`;
}
