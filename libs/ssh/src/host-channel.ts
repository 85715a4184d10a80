import type { ChannelReceiver } from './channel-receiver.js';
import type { ChannelSender } from './channel-sender.js';
import type { DisconnectReason } from './disconnect-reason.js';
import type { ChannelOwner } from './joiner-channel.js';

/**
 * What may wait for a host that does not read its control messages (keys, commands, notices: a few bytes each; a paste
 * of 1 MB is the largest). A host for which more would wait is disconnected, and reconnects by itself.
 */
export const MAX_HOST_WAITING_BYTES = 4 * 1024 * 1024;

/** Is notified of what happens on a host's channel. */
export interface HostListener {
  /** The host's messages, split anywhere. Always read at once: a host is never held up. */
  onData(chunk: Uint8Array): void;
  /** Called once, when nothing can be sent or will come any more. */
  onClose(reason: DisconnectReason): void;
}

/** A tmate host's channel: both ways a stream of messages. */
export interface HostChannel {
  /** To be called once; what came before is handed on first. */
  listen(listener: HostListener): void;
  /** Sends bytes; over `MAX_HOST_WAITING_BYTES` the host is disconnected with `limit`. */
  write(bytes: Uint8Array): void;
  /** Bytes that wait in this process, for the host's window or for the network. */
  readonly backlog: number;
  /**
   * Asks the host to answer when it has taken all that was written before; `answered` is called once, with false when the
   * connection is over instead.
   */
  acknowledge(answered: (arrived: boolean) => void): void;
  /** Whether the host answers within that time when it is asked for a sign of life. */
  isAlive(withinMs: number): Promise<boolean>;
  /**
   * Sends that many bytes outside the stream of messages (SSH_MSG_IGNORE), so that the host's connection has something to read.
   */
  wake(bytes: number): void;
  /** Lets the last bytes out and ends the connection; cut off if the host does not take them in time. */
  close(): void;
}

/** `HostChannel` on an SSH channel. */
export class SshHostChannel implements HostChannel {
  #listener: HostListener | undefined;
  #closedFor: DisconnectReason | undefined;
  /** Probes that must follow data which still waits for the host's window. */
  #asking: ((arrived: boolean) => void)[] = [];

  constructor(
    private readonly sender: ChannelSender,
    private readonly receiver: ChannelReceiver,
    private readonly owner: ChannelOwner,
  ) {}

  listen(listener: HostListener): void {
    this.#listener = listener;
    if (this.#closedFor === undefined) {
      this.receiver.listen((chunk) => {
        listener.onData(chunk);
        // A host is never held up.
        this.receiver.taken(chunk.length);
      });
    } else listener.onClose(this.#closedFor);
  }

  write(bytes: Uint8Array): void {
    if (this.#closedFor !== undefined) return;
    this.sender.send(bytes);
    if (this.sender.held > MAX_HOST_WAITING_BYTES) this.owner.end('limit');
  }

  get backlog(): number {
    return this.sender.held;
  }

  acknowledge(answered: (arrived: boolean) => void): void {
    if (this.#closedFor !== undefined) {
      answered(false);
      return;
    }
    this.#asking.push(answered);
    this.#ask();
  }

  async isAlive(withinMs: number): Promise<boolean> {
    return this.#closedFor === undefined && (await this.owner.probe(withinMs));
  }

  wake(bytes: number): void {
    // One that does not even take its messages has enough to read.
    if (this.#closedFor === undefined && this.sender.held === 0) this.owner.ignore(bytes);
  }

  close(): void {
    if (this.#closedFor === undefined) this.owner.finish(0);
  }

  /** For the connection: the host granted `bytes`. */
  granted(bytes: number): void {
    this.sender.granted(bytes);
    this.#ask();
  }

  /** For the connection: it is over. */
  closed(reason: DisconnectReason): void {
    if (this.#closedFor !== undefined) return;
    this.#closedFor = reason;
    this.sender.drop();
    for (const answered of this.#asking.splice(0)) answered(false);
    this.#listener?.onClose(reason);
  }

  #ask(): void {
    if (this.#asking.length === 0 || this.sender.waiting > 0) return;
    const asking = this.#asking;
    this.#asking = [];
    this.owner.ask((arrived) => asking.forEach((answered) => answered(arrived)));
  }
}
