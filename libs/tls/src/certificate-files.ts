import { readFileSync } from 'node:fs';
import { isShipmateError, ShipmateError, Timeout, type Clock, type Disposable } from '#kernel';
import { readCertificate, type Certificate } from './certificate.js';

/** How often the files are read: they have some KB, and reading them takes a tenth of a millisecond. In ms. */
const LOOK_MS = 1_000;

/** Where a certificate and its key are, both PEM. */
export interface CertificatePaths {
  /** With its chain, the certificate first. */
  readonly cert: string;
  readonly key: string;
}

/** Who hears of the files. */
export interface CertificateFilesObserver {
  /** A new pair is in use. */
  renewed(certificate: Certificate): void;
  /** The files have changed, and cannot be used: the pair before stays. `why` has nothing of a key. */
  refused(why: string): void;
}

/**
 * A certificate in two files, read again when what is in them changes: written again, renamed, or behind another link, as Kubernetes does
 * it. Files that cannot be used twice in a row are refused once, so that half a change is none.
 */
export class CertificateFiles implements Disposable {
  #current: Certificate;
  /** What was read last, and what is in use. */
  #seen: string;
  #used: string;
  #refused: string | undefined;
  readonly #next: Timeout;

  /** Throws `config` when the files cannot be used. */
  constructor(
    private readonly paths: CertificatePaths,
    clock: Clock,
    private readonly observer: CertificateFilesObserver,
  ) {
    const pair = readPair(paths);
    this.#current = certificateOf(pair, paths);
    this.#seen = this.#used = pair.join('\n');
    this.#next = new Timeout(clock);
    this.#lookLater();
  }

  get certificate(): Certificate {
    return this.#current;
  }

  dispose(): void {
    this.#next.cancel();
  }

  #lookLater(): void {
    this.#next.start(LOOK_MS, () => {
      this.#look();
      this.#lookLater();
    });
  }

  #look(): void {
    try {
      const pair = readPair(this.paths);
      const text = pair.join('\n');
      const again = text === this.#seen;
      this.#seen = text;
      if (text === this.#used) this.#refused = undefined;
      else this.#take(pair, text, again);
    } catch (error) {
      if (!isShipmateError(error, 'config')) throw error;
      // They are away: for good, if they still are when looked at again.
      const again = this.#seen === '';
      this.#seen = '';
      if (again) this.#refuse('', error.message);
    }
  }

  #take(pair: readonly [string, string], text: string, again: boolean): void {
    try {
      this.#current = certificateOf(pair, this.paths);
      this.#used = text;
      this.#refused = undefined;
      this.observer.renewed(this.#current);
    } catch (error) {
      if (!isShipmateError(error, 'config')) throw error;
      if (again) this.#refuse(text, error.message);
    }
  }

  #refuse(text: string, why: string): void {
    if (this.#refused === text) return;
    this.#refused = text;
    this.observer.refused(why);
  }
}

/** A wrong pair is a `config` error that names the variables. */
function certificateOf([chain, key]: readonly [string, string], paths: CertificatePaths): Certificate {
  try {
    return readCertificate(chain, key);
  } catch (error) {
    if (!isShipmateError(error, 'config')) throw error;
    throw new ShipmateError(
      'config',
      `SHIPMATE_TLS_CERT (${paths.cert}) and SHIPMATE_TLS_KEY (${paths.key}): ${error.message}`,
      { cause: error },
    );
  }
}

function readPair(paths: CertificatePaths): readonly [string, string] {
  return [read('SHIPMATE_TLS_CERT', paths.cert), read('SHIPMATE_TLS_KEY', paths.key)];
}

function read(variable: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new ShipmateError('config', `${variable} must be a readable file: ${file} (${reason})`, { cause: error });
  }
}
