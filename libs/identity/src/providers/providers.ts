import { pause, type Clock } from '#kernel';
import type { ProviderConfig } from '#platform';
import { GitHubProvider } from './github-provider.js';
import { OidcProvider } from './oidc-provider.js';
import type { Provider } from './provider.js';

/** How often a provider is asked whether it is there, in ms: for the metric, and so that its description is known. */
const CHECK_MS = 60_000;

/** Is notified whether providers can be used. */
export interface ProvidersObserver {
  provider(name: string, up: boolean): void;
}

/** All providers of the configuration. */
export class Providers {
  readonly all: readonly Provider[];
  #stopped = false;

  constructor(
    configs: readonly ProviderConfig[],
    private readonly clock: Clock,
    private readonly observer: ProvidersObserver,
  ) {
    this.all = configs.map((config) =>
      config.kind === 'github' ? new GitHubProvider(config) : new OidcProvider(config, clock),
    );
  }

  find(name: string): Provider | undefined {
    return this.all.find((provider) => provider.name === name);
  }

  /** Asks each provider now and then whether it is there. */
  start(): void {
    for (const provider of this.all) void this.#watch(provider);
  }

  stop(): void {
    this.#stopped = true;
  }

  async #watch(provider: Provider): Promise<void> {
    while (!this.#stopped) {
      this.observer.provider(provider.name, await provider.check());
      await pause(this.clock, CHECK_MS);
    }
  }
}
