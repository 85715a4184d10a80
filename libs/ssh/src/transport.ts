import Protocol, { type MessageHandlers, type Negotiated, type ProtocolConfig } from 'ssh2/lib/protocol/Protocol.js';
import utils from 'ssh2/lib/protocol/utils.js';
import kex, { type KexInit } from 'ssh2/lib/protocol/kex.js';
import { KEX_ALGORITHMS } from './algorithms.js';
import type { DisconnectCode } from './disconnect-reason.js';
import type { HostKeyTable } from './host-keys.js';
import { KeyExchanges, type KeyExchangeEvents } from './key-exchanges.js';
import { ShipmateError } from '#kernel';
import { sshString, sshUint32 } from '#keys';

const LINE_FEED = 10;
const MSG_DISCONNECT = 1;
const MSG_IGNORE = 2;
const MSG_EXT_INFO = 7;
const MSG_USERAUTH_BANNER = 53;

/** What a client may sign with: all that `verifySignature` knows. */
const SIGNATURE_ALGORITHMS = [
  'ssh-ed25519',
  'sk-ssh-ed25519@openssh.com',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'sk-ecdsa-sha2-nistp256@openssh.com',
  'rsa-sha2-512',
  'rsa-sha2-256',
].join(',');

/** How the server calls itself in its identification: `SSH-2.0-shipmate`. */
export const IDENTIFICATION = 'shipmate';

export interface TransportEvents {
  /** Encrypted bytes for the socket. */
  onWrite(bytes: Buffer): void;
  /** The peer broke the protocol; the transport cannot be used any more. */
  onError(error: Error): void;
  /** A packet came, of any kind. */
  onPacket(): void;
  /** The client's software, from its identification. */
  onClient(software: string): void;
  onNegotiated(negotiated: Negotiated): void;
  readonly messages: MessageHandlers;
  readonly keyExchanges: KeyExchangeEvents;
}

/** What every connection of a server is offered. */
export interface TransportOffer {
  readonly hostKeys: HostKeyTable;
  readonly kexInit: KexInit;
}

/** ssh2 reads some messages without a look at whether they may come now: a KEXDH_INIT before the KEXINIT, for one. */
const isBareFault = (error: unknown): boolean => error instanceof TypeError || error instanceof RangeError;

/**
 * SSH's transport for one client: ssh2's `Protocol`, which encrypts, exchanges keys and reads and writes messages, with
 * what it leaves to do. ssh2's `Server` on top of it is not used: it fixes a window of 2 MiB, the same compression both
 * ways and a stream per channel, and has no text in a refusal.
 */
export class Transport {
  readonly protocol: Protocol;
  /** Whether the client takes EXT_INFO; undefined until it has said so. */
  #takesExtInfo: boolean | undefined;
  /** The client has said who it is. */
  #identified = false;
  readonly #exchanges: KeyExchanges;
  /** What a handler of ours threw last. */
  #thrownHere: unknown;

  constructor({ hostKeys, kexInit }: TransportOffer, events: TransportEvents) {
    const config: ProtocolConfig = {
      server: true,
      hostKeys,
      ident: IDENTIFICATION,
      offer: kexInit,
      onWrite: (bytes) => {
        if (this.#takesExtInfo === undefined) this.#silenceExtInfo();
        events.onWrite(bytes);
      },
      onError: (error) => events.onError(error),
      onPacket: () => events.onPacket(),
      onHeader: (header) => events.onClient(header.versions.software),
      onHandshakeComplete: (negotiated) => {
        this.#forgetHandshake();
        this.#sendExtInfo();
        events.onNegotiated(negotiated);
      },
      messageHandlers: this.#noting(events.messages),
    };
    this.protocol = new Protocol(config);
    const offered = { kex: KEX_ALGORITHMS, hostKeys: Object.keys(hostKeys) };
    this.#exchanges = new KeyExchanges(this.protocol, offered, events.keyExchanges);
  }

  /** Bytes that wait here for the end of a key exchange. */
  get queuedBytes(): number {
    return this.#exchanges.queuedBytes;
  }

  /**
   * Says who we are and which algorithms we have. ssh2 would wait with the second for the client's identification: half a round trip
   * of each login (RFC 4253 4.2: the key exchange begins right after the identification).
   */
  start(): void {
    this.protocol.start?.();
    kex.kexinit(this.protocol);
  }

  /** The first `bytes` have the whole line of the client's identification. @throws ShipmateError `protocol` when ssh2 fails at what the peer sent; what our own handlers throw is passed on */
  receive(bytes: Uint8Array): void {
    try {
      const rest = this.#identified ? bytes : this.#identify(bytes);
      this.protocol.parse(rest, 0, rest.length);
    } catch (error) {
      if (error === this.#thrownHere || !isBareFault(error)) throw error;
      throw new ShipmateError('protocol', 'The client broke the protocol.', { cause: error });
    }
  }

  /** Ends the authentication; delayed compression starts with the next packet that comes. */
  acceptUser(): void {
    this.protocol.authSuccess();
  }

  /** A text that the client shows its user before it is let in. */
  banner(text: string): void {
    this.#send(Buffer.concat([Buffer.of(MSG_USERAUTH_BANNER), sshString(`${text}\r\n`), sshString('')]), false);
  }

  /** Says goodbye, with a sentence: ssh2's own leaves the text empty. Goes out even during a key exchange. */
  disconnect(code: DisconnectCode, text: string): void {
    // Between the new keys that were announced and the old ones that ssh2 still writes with, the client could not read it.
    const exchange = this.protocol._kex;
    if (exchange?._sentNEWKEYS === true && this.protocol._kexinit !== undefined) return;
    this.#send(Buffer.concat([Buffer.of(MSG_DISCONNECT), sshUint32(code), sshString(text), sshString('')]), true);
  }

  /** SSH_MSG_IGNORE: `bytes` of nothing, which the peer throws away. */
  ignore(bytes: number): void {
    this.#send(Buffer.concat([Buffer.of(MSG_IGNORE), sshString(Buffer.alloc(bytes))]), false);
  }

  /** Lets go of native state. Not from inside `receive`. */
  dispose(): void {
    this.protocol.cleanup();
  }

  /**
   * Has ssh2 read the identification, and returns what follows it. ssh2 would send its KEXINIT now; ours is out already, and it sends
   * none for a client that is gone, which is what it takes this one for until the end of the line.
   */
  #identify(bytes: Uint8Array): Uint8Array {
    this.#identified = true;
    const end = bytes.indexOf(LINE_FEED) + 1;
    const destruct = this.protocol._destruct;
    this.protocol._destruct = undefined;
    try {
      this.protocol.parse(bytes, 0, end);
    } finally {
      this.protocol._destruct = destruct;
    }
    return bytes.subarray(end);
  }

  /** `handlers`, whose errors are known for ours: ssh2 calls them from where it reads, and throws there itself. */
  #noting(handlers: MessageHandlers): MessageHandlers {
    const noting = Object.entries(handlers).map(([name, handler]) => [
      name,
      (...args: readonly unknown[]): unknown => {
        try {
          return (handler as (...args: readonly unknown[]) => unknown)(...args);
        } catch (error) {
          this.#thrownHere = error;
          throw error;
        }
      },
    ]);
    return Object.fromEntries(noting) as MessageHandlers;
  }

  #send(payload: Buffer, bypass: boolean): void {
    const writer = this.protocol._packetRW.write;
    const start = bypass ? writer.allocStartKEX : writer.allocStart;
    const packet = writer.alloc(payload.length, bypass);
    packet.set(payload, start);
    utils.sendPacket(this.protocol, writer.finalize(packet, bypass), bypass);
  }

  /**
   * ssh2's own list of signature algorithms lacks a comma, by which rsa-sha2-512 is lost, and offers SHA-1. The reply to
   * the key exchange is the first write after the client's algorithms are known and before ssh2 would send the list.
   */
  #silenceExtInfo(): void {
    const exchange = this.protocol._kex;
    if (exchange === undefined) return;
    this.#takesExtInfo = exchange.remoteExtInfoEnabled;
    exchange.remoteExtInfoEnabled = false;
  }

  /** RFC 8308: once, as the first message after the first key exchange. */
  #sendExtInfo(): void {
    if (this.#takesExtInfo !== true) return;
    this.#takesExtInfo = false;
    const algorithms = [sshString('server-sig-algs'), sshString(SIGNATURE_ALGORITHMS)];
    this.#send(Buffer.concat([Buffer.of(MSG_EXT_INFO), sshUint32(1), ...algorithms]), false);
  }

  /** ssh2 keeps the ephemeral key pair and a closure over every secret of the exchange for the connection's life. */
  #forgetHandshake(): void {
    const exchange = this.protocol._kex;
    if (exchange !== undefined) {
      exchange._keys = undefined;
      exchange.finish = undefined;
    }
  }
}
