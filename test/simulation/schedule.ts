import { Dice } from '#testing';

/** What a world is made of. */
export interface Shape {
  /** How many edges each region has. */
  readonly edges: readonly number[];
  /** Each region has a Redis of its own. */
  readonly ownRedis: boolean;
  /** Masters of each Redis. */
  readonly masters: number;
  readonly hosts: number;
  readonly joiners: number;
}

/** Something that happens at a time. Numbers name edges, hosts, joiners and regions, each by its rest of division. */
export type SimEvent = { readonly atMs: number } & (
  | { readonly do: 'join'; readonly joiner: number }
  | { readonly do: 'leave'; readonly joiner: number }
  | { readonly do: 'type'; readonly joiner: number; readonly count: number }
  | { readonly do: 'print'; readonly host: number; readonly count: number }
  | { readonly do: 'fin'; readonly host: number }
  | { readonly do: 'redis-unreachable'; readonly edge: number | 'all'; readonly forMs: number }
  | { readonly do: 'redis-silent'; readonly edge: number; readonly forMs: number }
  | {
      readonly do: 'redis-half-open';
      readonly edge: number;
      readonly loses: 'mute' | 'deaf';
      readonly forMs: number;
    }
  | { readonly do: 'redis-slow'; readonly region: number; readonly byMs: number; readonly forMs: number }
  | { readonly do: 'redis-stopped'; readonly region: number; readonly forMs: number }
  | { readonly do: 'redis-emptied'; readonly region: number; readonly forMs: number }
  | { readonly do: 'redis-failover'; readonly region: number; readonly forgetsMs: number; readonly forMs: number }
  | { readonly do: 'master-lost'; readonly region: number; readonly master: number; readonly forMs: number }
  | { readonly do: 'slots-moved'; readonly region: number }
  | { readonly do: 'keys-evicted'; readonly region: number; readonly count: number }
  | { readonly do: 'subscriber-cut'; readonly edge: number }
  | { readonly do: 'messages-lost'; readonly region: number; readonly oneIn: number; readonly forMs: number }
  | { readonly do: 'edge-killed'; readonly edge: number; readonly forMs: number }
  | { readonly do: 'edge-paused'; readonly edge: number; readonly forMs: number }
  | { readonly do: 'edge-upgraded'; readonly edge: number }
  | { readonly do: 'broker-paused'; readonly broker: number; readonly forMs: number }
  | { readonly do: 'broker-unreachable'; readonly broker: number; readonly forMs: number }
  | { readonly do: 'host-reset'; readonly host: number }
  | {
      readonly do: 'host-restarts';
      readonly host: number;
      readonly silently: boolean;
      /** Its edge dies with it. */
      readonly withEdge: boolean;
      readonly forMs: number;
    }
  | { readonly do: 'host-offline'; readonly host: number; readonly forMs: number }
  | { readonly do: 'host-moves'; readonly host: number; readonly region: number; readonly silently: boolean }
  | {
      readonly do: 'host-half-open';
      readonly host: number;
      readonly direction: 'to-host' | 'to-server' | 'both';
      readonly forMs: number;
    }
  | { readonly do: 'clock-skewed'; readonly edge: number; readonly byMs: number }
  | { readonly do: 'redis-clock-jumps'; readonly region: number; readonly byMs: number }
  | { readonly do: 'stops-reading'; readonly joiner: number; readonly forMs: number }
  | { readonly do: 'joiner-offline'; readonly joiner: number; readonly forMs: number }
  | { readonly do: 'joiner-half-open'; readonly joiner: number; readonly forMs: number }
);

export type FaultName = Exclude<SimEvent['do'], 'join' | 'leave' | 'type' | 'print' | 'fin'>;

/** A run, wholly: the same every time. */
export interface Schedule {
  readonly seed: number;
  readonly shape: Shape;
  readonly events: readonly SimEvent[];
  /** When no fault begins any more, and all that there were are over. */
  readonly quietMs: number;
}

/** What a schedule is made from. */
export interface ScheduleOptions {
  /** Only these faults; all, if not said. */
  readonly faults?: readonly FaultName[];
  /** One fault, and all must be whole again from its end on: for how long that takes. */
  readonly abrupt?: boolean;
}

/** How often each fault is drawn. */
const WEIGHTS: Readonly<Record<FaultName, number>> = {
  'redis-unreachable': 4,
  'redis-silent': 2,
  'redis-half-open': 2,
  'redis-slow': 2,
  'redis-stopped': 3,
  'redis-emptied': 2,
  'redis-failover': 3,
  'master-lost': 2,
  'slots-moved': 1,
  'keys-evicted': 2,
  'subscriber-cut': 2,
  'messages-lost': 2,
  'edge-killed': 4,
  'edge-paused': 3,
  'edge-upgraded': 2,
  'broker-paused': 1,
  'broker-unreachable': 1,
  'host-reset': 3,
  'host-restarts': 1,
  'host-offline': 2,
  'host-moves': 4,
  'host-half-open': 2,
  'clock-skewed': 1,
  'redis-clock-jumps': 1,
  'stops-reading': 1,
  'joiner-offline': 1,
  'joiner-half-open': 1,
};

/** How many faults a schedule has at most; one in so many has all of it at once. */
const MOST_FAULTS = 6;
const STORM_FAULTS = 20;
const STORM_ONE_IN = 8;

export const FAULTS = Object.keys(WEIGHTS) as FaultName[];

/** Draws a schedule from a seed. */
export function drawSchedule(seed: number, { faults = FAULTS, abrupt = false }: ScheduleOptions = {}): Schedule {
  const dice = new Dice(seed * 2654435761 + 17);
  const shape: Shape = {
    edges: Array.from({ length: 1 + dice.roll(3) }, () => 1 + dice.roll(2)),
    ownRedis: dice.oneIn(2),
    masters: dice.oneIn(3) ? 3 : 1,
    hosts: 1 + dice.roll(2),
    joiners: 2 + dice.roll(4),
  };
  if (shape.edges.length === 1) (shape.edges as number[])[0] = 2 + dice.roll(2);
  const lengthMs = 120_000 + dice.roll(240_000);
  const events: SimEvent[] = [];
  for (let joiner = 0; joiner < shape.joiners; joiner++) {
    events.push({ atMs: 5_000 + dice.roll(15_000), do: 'join', joiner });
    if (dice.oneIn(8)) events.push({ atMs: dice.roll(lengthMs), do: 'leave', joiner });
  }
  for (let atMs = 20_000; atMs < lengthMs + 20_000; atMs += 500 + dice.roll(8_000)) {
    events.push({ atMs, do: 'type', joiner: dice.roll(shape.joiners), count: 1 + dice.roll(4) });
  }
  if (dice.oneIn(4)) events.push({ atMs: lengthMs / 2, do: 'print', host: dice.roll(shape.hosts), count: 200 });
  if (dice.oneIn(6)) events.push({ atMs: dice.roll(lengthMs), do: 'fin', host: dice.roll(shape.hosts) });
  const wanted = faults.map((name) => [WEIGHTS[name], name] as const);
  let quietMs = lengthMs + 1_000;
  const count = 1 + dice.roll(dice.oneIn(STORM_ONE_IN) ? STORM_FAULTS : MOST_FAULTS);
  for (let left = abrupt ? 1 : count; left > 0; left--) {
    const atMs = 25_000 + dice.roll(lengthMs - 25_000);
    const event = { atMs, ...fault(dice, dice.weighted(wanted)) } as SimEvent;
    events.push(event);
    const endMs = atMs + ('forMs' in event ? event.forMs : 0);
    quietMs = abrupt ? endMs : Math.max(quietMs, endMs + 1_000);
  }
  return { seed, shape, events: events.sort((a, b) => a.atMs - b.atMs), quietMs };
}

/** How long a fault lasts: a moment, longer than a lease, or longer than the grace. */
const lasting = (dice: Dice): number =>
  dice.weighted([
    [3, 500 + dice.roll(3_000)],
    [3, 5_000 + dice.roll(20_000)],
    [2, 40_000 + dice.roll(60_000)],
  ]);

function fault(dice: Dice, name: FaultName): object {
  const big = (): number => dice.roll(1_000);
  const forMs = lasting(dice);
  switch (name) {
    case 'redis-unreachable':
      return { do: name, edge: dice.oneIn(2) ? 'all' : big(), forMs };
    case 'redis-silent':
    case 'edge-paused':
      return { do: name, edge: big(), forMs };
    case 'redis-half-open':
      return { do: name, edge: big(), loses: dice.pick(['mute', 'deaf']), forMs };
    case 'broker-paused':
    case 'broker-unreachable':
      return { do: name, broker: big(), forMs };
    case 'edge-killed':
      return { do: name, edge: big(), forMs: 3_000 + dice.roll(30_000) };
    case 'redis-slow':
      return { do: name, region: big(), byMs: dice.pick([50, 500, 2_000, 4_000]), forMs };
    case 'redis-stopped':
    case 'redis-emptied':
      return { do: name, region: big(), forMs };
    case 'redis-failover':
      return { do: name, region: big(), forgetsMs: dice.roll(20_000), forMs: 500 + dice.roll(8_000) };
    case 'master-lost':
      return { do: name, region: big(), master: big(), forMs };
    case 'slots-moved':
      return { do: name, region: big() };
    case 'keys-evicted':
      return { do: name, region: big(), count: 1 + dice.roll(4) };
    case 'subscriber-cut':
    case 'edge-upgraded':
      return { do: name, edge: big() };
    case 'messages-lost':
      return { do: name, region: big(), oneIn: 1 + dice.roll(10), forMs };
    case 'host-reset':
      return { do: name, host: big() };
    case 'host-restarts':
      return {
        do: name,
        host: big(),
        silently: dice.oneIn(2),
        withEdge: dice.oneIn(3),
        forMs: Math.min(forMs, 30_000),
      };
    case 'host-offline':
      return { do: name, host: big(), forMs: Math.min(forMs, 40_000) };
    case 'host-moves':
      return { do: name, host: big(), region: big(), silently: dice.oneIn(2) };
    case 'host-half-open':
      return { do: name, host: big(), direction: dice.pick(['to-host', 'to-server', 'both']), forMs };
    case 'clock-skewed':
      return { do: name, edge: big(), byMs: dice.roll(600_000) - 300_000 };
    case 'redis-clock-jumps':
      return { do: name, region: big(), byMs: dice.roll(60_000) - 30_000 };
    case 'stops-reading':
    case 'joiner-offline':
    case 'joiner-half-open':
      return { do: name, joiner: big(), forMs };
  }
}
