import { createHash } from 'node:crypto';
import type { EventLog, StoredEvent } from '../events.js';
import type { EventPublicKey, EventSigner } from './event-keys.js';

/** Events that are read from the log with one call. */
const BATCH = 500;
/** The format's version, in the first line. */
export const FILE_VERSION = 1;

/** Which events to export; both times are in ms since the epoch and included. */
export interface ExportRange {
  readonly from?: number | undefined;
  readonly until?: number | undefined;
}

/** What signed the file, and what may have signed events: also the keys of secrets that the fleet accepts besides its own. */
export interface ExportSigner {
  readonly signer: EventSigner;
  readonly keys: readonly EventPublicKey[];
}

/** The text over which the last line of a file is signed. `digest` is the SHA-256 of all lines before it, base64url. */
export const endText = (events: number, digest: string): string => `shipmate events end 1\n${events}\n${digest}`;

/**
 * The lines of an export, each with its newline: one that says what it is, the events, oldest first, each with its own signature, and a
 * last one that signs everything before it. Events are read as they are needed.
 */
export async function* exportLines(
  log: Pick<EventLog, 'oldest'>,
  { signer, keys }: ExportSigner,
  { from, until }: ExportRange,
  exportedAt: number,
): AsyncGenerator<string> {
  const digest = createHash('sha256');
  const line = (content: object): string => {
    const text = `${JSON.stringify(content)}\n`;
    digest.update(text);
    return text;
  };
  const times = { from: iso(from), until: iso(until), exportedAt: iso(exportedAt) };
  yield line({ shipmateEvents: FILE_VERSION, key: signer.publicKey, keys, ...times });
  let count = 0;
  let after: string | undefined;
  for (;;) {
    const events = await log.oldest(after, BATCH);
    for (const event of events) {
      if ((from !== undefined && event.at < from) || (until !== undefined && event.at > until)) continue;
      count += 1;
      yield line(toLine(event));
    }
    after = events.at(-1)?.id;
    if (after === undefined) break;
  }
  const sum = digest.digest('base64url');
  yield `${JSON.stringify({ events: count, digest: sum, signature: signer.sign(endText(count, sum)) })}\n`;
}

const toLine = ({ at, ...rest }: StoredEvent): object => ({ ...rest, at: iso(at) });
const iso = (ms: number | undefined): string | undefined => (ms === undefined ? undefined : new Date(ms).toISOString());
