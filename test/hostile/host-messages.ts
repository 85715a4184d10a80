import { encode } from '@msgpack/msgpack';
import { type Dice, SyntheticHost, SyntheticJoiner, until, type WireMessage } from '#testing';
import { attack, bytesOf, textOf, type Scene } from './attack.js';
import { hostMessage } from './host-vocabulary.js';
import { damaged, noise, oddNumber, oddText, several } from './odd.js';
import { pause } from './wire.js';

type Ready = 'ready' | 'unready' | 'silent';

interface Setup {
  readonly edge: number;
  readonly compress: boolean;
  /** How far it comes as a host should: with a window, without READY, or without its header. */
  readonly begins: Ready;
}

type Step =
  | { readonly do: 'say'; readonly message: WireMessage; readonly times?: number }
  | { readonly do: 'bytes'; readonly bytes: string }
  | { readonly do: 'join'; readonly edge: number; readonly cols: number; readonly rows: number; readonly term: string }
  | { readonly do: 'type'; readonly bytes: string }
  | { readonly do: 'resize'; readonly cols: number; readonly rows: number }
  | { readonly do: 'leave' }
  | { readonly do: 'return' }
  | { readonly do: 'wait' };

/** Writes what stands in a case as the message that it means. */
function encoded(message: WireMessage): Uint8Array {
  const real = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(real);
    if (typeof value !== 'object' || value === null) return value;
    const { bytes } = value as { bytes?: unknown };
    if (typeof bytes === 'string') return bytesOf(bytes);
    return Object.fromEntries(Object.entries(value).map(([name, held]) => [name, real(held)]));
  };
  return encode(real(message));
}

const join = (dice: Dice): Step => ({
  do: 'join',
  edge: dice.roll(2),
  cols: dice.oneIn(6) ? oddNumber(dice) : 20 + dice.roll(200),
  rows: dice.oneIn(6) ? oddNumber(dice) : 5 + dice.roll(60),
  term: dice.pick(['xterm-256color', 'xterm', 'screen', 'linux', 'vt100', 'dumb', 'xterm-direct']),
});

const step = (dice: Dice): Step =>
  dice.weighted<() => Step>([
    [30, () => ({ do: 'say', message: hostMessage(dice), times: dice.oneIn(15) ? 1 + dice.roll(200) : 1 })],
    [2, () => ({ do: 'bytes', bytes: damaged(dice, textOf(encoded(hostMessage(dice)))) })],
    [1, () => ({ do: 'bytes', bytes: noise(dice, dice.roll(500)) })],
    [3, () => join(dice)],
    [4, () => ({ do: 'type', bytes: dice.oneIn(2) ? oddText(dice, 5000) : `\u0002${oddText(dice, 30)}` })],
    [2, () => ({ do: 'resize', cols: 1 + dice.roll(300), rows: 1 + dice.roll(100) })],
    [1, () => ({ do: 'leave' })],
    [1, () => ({ do: 'return' })],
    [6, () => ({ do: 'wait' })],
  ])();

/** Messages of tmate's protocol, by a host whose session somebody watches; before and after READY. */
export const hostMessages = attack<Setup, Step>({
  name: 'host-messages',
  weight: 8,
  make: (dice) => {
    const begins = dice.weighted<Ready>([
      [8, 'ready'],
      [2, 'unready'],
      [1, 'silent'],
    ]);
    const opening = begins === 'ready' && !dice.oneIn(4) ? [join(dice)] : [];
    return {
      setup: { edge: dice.roll(2), compress: dice.oneIn(3), begins },
      steps: [...opening, ...several(dice, 25, () => step(dice))],
    };
  },
  async play(setup, steps, scene) {
    const played = new Played(setup, scene);
    if (!(await played.connect())) return;
    for (const step of steps) if (!(await played.step(step))) return;
    await pause();
  },
});

/** A host and its joiners while a case goes on. */
class Played {
  #host: SyntheticHost | undefined;
  #token: string | undefined;
  readonly #joiners: SyntheticJoiner[] = [];

  constructor(
    private readonly setup: Setup,
    private readonly scene: Scene,
  ) {}

  async connect(reconnect?: string): Promise<boolean> {
    const { setup, scene } = this;
    const port = this.#port(setup.edge);
    const target = { port, compress: setup.compress, ssh: { localAddress: scene.address } };
    const host = await SyntheticHost.connect(target).catch(() => undefined);
    if (host === undefined) return false;
    this.#host = host;
    scene.stage.onClear(() => host.client.destroy());
    if (setup.begins === 'silent') return true;
    host.introduce({ unready: setup.begins === 'unready', ...(reconnect === undefined ? {} : { reconnect }) });
    if (setup.begins === 'ready') {
      await until(() => host.env.has('tmate_ssh') || host.closed !== undefined, { what: 'an answer' }).catch(
        () => undefined,
      );
      this.#token = host.env.has('tmate_ssh') ? await host.token() : undefined;
    }
    return true;
  }

  /** Plays a step; whether the case goes on. */
  async step(step: Step): Promise<boolean> {
    const host = this.#host;
    if (host === undefined) return false;
    switch (step.do) {
      case 'say': {
        const bytes = encoded(step.message);
        for (let n = 0; n < (step.times ?? 1); n++) host.sendRaw(bytes);
        break;
      }
      case 'bytes':
        host.sendRaw(bytesOf(step.bytes));
        break;
      case 'join':
        await this.#join(step);
        break;
      case 'type':
        await this.#joiners.at(-1)?.type(bytesOf(step.bytes));
        break;
      case 'resize':
        this.#joiners.at(-1)?.channel.setWindow(step.rows, step.cols, 0, 0);
        break;
      case 'leave':
        this.#joiners.pop()?.client.destroy();
        break;
      case 'return': {
        const data = host.env.get('tmate_reconnection_data');
        host.client.destroy();
        return await this.connect(data);
      }
      case 'wait':
        await pause();
    }
    // Once its host is gone, what joiners still do is worth playing.
    return host.closed === undefined || this.#joiners.length > 0;
  }

  async #join({ edge, ...size }: { edge: number; cols: number; rows: number; term: string }): Promise<void> {
    if (this.#token === undefined) return;
    const { address, stage } = this.scene;
    const joiner = await SyntheticJoiner.start({
      port: this.#port(edge),
      token: this.#token,
      blind: true,
      ssh: { localAddress: address },
      ...size,
    }).catch(() => undefined);
    if (joiner === undefined) return;
    joiner.channel.on('error', () => undefined);
    stage.onClear(() => joiner.client.destroy());
    this.#joiners.push(joiner);
  }

  #port(edge: number): number {
    const { edges } = this.scene.target;
    return edges[edge % edges.length]?.ssh ?? 0;
  }
}
