import { Sealer } from './sealer.js';

/**
 * Short texts that the processes of a fleet share, by name, and whose turn it is to make them. Errors: `unavailable` and `timeout` when
 * the store is away.
 */
export interface Vault {
  /** The value under `name`; undefined if nothing is stored there, or if it has expired. */
  get(name: string): Promise<string | undefined>;
  /** Keeps a text, for `forMs` or, where that is left out, until it is replaced. */
  put(name: string, text: string, forMs?: number): Promise<void>;
  drop(name: string): Promise<void>;
  /** Whether it is `holder`'s turn for the next `forMs`: nobody else has one until then. Its holder may prolong it. */
  takeTurn(holder: string, forMs: number): Promise<boolean>;
  /** Ends a turn early. */
  endTurn(holder: string): Promise<void>;
}

/** A vault whose texts several processes may change at once. */
export interface ChangingVault extends Vault {
  /**
   * Replaces the text under `name` by what `make` makes of it, and returns that. Nobody else changes it meanwhile; `make` may be
   * called several times for that. What it throws changes nothing.
   */
  change(name: string, make: (before: string | undefined) => string): Promise<string>;
}

/**
 * A vault whose lasting texts are sealed, since they hold keys. What cannot be opened, with none of the secrets, is not there.
 */
export class SealedVault implements Vault {
  readonly #sealer: Sealer;

  /** `accepted` are further secrets: opened, but not sealed with. */
  constructor(
    private readonly vault: Vault,
    secret: string,
    accepted: readonly string[] = [],
  ) {
    this.#sealer = new Sealer(secret, accepted, 'shipmate vault 1');
  }

  async get(name: string): Promise<string | undefined> {
    const sealed = await this.vault.get(name);
    return sealed === undefined ? undefined : this.#sealer.open(name, sealed);
  }

  async put(name: string, text: string, forMs?: number): Promise<void> {
    await this.vault.put(name, this.#sealer.seal(name, text), forMs);
  }

  async drop(name: string): Promise<void> {
    await this.vault.drop(name);
  }

  async takeTurn(holder: string, forMs: number): Promise<boolean> {
    return await this.vault.takeTurn(holder, forMs);
  }

  async endTurn(holder: string): Promise<void> {
    await this.vault.endTurn(holder);
  }
}
