import type { Socket } from 'node:net';
import { TLSSocket, type SecureContext } from 'node:tls';
import { OverWork, type Timer } from '#kernel';
import { plainAddress } from '#address';
import { readProxyHeader, type ConnectionLimits, type Newcomer } from '#ssh';
import { protocolOf, type Protocol } from './first-bytes.js';
import { refusal, tlsAlert, TlsAlert } from './refusals.js';
import {
  FIRST_BYTES_MS,
  HANDSHAKE_MS,
  LINGER_MS,
  MAX_HELLO_BYTES,
  SILENT_MS,
  type GateOptions,
  type GateOutcome,
  type GatePeer,
  type SshTaker,
} from './settings.js';

/** How a client names the challenge's protocol (RFC 8737 3), as an entry of ALPN has it: nothing else in a hello has these bytes. */
const ACME_TLS = Buffer.from('\x0aacme-tls/1');
const TLS_RECORD_HEADER = 5;
const NOTHING = Buffer.alloc(0);

/** What all visitors of a gate share. */
export interface VisitorContext extends GateOptions {
  readonly admission: ConnectionLimits;
  trusts(address: string): boolean;
  sshTaker(): SshTaker | undefined;
  arrived(visitor: Visitor): void;
  left(visitor: Visitor): void;
}

/** A connection until it is known what it speaks, and handed on. */
export class Visitor implements Newcomer {
  #held: Buffer = NOTHING;
  #address: string;
  #port: number;
  #announced = false;
  #headerDone: boolean;
  #outcome: GateOutcome | undefined;
  #silence: Timer | undefined;
  #deadline: Timer;
  readonly #onReadable = (): void => this.#read();

  constructor(
    private readonly socket: Socket,
    private readonly context: VisitorContext,
  ) {
    const { clock, proxyProtocol, admission } = context;
    this.#address = plainAddress(socket.remoteAddress ?? '');
    this.#port = socket.remotePort ?? 0;
    this.#headerDone = proxyProtocol === 'off' || (proxyProtocol === 'optional' && !context.trusts(this.#address));
    // It stays: a reset just as the socket is handed on must not be an uncaught error.
    socket.on('error', () => undefined);
    socket.once('close', () => this.#over('closed'));
    socket.on('readable', this.#onReadable);
    this.#deadline = clock.after(FIRST_BYTES_MS, () => this.#late());
    if (proxyProtocol !== 'required') this.#waitForSilence();
    context.arrived(this);
    admission.enter(this);
  }

  get address(): string {
    return this.#address;
  }

  get announced(): boolean {
    return this.#announced;
  }

  get quiet(): boolean {
    return this.#held.length === 0;
  }

  displace(): void {
    this.#over('too-many');
    this.socket.destroy();
  }

  get #peer(): GatePeer {
    return { address: this.#address, port: this.#port, announced: this.#announced };
  }

  #waitForSilence(): void {
    this.#silence?.cancel();
    this.#silence = this.context.clock.after(SILENT_MS, () => {
      if (this.context.sshTaker() === undefined) return;
      if (this.#held.length === 0 || this.#held.toString('latin1') === 'SSH-'.slice(0, this.#held.length))
        this.#pass('ssh');
    });
  }

  #read(): void {
    const chunk = this.socket.read() as Buffer | null;
    if (chunk === null || this.#outcome !== undefined) return;
    this.#held = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    if (!this.#headerDone && !this.#readHeader()) return;
    const protocol = protocolOf(this.#held);
    if (protocol === undefined || (protocol === 'tls' && this.#lacksHello())) return;
    this.#pass(protocol);
  }

  /** Whether the header is over, or there is none; refuses a wrong one. */
  #readHeader(): boolean {
    const { proxyProtocol, admission } = this.context;
    const header = this.context.trusts(this.#address) ? readProxyHeader(this.#held) : ({ kind: 'malformed' } as const);
    if (header.kind === 'partial') return false;
    if (header.kind === 'malformed' || (header.kind === 'absent' && proxyProtocol === 'required')) {
      this.#over('bad-proxy-header');
      this.socket.destroy();
      return false;
    }
    this.#headerDone = true;
    if (header.kind === 'absent') return true;
    this.#held = this.#held.subarray(header.length);
    if (header.source !== undefined) {
      this.#address = plainAddress(header.source.address);
      this.#port = header.source.port;
      this.#announced = true;
      admission.announced(this);
    }
    if (this.#outcome === undefined) this.#waitForSilence();
    return this.#outcome === undefined;
  }

  /** Where challenges may come, whether the hello that tells them apart is not there yet. */
  #lacksHello(): boolean {
    if (this.context.secure?.tls.challenge === undefined) return false;
    if (this.#held.length < TLS_RECORD_HEADER) return true;
    const whole = TLS_RECORD_HEADER + this.#held.readUInt16BE(TLS_RECORD_HEADER - 2);
    return this.#held.length < Math.min(whole, MAX_HELLO_BYTES);
  }

  #late(): void {
    if (this.#held.length === 0 || protocolOf(this.#held) === 'tls') {
      this.#over('late');
      this.socket.destroy();
    } else this.#refuse('late', refusal('late', this.#offers));
  }

  get #offers(): { readonly ssh: boolean; readonly tls: boolean } {
    return { ssh: this.context.sshTaker() !== undefined, tls: this.context.secure !== undefined };
  }

  /** Hands the connection to whoever speaks its protocol, with all that was read of it. */
  #pass(protocol: Protocol): void {
    const { http, secure } = this.context;
    const takeSsh = this.context.sshTaker();
    // Of whoever is no trusted proxy, or where none is expected: the operator should hear of it.
    const isHeader = (protocol === 'http' || protocol === 'other') && readProxyHeader(this.#held).kind === 'header';
    if (isHeader) this.#refuse('bad-proxy-header', refusal('other', this.#offers));
    else if (protocol === 'ssh' && takeSsh !== undefined) {
      this.#release('ssh');
      takeSsh(this.socket, this.#peer);
    } else if (protocol === 'http') {
      this.#release('http');
      this.socket.allowHalfOpen = true;
      http.emit('connection', named(this.socket, this.#peer));
    } else if (protocol === 'tls' && secure !== undefined) this.#passTls(secure);
    else this.#refuse(protocol, refusal(protocol, this.#offers));
  }

  #passTls({ tls }: NonNullable<GateOptions['secure']>): void {
    if (!this.#mayShakeHands()) {
      this.#refuse('over-work', tlsAlert(TlsAlert.internalError));
      return;
    }
    const { challenge } = tls;
    if (challenge !== undefined && this.#held.includes(ACME_TLS)) {
      this.#encrypt({
        ALPNProtocols: ['acme-tls/1'],
        SNICallback(name, found) {
          challenge(name).then(
            // An error ends the handshake: there is no such challenge.
            (context) => found(context === undefined ? new Error('no challenge') : null, context),
            (error: unknown) => found(error instanceof Error ? error : new Error(String(error))),
          );
        },
      });
      return;
    }
    const secureContext = tls.context();
    if (secureContext === undefined) this.#refuse('no-certificate', tlsAlert(TlsAlert.internalError));
    else this.#encrypt({ secureContext, ALPNProtocols: ['http/1.1'] });
  }

  /** Charges the handshake to its address, unless that exceeds a limit. */
  #mayShakeHands(): boolean {
    const work = this.context.work.connection();
    work.announced = this.#announced;
    try {
      work.spend('tls-handshake', this.#address);
      return true;
    } catch (error) {
      if (error instanceof OverWork) return false;
      throw error;
    }
  }

  /** Shakes hands; a challenge of ACME has nothing more to say then. */
  #encrypt(options: {
    readonly secureContext?: SecureContext;
    readonly ALPNProtocols: string[];
    readonly SNICallback?: SniCallback;
  }): void {
    const { secure, clock } = this.context;
    this.#giveBack();
    this.#deadline = clock.after(HANDSHAKE_MS, () => {
      this.#over('tls-failed');
      this.socket.destroy();
    });
    const socket = new TLSSocket(this.socket, { isServer: true, ...options });
    socket.on('error', () => {
      this.#over('tls-failed');
      this.socket.destroy();
    });
    socket.once('secure', () => {
      if (this.#outcome !== undefined) return;
      const isChallenge = options.SNICallback !== undefined;
      this.#over(isChallenge ? 'acme' : 'tls');
      if (isChallenge) socket.end();
      else secure?.http.emit('connection', named(socket, this.#peer));
    });
  }

  /** Lets go of the socket, which has all its bytes again. */
  #release(outcome: GateOutcome): void {
    this.#giveBack();
    this.#over(outcome);
  }

  #giveBack(): void {
    this.#silence?.cancel();
    this.#deadline.cancel();
    this.socket.off('readable', this.#onReadable);
    if (this.#held.length > 0) this.socket.unshift(this.#held);
    this.#held = NOTHING;
  }

  #refuse(outcome: GateOutcome, answer: Buffer): void {
    this.#over(outcome);
    this.socket.off('readable', this.#onReadable);
    // What is not read would have the system throw the answer away.
    this.socket.resume();
    this.socket.end(answer);
    const linger = this.context.clock.after(LINGER_MS, () => this.socket.destroy());
    this.socket.once('close', () => linger.cancel());
  }

  /** Once: what became of it. */
  #over(outcome: GateOutcome): void {
    if (this.#outcome !== undefined) return;
    this.#outcome = outcome;
    this.#silence?.cancel();
    this.#deadline.cancel();
    this.context.admission.leave(this);
    this.context.left(this);
    this.context.observer.outcome(outcome, this.#peer);
  }
}

type SniCallback = (name: string, found: (error: Error | null, context?: SecureContext) => void) => void;

/** A socket that tells the client's address, not the proxy's. */
function named<S extends Socket>(socket: S, { address, port, announced }: GatePeer): S {
  if (!announced) return socket;
  return Object.defineProperties(socket, { remoteAddress: { value: address }, remotePort: { value: port } });
}
