import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import type { INestApplication } from '@nestjs/common';
import { durationText, type Clock } from '#kernel';
import { SealedVault, type Vault } from '#control';
import type { GateTls } from '#gate';
import { fleetSecret, type Config, type Health, type Log, type Metrics } from '#platform';
import {
  CertificateFiles,
  Certifier,
  Challenges,
  FileVault,
  makeAccountKey,
  orderCertificate,
  type Certificate,
  type CertificatePaths,
} from '#tls';

/** Browsers come by https alone for a year after their last visit. Other names below ours are not ours to decide for. */
const HSTS = 'max-age=31536000';
const DAY_MS = 86_400_000;
/** From when on readiness and `shipmate doctor` speak of a certificate's end. */
const ENDS_SOON_MS = 14 * DAY_MS;

/** TLS of a process's own. */
export interface Tls {
  readonly gate: GateTls;
  /** Looks up the answer to the http-01 challenge with this token; undefined if no such challenge is open. Absent without ACME. */
  readonly answer?: (token: string) => Promise<string | undefined>;
  /** The certificate in use; undefined before the first one has come. */
  readonly certificate: () => Certificate | undefined;
  /** Call it when the ports are open, so that challenges can be answered. */
  readonly begin: () => void;
  readonly dispose: () => void;
}

/** What `openTls` needs. */
export interface TlsParts {
  readonly config: Config;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly health: Health;
  readonly clock: Clock;
  /** What the processes of a fleet share; undefined: there is only this process. */
  readonly vault: Vault | undefined;
}

/** Opens the TLS that the configuration asks for; undefined if it asks for none. Throws `config` if the certificate cannot be used. */
export async function openTls(parts: TlsParts): Promise<Tls | undefined> {
  const { tls: paths, acme } = parts.config;
  const tls =
    paths === undefined ? (acme === undefined ? undefined : await orderedTls(acme, parts)) : fileTls(paths, parts);
  if (tls !== undefined) watchEnd(tls, parts);
  return tls;
}

/** Reports a certificate that is in use from now on. */
function tellRenewed({ log, metrics }: TlsParts, { names, validTo }: Certificate): void {
  metrics.certificateRenewals.add({ result: 'renewed' });
  log.info('certificate-renewed', { names, until: new Date(validTo).toISOString() });
}

function fileTls(paths: CertificatePaths, parts: TlsParts): Tls {
  const { log, metrics, clock } = parts;
  const files = new CertificateFiles(paths, clock, {
    renewed: (certificate) => tellRenewed(parts, certificate),
    refused(why) {
      metrics.certificateRenewals.add({ result: 'refused' });
      log.warn('certificate-refused', { why }, 'The old certificate stays in use.');
    },
  });
  return {
    gate: { context: () => files.certificate.context },
    certificate: () => files.certificate,
    begin: () => undefined,
    dispose: () => files.dispose(),
  };
}

/** A certificate from an ACME server, which this process or another one of its fleet orders. */
async function orderedTls(acme: NonNullable<Config['acme']>, parts: TlsParts): Promise<Tls> {
  const { config, log, metrics, clock } = parts;
  const secret = fleetSecret(config).reveal();
  const accepted = config.acceptedSecrets.map((one) => one.reveal());
  const shared = parts.vault === undefined ? undefined : new SealedVault(parts.vault, secret, accepted);
  const vault = shared ?? new FileVault(join(config.dataDir, 'acme'), clock);
  const challenges = new Challenges(vault);
  const { names, email, directoryUrl, externalAccount: given } = acme;
  const externalAccount = given && { keyId: given.keyId, hmacKey: given.hmacKey.reveal() };
  const certifier = new Certifier({
    clock,
    names,
    directoryUrl,
    vault,
    holder: randomUUID(),
    random: () => Math.random(),
    makeAccountKey,
    order: async (accountKey, prefer) =>
      await orderCertificate({ directoryUrl, email, names, accountKey, externalAccount, prefer }, challenges),
    observer: {
      renewed: (certificate) => tellRenewed(parts, certificate),
      failed(why, retryMs) {
        metrics.certificateRenewals.add({ result: 'failed' });
        log.warn('certificate-failed', { why, retryMs }, `The next attempt is in ${durationText(retryMs)}.`);
      },
    },
  });
  await certifier.open();
  return {
    gate: {
      context: () => certifier.certificate?.context,
      challenge: async (name) => await challenges.byName(name),
    },
    answer: async (token) => await challenges.byToken(token),
    certificate: () => certifier.certificate,
    begin: () => certifier.begin(),
    dispose: () => certifier.dispose(),
  };
}

/** Shows when the certificate ends. */
function watchEnd({ certificate }: Tls, { metrics, health, clock }: TlsParts): void {
  metrics.onScrape(() => metrics.certificateExpiry.set({}, Math.floor((certificate()?.validTo ?? 0) / 1000)));
  health.notice('certificate', () => endText(certificate(), clock.now()));
}

/** What is wrong with a certificate's time, for people; undefined: nothing. */
export function endText(
  certificate: Pick<Certificate, 'validTo' | 'validFrom'> | undefined,
  nowMs: number,
): string | undefined {
  if (certificate === undefined) return 'there is no certificate yet';
  if (nowMs < certificate.validFrom) return 'the certificate is not valid yet';
  const leftMs = certificate.validTo - nowMs;
  if (leftMs <= 0) return 'the certificate has expired';
  return leftMs < ENDS_SOON_MS ? `the certificate expires in ${durationText(leftMs)}` : undefined;
}

/** Has answers over TLS tell browsers to stay with it, and says to whoever asked for another name that this is not that server. */
export function useTls(app: INestApplication, { certificate }: Tls, webUrl: string): void {
  const { hostname } = new URL(webUrl);
  // Every server on this machine is `localhost`, whatever its port.
  const isShared = hostname === 'localhost' || hostname.endsWith('.localhost');
  app.use((request: IncomingMessage, response: ServerResponse, next: () => void) => {
    const socket = request.socket as Partial<TLSSocket> & { readonly servername?: string | false | null };
    const name = typeof socket.servername === 'string' ? socket.servername : '';
    if (socket.encrypted !== true) next();
    else if (name === '' || certificate()?.covers(name) === true) {
      if (!isShared) response.setHeader('strict-transport-security', HSTS);
      next();
    } else {
      response.writeHead(421, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' });
      response.end(`${name} is not served here: this is ${webUrl}\n`);
    }
  });
}
