import { COUNTED_SHARE, SHARE_OF_LIMIT } from '#edge';
import { until, type Shipmate } from '#testing';

/**
 * The high-water mark that attacked processes are given, as `SHIPMATE_MEMORY_HIGH`: a server that has just started has 150 MB.
 */
export const MEMORY_HIGH = '600M';
/** Everybody is gone by then, in milliseconds: hosts are waited for, and pages, some seconds. */
const GONE_MS = 60_000;

/** What a process may take, in bytes, by what it was configured with. */
export interface MemoryBounds {
  /** Where a container of the size that the mark is meant for would end it. */
  readonly resident: number;
  /** All that peers may make it hold, as it counts it. */
  readonly counted: number;
}

/** By the mark that the process shows. */
export async function memoryBounds(server: Shipmate): Promise<MemoryBounds> {
  const { high } = await memoryOf(server);
  return { resident: high / SHARE_OF_LIMIT, counted: COUNTED_SHARE * high };
}

interface Memory {
  readonly high: number;
  /** Counted bytes, by kind; kinds without any are left out. */
  readonly counted: Readonly<Record<string, number>>;
}

async function memoryOf(server: Shipmate): Promise<Memory> {
  const { text } = await server.get('/metrics');
  const counted = [...text.matchAll(/^shipmate_counted_bytes\{kind="(\w+)"\} (\S+)$/gm)].map(
    ([, kind = '', bytes]) => [kind, Number(bytes)] as const,
  );
  const high = Number(/^shipmate_memory_high_bytes (\S+)$/m.exec(text)?.[1]);
  return { high, counted: Object.fromEntries(counted.filter(([, bytes]) => bytes !== 0)) };
}

const sum = (counted: Memory['counted']): number => Object.values(counted).reduce((all, bytes) => all + bytes, 0);
const shown = (counted: Memory['counted']): string =>
  Object.entries(counted)
    .map(([kind, bytes]) => `${kind} ${bytes}`)
    .join(', ');

/** What is wrong with what processes hold for their peers now. */
export async function countedTooMuch(servers: readonly Shipmate[], bounds: MemoryBounds): Promise<string[]> {
  const all = await Promise.all(servers.map(async (server) => (await memoryOf(server)).counted));
  return all
    .filter((counted) => sum(counted) > bounds.counted)
    .map((counted) => `memory: more is counted than may be: ${shown(counted)} bytes`);
}

/** What processes still hold for peers though nobody is there any more: nothing, once sessions and pages have been given up. */
export async function leftBehind(servers: readonly Shipmate[]): Promise<string[]> {
  const left = await Promise.all(
    servers.map(async (server) => {
      let counted: Memory['counted'] = {};
      const isNothing = async (): Promise<boolean> => {
        ({ counted } = await memoryOf(server));
        return Object.keys(counted).length === 0;
      };
      const options = { what: 'all that was counted to be given back', deadlineMs: GONE_MS, everyMs: 200 };
      return await until(isNothing, options).then(
        () => '',
        () => shown(counted),
      );
    }),
  );
  return left
    .filter((text) => text !== '')
    .map((text) => `memory: nobody is there, and is counted still: ${text} bytes`);
}
