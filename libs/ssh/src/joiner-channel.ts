import { Pace, type Clock } from '#kernel';
import type { ChannelReceiver } from './channel-receiver.js';
import type { ChannelSender } from './channel-sender.js';
import type { DisconnectReason } from './disconnect-reason.js';

/**
 * A joiner whose client has not consumed this much is not ready for the next frame. OpenSSH grants what its user's
 * terminal took in lumps of three packets (48 KiB with a terminal, 96 KiB without), so up to a lump is always
 * unacknowledged, and a frame may be on its way besides: 256 KiB is above both, and still drawn in a blink.
 */
export const MAX_UNACKNOWLEDGED_BYTES = 256 * 1024;
/**
 * Beyond the socket's own buffer in the kernel, so that the network is the next to be waited for. With the frame that passes it,
 * this is all that is held for a joiner, whatever its window: PuTTY's is 2 GiB, and it grants half of it at once.
 */
export const MAX_UNSENT_BYTES = 64 * 1024;
/** What may wait for a joiner besides the frame that was being sent when it stopped reading. */
export const MAX_WAITING_BYTES = 1024 * 1024;
/** Added to the largest lump a client was seen to grant at once. */
const LUMP_SLACK_BYTES = 128 * 1024;

/** Is notified of what happens on a joiner's channel. */
export interface JoinerListener {
  /** What the joiner typed. Keys typed before `listen` come first. No more than a window comes that was not `taken`. */
  onData(chunk: Uint8Array): void;
  /** The joiner's terminal has another size; as the client says it, unchecked, up to 2^32-1. */
  onResize?(cols: number, rows: number): void;
  /** A signal's name without `SIG`. */
  onSignal?(name: string): void;
  /** `ready` has become true again. */
  onReady?(): void;
  /**
   * The client answers no keepalives (true) or does again: it is stopped, or its machine sleeps. It stays, and costs
   * next to nothing; whether its size still counts is for the session to say.
   */
  onStalled?(stalled: boolean): void;
  /** Called once, when nothing can be sent or will come any more. */
  onClose(reason: DisconnectReason): void;
}

/** The last text on a channel. */
export interface ExitOptions {
  /** A text for the client's stderr, before the exit. */
  readonly stderr?: string;
}

/** A joiner's shell: one terminal. */
export interface JoinerChannel {
  /** To be called once. */
  listen(listener: JoinerListener): void;
  /** So many bytes of what was typed are done with: the client may send as many again. */
  taken(bytes: number): void;
  /**
   * Whether the next frame may be sent: the client has consumed enough of what was sent, and none of it waits in this
   * process. Otherwise `onReady` is called when it may.
   */
  readonly ready: boolean;
  /**
   * Sends bytes. One write may be of any size; what does not fit the client's window, or must wait for new keys, waits here,
   * and a joiner for whom more than `MAX_WAITING_BYTES` would wait is disconnected with `limit`. The array must not be changed
   * afterwards.
   */
  write(bytes: Uint8Array): void;
  /** Bytes sent that the client has not consumed yet. */
  readonly unacknowledged: number;
  /** Bytes that wait in this process: for the client's window, for new keys, or for the network. */
  readonly held: number;
  /**
   * Lets the last bytes out and ends the client with `status`; a client that does not take them in time is cut off.
   */
  exit(status: number, options?: ExitOptions): void;
  /** Cuts the session now, and its connection if it has no other. */
  close(): void;
}

/** What a channel asks of the session it belongs to. */
export interface ChannelOwner {
  readonly clock: Pick<Clock, 'monotonic' | 'after'>;
  /**
   * Sends exit status, EOF and CLOSE when all is out; the last session takes the connection along when the peer has closed too.
   */
  finish(status: number): void;
  /** Sends `bytes` that mean nothing. */
  ignore(bytes: number): void;
  /** Ends the session now, and the connection with the last one. */
  end(reason: DisconnectReason): void;
  /** Asks the peer for a sign of life; false when it does not answer in time. */
  probe(withinMs: number): Promise<boolean>;
  /** Asks the peer to answer when it has taken what was sent before; false when the connection is over instead. */
  ask(answered: (arrived: boolean) => void): void;
}

/** Whether a client's software is known to acknowledge in portions that are smaller than the limit. */
const acknowledgesEarly = (software: string): boolean => software.startsWith('OpenSSH');

/**
 * `JoinerChannel` on an SSH channel. SSH's window is used as the end-to-end acknowledgement: a client grants what its terminal
 * has consumed, while the kernel's socket buffers and TCP's own acknowledgements say nothing about that. Clients other than
 * OpenSSH may grant nothing before half of their first window is consumed (ssh2, AsyncSSH, russh: 1 MiB); waiting for less
 * would wait forever. So until such a client has granted once, the limit is a little more than half its window; after that, a
 * little more than the portion that it granted.
 *
 * The window is too coarse for a slow line, where 256 KiB take a minute: there, `Pace` has the client answer after what it got.
 */
export class SshJoinerChannel implements JoinerChannel {
  #listener: JoinerListener | undefined;
  #limit: number;
  /** The client grants in lumps of an unknown size: the limit follows what was seen. */
  readonly #learning: boolean;
  #blocked = false;
  #closedFor: DisconnectReason | undefined;
  readonly #pace: Pace;

  constructor(
    private readonly sender: ChannelSender,
    private readonly receiver: ChannelReceiver,
    private readonly owner: ChannelOwner,
    clientSoftware: string,
    initialWindow: number,
  ) {
    this.#learning = !acknowledgesEarly(clientSoftware);
    const untilFirstGrant = this.#learning ? initialWindow / 2 + LUMP_SLACK_BYTES : 0;
    this.#limit = Math.max(MAX_UNACKNOWLEDGED_BYTES, untilFirstGrant);
    this.#pace = new Pace(owner.clock, MAX_UNACKNOWLEDGED_BYTES, () => this.drained());
  }

  get ready(): boolean {
    // Other sessions of the connection may have filled its socket since.
    if (!this.#blocked) this.#blocked = !this.#mayTakeMore();
    return !this.#blocked && this.#closedFor === undefined;
  }

  get unacknowledged(): number {
    return this.sender.unacknowledged;
  }

  get held(): number {
    return this.sender.held;
  }

  listen(listener: JoinerListener): void {
    this.#listener = listener;
    if (this.#closedFor !== undefined) {
      listener.onClose(this.#closedFor);
      return;
    }
    this.receiver.listen((chunk) => listener.onData(chunk));
  }

  write(bytes: Uint8Array): void {
    if (this.#closedFor !== undefined) return;
    if (this.sender.waiting > 0 && this.sender.waiting + bytes.length > MAX_WAITING_BYTES) {
      this.owner.end('limit');
      return;
    }
    this.sender.send(bytes);
    this.#pace.wrote(bytes.length);
    this.#ask();
    this.#blocked = !this.#mayTakeMore();
  }

  taken(bytes: number): void {
    if (this.#closedFor === undefined) this.receiver.taken(bytes);
  }

  exit(status: number, options: ExitOptions = {}): void {
    if (this.#closedFor !== undefined) return;
    if (options.stderr !== undefined) this.sender.send(Buffer.from(options.stderr), true);
    this.owner.finish(status);
  }

  close(): void {
    this.owner.end('closed');
  }

  /** For the connection: the client granted `bytes`. */
  granted(bytes: number): void {
    if (this.#learning) this.#limit = Math.max(MAX_UNACKNOWLEDGED_BYTES, bytes + LUMP_SLACK_BYTES);
    this.sender.granted(bytes);
    this.drained();
  }

  /** For the connection: the socket's buffer, or the client's, has room again. */
  drained(): void {
    if (!this.#blocked || this.#closedFor !== undefined || !this.#mayTakeMore()) return;
    this.#blocked = false;
    this.#listener?.onReady?.();
  }

  /** For the connection. */
  resized(cols: number, rows: number): void {
    this.#listener?.onResize?.(cols, rows);
  }

  /** For the connection. */
  signalled(name: string): void {
    this.#listener?.onSignal?.(name);
  }

  /** For the connection. */
  stalled(stalled: boolean): void {
    this.#listener?.onStalled?.(stalled);
  }

  /** For the connection: it is over. */
  closed(reason: DisconnectReason): void {
    if (this.#closedFor !== undefined) return;
    this.#closedFor = reason;
    this.sender.drop();
    this.#listener?.onClose(reason);
  }

  /** Has the client answer when it has all that was sent, where that is worth knowing. */
  #ask(): void {
    if (!this.#pace.asks()) return;
    this.owner.ask((arrived) => {
      this.#pace.answered(arrived);
      if (this.#closedFor !== undefined) return;
      // The answer may have lowered the limit below what was written since, and nobody has asked for that.
      if (!this.#pace.clear) this.#ask();
      this.drained();
    });
  }

  #mayTakeMore(): boolean {
    return (
      this.#pace.clear &&
      this.sender.unacknowledged <= this.#limit &&
      this.sender.held <= MAX_UNSENT_BYTES &&
      this.sender.waiting === 0
    );
  }
}
