import { describe, expect, it } from 'vitest';
import { KeyboardHeight } from './viewport-fit.js';

describe('KeyboardHeight', () => {
  it('is what is gone of the height while a keyboard is open', () => {
    const keyboard = new KeyboardHeight();
    expect(keyboard.seen(390, 844)).toBe(0);
    expect(keyboard.seen(390, 508)).toBe(336);
    expect(keyboard.seen(390, 844)).toBe(0);
  });

  it("takes a browser's own bar for no keyboard", () => {
    const keyboard = new KeyboardHeight();
    keyboard.seen(390, 844);
    expect(keyboard.seen(390, 788)).toBe(0);
    expect(keyboard.seen(390, 452)).toBe(392);
  });

  it('starts again when the phone is turned', () => {
    const keyboard = new KeyboardHeight();
    keyboard.seen(390, 844);
    expect(keyboard.seen(844, 390)).toBe(0);
    expect(keyboard.seen(844, 190)).toBe(200);
  });
});
