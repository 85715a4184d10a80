import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asksForNames, checkNames, NO_NAMES, withNameOption, type NameRequest } from './name-request.js';
import { parseJoinKey } from '../tokens/tokens.js';

const request = (patch: Partial<NameRequest>): NameRequest => ({ ...NO_NAMES, ...patch });

describe('a request for names', () => {
  it('is collected from three options, and from no other', () => {
    let collected = NO_NAMES;
    collected = withNameOption(collected, 'tmate-api-key', 'KEY');
    collected = withNameOption(collected, 'tmate-session-name', 'site');
    collected = withNameOption(collected, 'tmate-session-name-ro', 'site-ro');
    collected = withNameOption(collected, 'tmate-set', 'foreground=true');
    collected = withNameOption(collected, 'constructor', 'x');
    expect(collected).toEqual({ apiKey: 'KEY', writer: 'site', reader: 'site-ro' });
  });

  it('is the same object while nothing changes: who holds it need not compare', () => {
    const one = request({ writer: 'site' });
    expect(withNameOption(one, 'tmate-session-name', 'site')).toBe(one);
    expect(withNameOption(one, 'prefix', 'C-a')).toBe(one);
  });

  it('keeps little of an endless value, and never makes a good name of it', () => {
    const { writer } = withNameOption(NO_NAMES, 'tmate-session-name', 'a'.repeat(1_000_000));
    expect(writer.length).toBeLessThan(1_000);
    expect(checkNames(request({ writer })).names).toEqual({});
  });

  it('asks for nothing with only a key', () => {
    expect(asksForNames(request({ apiKey: 'KEY' }))).toBe(false);
    expect(asksForNames(request({ reader: 'r' }))).toBe(true);
  });
});

describe('checkNames', () => {
  it('takes names by tmate’s rule', () => {
    expect(checkNames(request({ writer: 'my-Site-2', reader: 'r' }))).toEqual({
      names: { writer: 'my-Site-2', reader: 'r' },
      faults: [],
    });
  });

  it.each(['a_b', '-a', 'a-', 'a--b', 'a/b', 'a.b', 'ä', 'a'.repeat(51), ' '])(
    'refuses %j and says the rule',
    (name) => {
      const { names, faults } = checkNames(request({ writer: name, reader: 'ok' }));
      expect(names).toEqual({ reader: 'ok' });
      expect(faults).toEqual([expect.stringContaining('1 to 50 letters and digits')]);
    },
  );

  it('refuses the same name twice, and keeps the first', () => {
    const { names, faults } = checkNames(request({ writer: 'site', reader: 'site' }));
    expect(names).toEqual({ writer: 'site' });
    expect(faults).toHaveLength(1);
  });

  it('gives names only that a joiner can ask for, and quotes no control characters', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (writer, reader) => {
        const { names, faults } = checkNames(request({ writer, reader }));
        for (const name of Object.values(names)) expect(parseJoinKey(`ada/${name}`).kind).toBe('name');
        // eslint-disable-next-line no-control-regex
        for (const fault of faults) expect(fault).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
      }),
    );
  });
});
