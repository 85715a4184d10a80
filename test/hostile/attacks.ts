import { Dice, Stage, within } from '#testing';
import type { ArenaKind } from './arena.js';
import type { Attack, Case, Target } from './attack.js';
import { hostMessages } from './host-messages.js';
import { httpCalls, type Operation } from './http-calls.js';
import { attackerAddress } from './odd.js';
import { onePort } from './one-port.js';
import { pageMessages } from './page-messages.js';
import { proxyHeaders } from './proxy-headers.js';
import { redisRecords } from './redis-records.js';
import { sshChannels } from './ssh-channels.js';
import { sshTransport } from './ssh-transport.js';

/** A case that takes longer is over: what it holds is closed. In milliseconds. */
const MOST_MS = 15_000;

function isFor(kind: ArenaKind, { fleet, onePort: needsOnePort, sshAlone }: Attack): boolean {
  if (kind === 'one-port') return needsOnePort === true || sshAlone === true;
  return needsOnePort !== true && (kind === 'fleet' || fleet !== true);
}

/** Which generators may be drawn. */
interface Choice {
  readonly kind: ArenaKind;
  readonly only?: string | undefined;
}

/** All generators of hostile input. */
export class Attacks {
  readonly #all: readonly Attack[];

  /** `operations` are those of the API that is attacked. */
  constructor(operations: readonly Operation[]) {
    this.#all = [
      sshTransport,
      sshChannels,
      hostMessages,
      pageMessages,
      httpCalls(operations),
      proxyHeaders,
      redisRecords,
      onePort,
    ];
  }

  get names(): readonly string[] {
    return this.#all.map(({ name }) => name);
  }

  /** Those that can attack servers of that kind; with `only`, just that one. */
  able({ kind, only }: Choice): readonly Attack[] {
    return this.#all.filter((one) => isFor(kind, one) && (only === undefined || one.name === only));
  }

  /** The case of a seed for servers of that kind; `only` one generator's. */
  make(seed: number, { kind, only }: Choice): Case {
    const dice = new Dice(seed);
    const drawn = dice.weighted(this.able({ kind, only }).map((one) => [one.weight, one] as const));
    return { attack: drawn.name, seed, ...drawn.make(dice) };
  }

  /** Plays a case to its end; throws a `Violation` for an answer that must not be. */
  async play(played: Case, target: Target): Promise<void> {
    const attack = this.#all.find(({ name }) => name === played.attack);
    if (attack === undefined) throw new Error(`there is no attack ${played.attack}`);
    const stage = new Stage();
    const address = attackerAddress(played.seed);
    try {
      const playing = attack.play(played.setup, played.steps, { target, stage, address });
      playing.catch(() => undefined); // When it is late, nobody waits for its end any more.
      await within(playing, `the case of seed ${played.seed}`, MOST_MS);
    } finally {
      await stage.clear();
    }
  }
}
