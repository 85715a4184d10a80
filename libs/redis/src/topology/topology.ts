import { Emitter, type ShipmateError } from '#kernel';
import type { HostPort } from '../connection/address.js';
import { Link, type LinkOptions } from '../connection/link.js';
import type { RedisContext } from '../connection/options.js';

/** A master, with two connections: subscribers get what they hear on one that nothing else waits on. */
export class Node {
  readonly commands: Link;
  readonly subscriber: Link;

  constructor(
    /** Unique among the masters: `host:port` in a Cluster. */
    readonly id: string,
    context: RedisContext,
    options: LinkOptions,
  ) {
    const { name } = options.login;
    this.commands = new Link(context, options);
    this.subscriber = new Link(context, { ...options, login: { ...options.login, name: `${name}:subscriber` } });
  }

  get links(): readonly [Link, Link] {
    return [this.commands, this.subscriber];
  }

  start(): void {
    for (const link of this.links) link.start();
  }

  close(): void {
    for (const link of this.links) link.close();
  }
}

/** Which master has what. */
export interface Topology {
  /** Fires when slots have moved, masters were added or removed, or `why` has changed. */
  readonly changes: Emitter<void>;
  /** Why it is not known which master has what; undefined when it is. */
  readonly why: ShipmateError | undefined;
  readonly nodes: readonly Node[];
  /** The master that has a key's or channel's slot; undefined while nobody does. */
  owner(key: string): Node | undefined;
  /** A master said that the slot is elsewhere. */
  moved(key: string, to: HostPort, from: Node): void;
  /** Something shows that the map may be old; `from` is asked first. */
  refresh(from?: Node): void;
  /** The master at an address that `ASK` named. */
  at(where: HostPort, from: Node): Node | undefined;
  start(): void;
  close(): void;
}

/** One master for everything: a single server, or the one that sentinels name. */
export class SingleTopology implements Topology {
  readonly changes = new Emitter<void>();
  readonly why = undefined;
  readonly nodes: readonly [Node];

  constructor(context: RedisContext, options: LinkOptions) {
    this.nodes = [new Node('master', context, options)];
  }

  owner(): Node {
    return this.nodes[0];
  }

  at(): Node {
    return this.nodes[0];
  }

  moved(): void {}

  refresh(): void {}

  start(): void {
    this.nodes[0].start();
  }

  close(): void {
    this.nodes[0].close();
  }
}
