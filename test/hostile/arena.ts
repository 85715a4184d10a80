import { readFileSync, writeFileSync } from 'node:fs';
import { noteSecret, RedisServer, Shipmate, Stage, SyntheticHost, tempDir, TEST_PAIRS } from '#testing';
import type { Target } from './attack.js';
import { documentedEvents, logFault } from './log-kinds.js';
import type { Operation } from './http-calls.js';
import { Innocent } from './innocent.js';
import { countedTooMuch, leftBehind, MEMORY_HIGH, memoryBounds, type MemoryBounds } from './memory.js';
import { TRUSTED_PROXIES } from './proxy-headers.js';

/**
 * One process of every role, or two of them on a Redis, with the innocent host at one and its joiner at the other, or one process with
 * one port for everything.
 */
export type ArenaKind = 'alone' | 'fleet' | 'one-port';

const ENV = {
  SHIPMATE_PROXY_PROTOCOL: 'optional',
  SHIPMATE_TRUSTED_PROXIES: TRUSTED_PROXIES,
  // Hosts that are gone are many: their sessions are to go soon too.
  SHIPMATE_HOST_GRACE_SECONDS: '10',
  SHIPMATE_OPEN_NAMES: 'open',
  SHIPMATE_MEMORY_HIGH: MEMORY_HIGH,
  SHIPMATE_LIMITS: 'handshakes-per-address=off,bytes-per-address=off',
};
const DRAWN_EVERY_MS = 60;

/** Real processes under attack, next to an innocent session. */
export class Arena {
  readonly #documented = documentedEvents();
  /** How many records of each log were looked at. */
  readonly #seen = new Map<Shipmate, number>();
  #prey: SyntheticHost | undefined;
  #target: Target | undefined;
  /** The most memory that a process had, in bytes. */
  mostResidentBytes = 0;

  private constructor(
    readonly kind: ArenaKind,
    private readonly stage: Stage,
    /** The innocent and the prey, who go before the servers do. */
    private readonly guests: Stage,
    private readonly bounds: MemoryBounds,
    private readonly servers: readonly Shipmate[],
    private readonly redis: RedisServer | undefined,
    readonly innocent: Innocent,
    private readonly innocentId: string,
    private readonly apiKey: string,
    readonly operations: readonly Operation[],
  ) {}

  static async start(kind: ArenaKind): Promise<Arena> {
    const [stage, guests] = [new Stage(), new Stage()];
    stage.onClear(async () => await guests.clear());
    try {
      const redis = kind === 'fleet' ? await stage.add(RedisServer.start()) : undefined;
      const servers = await startServers(stage, kind, redis);
      const first = servers[0] as Shipmate;
      const pids = [...servers.map(({ program }) => program.pid), ...(redis === undefined ? [] : [redis.program.pid])];
      const port = servers.at(-1)?.sshPort ?? 0;
      const innocent = await Innocent.start(guests, { hostConf: first.tmateConf, port, pids });
      const api = await Operator.of(first);
      const innocentId = await api.onlySession();
      const arena = new Arena(
        kind,
        stage,
        guests,
        await memoryBounds(first),
        servers,
        redis,
        innocent,
        innocentId,
        await api.userKey(),
        await api.operations(),
      );
      await arena.renewPrey();
      const watch = setInterval(() => arena.#look(), 200);
      guests.onClear(() => clearInterval(watch));
      return arena;
    } catch (error) {
      await stage.clear();
      throw error;
    }
  }

  get target(): Target {
    if (this.#target === undefined) throw new Error('the arena is not ready');
    return this.#target;
  }

  /** What is wrong by now with processes, memory and logs. */
  async problems(): Promise<string[]> {
    this.#look();
    const problems: string[] = [];
    for (const server of this.servers) {
      const { exit } = server.program;
      if (exit !== undefined)
        problems.push(`exit: a process ended, ${JSON.stringify(exit)}: ${server.program.stderr.slice(-3000)}`);
      const { log } = server;
      // Of a very long log the beginning is forgotten; then all that is left is looked at again.
      const from = Math.min(this.#seen.get(server) ?? 0, log.length);
      this.#seen.set(server, log.length);
      for (const record of log.slice(log.length > from ? from : 0)) {
        const fault = logFault(record, this.#documented);
        if (fault !== undefined) problems.push(`log: ${fault}`);
      }
    }
    if (this.mostResidentBytes > this.bounds.resident)
      problems.push(`memory: ${Math.round(this.mostResidentBytes / 2 ** 20)} MiB are resident`);
    const running = this.servers.filter(({ program }) => program.exit === undefined);
    return [...problems, ...(await countedTooMuch(running, this.bounds))];
  }

  /** Sees to it that there is a session for attackers to spoil: they may have ended the last one. */
  async renewPrey(): Promise<void> {
    const alive = this.#prey !== undefined && this.#prey.closed === undefined;
    if (alive) return;
    const first = this.servers[0] as Shipmate;
    const prey = await this.guests.add(SyntheticHost.start({ port: first.sshPort, compress: true }));
    this.#prey = prey;
    let turn = 0;
    const draw = setInterval(() => {
      turn += 1;
      if (prey.closed === undefined)
        prey.output(`\u001b[${1 + (turn % 20)};1H\u001b[3${turn % 8}m${`${turn} `.repeat(15)}`);
    }, DRAWN_EVERY_MS);
    this.guests.onClear(() => clearInterval(draw));
    const token = await prey.token();
    const api = await Operator.of(first);
    this.#target = {
      edges: this.servers.map(({ sshPort, httpPort }) => ({ ssh: sshPort, http: httpPort })),
      redis: this.redis?.port,
      innocent: { id: this.innocentId, readerToken: this.innocent.readerToken },
      prey: { id: await api.newestSession(), token, readerToken: await prey.token('read') },
      apiKey: this.apiKey,
    };
  }

  /** Sends everybody away, and answers what the processes hold for peers all the same. The arena is of no more use. */
  async leaks(): Promise<string[]> {
    await this.guests.clear();
    const api = await Operator.of(this.servers[0] as Shipmate);
    await api.closeAll();
    return await leftBehind(this.servers);
  }

  async stop(): Promise<void> {
    await this.stage.clear();
  }

  #look(): void {
    for (const server of this.servers) {
      if (server.program.exit !== undefined) continue;
      try {
        this.mostResidentBytes = Math.max(this.mostResidentBytes, server.residentBytes);
      } catch {
        // It has ended just now.
      }
    }
  }
}

async function startServers(stage: Stage, kind: ArenaKind, redis: RedisServer | undefined): Promise<Shipmate[]> {
  if (kind === 'one-port') return [await startOnePort(stage)];
  if (redis === undefined) return [await stage.add(Shipmate.start({ env: ENV }))];
  const keys = tempDir('smk');
  stage.onClear(() => keys.dispose());
  const env = {
    ...ENV,
    SHIPMATE_REDIS_URL: redis.url,
    SHIPMATE_SECRET: 'a secret of two edges that are attacked',
    SHIPMATE_HOST_KEYS_DIR: keys.file('keys'),
    SHIPMATE_ADMIN_TOKEN: 'an-operator-of-two-edges-that-are-attacked',
  };
  // The first one makes the keys.
  const first = await stage.add(Shipmate.start({ env }));
  writeFileSync(first.dir.file('data/admin-token'), env.SHIPMATE_ADMIN_TOKEN);
  return kind === 'fleet' ? [first, await stage.add(Shipmate.start({ env }))] : [first];
}

async function startOnePort(stage: Stage): Promise<Shipmate> {
  const files = tempDir('smt');
  stage.onClear(() => files.dispose());
  const { cert, key } = TEST_PAIRS.localhost;
  writeFileSync(files.file('tls.crt'), cert);
  writeFileSync(files.file('tls.key'), key);
  const env = {
    ...ENV,
    SHIPMATE_WEB_URL: 'https://share.example',
    SHIPMATE_TLS_CERT: files.file('tls.crt'),
    SHIPMATE_TLS_KEY: files.file('tls.key'),
  };
  return await stage.add(Shipmate.start({ onePort: true, env }));
}

type Json = Record<string, unknown>;

/** The little of the API that an arena needs. */
class Operator {
  private constructor(
    private readonly base: string,
    private readonly token: string,
  ) {}

  static async of(server: Shipmate): Promise<Operator> {
    const token = readFileSync(server.dir.file('data/admin-token'), 'utf8').trim();
    return new Operator(`http://127.0.0.1:${server.httpPort}/v1`, token);
  }

  async onlySession(): Promise<string> {
    const [session, ...others] = await this.#sessions();
    if (session === undefined || others.length > 0) throw new Error('the innocent session is not the only one');
    return String(session['id']);
  }

  async newestSession(): Promise<string> {
    const sessions = await this.#sessions();
    return String(
      sessions.toSorted((a, b) => String(a['created_at']).localeCompare(String(b['created_at']))).at(-1)?.['id'],
    );
  }

  /** Ends all sessions, except those that have already ended. */
  async closeAll(): Promise<void> {
    for (const { id } of await this.#sessions()) {
      await this.#call('DELETE', `/sessions/${String(id)}`).catch((error: unknown) => {
        if (!String(error).includes(': 404 ')) throw error;
      });
    }
  }

  /** An API key of a user made for it. */
  async userKey(): Promise<string> {
    await this.#call('POST', '/users', { name: 'ada' });
    const { key } = await this.#call('POST', '/users/ada/keys', { label: 'of attackers' });
    noteSecret('an API key', String(key));
    return String(key);
  }

  /** What the API can do, as it says itself. */
  async operations(): Promise<Operation[]> {
    const description = await this.#call('GET', '/openapi.json');
    const schemas = (description['components'] as { schemas: Record<string, Json> }).schemas;
    return Object.entries(description['paths'] as Record<string, Record<string, Json>>).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => {
        const parameters = (operation['parameters'] ?? []) as { name: string; in: string }[];
        const content = (operation['requestBody'] as { content: Record<string, { schema: Json }> } | undefined)
          ?.content;
        const schema = content?.['application/json']?.schema ?? {};
        const { $ref } = schema;
        const named = typeof $ref === 'string' ? (schemas[$ref.split('/').at(-1) ?? ''] ?? {}) : schema;
        return {
          method: method.toUpperCase(),
          path,
          query: parameters.filter((one) => one.in === 'query').map(({ name }) => name),
          fields: Object.keys(named['properties'] ?? {}),
        };
      }),
    );
  }

  async #sessions(): Promise<Json[]> {
    return (await this.#call('GET', '/sessions?limit=200'))['items'] as Json[];
  }

  async #call(method: string, path: string, body?: Json): Promise<Json> {
    const response = await fetch(`${this.base}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === '' ? {} : (JSON.parse(text) as Json);
  }
}
