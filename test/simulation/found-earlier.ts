import type { Schedule } from './schedule.js';

/** A schedule that broke a rule before the cause was fixed. */
export interface Found {
  /** What holds since then. */
  readonly what: string;
  readonly schedule: Schedule;
}

/** The older part of `FOUND`. */
export const FOUND_EARLIER: readonly Found[] = [
  {
    what: 'an edge that comes back later than the broker, after Redis was away, keeps its sessions',
    schedule: {
      seed: 36,
      shape: { edges: [2, 1], ownRedis: false, masters: 1, hosts: 2, joiners: 2 },
      events: [
        { atMs: 48_271, do: 'redis-stopped', region: 0, forMs: 87_994 },
        { atMs: 99_224, do: 'redis-silent', edge: 0, forMs: 64_651 },
      ],
      quietMs: 164_875,
    },
  },
  {
    what: 'what a session left behind in a region, and was closed there, ends it nowhere',
    schedule: {
      seed: 10_102,
      shape: { edges: [2, 2], ownRedis: true, masters: 1, hosts: 1, joiners: 3 },
      events: [
        { atMs: 14_821, do: 'join', joiner: 0 },
        { atMs: 17_761, do: 'join', joiner: 1 },
        { atMs: 18_227, do: 'join', joiner: 2 },
        { atMs: 20_000, do: 'type', joiner: 2, count: 2 },
        { atMs: 27_520, do: 'type', joiner: 0, count: 2 },
        { atMs: 31_047, do: 'type', joiner: 1, count: 4 },
        { atMs: 43_051, do: 'redis-unreachable', edge: 'all', forMs: 53_946 },
        { atMs: 45_782, do: 'type', joiner: 1, count: 1 },
        { atMs: 51_614, do: 'type', joiner: 2, count: 4 },
        { atMs: 58_058, do: 'type', joiner: 0, count: 1 },
        { atMs: 63_233, do: 'type', joiner: 1, count: 4 },
        { atMs: 64_510, do: 'edge-killed', edge: 816, forMs: 6_738 },
        { atMs: 81_307, do: 'type', joiner: 0, count: 1 },
        { atMs: 84_720, do: 'type', joiner: 1, count: 4 },
        { atMs: 98_747, do: 'redis-unreachable', edge: 'all', forMs: 92_947 },
        { atMs: 103_077, do: 'type', joiner: 1, count: 1 },
        { atMs: 104_456, do: 'type', joiner: 2, count: 2 },
        { atMs: 213_207, do: 'redis-emptied', region: 395, forMs: 1_253 },
      ],
      quietMs: 215_460,
    },
  },
  {
    what: 'joiners wait for a home that comes back later than their own edge, after Redis was away',
    schedule: {
      seed: 20154,
      shape: { edges: [2, 1, 2], ownRedis: false, masters: 1, hosts: 2, joiners: 4 },
      events: [
        { atMs: 6888, do: 'join', joiner: 0 },
        { atMs: 9893, do: 'join', joiner: 3 },
        { atMs: 10269, do: 'join', joiner: 1 },
        { atMs: 11167, do: 'join', joiner: 2 },
        { atMs: 23482, do: 'type', joiner: 0, count: 4 },
        { atMs: 25145, do: 'host-reset', host: 784 },
        { atMs: 28453, do: 'redis-half-open', edge: 649, loses: 'deaf', forMs: 2297 },
        { atMs: 31542, do: 'type', joiner: 0, count: 1 },
        { atMs: 35337, do: 'edge-killed', edge: 930, forMs: 24681 },
        { atMs: 35595, do: 'type', joiner: 1, count: 4 },
        { atMs: 170531, do: 'redis-stopped', region: 311, forMs: 80013 },
        { atMs: 192294, do: 'redis-silent', edge: 939, forMs: 92456 },
      ],
      quietMs: 285750,
    },
  },
  {
    what: 'a host that is lost three times before it can get newer reconnection data has its session back',
    schedule: {
      seed: 60_158,
      shape: { edges: [2], ownRedis: false, masters: 1, hosts: 2, joiners: 2 },
      events: [
        { atMs: 88_926, do: 'host-moves', host: 331, region: 77, silently: true },
        { atMs: 91_090, do: 'host-moves', host: 491, region: 208, silently: false },
        { atMs: 93_915, do: 'host-offline', host: 153, forMs: 2_479 },
      ],
      quietMs: 97_394,
    },
  },
  {
    what: 'a region that forgets by a failover that a session has left it is told again',
    schedule: {
      seed: 20137,
      shape: { edges: [1, 1], ownRedis: true, masters: 3, hosts: 1, joiners: 4 },
      events: [
        { atMs: 16525, do: 'join', joiner: 2 },
        { atMs: 55981, do: 'type', joiner: 2, count: 2 },
        { atMs: 81228, do: 'host-offline', host: 632, forMs: 5032 },
        { atMs: 104498, do: 'redis-failover', region: 962, forgetsMs: 15922, forMs: 6983 },
        { atMs: 167350, do: 'edge-upgraded', edge: 786 },
      ],
      quietMs: 222795,
    },
  },
  {
    what: 'a host whose first attempt to come back is late, over a slow Redis, has its session by the second',
    schedule: {
      seed: 60313,
      shape: { edges: [1, 2], ownRedis: true, masters: 3, hosts: 1, joiners: 3 },
      events: [
        { atMs: 161671, do: 'redis-slow', region: 248, byMs: 2000, forMs: 83701 },
        { atMs: 180939, do: 'host-offline', host: 681, forMs: 2809 },
        { atMs: 186146, do: 'host-offline', host: 560, forMs: 19285 },
      ],
      quietMs: 246372,
    },
  },
  {
    what: 'what a home took and its host may not have is reported when the host comes back elsewhere, whatever Redis does',
    schedule: {
      seed: 60415,
      shape: { edges: [2, 1, 2], ownRedis: false, masters: 3, hosts: 1, joiners: 5 },
      events: [
        { atMs: 19462, do: 'join', joiner: 4 },
        { atMs: 171908, do: 'type', joiner: 4, count: 3 },
        { atMs: 188158, do: 'type', joiner: 4, count: 2 },
        { atMs: 190322, do: 'host-offline', host: 43, forMs: 21917 },
        { atMs: 191588, do: 'type', joiner: 4, count: 3 },
        { atMs: 208923, do: 'redis-failover', region: 901, forgetsMs: 8431, forMs: 7166 },
      ],
      quietMs: 217089,
    },
  },
  {
    what: 'the same where the home is in another region and slow to tell',
    schedule: {
      seed: 10549,
      shape: { edges: [1, 1, 2], ownRedis: true, masters: 1, hosts: 1, joiners: 3 },
      events: [
        { atMs: 6734, do: 'join', joiner: 0 },
        { atMs: 9316, do: 'join', joiner: 2 },
        { atMs: 35505, do: 'type', joiner: 0, count: 1 },
        { atMs: 43580, do: 'redis-slow', region: 750, byMs: 2000, forMs: 77544 },
        { atMs: 101766, do: 'type', joiner: 2, count: 2 },
        { atMs: 104032, do: 'host-offline', host: 296, forMs: 2167 },
      ],
      quietMs: 122124,
    },
  },
  {
    what: 'what a session left behind in a region is forgotten, also where Redis has lost it from its list',
    schedule: {
      seed: 60436,
      shape: { edges: [1, 2], ownRedis: true, masters: 1, hosts: 2, joiners: 2 },
      events: [
        { atMs: 67842, do: 'host-moves', host: 557, region: 246, silently: false },
        { atMs: 98541, do: 'redis-silent', edge: 395, forMs: 2094 },
        { atMs: 117825, do: 'keys-evicted', region: 173, count: 2 },
        { atMs: 145724, do: 'fin', host: 1 },
      ],
      quietMs: 313823,
    },
  },
  {
    what: 'a session that has ended is ended again when a failover has forgotten that',
    schedule: {
      seed: 70278,
      shape: { edges: [2, 2], ownRedis: false, masters: 1, hosts: 1, joiners: 4 },
      events: [
        { atMs: 107049, do: 'fin', host: 0 },
        { atMs: 121188, do: 'redis-failover', region: 469, forgetsMs: 18222, forMs: 3494 },
      ],
      quietMs: 125682,
    },
  },
  {
    what: 'an edge that is cut off ends no session whose host is at another edge',
    schedule: {
      seed: 1,
      shape: { edges: [2], ownRedis: false, masters: 1, hosts: 1, joiners: 1 },
      events: [
        { atMs: 15000, do: 'join', joiner: 0 },
        { atMs: 20000, do: 'redis-unreachable', edge: 0, forMs: 90000 },
        { atMs: 25000, do: 'host-moves', host: 0, region: 0, silently: false },
      ],
      quietMs: 112000,
    },
  },
  {
    what: 'tokens that Redis has lost are written again',
    schedule: {
      seed: 1,
      shape: { edges: [2], ownRedis: false, masters: 1, hosts: 1, joiners: 0 },
      events: [{ atMs: 20000, do: 'keys-evicted', region: 0, count: 2 }],
      quietMs: 21000,
    },
  },
  {
    what: 'joiners notice when a home dies that their session has moved to',
    schedule: {
      seed: 31,
      shape: { edges: [3], ownRedis: false, masters: 1, hosts: 1, joiners: 1 },
      events: [
        { atMs: 15000, do: 'join', joiner: 0 },
        { atMs: 20000, do: 'host-moves', host: 0, region: 0, silently: false },
        { atMs: 40000, do: 'edge-paused', edge: 1, forMs: 60000 },
      ],
      quietMs: 101000,
    },
  },
  {
    what: 'a region that was away hears that a session has left it',
    schedule: {
      seed: 1,
      shape: { edges: [1, 1], ownRedis: true, masters: 1, hosts: 1, joiners: 1 },
      events: [
        { atMs: 20000, do: 'redis-stopped', region: 0, forMs: 20000 },
        { atMs: 22000, do: 'host-moves', host: 0, region: 1, silently: true },
      ],
      quietMs: 150000,
    },
  },
  {
    what: 'a session that ends while it is being written stays ended',
    schedule: {
      seed: 1,
      shape: { edges: [2], ownRedis: false, masters: 1, hosts: 1, joiners: 0 },
      events: [
        { atMs: 20000, do: 'redis-slow', region: 0, byMs: 1500, forMs: 40000 },
        { atMs: 21000, do: 'redis-emptied', region: 0, forMs: 1000 },
        { atMs: 25400, do: 'fin', host: 0 },
      ],
      quietMs: 61000,
    },
  },
];
