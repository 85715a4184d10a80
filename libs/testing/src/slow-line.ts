import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** What a line is like, each way. */
export interface LineQuality {
  readonly delayMs: number;
  readonly bytesPerSecond: number;
  /** Every so many packets, one is sent a second time, and all behind it waits for that: 50 is a loss of 2 %. */
  readonly lostOneIn?: number;
}

/** What fits into one packet of TCP over Ethernet. */
const PACKET_BYTES = 1448;
/** Bytes that wait in front of the line, as in a router; with more, the sender's own queue grows. */
const QUEUE_BYTES = 16 * 1024;
/** The least that a sender waits before it sends again what was lost (RFC 6298, as Linux has it). */
const RETRANSMIT_MS = 200;

/** A TCP proxy on 127.0.0.1 that is a long and narrow line. Without the kernel's own means, what a loss costs is time alone. */
export class SlowLine {
  readonly #sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  static async start(targetPort: number, quality: LineQuality): Promise<SlowLine> {
    const server = createServer({ noDelay: true });
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    const line = new SlowLine(server, (server.address() as AddressInfo).port);
    server.on('connection', (client) => {
      const upstream = connect({ port: targetPort, host: '127.0.0.1', noDelay: true });
      for (const [from, to] of [
        [client, upstream],
        [upstream, client],
      ] as const) {
        line.#sockets.add(from);
        carry(from, to, quality);
        from.on('error', () => undefined);
        from.once('close', () => {
          line.#sockets.delete(from);
          to.destroy();
        });
      }
    });
    return line;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => void this.server.close(() => resolve()));
  }
}

function carry(
  from: Socket,
  to: Socket,
  { delayMs, bytesPerSecond, lostOneIn = Number.POSITIVE_INFINITY }: LineQuality,
): void {
  let freeAtMs = 0;
  let waiting = 0;
  let packets = 0;
  const late: Buffer[] = [];
  const deliver = (packet: Buffer, atMs: number): void => {
    late.push(packet);
    setTimeout(() => {
      // The first, whichever timer came first.
      const first = late.shift() ?? packet;
      waiting -= first.length;
      if (!to.destroyed) to.write(first);
      if (waiting <= QUEUE_BYTES / 2) from.resume();
    }, atMs - performance.now());
  };
  from.on('data', (bytes: Buffer) => {
    for (let start = 0; start < bytes.length; start += PACKET_BYTES) {
      const packet = bytes.subarray(start, start + PACKET_BYTES);
      packets += 1;
      freeAtMs = Math.max(freeAtMs, performance.now()) + (packet.length / bytesPerSecond) * 1000;
      // What is behind a lost packet waits for it, and comes with it.
      if (packets % lostOneIn === 0) freeAtMs += 2 * delayMs + RETRANSMIT_MS;
      waiting += packet.length;
      deliver(packet, freeAtMs + delayMs);
    }
    if (waiting > QUEUE_BYTES) from.pause();
  });
}
