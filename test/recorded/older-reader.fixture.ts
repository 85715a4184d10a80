/**
 * What the build of 2026-11 makes of messages and records, written down once more: it does not change with the code. What it passes
 * over, it passes over here; what it refuses throws.
 */

class Cursor {
  #at = 0;

  constructor(private readonly bytes: Buffer) {}

  get left(): number {
    return this.bytes.length - this.#at;
  }

  number(size: number): number {
    const from = this.#at;
    this.#at += size;
    if (this.#at > this.bytes.length) throw new Error('it ends too early');
    return size === 8 ? Number(this.bytes.readBigUInt64BE(from)) : this.bytes.readUIntBE(from, size);
  }

  take(size: number): Buffer {
    if (size > this.left) throw new Error('it ends too early');
    this.#at += size;
    return this.bytes.subarray(this.#at - size, this.#at);
  }

  /** Seven bits a byte, lowest first. */
  varint(): number {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = this.number(1);
      value += (byte & 127) * shift;
      if (byte < 128) return value;
    }
  }

  text(): string {
    return this.take(this.varint()).toString();
  }

  end(): void {
    if (this.left > 0) throw new Error('there is more than there should be');
  }
}

export interface OlderMessage {
  readonly kind: number;
  readonly generation: number;
  readonly sequence?: number;
  readonly payload?: Buffer;
  /** Of input. */
  readonly pieces?: readonly Buffer[];
}

/** Version, kind and generation, then as its kind has it, to the last byte. */
export function readOlderMessage(bytes: Buffer): OlderMessage {
  const cursor = new Cursor(bytes);
  if (cursor.number(1) !== 1) throw new Error('its version is not known');
  const [kind, generation] = [cursor.number(1), cursor.number(4)];
  const acks = (): void => {
    for (let n = cursor.number(2); n > 0; n--) {
      cursor.take(cursor.number(1));
      cursor.number(4);
      if (cursor.number(1) > 1) throw new Error('a flag is neither 0 nor 1');
    }
  };
  switch (kind) {
    case 1: {
      const sequence = cursor.number(8);
      acks();
      return { kind, generation, sequence, payload: cursor.take(cursor.left) };
    }
    case 2: {
      const sequence = cursor.number(8);
      cursor.number(4);
      const [part, parts] = [cursor.number(2), cursor.number(2)];
      if (part >= parts) throw new Error('its parts are wrong');
      return { kind, generation, sequence, payload: cursor.take(cursor.left) };
    }
    case 3: {
      const sequence = cursor.number(8);
      if (cursor.number(1) > 1) throw new Error('a flag is neither 0 nor 1');
      cursor.end();
      return { kind, generation, sequence };
    }
    case 4:
      acks();
      cursor.end();
      return { kind, generation };
    case 5:
      cursor.end();
      return { kind, generation };
    case 6: {
      cursor.take(cursor.number(1));
      const pieces: Buffer[] = [];
      for (let n = cursor.number(2); n > 0; n--) {
        cursor.take(cursor.number(1));
        cursor.take(8);
        pieces.push(cursor.take(cursor.number(4)));
      }
      cursor.end();
      return { kind, generation, pieces };
    }
    default:
      throw new Error('its kind is not known');
  }
}

/** What one piece of input is to it; undefined: it passes it over. */
export function readOlderPiece(bytes: Buffer): 'join' | 'send' | 'mirror' | 'size' | 'leave' | 'other' | undefined {
  const cursor = new Cursor(bytes);
  const role = (): void => {
    if (cursor.number(1) > 1) throw new Error('an unknown role');
  };
  switch (cursor.number(1)) {
    case 1:
      role();
      if (cursor.number(1) > 1) throw new Error('an unknown transport');
      cursor.number(1);
      cursor.text();
      cursor.varint();
      cursor.varint();
      cursor.end();
      return 'join';
    case 2:
      role();
      return 'send';
    case 3:
      role();
      for (let n = cursor.varint(); n > 0; n--) cursor.text();
      cursor.end();
      return 'mirror';
    case 4:
      role();
      cursor.varint();
      cursor.varint();
      cursor.end();
      return 'size';
    case 5:
      cursor.end();
      return 'leave';
    case 6:
    case 7:
    case 8:
      return 'other';
    default:
      return undefined;
  }
}

/** The host's messages of a batch of the stream; throws on a record that it does not know: it would ask for a snapshot then. */
export function readOlderRecords(payload: Buffer): number[] {
  const cursor = new Cursor(payload);
  const kinds: number[] = [];
  while (cursor.left > 0) {
    const kind = cursor.number(1);
    kinds.push(kind);
    readOlderRecord(kind, cursor);
  }
  return kinds;
}

function readOlderRecord(kind: number, cursor: Cursor): void {
  switch (kind) {
    case 1:
      cursor.take(cursor.varint());
      break;
    case 2:
      cursor.text();
      cursor.text();
      break;
    case 3:
      cursor.varint();
      break;
    case 4:
      cursor.number(1);
      break;
    case 5:
    case 7:
    case 9:
      cursor.text();
      cursor.number(1);
      break;
    case 6:
      readPeople(cursor);
      break;
    case 8:
      cursor.text();
      break;
    default:
      throw new Error(`an unknown record: ${kind}`);
  }
}

/** A snapshot's versions: of the state and of the model in it. */
export function readOlderSnapshot(payload: Buffer): { readonly state: number; readonly model: number } {
  const cursor = new Cursor(payload);
  const state = cursor.number(1);
  const host = cursor.number(1);
  if (host === 1) cursor.varint();
  if (host === 2) cursor.number(1);
  readPeople(cursor);
  return { state, model: cursor.number(1) };
}

function readPeople(cursor: Cursor): void {
  const edges = cursor.varint();
  for (let n = edges; n > 0; n--) {
    cursor.text();
    cursor.varint();
  }
  for (let n = cursor.varint(); n > 0; n--) {
    if (cursor.varint() >= edges || cursor.number(1) > 1 || cursor.number(1) > 1) throw new Error('an unknown person');
  }
}

/** Reads a session's hash as that build does; throws where it would call it damaged. */
export function readOlderSession(fields: Readonly<Record<string, string>>): void {
  for (const name of ['generation', 'edge', 'homeSince', 'writer', 'reader', 'about', 'policy', 'labels']) {
    if (fields[name] === undefined) throw new Error(`a session has no ${name}`);
  }
  const about = JSON.parse(fields['about'] ?? '') as Record<string, unknown>;
  const addresses = about['addresses'] as Record<string, unknown>;
  const types = [about['region'], about['createdAt'], addresses['sshHost'], addresses['sshPort'], addresses['webUrl']];
  if (types.map((value) => typeof value).join(' ') !== 'string number string number string') {
    throw new Error('about is not what it was');
  }
  JSON.parse(fields['labels'] ?? '');
}

/** Reads the record of an edge likewise. */
export function readOlderEdge(json: string): void {
  const edge = JSON.parse(json) as Record<string, unknown>;
  const load = edge['load'] as Record<string, unknown>;
  const types = [edge['id'], edge['region'], load['sessions'], load['participants'], edge['draining']];
  if (types.map((value) => typeof value).join(' ') !== 'string string number number boolean') {
    throw new Error('an edge is not what it was');
  }
}

/** Reconnection data, without its signature. */
export function readOlderReconnectionData(text: string): { readonly session: string; readonly generation: number } {
  const cursor = new Cursor(Buffer.from(text, 'base64url'));
  if (cursor.number(1) !== 2) throw new Error('reconnection data of another version');
  const generation = cursor.number(4);
  cursor.take(16);
  const [session, ,] = [0, 1, 2].map(() => cursor.take(cursor.number(1)).toString());
  cursor.take(32);
  cursor.end();
  return { session: session ?? '', generation };
}
