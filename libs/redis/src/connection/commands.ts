import { pause, ShipmateError } from '#kernel';
import { Refusal, toShipmateError } from './faults.js';
import { HOLD_MS, type RedisContext } from './options.js';
import type { Script } from './script.js';
import type { Node, Topology } from '../topology/topology.js';

export type Args = readonly [command: string, ...args: (string | Buffer)[]];

/** These say that a command had no effect, and that it may have one a moment later, here or elsewhere. */
const PASSING = new Set(['MOVED', 'ASK', 'TRYAGAIN', 'CLUSTERDOWN', 'LOADING', 'MASTERDOWN', 'READONLY']);
/** A Redis that answers, and cannot do its work: an operator must see to it. */
export const UNABLE: ReadonlySet<string> = new Set(['OOM', 'MISCONF', 'NOREPLICAS', 'NOPERM']);
/** Between two attempts while slots move or a replica becomes master; the second or third mostly succeeds. */
const RETRY_MS = 100;

/** Sends commands to whichever master has their key, and follows keys that move. */
export class Commands {
  constructor(
    private readonly context: RedisContext,
    readonly topology: Topology,
  ) {}

  /**
   * Sends one command on one key (or on several of one slot). It is repeated only if Redis refused it, and for `HOLD_MS` at
   * most. Errors are `ShipmateError`s: `timeout` or `unavailable` if the result is unknown, or if Redis cannot run it now.
   * Calls of one tick for one master are sent together, in their order.
   */
  async call(key: string, ...args: Args): Promise<unknown> {
    try {
      return await this.#call(key, args);
    } catch (error) {
      throw this.#told(error);
    }
  }

  /** The same, and a command that Redis refused is a `Refusal` with its reason. */
  async tryCall(key: string, ...args: Args): Promise<unknown> {
    return await this.#call(key, args);
  }

  /** Runs a script; all `scriptKeys` must have the slot of the first. */
  async run(script: Script, scriptKeys: readonly [string, ...string[]], ...args: readonly string[]): Promise<unknown> {
    const [key] = scriptKeys;
    const rest = [String(scriptKeys.length), ...scriptKeys, ...args];
    try {
      return await this.#call(key, ['evalsha', script.sha, ...rest]).catch(async (error: unknown) => {
        if (!(error instanceof Refusal && error.code === 'NOSCRIPT')) throw error;
        return await this.#call(key, ['eval', script.lua, ...rest]);
      });
    } catch (error) {
      throw this.#told(error);
    }
  }

  #told(error: unknown): ShipmateError {
    const fault = toShipmateError(error);
    if (error instanceof Refusal && UNABLE.has(error.code)) this.context.observer.refused?.(fault);
    return fault;
  }

  async #call(key: string, args: Args): Promise<unknown> {
    const untilMs = this.context.clock.monotonic() + HOLD_MS;
    for (let attempt = 0; ; attempt++) {
      const node = this.topology.owner(key);
      try {
        if (node === undefined) throw new Refusal('CLUSTERDOWN');
        return await this.#send(node, args, untilMs);
      } catch (error) {
        if (!(error instanceof Refusal) || !PASSING.has(error.code)) throw error;
        if (this.context.clock.monotonic() >= untilMs) throw error;
        if (error.code === 'ASK' && node !== undefined && error.target !== undefined) {
          const other = this.topology.at(error.target, node);
          if (other !== undefined) return await this.#sendAsking(other, args, untilMs);
        }
        if (error.code === 'MOVED' && node !== undefined && error.target !== undefined) {
          this.topology.moved(key, error.target, node);
          if (attempt === 0) continue;
        } else if (error.code === 'READONLY') {
          node?.commands.drop(new ShipmateError('unavailable', 'this Redis has become a replica'));
        } else if (node === undefined || error.code === 'CLUSTERDOWN') {
          this.topology.refresh(node);
        }
        await this.#pause();
      }
    }
  }

  async #send(node: Node, args: Args, untilMs: number): Promise<unknown> {
    const { commands } = node;
    // Waits for a link that has just been lost; if it is up, nothing comes between the call and the write.
    if (!commands.up && !(await commands.whenUp(untilMs))) {
      this.topology.refresh();
      throw commands.why;
    }
    return await commands.call(...args);
  }

  /** `ASKING` holds for the very next command of the connection: both are written in one go. */
  async #sendAsking({ commands }: Node, args: Args, untilMs: number): Promise<unknown> {
    await commands.whenUp(untilMs);
    const [, reply] = await Promise.all([commands.call('asking'), commands.call(...args)]);
    return reply;
  }

  async #pause(): Promise<void> {
    await pause(this.context.clock, RETRY_MS * (0.5 + Math.random()));
  }
}
