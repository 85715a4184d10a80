import { randomUUID } from 'node:crypto';
import {
  NO_TRACER,
  ShipmateError,
  traced,
  type Clock,
  type Disposable,
  type EdgeId,
  type Timer,
  type Tracer,
} from '#kernel';
import type { Bus } from '#relay';
import { controlChannel, decodeControl, encodeControl, type ControlReply, type ControlRequest } from './control.js';

/** How long an edge may take to answer. */
const ANSWER_MS = 3_000;
/** Questions under way at once; more are refused. */
const MAX_WAITING = 10_000;

interface Waiting {
  readonly resolve: (reply: ControlReply) => void;
  readonly reject: (error: Error) => void;
  readonly timer: Timer;
}

/** Asks edges to do things, over the bus that they share. */
export class ControlClient implements Disposable {
  readonly #id = randomUUID();
  readonly #waiting = new Map<string, Waiting>();
  #subscription: Promise<Disposable> | undefined;

  constructor(
    private readonly bus: Bus,
    private readonly clock: Clock,
    private readonly tracer: Tracer = NO_TRACER,
  ) {}

  /** `unavailable` when nobody listens for that edge or it could not do it, `timeout` when it does not answer. */
  async ask(edge: EdgeId, request: ControlRequest): Promise<ControlReply> {
    const session = 'session' in request ? { 'shipmate.session.id': request.session } : {};
    const attributes = { 'shipmate.control.kind': request.kind, 'shipmate.edge.id': edge, ...session };
    return await traced(this.tracer, 'control.ask', { attributes }, async ({ traceparent }) => {
      return await this.#ask(edge, request, traceparent);
    });
  }

  async #ask(edge: EdgeId, request: ControlRequest, trace: string | undefined): Promise<ControlReply> {
    if (this.#waiting.size >= MAX_WAITING) throw new ShipmateError('unavailable', 'too many calls are in progress');
    await this.#subscribed();
    const nonce = randomUUID();
    const answer = new Promise<ControlReply>((resolve, reject) => {
      const late = (): void => {
        this.#waiting.delete(nonce);
        reject(new ShipmateError('timeout', 'the edge did not answer'));
      };
      this.#waiting.set(nonce, { resolve, reject, timer: this.clock.after(ANSWER_MS, late) });
    });
    answer.catch(() => undefined); // It may fail before anybody waits for it.
    try {
      const asked = { nonce, replyTo: this.#id, request, ...(trace === undefined ? {} : { trace }) };
      const heard = await this.bus.publish(controlChannel(edge), encodeControl(asked));
      if (heard === 0) throw new ShipmateError('unavailable', 'the edge cannot be reached');
    } catch (error) {
      this.#waiting.get(nonce)?.timer.cancel();
      this.#waiting.delete(nonce);
      throw error;
    }
    return await answer;
  }

  dispose(): void {
    for (const { timer, reject } of this.#waiting.values()) {
      timer.cancel();
      reject(new ShipmateError('unavailable', 'this server is stopping'));
    }
    this.#waiting.clear();
    void this.#subscription?.then(
      (subscription) => subscription.dispose(),
      () => undefined,
    );
  }

  async #subscribed(): Promise<void> {
    this.#subscription ??= this.bus.subscribe(controlChannel(this.#id), { message: (bytes) => this.#answered(bytes) });
    try {
      await this.#subscription;
    } catch (error) {
      this.#subscription = undefined;
      throw error;
    }
  }

  #answered(bytes: Uint8Array): void {
    const answered = decodeControl(bytes);
    const waiting = answered && this.#waiting.get(answered.nonce);
    if (answered === undefined || waiting === undefined) return;
    this.#waiting.delete(answered.nonce);
    waiting.timer.cancel();
    if (answered.reply === undefined) waiting.reject(new ShipmateError('unavailable', answered.fault ?? 'it failed'));
    else waiting.resolve(answered.reply);
  }
}
