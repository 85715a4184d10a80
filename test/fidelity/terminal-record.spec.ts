import { describe, expect, it } from 'vitest';
import { TerminalRecord } from './terminal-record.js';

const after = (...pieces: string[]): TerminalRecord => {
  const record = new TerminalRecord();
  for (const piece of pieces) record.add(Buffer.from(piece));
  return record;
};

describe('the record of what a terminal was told', () => {
  it('knows the cursor’s shape, the newest', () => {
    expect(after('\u001B[4 qx\u001B[2 q').cursorShape).toBe(2);
    expect(after('\u001B[4 qx\u001B[ q').cursorShape).toBe(0);
  });

  it('counts bells, but none that ends a title', () => {
    expect(after('a\u0007b\u001B]2;title\u0007c\u0007').bells).toBe(2);
    expect(after('\u001B]0;title\u001B\\').bells).toBe(0);
  });

  it('knows modes as they were set last', () => {
    const { modes, applicationKeypad } = after('\u001B[?1002;1006h\u001B[?2004h\u001B=\u001B[?2004l');
    expect([...modes]).toEqual([
      [1002, true],
      [1006, true],
      [2004, false],
    ]);
    expect(applicationKeypad).toBe(true);
  });

  it('reads sequences that are cut anywhere', () => {
    const bytes = 'x\u001B]2;t\u0007\u001B[?25l\u001B[5 q\u0007\u001B>';
    for (let cut = 0; cut <= bytes.length; cut++) {
      const record = after(bytes.slice(0, cut), bytes.slice(cut));
      expect([record.bells, record.cursorShape, record.modes.get(25)]).toEqual([1, 5, false]);
    }
  });
});
