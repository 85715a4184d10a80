import { createHash } from 'node:crypto';
import { REFUSED, type AuditEvent, type ChainLink, type StoredEvent } from '../events.js';
import { hashOf, signedText } from './event-chain.js';
import { endText } from './event-file.js';
import { parseLine, readEnd, readEvent, readHead, type FileEnd, type FileHead, type ReadEvent } from './event-lines.js';
import { EventSignatures, isEventPublicKey, type EventPublicKey } from './event-keys.js';

/** Clocks of processes and of Redis may differ by as much, in ms. */
const CLOCKS_MS = 60_000;
/** Redis names events by its time in ms; a single process counts. Smaller numbers are counts. */
const LEAST_TIME = 1e12;
/** Findings that are kept; the first ones say what happened. */
const MOST_FINDINGS = 100;

/** Something that an untouched log does not have. */
export interface Finding {
  readonly kind: 'changed' | 'missing' | 'reordered' | 'not-signed' | 'file';
  /** For people: which event, and what is wrong. */
  readonly text: string;
}

/** What a file of events says of itself. */
export interface Verdict {
  readonly findings: readonly Finding[];
  readonly events: number;
  /** Events of versions that signed nothing, older than every signed one. */
  readonly unsigned: number;
  /** Events that the log itself says it could not keep. */
  readonly lost: number;
  /** The key that signed the file. */
  readonly key: EventPublicKey | undefined;
  readonly chains: ReadonlyMap<string, ChainEnd>;
  /** When the oldest event of each list came, in ms since the epoch: what came before was forgotten. */
  readonly oldest: Readonly<Record<List, number>>;
}

/** The newest event of a chain that a file has. */
export interface ChainEnd {
  readonly number: number;
  readonly hash: string;
  readonly at: number;
  readonly list: List;
}

/** A log forgets refusals sooner than others. */
type List = 'events' | 'refusals';

type Linked = StoredEvent & { readonly chain: ChainLink };

interface Seen {
  readonly hash: string;
  readonly line: number;
  readonly event: string;
}

interface Chain {
  readonly list: List;
  /** The events that were seen, by their numbers. */
  readonly seen: Map<number, Seen>;
  first: Linked;
  last: number;
  lastAt: number;
}

/**
 * Reads an export line by line and finds what was changed, removed, moved or added. Findings are in the order of the file. It keeps about
 * 250 bytes of each event.
 */
export class EventVerifier {
  readonly #digest = createHash('sha256');
  readonly #chains = new Map<string, Chain>();
  /** Numbers of events that were changed, by their chains: they are not missing too. */
  readonly #changed = new Map<string, Set<number>>();
  readonly #findings: (Finding & { readonly line: number })[] = [];
  #signatures: EventSignatures;
  #head: FileHead | undefined;
  #key: EventPublicKey | undefined;
  #ended = false;
  #lines = 0;
  #events = 0;
  #unsigned = 0;
  #lost = 0;
  readonly #oldest: Record<List, number> = { events: Infinity, refusals: Infinity };
  #anySigned = false;

  /** Without keys, those that the file names are believed: then it only shows that nothing was changed since. */
  constructor(private readonly keys?: readonly EventPublicKey[]) {
    this.#signatures = new EventSignatures(keys ?? []);
  }

  /** The next line, without its newline. */
  line(line: string): void {
    this.#lines += 1;
    const value = parseLine(line);
    if (this.#lines === 1) this.#begin(value);
    else if (this.#ended) return this.#find('file', `Line ${this.#lines} comes after the end`);
    else {
      const end = readEnd(value);
      if (end !== undefined) return this.#end(end);
      const event = readEvent(value);
      if (event !== undefined) this.#event(event);
      else this.#find('changed', `Line ${this.#lines} is not an event`);
    }
    this.#digest.update(`${line}\n`);
  }

  /** The verdict, once there are no more lines. `before` is that of an older file: what that one had must still be there. */
  verdict(before?: Verdict): Verdict {
    if (this.#lines === 0) this.#find('file', 'There are no lines');
    else if (!this.#ended) this.#find('file', 'The end of the file is missing: it was cut off');
    for (const [id, chain] of this.#chains) {
      this.#checkStart(chain);
      this.#checkGaps(id, chain);
    }
    const chains = new Map([...this.#chains].map(([id, chain]) => [id, endOf(chain)]));
    for (const [id, end] of before?.chains ?? []) this.#checkEnd(id, end);
    return {
      findings: this.#findings.sort((a, b) => a.line - b.line).map(({ kind, text: found }) => ({ kind, text: found })),
      events: this.#events,
      unsigned: this.#unsigned,
      lost: this.#lost,
      key: this.#key,
      chains,
      oldest: this.#oldest,
    };
  }

  #begin(value: unknown): void {
    const head = readHead(value);
    if (head === undefined) return this.#find('file', 'The first line does not say that this is an export of events');
    this.#head = head;
    const { key, keys } = head;
    if (this.keys === undefined) this.#signatures = new EventSignatures([key, ...keys]);
    if (isEventPublicKey(key)) this.#key = key;
  }

  #end({ events, digest, signature }: FileEnd): void {
    this.#ended = true;
    if (events !== this.#events) {
      this.#find('file', `The file has ${this.#events} events, but its end was signed for ${events}`);
    } else if (digest !== this.#digest.digest('base64url')) {
      this.#find('file', 'The file was changed after it was written');
    } else if (!this.#signatures.isGenuine(endText(events, digest), signature)) {
      this.#find('file', 'The end of the file was not signed by this server');
    }
  }

  #event({ chain: link, ...rest }: ReadEvent): void {
    const event = rest as StoredEvent;
    this.#events += 1;
    const list: List = event.type === REFUSED ? 'refusals' : 'events';
    this.#oldest[list] = Math.min(this.#oldest[list], cameAt(event));
    if (event.type === 'events-lost') this.#lost += Number(event.details['count'] ?? 0);
    if (link === undefined) {
      this.#unsigned += this.#anySigned ? 0 : 1;
      if (this.#anySigned) this.#find('not-signed', `${name(event)} is not signed`);
      return;
    }
    this.#anySigned = true;
    const content = signedText(event, link);
    if (this.#signatures.isGenuine(content, link.signature)) {
      this.#place({ ...event, chain: link }, hashOf(content), list);
      return;
    }
    this.#find('changed', `${name({ ...event, chain: link })} was changed, or was not written by this server`);
    const changed = this.#changed.get(link.id) ?? new Set();
    this.#changed.set(link.id, changed.add(link.number));
  }

  /** Compares an event with those before it in its chain. */
  #place(event: Linked, hash: string, list: List): void {
    const { id, number, before } = event.chain;
    const seen = { hash, line: this.#lines, event: name(event) };
    const chain = this.#chains.get(id);
    if (chain === undefined) {
      const made = { list, seen: new Map([[number, seen]]), first: event, last: number, lastAt: event.at };
      this.#chains.set(id, made);
      return;
    }
    // Stored twice: the answer to a write was lost, and the process wrote it again.
    if (chain.seen.get(number)?.hash === hash) return;
    chain.seen.set(number, seen);
    const former = chain.seen.get(number - 1);
    if (former !== undefined && former.hash !== before) {
      this.#find('changed', `${seen.event} was written after a different event than the one before it now`);
    }
    if (number < chain.last) {
      this.#find('reordered', `${seen.event} comes after number ${chain.last} of its chain`);
      if (number < chain.first.chain.number) chain.first = event;
    } else [chain.last, chain.lastAt] = [number, event.at];
  }

  #checkGaps(id: string, { first, last, seen }: Chain): void {
    const changed = this.#changed.get(id);
    let from: number | undefined;
    for (let number = first.chain.number + 1; number <= last; number++) {
      const next = seen.get(number);
      if (next === undefined && changed?.has(number) !== true) from ??= number;
      else if (from !== undefined) {
        const which =
          from === number - 1
            ? `Number ${from} of chain ${id} is`
            : `Numbers ${from} to ${number - 1} of chain ${id} are`;
        this.#find('missing', `${which} missing${next === undefined ? '' : ` before ${next.event}`}`, next?.line);
        from = undefined;
      }
    }
  }

  /** Whether what came before the first event of a chain may have been forgotten for its age. */
  #checkStart({ list, first, seen }: Chain): void {
    const { id, number, beforeAt } = first.chain;
    if (number === 1) return;
    if (this.#head?.from !== undefined && beforeAt <= Date.parse(this.#head.from)) return;
    if (beforeAt <= this.#oldest[list] + CLOCKS_MS) return;
    const which = `Number ${number - 1} of chain ${id}, and what was before it, is`;
    this.#find('missing', `${which} missing before ${name(first)}`, seen.get(number)?.line);
  }

  /** Whether what an older file had last of a chain is still there. */
  #checkEnd(id: string, { number, hash, at, list }: ChainEnd): void {
    const chain = this.#chains.get(id);
    const isForgotten = at <= this.#oldest[list] + CLOCKS_MS;
    if (chain === undefined ? isForgotten : number < chain.first.chain.number) return;
    const now = chain?.seen.get(number)?.hash;
    if (now === undefined) this.#find('missing', `Number ${number} of chain ${id} is missing: the older file has it`);
    else if (now !== hash) this.#find('changed', `Number ${number} of chain ${id} differs from the older file`);
  }

  #find(kind: Finding['kind'], what: string, line = this.#lines): void {
    if (this.#findings.length < MOST_FINDINGS) this.#findings.push({ kind, text: what, line });
  }
}

const endOf = ({ last: number, lastAt: at, seen, list }: Chain): ChainEnd => ({
  number,
  hash: seen.get(number)?.hash ?? '',
  at,
  list,
});

/** When an event came to the log, as far as its id says it. */
function cameAt({ id, at }: StoredEvent): number {
  const time = Number.parseInt(id, 10);
  return time >= LEAST_TIME ? time : at;
}

const name = ({ id, type, at, chain }: AuditEvent & { readonly id: string }): string =>
  `Event ${id} (${type}, ${new Date(at).toISOString()}${chain === undefined ? '' : `, number ${chain.number} of chain ${chain.id}`})`;
