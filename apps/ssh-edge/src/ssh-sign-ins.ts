import { isShipmateError, pause, type Clock } from '#kernel';
import type { Identity } from '#access';
import { addressKey } from '#address';
import type { EdgeSignIns } from '#edge';
import { CODE_MS, type CodeAnswer } from '#identity';
import type { AuthAnswer, AuthAttempt } from '#ssh';
import { LoginText } from './login-text.js';

/** How often a login that waits looks for its answer, in ms. */
const LOOK_MS = 1_000;
/** Logins that wait at this edge, and those of one address (a /64 of IPv6). Further ones are asked to come back. */
const MAX_WAITING = 1_000;
const MAX_WAITING_OF_ADDRESS = 20;
/** Why nobody has signed in; `LoginText` has the sentences. */
export type NotSignedIn = 'refused' | 'late' | 'busy' | 'unavailable' | 'noProvider' | 'gone';

export interface SshSignInsDeps {
  readonly signIns: Pick<EdgeSignIns, 'codes' | 'keys' | 'providers'>;
  readonly clock: Clock;
  readonly webUrl: string;
}

/** An SSH login that has to say who it is. */
export interface Login {
  readonly address: string;
  readonly wants: 'join' | 'host';
  /** The key that it has proved to hold. */
  readonly fingerprint: string | undefined;
  /** Aborted when it waits no more. */
  readonly gone: AbortSignal;
  /** Shows the link and the code. */
  show(link: string, code: string): void;
  /** Called every few seconds while it waits, to keep the connection alive. */
  stillWaiting?(): void;
}

/** Finds out who an SSH login is: by its key if that is remembered, else in a browser. */
export class SshSignIns {
  readonly #waiting = new Map<string, number>();
  #count = 0;

  constructor(private readonly deps: SshSignInsDeps) {}

  get possible(): boolean {
    return this.deps.signIns.providers.all.length > 0;
  }

  /** Whose key that is, if it is remembered: one look into the store. While that is away, nobody's. */
  async owner(fingerprint: string): Promise<Identity | undefined> {
    try {
      return await this.deps.signIns.keys.find(fingerprint);
    } catch (error) {
      if (isShipmateError(error) && error.temporary) return undefined;
      throw error;
    }
  }

  /**
   * Who somebody is that wants to join: asks for their key first, and then for a browser. `refused`: nobody has signed in, and the
   * answer ends the connection.
   */
  async identify(
    attempt: AuthAttempt,
  ): Promise<{ readonly identity: Identity } | { readonly answer: AuthAnswer; readonly refused: boolean }> {
    const { method, address, publicKey, proven, signed, gone } = attempt;
    if (!this.possible) return { answer: { end: LoginText.noProvider }, refused: true };
    if (method === 'none') return { answer: { methods: ['publickey', 'keyboard-interactive'] }, refused: false };
    if (method === 'publickey') {
      const identity = signed && publicKey !== undefined ? await this.owner(publicKey.fingerprint) : undefined;
      return identity === undefined
        ? { answer: { partial: true, methods: ['keyboard-interactive'] }, refused: false }
        : { identity };
    }
    if (gone === undefined) return { answer: 'reject', refused: false };
    const found = await this.ask({
      address,
      wants: 'join',
      fingerprint: proven?.fingerprint,
      gone,
      show(link, code) {
        attempt.tell?.(LoginText.intro(link));
        void attempt.ask?.([], LoginText.where(link, code));
      },
      // A question without prompts keeps the connection in use, and gives them time.
      stillWaiting: () => void attempt.ask?.([]),
    });
    if (typeof found !== 'string') return { identity: found };
    return { answer: { end: found === 'gone' ? '' : LoginText[found] }, refused: found !== 'gone' };
  }

  /** Waits until somebody has signed in for this login in a browser. */
  async ask(login: Login): Promise<Identity | NotSignedIn> {
    if (!this.possible) return 'noProvider';
    const key = addressKey(login.address);
    const ofAddress = this.#waiting.get(key) ?? 0;
    if (this.#count >= MAX_WAITING || ofAddress >= MAX_WAITING_OF_ADDRESS) return 'busy';
    this.#count += 1;
    this.#waiting.set(key, ofAddress + 1);
    try {
      return await this.#ask(login);
    } catch (error) {
      if (isShipmateError(error) && error.temporary) return 'unavailable';
      throw error;
    } finally {
      this.#count -= 1;
      const left = (this.#waiting.get(key) ?? 1) - 1;
      if (left > 0) this.#waiting.set(key, left);
      else this.#waiting.delete(key);
    }
  }

  async #ask(login: Login): Promise<Identity | NotSignedIn> {
    const { address, wants, fingerprint, gone } = login;
    const { clock, webUrl } = this.deps;
    const { codes, keys } = this.deps.signIns;
    const mayRemember = keys.forMs !== undefined && fingerprint !== undefined;
    const code = await codes.make({ address, wants, ...(mayRemember ? { fingerprint } : {}) });
    const untilMs = clock.monotonic() + CODE_MS;
    login.show(`${webUrl}/in/${code}`, code);
    for (let looks = 1; !gone.aborted; looks++) {
      const answer = await this.#look(code);
      if (answer !== undefined) return answer.kind === 'identity' ? answer.identity : 'refused';
      if (clock.monotonic() >= untilMs) return 'late';
      if (looks % 10 === 0) login.stillWaiting?.();
      await pause(clock, LOOK_MS);
    }
    await codes.forget(code);
    return 'gone';
  }

  /** A store that is away for a moment has no answer yet. */
  async #look(code: string): Promise<CodeAnswer | undefined> {
    try {
      return await this.deps.signIns.codes.takeAnswer(code);
    } catch (error) {
      if (isShipmateError(error) && error.temporary) return undefined;
      throw error;
    }
  }
}
