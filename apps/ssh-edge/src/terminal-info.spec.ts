import { describe, expect, it } from 'vitest';
import { terminalInfo } from './terminal-info.js';

const size = { cols: 80, rows: 24 };

describe('terminalInfo', () => {
  it.each([
    [{}, true],
    [{ LANG: 'en_GB.UTF-8' }, true],
    [{ LANG: 'de_DE.utf8' }, true],
    [{ LANG: 'C' }, false],
    [{ LANG: 'en_GB.UTF-8', LC_ALL: 'C' }, false],
    [{ LANG: 'C', LC_CTYPE: 'C.UTF-8' }, true],
  ])('%o is UTF-8: %s', (env, utf8) => {
    expect(terminalInfo({ term: 'xterm', env }, size).utf8).toBe(utf8);
  });

  it('passes on what is said of the terminal', () => {
    const info = terminalInfo({ term: 'xterm-256color', env: { COLORTERM: 'truecolor' } }, size);
    expect(info).toEqual({ cols: 80, rows: 24, term: 'xterm-256color', colorTerm: 'truecolor', utf8: true });
  });
});
