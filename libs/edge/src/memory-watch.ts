import { readFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { getHeapStatistics } from 'node:v8';
import { ShipmateError } from '#kernel';

/** A process is killed at its limit: so much of that is left for what is under way, and for what the heap has not collected yet. */
export const SHARE_OF_LIMIT = 0.7;
/** Node ends itself where its heap is full. */
const SHARE_OF_HEAP = 0.8;
/** What of the mark may be counted: objects, code and garbage take the rest. */
export const COUNTED_SHARE = 0.5;

/** Where a container's limit stands, by the version of control groups. */
const CGROUP_LIMITS = ['/sys/fs/cgroup/memory.max', '/sys/fs/cgroup/memory/memory.limit_in_bytes'];

/** What a process takes, in bytes. */
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
    /** As it is configured; undefined: by the limit. */
    high: number | undefined,
    limit = memoryLimit(),
    private readonly taken = takenNow,
  ) {
    this.high = high ?? Math.floor(SHARE_OF_LIMIT * limit);
  }

  /** What may be counted in all, in bytes. */
  get countable(): number {
    return Math.floor(COUNTED_SHARE * this.high);
  }

  /** 1 at the high-water mark, of the process or of Node's heap, whichever is closer. */
  get ratio(): number {
    const { resident, heap, heapLimit } = this.taken();
    return Math.max(resident / this.high, heap / (SHARE_OF_HEAP * heapLimit));
  }

  /** Throws `unavailable`, with a sentence for a host that comes anew, above the mark. */
  check(): void {
    if (this.ratio <= 1) return;
    throw new ShipmateError('unavailable', 'This server is short of memory and takes no new sessions: try again');
  }
}
