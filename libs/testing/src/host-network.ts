import { run } from './program.js';

/** Interfaces and addresses must differ between those of one process, and between processes. */
let count = 0;

/**
 * A network of a host's own, as a namespace of Linux, with a link to this machine: it can be cut, lose and delay packets, and give
 * the host another address. Needs root.
 */
export class HostNetwork {
  readonly #name: string;
  readonly #subnet: string;

  private constructor(number: number) {
    this.#name = `sm${process.pid.toString(36)}n${number}`;
    this.#subnet = `10.${80 + (process.pid % 100)}.${number % 256}`;
  }

  /** Why this machine cannot have one, or not one that delays and loses packets; undefined if it can. */
  static async missing(): Promise<{ readonly network?: string; readonly netem?: string }> {
    if (process.getuid?.() !== 0) return all('network namespaces need root');
    const network = new HostNetwork(count++);
    try {
      await network.#open();
      return (await network.impair('delay 1ms')) ? {} : { netem: 'the kernel has no netem' };
    } catch {
      return all('no network namespaces here');
    } finally {
      await network.stop();
    }
  }

  static async start(): Promise<HostNetwork> {
    const network = new HostNetwork(count++);
    await network.#open();
    await network.setAddress(2);
    return network;
  }

  /** Where the host finds this machine. */
  get serverAddress(): string {
    return `${this.#subnet}.1`;
  }

  /** What a program in this network is started through. */
  get through(): readonly string[] {
    return ['ip', 'netns', 'exec', this.#name];
  }

  /** The host's address disappears silently: no packet passes. */
  async loseAddress(): Promise<void> {
    await this.#ip('addr', 'flush', 'dev', this.#link);
  }

  /** The host has an address that ends with this number. */
  async setAddress(last: number): Promise<void> {
    await this.#ip('addr', 'add', `${this.#subnet}.${last}/24`, 'dev', this.#link);
  }

  /** The host's system breaks its connections to this machine, as it does when its network changes. */
  async breakConnections(): Promise<void> {
    await run('ip', ['netns', 'exec', this.#name, 'ss', '-K', 'dst', this.serverAddress]);
  }

  /** No packet passes, or all do again. */
  async setUp(up: boolean): Promise<void> {
    await this.#ip('link', 'set', this.#link, up ? 'up' : 'down');
  }

  /** Delays and loses packets in both directions, in netem's syntax: `delay 80ms 20ms loss 5%`. False if the kernel cannot. */
  async impair(how: string): Promise<boolean> {
    const netem = ['root', 'netem', ...how.split(' ')];
    const there = await run('tc', ['-n', this.#name, 'qdisc', 'replace', 'dev', this.#link, ...netem], MAY_FAIL);
    if (there.status !== 0) return false;
    await run('tc', ['qdisc', 'replace', 'dev', this.#serverLink, ...netem]);
    return true;
  }

  async stop(): Promise<void> {
    // The link goes with its namespace.
    await run('ip', ['netns', 'del', this.#name], MAY_FAIL);
  }

  async #open(): Promise<void> {
    await run('ip', ['netns', 'add', this.#name]);
    const peer = ['peer', 'name', this.#link, 'netns', this.#name];
    await run('ip', ['link', 'add', this.#serverLink, 'type', 'veth', ...peer]);
    await run('ip', ['addr', 'add', `${this.serverAddress}/24`, 'dev', this.#serverLink]);
    await run('ip', ['link', 'set', this.#serverLink, 'up']);
    await this.#ip('link', 'set', 'lo', 'up');
    await this.setUp(true);
  }

  get #link(): string {
    return `${this.#name}h`;
  }

  get #serverLink(): string {
    return `${this.#name}s`;
  }

  async #ip(...args: readonly string[]): Promise<void> {
    await run('ip', ['-n', this.#name, ...args]);
  }
}

const all = (why: string) => ({ network: why, netem: why });

const MAY_FAIL = { mayFail: true } as const;
