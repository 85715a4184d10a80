import type { Schedule } from './schedule.js';

/** What the simulator found, as few events as it takes. Each broke a rule before the cause was fixed. */
export const FOUND: readonly { readonly what: string; readonly schedule: Schedule }[] = [
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
  {
    what: 'a session in another region is not ended by its former home, whose region has forgotten that it moved',
    schedule: {
      seed: 90021,
      shape: { edges: [1, 2], ownRedis: true, masters: 1, hosts: 2, joiners: 2 },
      events: [
        { atMs: 187331, do: 'redis-silent', edge: 793, forMs: 79222 },
        { atMs: 235574, do: 'host-moves', host: 951, region: 202, silently: false },
        { atMs: 242625, do: 'master-lost', region: 853, master: 160, forMs: 1233 },
      ],
      quietMs: 267553,
    },
  },
  {
    what: 'edges that reach the master with the leases are not taken for dead when a Cluster loses another one',
    schedule: {
      seed: 90301,
      shape: { edges: [3], ownRedis: true, masters: 3, hosts: 2, joiners: 3 },
      events: [
        { atMs: 14506, do: 'join', joiner: 0 },
        { atMs: 275472, do: 'master-lost', region: 883, master: 776, forMs: 99934 },
      ],
      quietMs: 376406,
    },
  },
  {
    what: 'a session comes back to a region while the directory there is away',
    schedule: {
      seed: 70346,
      shape: { edges: [1, 2, 2], ownRedis: true, masters: 1, hosts: 2, joiners: 3 },
      events: [
        { atMs: 10955, do: 'join', joiner: 1 },
        { atMs: 12895, do: 'join', joiner: 2 },
        { atMs: 27457, do: 'redis-half-open', edge: 170, loses: 'deaf', forMs: 16419 },
        { atMs: 34725, do: 'type', joiner: 2, count: 2 },
        { atMs: 36327, do: 'type', joiner: 1, count: 2 },
        { atMs: 36511, do: 'redis-silent', edge: 576, forMs: 92984 },
        { atMs: 39434, do: 'host-offline', host: 831, forMs: 18425 },
        { atMs: 44332, do: 'type', joiner: 2, count: 1 },
        { atMs: 47942, do: 'type', joiner: 1, count: 4 },
        { atMs: 66326, do: 'type', joiner: 1, count: 4 },
        { atMs: 72274, do: 'host-half-open', host: 460, direction: 'both', forMs: 2708 },
        { atMs: 111254, do: 'type', joiner: 1, count: 4 },
        { atMs: 112271, do: 'master-lost', region: 197, master: 10, forMs: 1443 },
        { atMs: 116474, do: 'edge-killed', edge: 695, forMs: 5081 },
      ],
      quietMs: 130495,
    },
  },
  {
    what: 'a home in another region, opened by a late attempt of a host that is elsewhere by then, hears that',
    schedule: {
      seed: 90324,
      shape: { edges: [1, 2], ownRedis: true, masters: 1, hosts: 2, joiners: 5 },
      events: [
        { atMs: 143514, do: 'host-moves', host: 297, region: 520, silently: true },
        { atMs: 144242, do: 'redis-unreachable', edge: 'all', forMs: 553 },
        { atMs: 145888, do: 'host-moves', host: 885, region: 835, silently: true },
      ],
      quietMs: 146888,
    },
  },
  {
    what: 'a session that ends before its takeover is written ends for its former home, too',
    schedule: {
      seed: 91473,
      shape: { edges: [3], ownRedis: true, masters: 1, hosts: 1, joiners: 4 },
      events: [
        { atMs: 9037, do: 'join', joiner: 0 },
        { atMs: 9736, do: 'join', joiner: 2 },
        { atMs: 11231, do: 'join', joiner: 3 },
        { atMs: 33688, do: 'joiner-offline', joiner: 192, forMs: 73087 },
        { atMs: 34091, do: 'redis-stopped', region: 401, forMs: 52301 },
        { atMs: 52032, do: 'type', joiner: 2, count: 2 },
        { atMs: 62169, do: 'host-offline', host: 501, forMs: 3343 },
        { atMs: 63681, do: 'redis-slow', region: 911, byMs: 4000, forMs: 1262 },
        { atMs: 68841, do: 'type', joiner: 2, count: 2 },
        { atMs: 74967, do: 'redis-unreachable', edge: 916, forMs: 16299 },
        { atMs: 85215, do: 'type', joiner: 2, count: 1 },
        { atMs: 91556, do: 'fin', host: 0 },
      ],
      quietMs: 107775,
    },
  },
  {
    what: 'joiners notice that a home is cut off while the directory has no leases',
    schedule: {
      seed: 80844,
      shape: { edges: [3], ownRedis: false, masters: 3, hosts: 1, joiners: 3 },
      events: [
        { atMs: 18678, do: 'join', joiner: 2 },
        { atMs: 126871, do: 'master-lost', region: 850, master: 684, forMs: 92927 },
        { atMs: 165239, do: 'redis-silent', edge: 543, forMs: 69269 },
      ],
      quietMs: 235508,
    },
  },
  {
    what: 'joiners notice that a home is dead while the directory has no record of the session',
    schedule: {
      seed: 200964,
      shape: { edges: [2, 2, 1], ownRedis: false, masters: 3, hosts: 2, joiners: 3 },
      events: [
        { atMs: 7488, do: 'join', joiner: 0 },
        { atMs: 8294, do: 'join', joiner: 2 },
        { atMs: 109610, do: 'master-lost', region: 181, master: 266, forMs: 97502 },
        { atMs: 165142, do: 'redis-unreachable', edge: 320, forMs: 70050 },
      ],
      quietMs: 236192,
    },
  },
  {
    what: 'a joiner whom nobody answers in time gets a seat that follows the home',
    schedule: {
      seed: 200118,
      shape: { edges: [3], ownRedis: false, masters: 3, hosts: 1, joiners: 3 },
      events: [
        { atMs: 5982, do: 'join', joiner: 1 },
        { atMs: 16935, do: 'join', joiner: 2 },
        { atMs: 36330, do: 'type', joiner: 1, count: 4 },
        { atMs: 37887, do: 'edge-paused', edge: 739, forMs: 82191 },
        { atMs: 47536, do: 'redis-slow', region: 44, byMs: 2000, forMs: 62274 },
      ],
      quietMs: 121078,
    },
  },
  {
    what: 'a region that has forgotten that a session left it keeps no record of it when its former home finds out',
    schedule: {
      seed: 200279,
      shape: { edges: [1, 2, 1], ownRedis: true, masters: 1, hosts: 1, joiners: 4 },
      events: [
        { atMs: 10689, do: 'join', joiner: 3 },
        { atMs: 35218, do: 'host-offline', host: 730, forMs: 20453 },
        { atMs: 35630, do: 'redis-silent', edge: 868, forMs: 95763 },
        { atMs: 64200, do: 'redis-emptied', region: 759, forMs: 3206 },
      ],
      quietMs: 191010,
    },
  },
  {
    what: 'a host that came back to an edge which was cut off keeps its session, though others had it end',
    schedule: {
      seed: 202777,
      shape: { edges: [3], ownRedis: true, masters: 1, hosts: 1, joiners: 2 },
      events: [
        { atMs: 16608, do: 'join', joiner: 0 },
        { atMs: 28871, do: 'type', joiner: 0, count: 1 },
        { atMs: 57270, do: 'type', joiner: 0, count: 2 },
        { atMs: 67835, do: 'type', joiner: 0, count: 2 },
        { atMs: 71897, do: 'type', joiner: 0, count: 3 },
        { atMs: 92093, do: 'redis-unreachable', edge: 363, forMs: 86080 },
        { atMs: 93594, do: 'type', joiner: 0, count: 2 },
        { atMs: 99966, do: 'type', joiner: 0, count: 1 },
        { atMs: 127426, do: 'type', joiner: 0, count: 3 },
        { atMs: 143824, do: 'host-moves', host: 985, region: 786, silently: false },
        { atMs: 179655, do: 'redis-failover', region: 527, forgetsMs: 1998, forMs: 8432 },
      ],
      quietMs: 189087,
    },
  },
  {
    what: 'a session that has moved and ended is ended again when a failover has forgotten both',
    schedule: {
      seed: 203159,
      shape: { edges: [2, 1], ownRedis: false, masters: 3, hosts: 2, joiners: 3 },
      events: [
        { atMs: 73299, do: 'host-moves', host: 754, region: 24, silently: false },
        { atMs: 83996, do: 'fin', host: 0 },
        { atMs: 89777, do: 'redis-failover', region: 249, forgetsMs: 19601, forMs: 3334 },
      ],
      quietMs: 94111,
    },
  },
];
