import type { PublicKeyData } from 'ssh2/lib/protocol/Protocol.js';
import { OverWork } from '#kernel';
import { classifyError, DisconnectCode, type DisconnectReason } from './disconnect-reason.js';
import { CERTIFICATE_MARK, readOffer } from './key-offer.js';
import type { PublicKey } from '#keys';
import type { Transport } from './transport.js';

/** A joiner's token or name is the user name; a longer user name is refused at once. */
export const MAX_USER_BYTES = 1024;
/** Requests of one connection: an agent may hold many keys, and each is offered, then signed with. */
export const MAX_AUTH_REQUESTS = 32;
/**
 * Those among them that proved nothing: signatures that were wrong or refused, and answers to a dialogue (OpenSSH's
 * MaxAuthTries).
 */
export const MAX_AUTH_TRIES = 6;
/** Requests a client may send ahead of our answers. */
const MAX_PENDING_REQUESTS = 8;
const MAX_PROMPTS = 8;

/** The methods of authentication that clients can use here. */
export type AuthMethod = 'none' | 'publickey' | 'keyboard-interactive';

/** A question for a client that uses keyboard-interactive. */
export interface Prompt {
  readonly text: string;
  /** Whether what is typed may be seen. */
  readonly echo: boolean;
}

/** One request to be let in. */
export interface AuthAttempt {
  /** For joiners the token: a secret that belongs in no log. Up to `MAX_USER_BYTES` bytes. */
  readonly user: string;
  readonly method: AuthMethod;
  /** With `publickey`: the key. Its signature has been verified exactly if `signed`. */
  readonly publicKey?: PublicKey;
  /**
   * False while the client only asks whether a key would do. To accept then lets nobody in: the client signs, and is
   * asked about again with `signed` true.
   */
  readonly signed: boolean;
  /** The key that an earlier `partial` answer took. */
  readonly proven?: PublicKey;
  /** Counts the connections of this server from 1. */
  readonly connection: number;
  readonly address: string;
  /** The client's software, as it says: `OpenSSH_9.2p1`. */
  readonly clientVersion: string;
  /** With `keyboard-interactive`: asks the user. No answers: there is nobody any more. */
  ask?(prompts: readonly Prompt[], text?: string): Promise<readonly string[]>;
  /** With `keyboard-interactive`: shows the user lines of text, of which clients show all characters. */
  tell?(text: string): void;
  /** With `keyboard-interactive`: aborted when there is nobody any more. */
  readonly gone?: AbortSignal;
}

/**
 * `reject` leaves the client its other methods and keys; with a text it shows its user a sentence before. `methods` names the
 * ones that may still help. `partial`: the key is right, and one of `methods` is wanted besides (RFC 4252 5.1); to an unsigned
 * offer it says that the key would do. `end` ends the connection with a sentence.
 */
export type AuthAnswer =
  | 'accept'
  | 'reject'
  | { readonly reject?: string; readonly methods?: readonly AuthMethod[] }
  | { readonly partial: true; readonly methods: readonly AuthMethod[] }
  | { readonly end: string };

/** Who may come in. A policy that throws ends the connection. */
export type AuthPolicy = (attempt: AuthAttempt) => AuthAnswer | Promise<AuthAnswer>;

export interface AuthenticationEvents {
  /** Let in, with this key if it came with one. */
  accepted(user: string, publicKey: PublicKey | undefined): void;
  /** The user is asked something, which takes the time that people need. */
  asking?(): void;
  /** Called before a signature is checked. @throws OverWork if that exceeds a limit */
  checking?(): void;
  /** The connection must end. */
  failed(reason: DisconnectReason, code: DisconnectCode, text: string): void;
}

interface Request {
  readonly user: string;
  readonly method: string;
  readonly data: unknown;
}

/** SSH's user authentication (RFC 4252) for one connection: one request after the other, each asked of the policy. */
export class Authentication {
  #user: string | undefined;
  #requests = 0;
  #tries = 0;
  #pending: Request[] = [];
  #running = false;
  #over = false;
  readonly #gone = new AbortController();
  #refused = false;
  readonly #told = new Set<string>();
  #proven: PublicKey | undefined;
  #answerPrompts: ((responses: readonly string[]) => void) | undefined;

  constructor(
    private readonly transport: Transport,
    private readonly policy: AuthPolicy,
    private readonly methods: readonly AuthMethod[],
    private readonly client: { readonly connection: number; readonly address: string; readonly clientVersion: string },
    private readonly events: AuthenticationEvents,
  ) {}

  /** A USERAUTH_REQUEST; `data` as ssh2 decodes it for the method. */
  request(user: string, service: string, method: string, data: unknown): void {
    if (this.#over) return; // RFC 4252 5.1: further requests are ignored in silence
    if (Buffer.byteLength(user) > MAX_USER_BYTES) {
      this.#fail('limit', DisconnectCode.illegalUserName, 'The user name is too long.');
    } else if (service !== 'ssh-connection') {
      this.#fail('protocol', DisconnectCode.serviceNotAvailable, 'There is no such service here.');
    } else if (this.#user !== undefined && this.#user !== user) {
      this.#fail('protocol', DisconnectCode.protocolError, 'The user name must not change.');
    } else if (++this.#requests > MAX_AUTH_REQUESTS || this.#pending.length >= MAX_PENDING_REQUESTS) {
      this.#fail('auth-failed', DisconnectCode.noMoreAuthMethods, 'Too many authentication attempts.');
    } else {
      this.#user = user;
      this.#pending.push({ user, method, data });
      void this.#run();
    }
  }

  /** Whether the last answer was a no. */
  get refused(): boolean {
    return this.#refused;
  }

  /** A USERAUTH_INFO_RESPONSE: what the user typed at our prompts. */
  responded(responses: readonly string[]): void {
    const answer = this.#answerPrompts;
    this.#answerPrompts = undefined;
    answer?.(responses);
  }

  /** The connection is gone. */
  stop(): void {
    this.#over = true;
    this.#pending = [];
    this.#gone.abort();
    this.responded([]);
  }

  async #run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    try {
      for (let next = this.#pending.shift(); next !== undefined; next = this.#pending.shift()) await this.#answer(next);
    } catch (error) {
      if (error instanceof OverWork) {
        this.#fail(classifyError(error), DisconnectCode.tooManyConnections, error.message);
        return;
      }
      // The policy logs the cause itself; the client only learns that it is not its fault.
      this.#fail('internal', DisconnectCode.serviceNotAvailable, 'The server cannot let anyone in right now.');
    } finally {
      this.#running = false;
    }
  }

  async #answer({ user, method, data }: Request): Promise<void> {
    const proven = this.#proven === undefined ? {} : { proven: this.#proven };
    const attempt: AuthAttempt = { user, method: 'none', signed: false, ...proven, ...this.client };
    if (method === 'publickey') await this.#answerKey(attempt, data as PublicKeyData);
    else if (method === 'none') this.#reply(await this.policy(attempt));
    else if (method === 'keyboard-interactive' && this.methods.includes(method)) {
      const ask = async (prompts: readonly Prompt[], text?: string) => await this.#ask(prompts, text);
      const tell = (text: string): void => (this.#over ? undefined : this.transport.banner(text));
      this.#reply(await this.policy({ ...attempt, method, ask, tell, gone: this.#gone.signal }));
    } else this.#reply('reject');
  }

  async #answerKey(attempt: AuthAttempt, data: PublicKeyData): Promise<void> {
    // An authority's signature is checked to read a certificate.
    if (data.keyAlgo.includes(CERTIFICATE_MARK)) this.events.checking?.();
    const offered = readOffer(data);
    if (offered === undefined || !this.methods.includes('publickey')) {
      this.#reply('reject');
      return;
    }
    const signed = data.signature !== undefined && data.blob !== undefined;
    if (signed && ++this.#tries > MAX_AUTH_TRIES) {
      this.#fail('auth-failed', DisconnectCode.noMoreAuthMethods, 'Too many authentication attempts.');
      return;
    }
    if (signed) this.events.checking?.();
    const proof = signed ? offered.proof() : undefined;
    if (signed && proof === undefined) {
      this.#reply('reject');
      return;
    }
    const publicKey = { ...offered.key, ...proof };
    const answer = await this.policy({ ...attempt, method: 'publickey', publicKey, signed });
    if (this.#over) return;
    const wouldDo = answer === 'accept' || (typeof answer === 'object' && 'partial' in answer);
    if (wouldDo && !signed) this.transport.protocol.authPKOK(offered.algorithm, data.key);
    else this.#reply(answer, publicKey);
  }

  #reply(answer: AuthAnswer, publicKey?: PublicKey): void {
    if (this.#over) return;
    if (answer === 'accept') {
      this.#over = true;
      this.#pending = [];
      this.transport.acceptUser();
      this.events.accepted(this.#user ?? '', publicKey ?? this.#proven);
      return;
    }
    if (typeof answer === 'object' && 'end' in answer) {
      this.#fail('auth-failed', DisconnectCode.noMoreAuthMethods, answer.end);
      return;
    }
    if (typeof answer === 'object' && 'partial' in answer) {
      this.#proven = publicKey;
      this.transport.protocol.authFailure(answer.methods, true);
      return;
    }
    this.#refused = true;
    const { reject, methods = this.methods } = answer === 'reject' ? {} : answer;
    // Once, however many keys of an agent it goes for.
    if (reject !== undefined && !this.#told.has(reject)) this.transport.banner(reject);
    if (reject !== undefined) this.#told.add(reject);
    this.transport.protocol.authFailure(methods);
  }

  #ask(prompts: readonly Prompt[], text = ''): Promise<readonly string[]> {
    const shown = prompts.slice(0, MAX_PROMPTS).map(({ text: prompt, echo }) => ({ prompt, echo }));
    if (this.#over) return Promise.resolve([]);
    this.events.asking?.();
    return new Promise((resolve) => {
      this.#answerPrompts = resolve;
      this.transport.protocol.authInfoReq('', text, shown);
    });
  }

  #fail(reason: DisconnectReason, code: DisconnectCode, text: string): void {
    if (this.#over) return;
    this.stop();
    this.events.failed(reason, code, text);
  }
}
