import { readFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { getHeapStatistics } from 'node:v8';
import { ShipmateError } from '#kernel';

/** A process is killed at its limit: this share of it is left for work in progress and for garbage. */
export const SHARE_OF_LIMIT = 0.7;
/** Node exits when its heap is full. */
const SHARE_OF_HEAP = 0.8;
/** The share of the mark that may be counted: objects, code and garbage take the rest. */
export const COUNTED_SHARE = 0.5;

/** Where to find a container's limit, by the version of control groups. */
const CGROUP_LIMITS = ['/sys/fs/cgroup/memory.max', '/sys/fs/cgroup/memory/memory.limit_in_bytes'];

/** What a process uses, in bytes. */
export interface MemoryTaken {
  readonly resident: number;
  readonly heap: number;
  readonly heapLimit: number;
}

function takenNow(): MemoryTaken {
  const { used_heap_size: heap, heap_size_limit: heapLimit } = getHeapStatistics();
  return { resident: process.memoryUsage.rss(), heap, heapLimit };
}

/** The memory that this process may take before it is killed, in bytes: its container's, or the machine's. */
export function memoryLimit(read: (path: string) => string = (path) => readFileSync(path, 'utf8')): number {
  const limits = CGROUP_LIMITS.map((path) => {
    try {
      return Number(read(path).trim());
    } catch {
      return NaN;
    }
  });
  return Math.min(totalmem(), ...limits.filter((limit) => limit > 0));
}

/** How close a process is to having no memory left. */
export class MemoryWatch {
  /** Above this, new hosts are sent to other edges; in bytes of resident memory. */
  readonly high: number;

  constructor(
    /** As configured; undefined: derived from the limit. */
    high: number | undefined,
    limit = memoryLimit(),
    private readonly taken = takenNow,
  ) {
    this.high = high ?? Math.floor(SHARE_OF_LIMIT * limit);
  }

  /** How much may be counted in total, in bytes. */
  get countable(): number {
    return Math.floor(COUNTED_SHARE * this.high);
  }

  /** 1 at the high-water mark, of the process or of Node's heap, whichever is closer. */
  get ratio(): number {
    const { resident, heap, heapLimit } = this.taken();
    return Math.max(resident / this.high, heap / (SHARE_OF_HEAP * heapLimit));
  }

  /** Above the mark, throws `unavailable`, with a sentence for a new host. */
  check(): void {
    if (this.ratio <= 1) return;
    throw new ShipmateError('unavailable', 'This server is short of memory and takes no new sessions: try again');
  }
}
