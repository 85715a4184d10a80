import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OPEN_POLICY, readPolicy, writePolicy } from '#access';
import { lift, MAX_SENT_AWAY, personText, readPerson, withSentAway, type SentAway } from './sent-away.js';

const KEY = `SHA256:${'a'.repeat(42)}/`;

const entry = (n: number, more: Partial<SentAway> = {}): SentAway => ({
  by: 'address',
  value: `192.0.2.${n % 256}/${8 + Math.floor(n / 256)}`,
  may: 'nothing',
  ...more,
});

describe('whom somebody means', () => {
  it.each([
    [KEY, 'key', KEY],
    [`${KEY} ann smith`, 'certificate', `${KEY} ann smith`],
    ['user:ann', 'user', 'ann'],
    ['192.0.2.9', 'address', '192.0.2.9'],
    ['::ffff:192.0.2.9', 'address', '192.0.2.9'],
    ['192.0.2.0/24', 'address', '192.0.2.0/24'],
    ['2001:db8::/32', 'address', '2001:db8::/32'],
    ['0.0.0.0/0', 'address', '0.0.0.0/0'],
  ])('%s', (text, by, value) => {
    const read = readPerson(text);
    expect(read).toEqual({ person: { by, value } });
    if ('person' in read) expect(readPerson(personText(read.person))).toEqual(read);
  });

  it.each([
    ['192.0.2.0/33', 'the number after the slash must be from 0 to 32, not "33"'],
    ['192.0.2.0/', 'the number after the slash must be from 0 to 32, not ""'],
    ['2001:db8::/129', 'the number after the slash must be from 0 to 128, not "129"'],
    ['192.0.2/24', '"192.0.2" is not an address'],
    ['192.0.2.0/24/7', 'is not a range of addresses'],
    ['SHA256:short', 'is not a fingerprint'],
    ['ann', 'is not an address, a range'],
    ['', 'is not an address, a range'],
    ['user:', 'is not an address, a range'],
    ['x'.repeat(400), 'longer than'],
  ])('is refused with the reason: %s', (text, reason) => {
    expect(readPerson(text)).toEqual({ fault: expect.stringContaining(reason) as string });
  });
});

describe('the entries of a session', () => {
  it('take the place of an earlier one for the same person, and go when their time is over', () => {
    const once = withSentAway([entry(1, { until: 50 }), entry(2, { until: 5 })], [entry(1, { until: 90 })], 10);
    expect(once).toEqual([entry(1, { until: 90 })]);
    expect(withSentAway(once ?? [], [entry(1, { may: 'look' })], 90)).toEqual([entry(1, { may: 'look' })]);
  });

  it('are bounded', () => {
    const full = Array.from({ length: MAX_SENT_AWAY }, (_, n) => entry(n));
    expect(withSentAway(full, [entry(MAX_SENT_AWAY)], 0)).toBeUndefined();
    expect(withSentAway(full, [entry(7)], 0)).toHaveLength(MAX_SENT_AWAY);
    const policy = { ...OPEN_POLICY, sentAway: full };
    expect(readPolicy(writePolicy(policy))).toEqual(policy);
  });

  it('are lifted for one person or all, each kind apart', () => {
    const all = [entry(1), entry(1, { may: 'look' }), entry(2)];
    const { by, value } = entry(1);
    expect(lift(all, { who: { by, value }, may: 'nothing' }, 0)).toEqual({ left: all.slice(1), lifted: [entry(1)] });
    expect(lift(all, { who: { by, value } }, 0).left).toEqual([entry(2)]);
    expect(lift(all, { who: 'all', may: 'look' }, 0).left).toEqual([entry(1), entry(2)]);
  });

  it('are read back as they were written, and nothing else is', () => {
    const entries = fc.array(
      fc.record(
        {
          by: fc.constantFrom('key' as const, 'certificate' as const, 'user' as const),
          value: fc.string({ maxLength: 64 }),
          may: fc.constantFrom('nothing' as const, 'look' as const),
          until: fc.nat(),
        },
        { requiredKeys: ['by', 'value', 'may'] },
      ),
      { minLength: 1, maxLength: 5 },
    );
    fc.assert(
      fc.property(entries, (sentAway) => {
        expect(readPolicy(writePolicy({ ...OPEN_POLICY, sentAway })).sentAway).toEqual(sentAway);
      }),
    );
    const bad: unknown[] = [{}, [{}], [entry(1), 7], [{ ...entry(1), may: 'type' }], [{ ...entry(1), more: 1 }]];
    for (const sentAway of [...bad, [{ ...entry(1), value: '192.0.2.0/99' }], [{ ...entry(1), until: 'soon' }]]) {
      expect(() => readPolicy(JSON.stringify({ v: 1, sentAway }))).toThrow('cannot be read');
    }
  });
});
