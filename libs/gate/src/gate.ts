import { createServer, type AddressInfo, type Server } from 'node:net';
import { AddressRanges } from '#address';
import { ConnectionLimits, LISTEN_BACKLOG, SHARED_RANGES } from '#ssh';
import { MOST_UNDECIDED, MOST_UNDECIDED_PER_ADDRESS, type GateOptions, type SshTaker } from './settings.js';
import { Visitor, type VisitorContext } from './visitor.js';

/** When the kernel begins to look for a peer that is silent: as for SSH on a port of its own. */
const TCP_KEEPALIVE_MS = 30_000;

/**
 * One port for several protocols: SSH, TLS and plain HTTP are told apart by their first bytes, after a PROXY header where one is
 * allowed. What is not known yet is bounded, in number and in time; everything else is refused in its own protocol.
 */
export class Gate {
  readonly #server: Server;
  readonly #visitors = new Set<Visitor>();
  #takeSsh: SshTaker | undefined;

  constructor(options: GateOptions) {
    const trusted = new AddressRanges(options.trustedProxies);
    const shared = new AddressRanges(SHARED_RANGES);
    const context: VisitorContext = {
      ...options,
      admission: new ConnectionLimits({
        limit: MOST_UNDECIDED,
        perAddress: MOST_UNDECIDED_PER_ADDRESS,
        exempt: (address) => shared.has(address) || trusted.has(address),
        random: () => Math.random(),
      }),
      trusts: (address) => trusted.has(address),
      sshTaker: () => this.#takeSsh,
      arrived: (visitor) => this.#visitors.add(visitor),
      left: (visitor) => this.#visitors.delete(visitor),
    };
    this.#server = createServer(
      { noDelay: true, keepAlive: true, keepAliveInitialDelay: TCP_KEEPALIVE_MS },
      (socket) => void new Visitor(socket, context),
    );
    this.#observeFaults(options);
  }

  /** Hands connections that speak SSH to `take`; until then they are told that there is no SSH here. */
  takeSsh(take: SshTaker): void {
    this.#takeSsh = take;
  }

  /** Takes connections from now on; port 0 takes a free one. Rejects with the system's error. */
  async listen(bind: string, port: number): Promise<AddressInfo> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ port, host: bind, backlog: LISTEN_BACKLOG }, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
    return this.#server.address() as AddressInfo;
  }

  /** Connections whose protocol is not known yet, or whose TLS handshake goes on. */
  get undecided(): number {
    return this.#visitors.size;
  }

  /** Takes no more connections; those that were handed on are no longer the gate's. */
  close(): void {
    this.#server.close();
    for (const visitor of this.#visitors) visitor.displace();
  }

  /** A failed accept (EMFILE) is over in a moment; the port stays open. */
  #observeFaults({ observer }: GateOptions): void {
    this.#server.on('error', (error) => {
      if (this.#server.listening) observer.failed(error);
    });
  }
}
