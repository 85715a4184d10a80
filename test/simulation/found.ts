import { FOUND_EARLIER, type Found } from './found-earlier.js';

/** What the simulator found, as few events as it takes. Each broke a rule before the cause was fixed. */
export const FOUND: readonly Found[] = [
  ...FOUND_EARLIER,
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
  {
    what: 'joiners whose relay is away are not sent away because Redis has lost the record of their session',
    schedule: {
      seed: 205869,
      shape: { edges: [2, 2], ownRedis: false, masters: 3, hosts: 1, joiners: 3 },
      events: [
        { atMs: 11333, do: 'join', joiner: 1 },
        { atMs: 31431, do: 'master-lost', region: 493, master: 767, forMs: 98220 },
        { atMs: 37110, do: 'keys-evicted', region: 720, count: 4 },
      ],
      quietMs: 130651,
    },
  },
  {
    what: 'an edge that was cut off alone for longer than the grace keeps its sessions',
    schedule: {
      seed: 1,
      shape: { edges: [2], ownRedis: false, masters: 1, hosts: 1, joiners: 2 },
      events: [
        { atMs: 10000, do: 'join', joiner: 0 },
        { atMs: 12000, do: 'join', joiner: 1 },
        { atMs: 20000, do: 'redis-unreachable', edge: 0, forMs: 150000 },
      ],
      quietMs: 171000,
    },
  },
  {
    what: 'a host whose edge died with it has its name again when it starts with the same key',
    schedule: {
      seed: 2,
      shape: { edges: [2], ownRedis: false, masters: 1, hosts: 1, joiners: 1 },
      events: [
        { atMs: 10000, do: 'join', joiner: 0 },
        { atMs: 20000, do: 'host-restarts', host: 0, silently: true, withEdge: true, forMs: 3000 },
      ],
      quietMs: 24000,
    },
  },
  {
    what: 'a host that crashes again while it starts has its name by the next start',
    schedule: {
      seed: 19,
      shape: { edges: [2], ownRedis: false, masters: 1, hosts: 2, joiners: 3 },
      events: [
        { atMs: 190693, do: 'host-restarts', host: 453, silently: true, withEdge: false, forMs: 2947 },
        { atMs: 192710, do: 'host-restarts', host: 527, silently: false, withEdge: false, forMs: 30000 },
      ],
      quietMs: 223710,
    },
  },
  {
    what: 'a host that connects to an edge just before that is told to stop has its session at another one',
    schedule: {
      seed: 206995,
      shape: { edges: [3], ownRedis: true, masters: 1, hosts: 2, joiners: 4 },
      events: [
        { atMs: 197515, do: 'host-moves', host: 420, region: 477, silently: true },
        { atMs: 200600, do: 'edge-upgraded', edge: 615 },
      ],
      quietMs: 302091,
    },
  },
  {
    what: 'a session that moved and ended while the directory was away is over for its former home, too',
    schedule: {
      seed: 209172,
      shape: { edges: [3], ownRedis: true, masters: 1, hosts: 1, joiners: 5 },
      events: [
        { atMs: 5957, do: 'join', joiner: 1 },
        { atMs: 10862, do: 'join', joiner: 3 },
        { atMs: 182904, do: 'master-lost', region: 188, master: 779, forMs: 93182 },
        { atMs: 236225, do: 'host-offline', host: 607, forMs: 5822 },
        { atMs: 250092, do: 'fin', host: 0 },
      ],
      quietMs: 277086,
    },
  },
  {
    what: 'a host that has started again keeps its name when the directory forgets that it had it',
    schedule: {
      seed: 210491,
      shape: { edges: [2], ownRedis: false, masters: 1, hosts: 2, joiners: 5 },
      events: [
        { atMs: 64441, do: 'host-restarts', host: 627, silently: false, withEdge: false, forMs: 2688 },
        { atMs: 73479, do: 'redis-emptied', region: 530, forMs: 58633 },
      ],
      quietMs: 133112,
    },
  },
  {
    what: 'two edges that a host reaches with the same data while the directory is away are homes of two generations',
    schedule: {
      seed: 210237,
      shape: { edges: [2], ownRedis: true, masters: 3, hosts: 1, joiners: 5 },
      events: [
        { atMs: 46161, do: 'broker-unreachable', broker: 906, forMs: 10511 },
        { atMs: 114284, do: 'host-half-open', host: 281, direction: 'to-server', forMs: 65546 },
        { atMs: 164877, do: 'redis-emptied', region: 361, forMs: 44837 },
        { atMs: 168850, do: 'host-reset', host: 423 },
        { atMs: 171846, do: 'host-offline', host: 346, forMs: 9056 },
      ],
      quietMs: 210714,
    },
  },
  {
    what: 'an edge that knows that a session has left a region does not end it there',
    schedule: {
      seed: 210733,
      shape: { edges: [2, 2, 1], ownRedis: true, masters: 3, hosts: 1, joiners: 4 },
      events: [
        { atMs: 17175, do: 'join', joiner: 2 },
        { atMs: 25496, do: 'master-lost', region: 960, master: 355, forMs: 99502 },
        { atMs: 59043, do: 'host-moves', host: 79, region: 607, silently: true },
        { atMs: 85243, do: 'slots-moved', region: 168 },
        { atMs: 104377, do: 'host-restarts', host: 13, silently: true, withEdge: true, forMs: 1922 },
        { atMs: 121942, do: 'redis-unreachable', edge: 120, forMs: 74146 },
        { atMs: 173746, do: 'redis-failover', region: 274, forgetsMs: 11767, forMs: 6876 },
      ],
      quietMs: 197088,
    },
  },
  {
    what: 'a host that started again while its edge was cut off, and moved, has its name',
    schedule: {
      seed: 220504,
      shape: { edges: [2], ownRedis: false, masters: 1, hosts: 1, joiners: 2 },
      events: [
        { atMs: 148151, do: 'redis-silent', edge: 776, forMs: 52354 },
        { atMs: 159476, do: 'host-restarts', host: 621, silently: true, withEdge: false, forMs: 1774 },
        { atMs: 185546, do: 'edge-paused', edge: 606, forMs: 67767 },
        { atMs: 234679, do: 'host-reset', host: 587 },
      ],
      quietMs: 254313,
    },
  },
  {
    what: 'a name leads to the live session, though its former one is waited for in another region',
    schedule: {
      seed: 220706,
      shape: { edges: [2, 2, 2], ownRedis: true, masters: 1, hosts: 1, joiners: 5 },
      events: [
        { atMs: 125617, do: 'broker-unreachable', broker: 310, forMs: 2886 },
        { atMs: 132257, do: 'host-restarts', host: 344, silently: false, withEdge: true, forMs: 30000 },
      ],
      quietMs: 163257,
    },
  },
  {
    what: 'joiners read that a host is waited for also while its home waits for longer',
    schedule: {
      seed: 221029,
      shape: { edges: [2, 1], ownRedis: false, masters: 3, hosts: 1, joiners: 2 },
      events: [
        { atMs: 15594, do: 'join', joiner: 0 },
        { atMs: 58519, do: 'host-restarts', host: 272, silently: true, withEdge: false, forMs: 30000 },
        { atMs: 99905, do: 'master-lost', region: 642, master: 261, forMs: 96996 },
        { atMs: 100506, do: 'type', joiner: 0, count: 1 },
      ],
      quietMs: 197901,
    },
  },
  {
    what: 'a host has its name also when the directory is back before the record of its new home is written',
    schedule: {
      seed: 222184,
      shape: { edges: [1, 2], ownRedis: false, masters: 3, hosts: 1, joiners: 3 },
      events: [
        { atMs: 135436, do: 'host-moves', host: 317, region: 802, silently: false },
        { atMs: 136407, do: 'redis-failover', region: 236, forgetsMs: 2563, forMs: 2199 },
      ],
      quietMs: 139606,
    },
  },
  {
    what: 'a region that was away while a session left it hears that from its second home elsewhere, if the first one died',
    schedule: {
      seed: 2,
      shape: { edges: [2, 2], ownRedis: true, masters: 1, hosts: 1, joiners: 1 },
      events: [
        { atMs: 10000, do: 'join', joiner: 0 },
        { atMs: 30000, do: 'redis-stopped', region: 0, forMs: 40000 },
        { atMs: 35000, do: 'host-moves', host: 0, region: 1, silently: false },
        { atMs: 40000, do: 'edge-killed', edge: 0, forMs: 5000 },
        { atMs: 50000, do: 'edge-killed', edge: 2, forMs: 5000 },
      ],
      quietMs: 170000,
    },
  },
  {
    what: 'a home whose own record cannot be written does not end its session: its host may be elsewhere',
    schedule: {
      seed: 225514,
      shape: { edges: [3], ownRedis: false, masters: 3, hosts: 2, joiners: 2 },
      events: [
        { atMs: 50443, do: 'master-lost', region: 686, master: 688, forMs: 77829 },
        { atMs: 53024, do: 'edge-paused', edge: 569, forMs: 12507 },
        { atMs: 67672, do: 'host-moves', host: 459, region: 749, silently: false },
      ],
      quietMs: 129272,
    },
  },
];
