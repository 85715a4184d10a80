/** Whether something works: true, or why not. It must be cheap; the probes of a cluster come every few seconds. */
export type Check = () => true | string | Promise<true | string>;

/** A probe's answer. */
export interface HealthReport {
  readonly status: 'ok' | 'failing';
  /** Each check's name with `ok` or why it fails. */
  readonly checks: Readonly<Record<string, string>>;
}

/** How long a check may take: less than the second that Kubernetes' probes wait by default. */
const CHECK_TIMEOUT_MS = 800;

/** What the probes ask. Alive: the process is worth keeping. Ready: it may get new connections. */
export class Health {
  readonly #alive = new Map<string, Check>();
  readonly #ready = new Map<string, Check>();
  #draining = false;

  constructor() {
    this.#alive.set('process', () => true);
    this.#ready.set('draining', () => (this.#draining ? 'draining' : true));
  }

  /** Adds a check; one of a name replaces an earlier one. */
  add(kind: 'alive' | 'ready', name: string, check: Check): void {
    (kind === 'alive' ? this.#alive : this.#ready).set(name, check);
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
    return await report(this.#ready);
  }
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
