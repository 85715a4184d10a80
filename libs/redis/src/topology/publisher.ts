import { ShipmateError } from '#kernel';
import type { Commands } from '../connection/commands.js';
import { slotOf } from '../connection/slot.js';

/** What may wait or be under way in all, in bytes of messages; the next one is refused. 64 large messages. */
export const MAX_PUBLISHING_BYTES = 32 * 1024 * 1024;
/** One message; the bus promises half of it. */
export const MAX_MESSAGE_BYTES = 1024 * 1024;
/** Lanes to each master: a large message delays only those behind it in the same lane. */
const LANES = 4;
/** What leaves with one write, at most, unless one message is larger. */
const BATCH_COUNT = 64;
const BATCH_BYTES = 1024 * 1024;

interface Outgoing {
  readonly channel: string;
  readonly bytes: Buffer;
  readonly resolve: (receivers: number) => void;
  readonly reject: (error: unknown) => void;
}

interface Lane {
  queue: Outgoing[];
  busy: boolean;
}

/**
 * Publishes, in order on each channel: at once when its lane is quiet, and what comes during that round trip leaves as one
 * batch after it. When `MAX_PUBLISHING_BYTES` wait, `unavailable`: the caller skips, and repaints later.
 */
export class Publisher {
  readonly #lanes = new Map<string, Lane>();
  #bytes = 0;

  constructor(private readonly commands: Commands) {}

  /** Bytes that wait or are under way. */
  get waitingBytes(): number {
    return this.#bytes;
  }

  async publish(channel: string, bytes: Uint8Array): Promise<number> {
    if (bytes.length > MAX_MESSAGE_BYTES) throw new ShipmateError('limit', 'a message is too large to publish');
    if (this.#bytes + bytes.length > MAX_PUBLISHING_BYTES) {
      throw new ShipmateError('unavailable', 'too much waits to be published');
    }
    this.#bytes += bytes.length;
    try {
      return await new Promise<number>((resolve, reject) => {
        const { buffer, byteOffset, length } = bytes;
        this.#enqueue({ channel, bytes: Buffer.from(buffer, byteOffset, length), resolve, reject });
      });
    } finally {
      this.#bytes -= bytes.length;
    }
  }

  #enqueue(outgoing: Outgoing): void {
    // By the master that has the channel now: one that is not available delays only its own channels.
    const name = `${this.commands.topology.owner(outgoing.channel)?.id ?? ''} ${slotOf(outgoing.channel) % LANES}`;
    const lane = this.#lanes.get(name) ?? { queue: [], busy: false };
    this.#lanes.set(name, lane);
    lane.queue.push(outgoing);
    if (!lane.busy) void this.#drain(name, lane);
  }

  async #drain(name: string, lane: Lane): Promise<void> {
    lane.busy = true;
    while (lane.queue.length > 0) await Promise.all(takeBatch(lane).map(async (outgoing) => this.#send(outgoing)));
    // Lanes of a lost master are not kept.
    this.#lanes.delete(name);
    lane.busy = false;
  }

  async #send({ channel, bytes, resolve, reject }: Outgoing): Promise<void> {
    try {
      resolve(Number(await this.commands.call(channel, 'spublish', channel, bytes)));
    } catch (error) {
      reject(error);
    }
  }
}

function takeBatch(lane: Lane): Outgoing[] {
  let count = 0;
  let bytes = 0;
  for (const outgoing of lane.queue) {
    bytes += outgoing.bytes.length;
    if (count > 0 && (count >= BATCH_COUNT || bytes > BATCH_BYTES)) break;
    count++;
  }
  if (count === lane.queue.length) {
    const all = lane.queue;
    lane.queue = [];
    return all;
  }
  return lane.queue.splice(0, count);
}
