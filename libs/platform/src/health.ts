/** Whether something works: true, or why not. It must be cheap; the probes of a cluster come every few seconds. */
export type Check = () => true | string | Promise<true | string>;

/** A probe's answer. */
export interface HealthReport {
  /**
   * `degraded`: it accepts new connections, and serves them as well as it can without the dependencies that are not available
   * or slow.
   */
  readonly status: 'ok' | 'degraded' | 'failing';
  /** Each check's name with `ok` or why it fails. */
  readonly checks: Readonly<Record<string, string>>;
  /** What is not available or slow, and affects only a part of the service; left out if there is nothing. */
  readonly degraded?: Readonly<Record<string, string>>;
  /** What works but needs attention; left out if there is nothing. */
  readonly notices?: Readonly<Record<string, string>>;
}

/** How long a check may take: less than the second that Kubernetes' probes wait by default. */
const CHECK_TIMEOUT_MS = 800;

/**
 * What the probes ask. Alive: the process is worth keeping. Ready: it may get new connections, because this process can serve them,
 * be it in part. What all processes share is no reason to be unready: they would all be so at once, and nobody would be served.
 */
export class Health {
  readonly #alive = new Map<string, Check>();
  readonly #ready = new Map<string, Check>();
  readonly #degraded = new Map<string, () => string | undefined>();
  readonly #notices = new Map<string, () => string | undefined>();
  #draining = false;

  constructor() {
    this.#alive.set('process', () => true);
    this.#ready.set('draining', () => (this.#draining ? 'draining' : true));
  }

  /** Adds a check; one of a name replaces an earlier one. */
  add(kind: 'alive' | 'ready', name: string, check: Check): void {
    (kind === 'alive' ? this.#alive : this.#ready).set(name, check);
  }

  /** Adds a dependency without which this process can serve only in part: `look` returns what is wrong with it. */
  degrade(name: string, look: () => string | undefined): void {
    this.#degraded.set(name, look);
  }

  /** What is not available or slow now, by its name. */
  get degraded(): Readonly<Record<string, string>> {
    return found(this.#degraded);
  }

  /** Adds something that does not make the process unready, and that `/readyz` and `shipmate doctor` should say. */
  notice(name: string, look: () => string | undefined): void {
    this.#notices.set(name, look);
  }

  /** From now on this process is not ready: load balancers send new connections elsewhere. */
  drain(): void {
    this.#draining = true;
  }

  get draining(): boolean {
    return this.#draining;
  }

  async alive(): Promise<HealthReport> {
    return await report(this.#alive);
  }

  async ready(): Promise<HealthReport> {
    const [degraded, notices] = [this.degraded, found(this.#notices)];
    const ready = await report(this.#ready);
    return {
      ...ready,
      status: ready.status === 'ok' && Object.keys(degraded).length > 0 ? 'degraded' : ready.status,
      ...(Object.keys(degraded).length === 0 ? {} : { degraded }),
      ...(Object.keys(notices).length === 0 ? {} : { notices }),
    };
  }
}

function found(looks: ReadonlyMap<string, () => string | undefined>): Readonly<Record<string, string>> {
  const entries = Array.from(looks, ([name, look]) => [name, look()] as const);
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

async function report(checks: ReadonlyMap<string, Check>): Promise<HealthReport> {
  const results = await Promise.all(Array.from(checks, async ([name, check]) => [name, await outcome(check)] as const));
  const failing = results.some(([, result]) => result !== 'ok');
  return { status: failing ? 'failing' : 'ok', checks: Object.fromEntries(results) };
}

async function outcome(check: Check): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`no answer in ${CHECK_TIMEOUT_MS} ms`), CHECK_TIMEOUT_MS);
  });
  try {
    const result = await Promise.race([check(), late]);
    return result === true ? 'ok' : result;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    clearTimeout(timer);
  }
}
