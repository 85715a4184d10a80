import { readFileSync } from 'node:fs';
import { isShipmateError, type Clock } from '#kernel';
import type { Config } from '#platform';
import { readCertificate, type Certificate } from '#tls';
import { fail, ok, reasonOf, warn, type Finding } from './finding.js';

const DAY_MS = 86_400_000;
/** From when on a certificate's end is near: as the alert has it. */
const SOON_MS = 14 * DAY_MS;

/** Whether the certificate can be used, is for the name of the links, and stays valid for a while. */
export function checkCertificate({ tls, webUrl }: Pick<Config, 'tls' | 'webUrl'>, clock: Clock): readonly Finding[] {
  if (tls === undefined) return [];
  const fix = 'Set SHIPMATE_TLS_CERT to the certificate with its chain, and SHIPMATE_TLS_KEY to its key, both in PEM.';
  try {
    const certificate = readCertificate(readFileSync(tls.cert, 'utf8'), readFileSync(tls.key, 'utf8'));
    return [finding(certificate, new URL(webUrl).hostname.replace(/^\[|\]$/g, ''), clock.now())];
  } catch (error) {
    return [
      fail('certificate', isShipmateError(error) ? error.message : `it cannot be read (${reasonOf(error)})`, fix),
    ];
  }
}

function finding(certificate: Certificate, host: string, nowMs: number): Finding {
  const until = new Date(certificate.validTo).toISOString().slice(0, 10);
  const names = certificate.names.join(', ');
  if (nowMs >= certificate.validTo)
    return fail('certificate', `it expired on ${until}`, 'Renew it: browsers refuse it.');
  if (!certificate.covers(host)) {
    return fail(
      'certificate',
      `it is for ${names}, and not for ${host}`,
      `Use one for ${host}, or set SHIPMATE_WEB_URL to a name that it is for.`,
    );
  }
  if (certificate.validTo - nowMs < SOON_MS) return warn('certificate', `it expires on ${until}`, 'Renew it.');
  return ok('certificate', `for ${names}, until ${until}`);
}
