import type Protocol from 'ssh2/lib/protocol/Protocol.js';
import type { KeyExchange } from 'ssh2/lib/protocol/Protocol.js';
import { answerHybrid, HYBRID_KEX, type HybridAnswer } from './hybrid-exchange.js';
import { readKexInit, withKex, type ClientKexInit } from './kex-init.js';
import { SmallInflate } from './small-inflate.js';

const MSG_KEXINIT = 20;
/** The exchange that we name to ssh2 when a client wants the hybrid one: X25519's, which has the same steps. */
const STAND_IN = 'curve25519-sha256';

type PacketReader = Protocol['_packetRW']['read'];

export interface KeyExchangeEvents {
  /** The client begins a key exchange; what this throws ends the connection before anything is computed for it. */
  begins(again: boolean): void;
  /** So many bytes wait in ssh2 for the end of a key exchange. */
  queued(bytes: number): void;
}

/**
 * What ssh2 leaves to do in key exchanges. It has no place to add one, so this stands at two of its inner ones: where it
 * takes a payload out of a packet, and where it keeps the exchange at hand.
 *
 * - It does `mlkem768x25519-sha256`, which ssh2 does not know.
 * - It judges a first guess (RFC 4253 7): ssh2 compares the guess with a letter of the answer, and finds all wrong.
 * - It says when a client begins an exchange, and how much waits for its end: ssh2 bounds neither.
 */
export class KeyExchanges {
  #client: ClientKexInit | undefined;
  #exchange: KeyExchange | undefined;
  #count = 0;
  #queue: Buffer[] | undefined;
  #queuedBytes = 0;

  constructor(
    private readonly protocol: Protocol,
    private readonly offer: { readonly kex: readonly string[]; readonly hostKeys: readonly string[] },
    private readonly events: KeyExchangeEvents,
  ) {
    this.#watchPayloads();
    Object.defineProperty(protocol, '_kex', {
      get: () => this.#exchange,
      set: (exchange: KeyExchange) => {
        this.#began(exchange);
      },
    });
    Object.defineProperty(protocol, '_queue', {
      get: () => this.#queue,
      set: (queue: Buffer[] | undefined) => {
        this.#setQueue(queue);
      },
    });
  }

  /** Bytes that wait in ssh2 for the end of a key exchange. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  #watchPayloads(): void {
    let current: PacketReader = this.protocol._packetRW.read;
    const watched: PacketReader = {
      read: (data) => {
        const payload = current.read(data);
        return payload[0] === MSG_KEXINIT ? this.#kexInit(payload) : payload;
      },
      cleanup: () => current.cleanup(),
    };
    Object.defineProperty(this.protocol._packetRW, 'read', {
      get: () => watched,
      // After a key exchange and after the authentication ssh2 makes a new reader.
      set: (reader: PacketReader) => {
        current = isInflate(reader) ? new SmallInflate() : reader;
        if (current !== reader) reader.cleanup();
      },
    });
  }

  /** Gives ssh2 what it is to read of the client's KEXINIT; what makes no sense is ssh2's to refuse. */
  #kexInit(payload: Uint8Array): Uint8Array {
    this.events.begins(this.#count++ > 0);
    this.#client = readKexInit(payload);
    if (this.#client === undefined) return payload;
    const agreed = this.#client.kex.find((name) => this.offer.kex.includes(name));
    return agreed === HYBRID_KEX ? withKex(this.#client, STAND_IN) : payload;
  }

  #began(exchange: KeyExchange): void {
    this.#exchange = exchange;
    const client = this.#client;
    this.#client = undefined;
    if (client === undefined) return;
    const { kex, hostKeys } = this.offer;
    const guessedRight = client.kex[0] === kex[0] && client.serverHostKey[0] === hostKeys[0];
    this.protocol._skipNextInboundPacket = client.firstFollows && !guessedRight;
    // What was agreed with the client, and what it sent, not what ssh2 was given to read.
    if (exchange._remoteKexinit !== client.payload) {
      exchange._remoteKexinit = client.payload;
      exchange.negotiated.kex = HYBRID_KEX;
      makeHybrid(exchange);
    }
  }

  #setQueue(queue: Buffer[] | undefined): void {
    this.#queue = queue;
    this.#queuedBytes = 0;
    if (queue === undefined) return;
    queue.push = (...packets) => {
      for (const packet of packets) this.#queuedBytes += packet.length;
      this.events.queued(this.#queuedBytes);
      return Array.prototype.push.apply(queue, packets);
    };
  }
}

/** ssh2 asks for the secret first, then for what the server sends. */
function makeHybrid(exchange: KeyExchange): void {
  let answer: HybridAnswer | undefined;
  exchange.convertPublicKey = (key) => key;
  exchange.computeSecret = (clientShare) => {
    try {
      answer = answerHybrid(clientShare);
      return answer.secret;
    } catch {
      return new Error('Malformed hybrid key share');
    }
  };
  exchange.getPublicKey = () => answer?.share;
}

// By name: a plain reader has the same methods.
const isInflate = (reader: PacketReader): boolean => reader.constructor.name === 'ZlibPacketReader';
