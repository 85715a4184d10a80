const KIB = 1024;
const MIB = 1024 * KIB;

/** What is counted in bytes, where it is taken. */
export const HELD_KINDS = [
  'screens',
  'history',
  'asleep',
  'pictures',
  'parsers',
  'copies',
  'queues',
  'snapshots',
] as const;
/** What held bytes are for; a label of `shipmate_counted_bytes`. */
export type HeldKind = (typeof HELD_KINDS)[number];

/** One limit on what somebody may make a process hold. */
export interface CostLimit {
  /** Bytes held at once. */
  readonly most: number;
  /** How a person says what is counted. */
  readonly counts: string;
  /** Why it is as large as it is. */
  readonly reason: string;
  /** What happens at the limit. */
  readonly atLimit: string;
}

/**
 * Every limit on what one host and one session may make a process hold, by name: the limit's name is the label of
 * `shipmate_turned_away_total` and a row of docs/limits.md.
 */
export const COST_LIMITS = {
  'host-before-ready': {
    most: 512 * KIB,
    counts: 'everything that a host makes the server hold before it says that it is ready',
    reason: 'its keys and its other connections are not checked yet; a stock client needs about 10 KB',
    atLimit: 'the host is disconnected and told why',
  },
  'host-before-session': {
    most: 32 * MIB,
    counts: 'the same, from then until it has its session',
    reason:
      'a host that comes back sends the contents of its panes before it is let in: 20 panes of 200 × 50 take 5 MB',
    atLimit: 'the host is disconnected and told why',
  },
  'session-layout': {
    most: 64 * MIB,
    counts: 'the screens of all panes of a session, by their sizes: 12 bytes per cell and 160 per line',
    reason: '130 windows of 400 × 100, or two of the largest, 2000 × 1000',
    atLimit: 'the host is disconnected and told why',
  },
  'session-screens': {
    most: 160 * MIB,
    counts: 'their actual memory: with alternate screens, lines wider than their panes, and combined characters',
    reason: 'twice what the layout may need, and a reserve',
    atLimit: 'the host is disconnected and told why; at an edge other than its home, the joiners there are',
  },
  'session-history': {
    most: 16 * MIB,
    counts: 'lines of all panes that scrolled out of view, packed, and text that panes show instead of a program',
    reason: '80 panes with 2,000 lines of an ordinary log; one pane keeps at most 4 MiB or 50,000 lines',
    atLimit: 'the older half of the longest history is dropped',
  },
  'session-asleep': {
    most: 96 * MIB,
    counts: 'panes that nobody watches: packed, with the output since then',
    reason: 'a packed pane is smaller than a watched one',
    atLimit: 'panes that do not fit stay unpacked',
  },
  'session-pictures': {
    most: 64 * MIB,
    counts:
      'the pictures for joiners at one edge: the newest for each terminal size, and each older one that somebody still sees',
    reason: '80 terminal sizes around 200 × 50, with five older pictures each',
    atLimit:
      'a terminal of another size gets the largest picture that fits into it; a slow joiner gets the whole screen when it reads again',
  },
  'session-parsers': {
    most: 20 * MIB,
    counts: 'messages of a host that have not arrived completely',
    reason: 'the largest message, a snapshot, may have 16 MiB',
    atLimit: 'the host is disconnected and told why',
  },
  'session-copies': {
    most: 32 * MIB,
    counts: 'the frozen panes, with history, that copy mode keeps at seats of one edge',
    reason: '70 copies of a pane of 200 × 50 with 2,000 lines of an ordinary log',
    atLimit: 'copy mode does not begin, and the joiner is told why',
  },
  'session-queues': {
    most: 64 * MIB,
    counts:
      'output that waits for slow joiners of one session at one edge, by SSH (window, new keys, socket) or in pages',
    reason: '64 joiners with the most that one may have, or 2,000 with a full screen of 200 × 50 in colour',
    atLimit: 'the joiner whose output would exceed it is disconnected',
  },
  'host-queue': {
    most: 4 * MIB,
    counts: 'input that waits for a host that does not read',
    reason: 'keys and commands have a few bytes each, and the largest paste has 1 MB',
    atLimit: 'the host is disconnected, and reconnects by itself',
  },
  'session-snapshots': {
    most: 40 * MIB,
    counts: 'the state of a session, packed for other edges, until it is sent, and what comes after it',
    reason: 'the largest snapshot has 32 MiB',
    atLimit: 'the other edges wait; their joiners are told that the screen may be out of date',
  },
} as const satisfies Readonly<Record<string, CostLimit>>;

/** The name of a limit on what a session or connection costs, as in docs/limits.md. */
export type CostLimitName = keyof typeof COST_LIMITS;

const shown = (most: number): string => {
  if (most >= MIB) return `${most / MIB} MiB`;
  return most >= KIB ? `${most / KIB} KiB` : String(most);
};

/** A limit's value as people read it. */
export const costLimitText = (name: CostLimitName): string => shown(COST_LIMITS[name].most);
