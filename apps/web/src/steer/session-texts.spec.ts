import { describe, expect, it } from 'vitest';
import {
  banText,
  invitationText,
  MateNumbers,
  personText,
  roleText,
  stateOf,
  type Person,
  type Session,
} from './session-texts.js';

const NOW = Date.parse('2026-12-01T12:00:00Z');
const ann: Person = { id: 'a', role: 'writer', transport: 'ssh', address: '192.0.2.9', since: '2026-12-01T11:55:00Z' };
const bob: Person = { id: 'b', role: 'reader', transport: 'web', address: '192.0.2.10', name: 'bob@example.org' };
const session: Session = { id: 's', state: 'live', region: 'local', createdAt: '2026-12-01T10:00:00Z' };

describe('people', () => {
  it('have a name, or a number that stays theirs', () => {
    const numbers = new MateNumbers();
    numbers.meet([ann, bob]);
    const cleo = { ...ann, id: 'c' };
    numbers.meet([cleo]);
    expect([ann, bob, cleo].map((one) => numbers.nameOf(one))).toEqual(['Mate 1', 'bob@example.org', 'Mate 3']);
    numbers.meet([cleo, ann]);
    expect(numbers.nameOf(cleo)).toBe('Mate 3');
  });

  it('are described by how they came and for how long they have been there', () => {
    expect(personText(ann, NOW)).toBe('ssh · 192.0.2.9 · for 5 minutes');
    expect(personText({ ...bob, proved: 'sign-in' }, NOW)).toBe('browser · 192.0.2.10 · signed in');
    expect(personText({ ...ann, key: 'SHA256:abcdefghijklmnopqrstuvwxyz' }, NOW)).toContain('key SHA256:abcdefghijk…');
    expect(personText({ ...ann, key: 'SHA256:x', certificate: '"ann" by SHA256:y' }, NOW)).toContain(
      '"ann" by SHA256:y',
    );
    expect(personText({ ...bob, locked: true }, NOW)).toBe('browser · 192.0.2.10 · locked');
    expect([ann, bob].map(roleText)).toEqual(['types', 'watches']);
  });
});

describe('the state of a session', () => {
  it('is told in a word and a sentence', () => {
    expect(stateOf(session, NOW)).toEqual({ mood: 'good', short: 'Live', more: 'for 2 hours' });
    const away = { ...session, state: 'reconnecting', reconnectingSince: '2026-12-01T11:59:30Z' } as const;
    expect(stateOf(away, NOW)).toMatchObject({ mood: 'busy', more: 'for 30 seconds; the session waits' });
    expect(stateOf({ ...session, state: 'closed', closeReason: 'operator' }, NOW)).toMatchObject({
      mood: 'over',
      more: 'It was closed.',
    });
    expect(stateOf({ ...session, state: 'closed', closeReason: 'fin' }, NOW).more).toBe('');
  });
});

describe('an invitation', () => {
  it('says what it is for and what is left of it', () => {
    const one = { id: 'i', name: 'Ann', role: 'writer', uses: 1, used: 0 } as const;
    expect(invitationText(one, NOW)).toBe('may type · not used yet');
    expect(invitationText({ ...one, used: 1, role: 'reader' }, NOW)).toBe('may watch · used');
    const three = { ...one, uses: 3, used: 2, until: '2026-12-01T12:10:00Z' };
    expect(invitationText(three, NOW)).toBe('may type · used 2 of 3 times · for another 10 minutes');
    expect(invitationText({ ...three, until: '2026-12-01T12:00:00Z' }, NOW)).toBe(
      'may type · used 2 of 3 times · over',
    );
  });
});

describe('a ban', () => {
  it('says what it does and how long it lasts', () => {
    expect(banText({ who: '192.0.2.9', may: 'nothing', until: '2026-12-01T13:00:00Z' }, NOW)).toBe(
      'may not join, for another 1 hour',
    );
    expect(banText({ who: '192.0.2.9', may: 'look' }, NOW)).toBe('may only watch');
  });
});
