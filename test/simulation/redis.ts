import { ShipmateError, toDisposable, type Disposable, type Timer } from '#kernel';
import type { Dice } from '#testing';
import type { Bus, BusListener } from '#relay';
import { Channel, SimulatedStore, type SimulatedWay } from '#redis/simulated';
import type { SimProcess, SimTime } from './time.js';

/** As libs/redis has them. */
const HOLD_MS = 3_000;
const REPLY_TIMEOUT_MS = 3_000;
const PING_EVERY_MS = 5_000;
const RETRY_FIRST_MS = 50;
const RETRY_MOST_MS = 2_000;

/** One Redis, or a Cluster of several masters: its store, and who is connected and subscribed. */
export class SimRedis {
  readonly store: SimulatedStore;
  /** Whether each master runs. */
  readonly up: boolean[];
  readonly links = new Set<SimLink>();
  /** How much later than usual it answers. */
  slowMs = 0;
  /** One in so many messages that are counted is not heard; 0: none. */
  losesOneIn = 0;
  /** How far its clock is from the world's. */
  skewMs = 0;
  readonly #subscribed = new Map<string, Set<Connection>>();

  constructor(
    readonly time: SimTime,
    readonly dice: Dice,
    masters: number,
  ) {
    const clock = {
      now: () => time.wallMs + this.skewMs,
      monotonic: () => time.nowMs,
      after: (ms: number, run: () => void) => time.after(ms, run),
    };
    this.store = new SimulatedStore(clock, masters, (below) => dice.roll(below));
    this.up = Array.from({ length: masters }, () => true);
  }

  /** Channels that somebody is subscribed to. */
  get channels(): readonly string[] {
    return [...this.#subscribed.keys()];
  }

  /** Stops a master, or all; its connections break. */
  stop(master?: number): void {
    this.up.forEach((_, at) => {
      if (master === undefined || master === at) this.up[at] = false;
    });
    for (const link of this.links) link.look();
  }

  start(): void {
    this.up.fill(true);
  }

  /** Slots go from each master to the next one: who listened to what is there now does not any more. */
  moveSlots(): void {
    if (this.store.masters === 1) return;
    for (const link of this.links) link.cutSubscriber();
    this.store.moveSlots();
  }

  /** It answers so much later than usual from now on. */
  slow(ms: number): void {
    this.slowMs = ms;
    for (const link of this.links) link.look();
  }

  subscribe(channel: string, connection: Connection): void {
    const all = this.#subscribed.get(channel) ?? new Set();
    this.#subscribed.set(channel, all.add(connection));
  }

  unsubscribe(channel: string, connection: Connection): void {
    const all = this.#subscribed.get(channel);
    all?.delete(connection);
    if (all?.size === 0) this.#subscribed.delete(channel);
  }

  publish(channel: string, bytes: Uint8Array): number {
    const all = [...(this.#subscribed.get(channel) ?? [])];
    for (const connection of all) {
      const lost = this.losesOneIn > 0 && this.dice.oneIn(this.losesOneIn);
      if (!lost) connection.push(channel, bytes);
    }
    return all.length;
  }
}

/** A process' way to one Redis. */
export class SimLink implements Bus, SimulatedWay {
  readonly #connections: Connection[];
  readonly #channels = new Map<string, Channel>();
  /** The network between the two: `silent` loses everything and says nothing, `mute` what is asked, `deaf` what is answered. */
  network: 'open' | 'closed' | 'silent' | 'mute' | 'deaf' = 'open';
  /** Everything can be reached again. */
  onBack: () => void = () => undefined;

  constructor(
    readonly redis: SimRedis,
    readonly process: SimProcess,
  ) {
    this.#connections = redis.up.map((_, master) => new Connection(this, master, this.#channels));
    redis.links.add(this);
  }

  get subscriptions(): number {
    return this.#channels.size;
  }

  get up(): boolean {
    return this.#connections.every(({ up }) => up);
  }

  /** Questions are answered: it is not only that nobody has found out yet. */
  get isUseful(): boolean {
    return this.up && this.network === 'open' && !this.isSilent && !this.process.paused;
  }

  /** Nobody says that nothing is answered, or not in time. */
  get isSilent(): boolean {
    const loses = this.network !== 'open' && this.network !== 'closed';
    return loses || this.redis.slowMs >= REPLY_TIMEOUT_MS;
  }

  /** Whether what is asked gets there, as far as the network goes. */
  get asks(): boolean {
    return this.network !== 'silent' && this.network !== 'mute';
  }

  /** Whether what is answered, or pushed, comes back. */
  get hears(): boolean {
    return this.network !== 'silent' && this.network !== 'deaf';
  }

  /** Something has changed between the process and Redis. */
  look(): void {
    for (const connection of this.#connections) connection.look();
  }

  /** Redis cuts the process' subscriptions off, as it does where they take too little. */
  cutSubscriber(): void {
    for (const connection of this.#connections) connection.cutSubscriber();
  }

  /** The process is gone. */
  gone(): void {
    for (const connection of this.#connections) connection.break();
    this.redis.links.delete(this);
  }

  async reach<T>(key: string, work: (store: SimulatedStore) => T): Promise<T> {
    const { store } = this.redis;
    return await this.#at(key).request(() => work(store));
  }

  async publish(channel: string, bytes: Uint8Array): Promise<number> {
    return await this.#at(channel).request(() => this.redis.publish(channel, bytes));
  }

  async subscribe(name: string, listener: BusListener): Promise<Disposable> {
    const connection = this.#at(name);
    const known = this.#channels.get(name);
    const channel = known ?? new Channel(name);
    this.#channels.set(name, channel);
    let leave: () => void = () => undefined;
    const entered = new Promise<void>((resolve, reject) => {
      const late = this.process.after(HOLD_MS, () => reject(new ShipmateError('timeout', 'not subscribed in time')));
      const entry = { listener, inForce: false, entered: () => (late.cancel(), resolve()) };
      leave = (): void => channel.remove(entry);
      channel.add(entry);
    });
    if (known === undefined) connection.want(channel);
    const subscription = toDisposable(() => {
      leave();
      if (!channel.empty || this.#channels.get(name) !== channel) return;
      this.#channels.delete(name);
      connection.unwant(channel);
    });
    try {
      await entered;
      return subscription;
    } catch (error) {
      subscription.dispose();
      throw error;
    }
  }

  #at(key: string): Connection {
    const connection = this.#connections[this.redis.store.masterOf(key)];
    if (connection === undefined) throw new RangeError('there is no such master');
    return connection;
  }
}

/** A process' connection to one master: what is on its way keeps its order, and is lost when the connection breaks. */
class Connection {
  up: boolean;
  /** Counts connections: what belongs to an earlier one is lost. */
  #epoch = 0;
  #downSinceMs = 0;
  #attempt = 0;
  #thereMs = 0;
  #backMs = 0;
  #heardMs = 0;
  readonly #waiting = new Set<() => void>();
  /** What Redis still pushes for channels that were just left. */
  readonly #leaving = new Map<string, Channel>();

  constructor(
    private readonly link: SimLink,
    private readonly master: number,
    private readonly channels: ReadonlyMap<string, Channel>,
  ) {
    this.up = link.redis.up[master] === true;
    if (!this.up) this.#retry();
  }

  look(): void {
    const { network, redis } = this.link;
    if (!this.up) return;
    if (network === 'closed' || redis.up[this.master] !== true) this.break();
    // The process finds out when its next question has no answer in time: it asks for a sign of life by itself.
    else if (this.link.isSilent) {
      const epoch = this.#epoch;
      this.#later(PING_EVERY_MS + REPLY_TIMEOUT_MS, () => {
        if (epoch === this.#epoch && this.link.isSilent) this.break();
      });
    }
  }

  break(): void {
    if (!this.up) return;
    this.up = false;
    this.#epoch += 1;
    this.#downSinceMs = this.#time.nowMs;
    this.#loseChannels();
    this.link.process.deliver(() => this.#retry());
  }

  cutSubscriber(): void {
    if (!this.up) return;
    this.#loseChannels();
    this.#later(RETRY_FIRST_MS + this.link.redis.dice.roll(100), () => {
      if (this.up) this.#subscribeAll();
    });
  }

  async request<T>(work: () => T): Promise<T> {
    if (!this.up) await this.#whenUp();
    return await new Promise<T>((resolve, reject) => {
      const epoch = this.#epoch;
      const { process, redis } = this.link;
      const fail = (code: 'unavailable' | 'timeout'): void => {
        process.deliver(() => reject(new ShipmateError(code, 'Redis is away')));
      };
      let answered = false;
      const silent = this.#later(REPLY_TIMEOUT_MS, () => {
        if (answered) return;
        answered = true;
        if (epoch === this.#epoch) this.break();
        reject(new ShipmateError('timeout', 'Redis does not answer'));
      });
      this.#thereMs = Math.max(this.#thereMs, this.#time.nowMs + this.#latency());
      this.#time.after(this.#thereMs - this.#time.nowMs, () => {
        if (!this.link.asks) return;
        if (epoch !== this.#epoch || process.dead) {
          answered = true;
          silent.cancel();
          return fail('unavailable');
        }
        let result: T;
        try {
          result = work();
        } catch (error) {
          answered = true;
          silent.cancel();
          process.deliver(() => reject(error));
          return;
        }
        this.#backMs = Math.max(this.#backMs, this.#time.nowMs + this.#latency() + redis.slowMs);
        this.#time.after(this.#backMs - this.#time.nowMs, () => {
          if (!this.link.hears || answered) return;
          answered = true;
          silent.cancel();
          if (epoch !== this.#epoch) return fail('unavailable');
          process.deliver(() => resolve(result));
        });
      });
    });
  }

  /** Redis sends a message of a channel. */
  push(channel: string, bytes: Uint8Array): void {
    const epoch = this.#epoch;
    this.#heardMs = Math.max(this.#heardMs, this.#time.nowMs + this.#latency() + this.link.redis.slowMs);
    this.#time.after(this.#heardMs - this.#time.nowMs, () => {
      if (epoch !== this.#epoch || !this.link.hears) return;
      this.link.process.deliver(() => {
        const heard = this.channels.get(channel);
        if (heard === undefined) this.#leaving.get(channel)?.deliverLate(bytes);
        else heard.deliver(bytes);
      });
    });
  }

  want(channel: Channel): void {
    this.#leaving.delete(channel.name);
    if (this.up) this.#subscribe(channel);
  }

  unwant(channel: Channel): void {
    if (!this.up) return;
    this.#leaving.set(channel.name, channel);
    void this.request(() => {
      if (this.channels.get(channel.name) === undefined) this.link.redis.unsubscribe(channel.name, this);
    })
      .catch(() => undefined)
      .finally(() => {
        if (this.#leaving.get(channel.name) === channel) this.#leaving.delete(channel.name);
      });
  }

  get #time(): SimTime {
    return this.link.redis.time;
  }

  /** A timer of the connection's: it may outlive what its process does with Redis. */
  #later(ms: number, run: () => void): Timer {
    return this.#time.after(ms, () => this.link.process.deliver(run));
  }

  #latency(): number {
    return 1 + this.link.redis.dice.roll(3);
  }

  get #own(): Channel[] {
    const { store } = this.link.redis;
    const all = [...this.channels.values()];
    return store.masters === 1 ? all : all.filter(({ name }) => store.masterOf(name) === this.master);
  }

  #loseChannels(): void {
    for (const name of this.link.redis.channels) this.link.redis.unsubscribe(name, this);
    this.#leaving.clear();
    const own = this.#own;
    this.link.process.deliver(() => {
      for (const channel of own) channel.lose();
    });
  }

  #subscribe(channel: Channel): void {
    void this.request(() => this.link.redis.subscribe(channel.name, this)).then(
      () => {
        if (this.channels.get(channel.name) === channel) channel.confirm();
      },
      () => undefined,
    );
  }

  #subscribeAll(): void {
    for (const channel of this.#own) this.#subscribe(channel);
  }

  #retry(): void {
    const { redis, isSilent } = this.link;
    const most = Math.min(RETRY_MOST_MS, RETRY_FIRST_MS * 2 ** Math.min(this.#attempt++, 16));
    // One that answers nothing is given up after the time that a connection may take.
    const waitMs = isSilent ? 5_000 : most / 2 + redis.dice.roll(Math.ceil(most / 2));
    this.#later(waitMs, () => {
      if (this.link.network !== 'open' || this.link.isSilent || redis.up[this.master] !== true) return this.#retry();
      this.up = true;
      this.#attempt = 0;
      this.#thereMs = this.#backMs = this.#heardMs = this.#time.nowMs;
      this.#subscribeAll();
      for (const run of this.#waiting) run();
      this.#waiting.clear();
      if (this.link.up) this.link.onBack();
    });
  }

  /** Waits for the connection, for as long as libs/redis does. */
  async #whenUp(): Promise<void> {
    const leftMs = this.#downSinceMs + HOLD_MS - this.#time.nowMs;
    await new Promise<void>((resolve, reject) => {
      const late = this.#later(Math.max(1, leftMs), () => {
        this.#waiting.delete(come);
        reject(new ShipmateError('unavailable', 'Redis is away'));
      });
      const come = (): void => {
        late.cancel();
        resolve();
      };
      this.#waiting.add(come);
    });
  }
}
