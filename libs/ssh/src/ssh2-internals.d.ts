/**
 * The parts of ssh2 1.17 below its `Server`: the transport and the codec of SSH's messages. ssh2 declares no types for
 * them and promises no stability, so package.json pins the exact version, and `transport.real.spec.ts` fails when another
 * one is installed. Only `transport.ts`, `key-exchanges.ts`, `algorithms.ts`, `ssh-server.ts` and `small-inflate.ts` use them.
 */
declare module 'ssh2/lib/protocol/kex.js' {
  import type Protocol from 'ssh2/lib/protocol/Protocol.js';

  interface AlgorithmLists {
    cipher: readonly string[];
    mac: readonly string[];
    compress: readonly string[];
    lang: readonly string[];
  }
  /** One offer, encoded once and shared by every connection. */
  export class KexInit {
    constructor(offer: {
      kex: readonly string[];
      serverHostKey: readonly string[];
      cs: AlgorithmLists;
      sc: AlgorithmLists;
    });
  }
  const kex: {
    KexInit: typeof KexInit;
    /** Sends the offer of `protocol`. */
    kexinit(protocol: Protocol): void;
  };
  export default kex;
}

declare module 'ssh2/lib/protocol/crypto.js' {
  const crypto: { init: Promise<void>; bindingAvailable: boolean };
  export default crypto;
}

declare module 'ssh2/lib/protocol/zlib.js' {
  /** ssh2's synchronous wrapper of Node's zlib handle. */
  export interface Zlib {
    _chunkSize: number;
    _maxOutputLength: number;
    _outBuffer: Buffer | undefined;
    _outOffset: number;
    writeSync(chunk: Uint8Array, retChunks: false): Buffer;
  }
  export class ZlibPacketReader {
    _zlib: Zlib;
    read(data: Uint8Array): Buffer;
    cleanup(): void;
  }
  const zlib: { ZlibPacketReader: typeof ZlibPacketReader };
  export default zlib;
}

declare module 'ssh2/lib/protocol/utils.js' {
  import type Protocol from 'ssh2/lib/protocol/Protocol.js';
  /** Encrypts and writes; during a key exchange it queues, unless `bypass`. */
  const utils: { sendPacket(protocol: Protocol, packet: Buffer, bypass?: boolean): boolean };
  export default utils;
}

declare module 'ssh2/lib/protocol/Protocol.js' {
  import type { KexInit } from 'ssh2/lib/protocol/kex.js';

  export interface Header {
    versions: { protocol: string; software: string };
  }
  export interface Negotiated {
    kex: string;
    serverHostKey: string;
    cs: { cipher: string; mac: string; compress: string };
    sc: { cipher: string; mac: string; compress: string };
  }
  export interface PublicKeyData {
    keyAlgo: string;
    key: Buffer;
    hashAlgo: string | undefined;
    signature?: Buffer;
    /** What was signed. */
    blob?: Buffer;
  }
  export interface ChannelOpenInfo {
    type: string;
    sender: number;
    window: number;
    /** The last field: if it is missing, others may be missing too. */
    packetSize: number | undefined;
  }
  export interface PtyData {
    term: string;
    cols: number;
    rows: number;
  }
  export interface MessageHandlers {
    DISCONNECT(protocol: Protocol, reason: number, text: string): void;
    SERVICE_REQUEST(protocol: Protocol, name: string): void;
    USERAUTH_REQUEST(protocol: Protocol, user: string, service: string, method: string, data: unknown): void;
    USERAUTH_INFO_RESPONSE(protocol: Protocol, responses: string[]): void;
    GLOBAL_REQUEST(protocol: Protocol, name: string, wantReply: boolean): void;
    REQUEST_SUCCESS(protocol: Protocol): void;
    REQUEST_FAILURE(protocol: Protocol): void;
    CHANNEL_OPEN(protocol: Protocol, info: ChannelOpenInfo): void;
    CHANNEL_DATA(protocol: Protocol, recipient: number, data: Buffer): void;
    CHANNEL_WINDOW_ADJUST(protocol: Protocol, recipient: number, bytes: number): void;
    CHANNEL_REQUEST(protocol: Protocol, recipient: number, type: string, wantReply: boolean, data: unknown): void;
    CHANNEL_EOF(protocol: Protocol, recipient: number): void;
    CHANNEL_CLOSE(protocol: Protocol, recipient: number): void;
  }
  export interface ProtocolConfig {
    server: true;
    /** By signature algorithm; what kex.js asks of a parsed key. */
    hostKeys: Readonly<
      Record<string, { type: string; getPublicSSH(): Buffer; sign(data: Uint8Array, hash?: string): Buffer }>
    >;
    ident: string;
    offer: KexInit;
    onWrite(data: Buffer): void;
    onError(error: Error): void;
    onHeader(header: Header): void;
    onPacket(): void;
    onHandshakeComplete(negotiated: Negotiated): void;
    messageHandlers: MessageHandlers;
  }

  /** One exchange of keys; its class is ssh2's own. */
  export interface KeyExchange {
    _keys?: unknown;
    /** Whether NEWKEYS was sent: what comes next is encrypted with new keys. */
    readonly _sentNEWKEYS: boolean;
    finish?: unknown;
    remoteExtInfoEnabled: boolean;
    readonly negotiated: Negotiated;
    /** The client's KEXINIT, for the exchange's hash. */
    _remoteKexinit: Uint8Array;
    convertPublicKey(key: Buffer): Buffer;
    computeSecret(clientShare: Buffer): Buffer | Error;
    getPublicKey(): Buffer | undefined;
  }

  export default class Protocol {
    constructor(config: ProtocolConfig);
    _destruct: ((reason?: string) => void) | undefined;
    _kexinit: unknown;
    _kex: KeyExchange | undefined;
    /** What waits for the end of a key exchange; undefined while nothing does. */
    _queue: Buffer[] | undefined;
    /** The first message of a wrongly guessed exchange comes next. */
    _skipNextInboundPacket: boolean;
    _packetRW: {
      read: { read(data: Uint8Array): Uint8Array; cleanup(): void };
      write: {
        allocStart: number;
        allocStartKEX: number;
        alloc(size: number, force?: boolean): Buffer;
        finalize(packet: Buffer, force?: boolean): Buffer;
      };
    };
    start?: () => void;
    cleanup(): void;
    parse(chunk: Uint8Array, start: number, end: number): void;
    ping(): void;
    serviceAccept(name: string): void;
    authSuccess(): void;
    authFailure(methods: readonly string[], isPartial?: boolean): void;
    authPKOK(algorithm: string, key: Buffer): void;
    authInfoReq(title: string, text: string, prompts: readonly { prompt: string; echo: boolean }[]): void;
    requestFailure(): void;
    channelOpenConfirm(remote: number, local: number, window: number, maxPacket: number): void;
    channelOpenFail(remote: number, reason: number, text: string): void;
    channelSuccess(remote: number): void;
    channelFailure(remote: number): void;
    channelData(remote: number, data: Buffer): void;
    channelExtData(remote: number, data: Buffer, type: number): void;
    channelWindowAdjust(remote: number, bytes: number): void;
    channelEOF(remote: number): void;
    channelClose(remote: number): void;
    exitStatus(remote: number, status: number): void;
  }
}
