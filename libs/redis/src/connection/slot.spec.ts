import { describe, expect, it } from 'vitest';
import { slotOf } from './slot.js';

describe('slotOf', () => {
  it.each([
    // The check value of CRC-16/XMODEM is 0x31c3; the others are CLUSTER KEYSLOT's answers.
    ['123456789', 0x31c3],
    ['foo', 12_182],
    ['{user1000}.following', 3_443],
    ['user1000', 3_443],
    ['', 0],
  ])('of %j is %i', (key, slot) => {
    expect(slotOf(key)).toBe(slot);
  });

  it('takes the first braces, unless they are empty or do not close', () => {
    expect(slotOf('a{x}b{y}')).toBe(slotOf('x'));
    expect(slotOf('a{}b{y}')).not.toBe(slotOf('y'));
    expect(slotOf('a{x')).not.toBe(slotOf('x'));
  });

  it('counts bytes of UTF-8', () => {
    expect(slotOf('{ü}')).toBe(slotOf('ü'));
    expect(slotOf('ü')).not.toBe(slotOf('u'));
  });
});
