import { totalmem } from 'node:os';
import { describe, expect, it } from 'vitest';
import { isShipmateError } from '#kernel';
import { memoryLimit, MemoryWatch } from './memory-watch.js';

const GB = 1e9;

describe('the memory that a process may take', () => {
  it('is what its container may, else what the machine has', () => {
    const reading = (path: string, text: string) => (asked: string) => {
      if (asked !== path) throw new Error('no such file');
      return text;
    };
    expect(memoryLimit(reading('/sys/fs/cgroup/memory.max', '1000000000\n'))).toBe(GB);
    expect(memoryLimit(reading('/sys/fs/cgroup/memory.max', 'max\n'))).toBe(totalmem());
    expect(memoryLimit(reading('/sys/fs/cgroup/memory/memory.limit_in_bytes', '9223372036854771712\n'))).toBe(
      totalmem(),
    );
    expect(memoryLimit(reading('', ''))).toBe(totalmem());
  });

  it('has a mark above which no new host is taken, by the process or by its heap', () => {
    let taken = { resident: 0.6 * GB, heap: 0.1 * GB, heapLimit: 4 * GB };
    const watch = new MemoryWatch(undefined, GB, () => taken);
    expect([watch.high, watch.countable]).toEqual([0.7 * GB, 0.35 * GB]);
    watch.check();
    expect(watch.ratio).toBeCloseTo(6 / 7);
    for (const more of [
      { ...taken, resident: 0.71 * GB },
      { ...taken, heap: 3.3 * GB },
    ]) {
      taken = more;
      expect(() => watch.check()).toThrow(/short of memory/);
      try {
        watch.check();
      } catch (error) {
        expect(isShipmateError(error, 'unavailable')).toBe(true);
      }
    }
    expect(new MemoryWatch(123, GB, () => taken).high).toBe(123);
  });
});
