import type { HostPort } from '../connection/address.js';
import { SLOTS } from '../connection/slot.js';

/** Slots `first` to `last`, both included, and their master. */
export interface SlotRange {
  readonly first: number;
  readonly last: number;
  readonly master: HostPort;
}

/**
 * Reads the reply of `CLUSTER SLOTS`: ranges, each with its first and last slot and then its nodes, the master first, as
 * host, port, id. A host that is missing or empty means the node that was asked. What makes no sense is left out.
 */
export function readClusterSlots(reply: unknown, asked: HostPort): SlotRange[] {
  if (!Array.isArray(reply)) return [];
  return reply.flatMap((range: unknown) => {
    const [first, last, master] = Array.isArray(range) ? (range as unknown[]) : [];
    const [host, port] = Array.isArray(master) ? (master as unknown[]) : [];
    if (!isSlot(first) || !isSlot(last) || last < first || typeof port !== 'number') return [];
    const name = typeof host === 'string' && host !== '' && host !== '?' ? host : asked.host;
    return [{ first, last, master: { host: name, port } }];
  });
}

const isSlot = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < SLOTS;
