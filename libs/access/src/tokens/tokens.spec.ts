import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isNamePart, mintToken, mintTokens, parseJoinKey, TOKEN_ALPHABET } from '#access';
import { isShipmateError } from '#kernel';

const kindOf = (given: string): string => {
  try {
    return parseJoinKey(given).kind;
  } catch (error) {
    if (isShipmateError(error, 'not-found')) return 'none';
    throw error;
  }
};

describe('mintTokens', () => {
  it('makes two tokens that read back as what they are', () => {
    const { writer, reader } = mintTokens();
    expect(writer).toHaveLength(25);
    expect(reader).toMatch(/^ro-.{25}$/);
    expect(reader.slice(3)).not.toBe(writer);
    expect(parseJoinKey(writer)).toEqual({ kind: 'token', token: writer, role: 'writer' });
    expect(parseJoinKey(reader)).toEqual({ kind: 'token', token: reader, role: 'reader' });
  });

  it('has 55 characters that do not look alike', () => {
    expect(new Set(TOKEN_ALPHABET).size).toBe(55);
    expect(TOKEN_ALPHABET).not.toMatch(/[01loILO]/);
  });

  it('draws every character equally often from all bytes that it keeps', () => {
    const counts = new Map<string, number>();
    for (let byte = 0; byte < 220; byte++) {
      const [char = ''] = mintToken('writer', (count) => new Uint8Array(count).fill(byte));
      counts.set(char, (counts.get(char) ?? 0) + 1);
    }
    expect(counts).toEqual(new Map(TOKEN_ALPHABET.split('').map((char) => [char, 4])));
  });

  it('throws away the bytes that would favour some, rather than fold them', () => {
    const bytes = [...Array<number>(30).fill(255), ...Array<number>(20).fill(54)];
    const source = (count: number): Uint8Array => Uint8Array.from({ length: count }, (_, i) => bytes[i] ?? 0);
    expect(mintToken('writer', source)).toBe('Z'.repeat(25));
  });

  it('does not repeat itself', () => {
    const tokens = Array.from({ length: 2_000 }, () => mintToken('writer'));
    expect(new Set(tokens).size).toBe(2_000);
  });
});

describe('parseJoinKey', () => {
  it.each(['ann/work', 'a/b', 'ann-b/my-work-2', `${'a'.repeat(50)}/${'b'.repeat(50)}`])(
    'takes the name %s',
    (name) => {
      expect(parseJoinKey(name)).toEqual({ kind: 'name', name });
    },
  );

  const token = mintToken('writer');
  it.each([
    ['nothing', ''],
    ['a user of this machine', 'root'],
    ['a token cut short', token.slice(1)],
    ['a token too long', `${token}a`],
    ['a look-alike character', `0${token.slice(1)}`],
    ['the prefix twice', `ro-ro-${token}`],
    ['the prefix alone', 'ro-'],
    ['a newline behind a token', `${token}\n`],
    ['a name with no user', '/work'],
    ['a user with no name', 'ann/'],
    ['a path', 'ann/work/x'],
    ['dots', '../work'],
    ['two hyphens', 'ann/a--b'],
    ['a hyphen at the end', 'ann/a-'],
    ['a name too long', `ann/${'a'.repeat(51)}`],
    ['ten megabytes', 'a'.repeat(10_000_000)],
  ])('refuses %s', (_, given) => {
    expect(kindOf(given)).toBe('none');
  });

  it('quotes nothing of what it refuses', () => {
    expect(() => parseJoinKey('hunter2-my-password')).toThrow(/^That is not a session token$/);
  });

  it('either reads a text or refuses it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(kindOf(text) === 'name').toBe(text.split('/').length === 2 && text.split('/').every(isNamePart));
      }),
    );
  });
});
