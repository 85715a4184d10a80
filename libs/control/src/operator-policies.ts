import { readFileSync } from 'node:fs';
import {
  mayHost,
  mayOperate,
  NO_POLICY,
  readOperatorPolicy,
  rulesFor,
  type Identity,
  type OperatorPolicy,
  type Requirements,
} from '#access';
import { Emitter, isShipmateError, ShipmateError, Timeout, type Clock, type Disposable } from '#kernel';
import type { Bus } from '#relay';
import type { PolicyStore } from './policy-store.js';

/** How often the file is read, in ms: it has some KB. */
const FILE_MS = 1_000;
/** How often the store is read without a message, in ms: a message may be lost. */
const STORE_MS = 30_000;
/** Where processes hear that the policy was changed. */
const CHANNEL = 'shipmate:policy';

/** Who hears of the policy. */
export interface PolicyObserver {
  /** Another policy is in force. */
  changed(): void;
  /** What was written cannot be used: the policy before stays in force. */
  refused(faults: readonly string[]): void;
  /** The store is away: the policy before stays in force. */
  failed(error: unknown): void;
}

/** Where the policy comes from: `none` where nobody has written one. */
export type PolicySource = 'file' | 'api' | 'none';

export interface OperatorPoliciesDeps {
  /** A file with the policy; it wins over what the API has stored. */
  readonly file: string | undefined;
  readonly store: PolicyStore;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly observer: PolicyObserver;
}

/**
 * The operator's policy as this process follows it: from a file that is read again when it changes, or as the API has stored it for
 * the fleet. A policy that cannot be read changes nothing.
 */
export class OperatorPolicies implements Disposable {
  readonly #changed = new Emitter<undefined>();
  readonly #next: Timeout;
  #policy: OperatorPolicy = NO_POLICY;
  /** The text that is in force. */
  #text = '';
  /** What was read last. */
  #seen = '';
  #faults: readonly string[] = [];
  #subscription: Disposable | undefined;

  private constructor(private readonly deps: OperatorPoliciesDeps) {
    this.#next = new Timeout(deps.clock);
  }

  /** Throws `config` with every fault if the file cannot be used, and `unavailable` if the store is away. */
  static async open(deps: OperatorPoliciesDeps): Promise<OperatorPolicies> {
    const policies = new OperatorPolicies(deps);
    await policies.#begin();
    return policies;
  }

  get source(): PolicySource {
    if (this.deps.file !== undefined) return 'file';
    return this.#text === '' ? 'none' : 'api';
  }

  /** The text of the policy in force; empty if there is none. */
  get text(): string {
    return this.#text;
  }

  /** What is wrong with a newer text; empty if the newest is in force. */
  get faults(): readonly string[] {
    return this.#faults;
  }

  /** Calls `listener` after each change. */
  onChange(listener: () => void): Disposable {
    return this.#changed.on(listener);
  }

  /** The least that the sessions of a host must have. */
  rulesFor(host: Identity | undefined): Requirements {
    return rulesFor(this.#policy, host);
  }

  mayHost(identity: Identity | undefined): boolean {
    return mayHost(this.#policy, identity);
  }

  mayOperate(identity: Identity | undefined): boolean {
    return mayOperate(this.#policy, identity);
  }

  /**
   * Stores another policy for the fleet, or none (empty). Returns what is wrong with it; then nothing is changed. Throws `conflict`
   * where a file has the policy, and `unavailable` if the store is away.
   */
  async put(text: string): Promise<readonly string[]> {
    if (this.deps.file !== undefined) {
      throw new ShipmateError('conflict', 'The policy is in a file (SHIPMATE_POLICY_FILE): change it there');
    }
    const read = readOperatorPolicy(text);
    if ('faults' in read) return read.faults;
    await this.deps.store.write(text);
    this.#take(text);
    // The others read it again by themselves if this is lost.
    await this.deps.bus.publish(CHANNEL, new Uint8Array(1));
    return [];
  }

  dispose(): void {
    this.#next.cancel();
    this.#subscription?.dispose();
  }

  async #begin(): Promise<void> {
    const { file, bus, store } = this.deps;
    if (file !== undefined) {
      const text = readText(file);
      const read = readOperatorPolicy(text);
      if ('faults' in read) throw policyError(file, read.faults);
      this.#policy = read.policy;
      this.#text = this.#seen = text;
      this.#lookAtFileLater(file);
      return;
    }
    const again = (): void => void this.#lookAtStore();
    this.#subscription = await bus.subscribe(CHANNEL, { message: again, interrupted: again });
    this.#take((await store.read()) ?? '');
    this.#lookAtStoreLater();
  }

  #lookAtFileLater(file: string): void {
    this.#next.start(FILE_MS, () => {
      this.#lookAtFile(file);
      this.#lookAtFileLater(file);
    });
  }

  /** Half of a file that is being written is seen once only. */
  #lookAtFile(file: string): void {
    try {
      const text = readText(file);
      const again = text === this.#seen;
      this.#seen = text;
      if (text === this.#text) this.#faults = [];
      else if (again) this.#take(text);
    } catch (error) {
      if (!isShipmateError(error, 'config')) throw error;
      this.#refuse([error.message]);
    }
  }

  #lookAtStoreLater(): void {
    this.#next.start(STORE_MS, () => void this.#lookAtStore());
  }

  async #lookAtStore(): Promise<void> {
    try {
      this.#take((await this.deps.store.read()) ?? '');
    } catch (error) {
      this.deps.observer.failed(error);
    }
    if (this.#subscription !== undefined) this.#lookAtStoreLater();
  }

  #take(text: string): void {
    const read = readOperatorPolicy(text);
    if ('faults' in read) {
      this.#refuse(read.faults);
      return;
    }
    this.#faults = [];
    if (text === this.#text) return;
    this.#policy = read.policy;
    this.#text = text;
    this.deps.observer.changed();
    this.#changed.fire(undefined);
  }

  #refuse(faults: readonly string[]): void {
    const isNew = faults.join('\n') !== this.#faults.join('\n');
    this.#faults = faults;
    if (isNew) this.deps.observer.refused(faults);
  }
}

const policyError = (file: string, faults: readonly string[]): ShipmateError =>
  new ShipmateError(
    'config',
    [`SHIPMATE_POLICY_FILE (${file}) is wrong:`, ...faults.map((one) => `  ${one}`)].join('\n'),
  );

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new ShipmateError('config', `SHIPMATE_POLICY_FILE must be a readable file: ${file} (${reason})`, {
      cause: error,
    });
  }
}

/** What is wrong with the policy in a file; empty if nothing is. For `shipmate doctor`. */
export function policyFileFaults(file: string): readonly string[] {
  try {
    const read = readOperatorPolicy(readText(file));
    return 'faults' in read ? read.faults : [];
  } catch (error) {
    if (isShipmateError(error, 'config')) return [error.message];
    throw error;
  }
}
