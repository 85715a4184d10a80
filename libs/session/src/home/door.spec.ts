import { describe, expect, it } from 'vitest';
import { FakeClock, participantId, sessionId } from '#kernel';
import { OPEN_POLICY, parseApproval, type SessionPolicy } from '#access';
import { Door, EXPECTED_MS, MAX_WAITING, MAX_WAITING_OF_ADDRESS, NotLetIn, WAIT_MS } from './door.js';
import type { DoorWord } from '../ports.js';
import type { ParticipantInfo } from '../ports.js';

const ID = sessionId('6f0fbd1e-6c5c-4b7e-9f66-0a4dd1f9b3aa');

function world(rules: Partial<SessionPolicy> = { approve: true }) {
  const clock = new FakeClock();
  const told: string[] = [];
  const noted: string[] = [];
  const state = { policy: { ...OPEN_POLICY, ...rules }, present: 0 };
  const door = new Door({
    clock,
    sessionId: ID,
    policy: () => state.policy,
    present: () => state.present,
    commands: { ssh: (token) => `ssh ${token}@host` },
    tell: (texts) => void told.push(...texts),
    asked: ({ id }) => void noted.push(`asked ${id}`),
    decided: ({ id }, admitted) => void noted.push(`${id} ${admitted ? 'in' : 'out'}`),
  });
  /** What the command that the host was shown last stands for. */
  const command = (verb: string, skip = 0): { code: string; admit: boolean } => {
    const found = told.filter((text) => text.includes(`${verb}-`)).at(-1 - skip) ?? '';
    const approval = parseApproval(/ssh (\S+)@host/.exec(found)?.[1] ?? '');
    if (approval === undefined) throw new Error(`no command in: ${found}`);
    expect(approval.sessionId).toBe(ID);
    return approval;
  };
  const ask = (id: string, more: Partial<ParticipantInfo> = {}): DoorWord[] => {
    const words: DoorWord[] = [];
    const info = { id: participantId(id), role: 'writer', transport: 'ssh', address: '192.0.2.9', ...more } as const;
    door.ask(info, (word) => void words.push(word));
    return words;
  };
  return { clock, told, noted, state, door, command, ask };
}

describe('the door of a session whose host lets in each joiner', () => {
  it('tells the host what a certificate says of who asks', () => {
    const { told, ask } = world();
    ask('one', { key: 'SHA256:abc', certificate: '"ann" serial 7 of CA SHA256:def' });
    expect(told[0]).toBe(
      '192.0.2.9 (by ssh with key SHA256:abc and certificate "ann" serial 7 of CA SHA256:def, to type) asks to join',
    );
  });

  it('tells the host who asks, from where and with which key, and lets in by the command that it shows', () => {
    const { told, door, command, ask } = world();
    const words = ask('one', { key: 'SHA256:abc' });
    expect(words).toEqual(['waiting']);
    expect(told[0]).toBe('192.0.2.9 (by ssh with key SHA256:abc, to type) asks to join');
    expect(told.slice(1)).toEqual([
      expect.stringMatching(/^To let them in: ssh approve-[\w-]{47}@host$/),
      expect.stringMatching(/^To refuse them: ssh refuse-[\w-]{47}@host$/),
    ]);
    const { code, admit } = command('approve');
    expect(door.decide(code, admit)).toBe('admitted');
    expect(words).toEqual(['waiting', 'admitted']);
    expect(told.at(-1)).toMatch(/was let in$/);
  });

  it('takes a command once, and no other', () => {
    const { door, command, ask, noted } = world();
    const words = ask('one', { transport: 'web', role: 'reader' });
    const { code, admit } = command('refuse');
    expect(door.decide(`${code.slice(1)}x`, true)).toBe('unknown');
    expect(door.decide('', true)).toBe('unknown');
    expect(door.decide(code, admit)).toBe('refused');
    expect(door.decide(code, true)).toBe('unknown');
    expect(words).toEqual(['waiting', 'refused']);
    expect(noted).toEqual(['asked one', 'one out']);
  });

  it('lets nobody wait for ever, or without a bound', () => {
    const { clock, told, door, ask } = world();
    const mine = Array.from({ length: MAX_WAITING_OF_ADDRESS + 1 }, (_, n) => ask(`mine ${n}`));
    expect(mine.map((words) => words.at(-1))).toEqual([
      ...Array<string>(MAX_WAITING_OF_ADDRESS).fill('waiting'),
      'crowded',
    ]);
    for (let n = 0; n < 2 * MAX_WAITING; n++) ask(`other ${n}`, { address: `198.51.100.${n}` });
    expect(door.waiting).toHaveLength(MAX_WAITING);
    clock.advance(WAIT_MS);
    expect(door.waiting).toHaveLength(0);
    expect(mine[0]).toEqual(['waiting', 'unanswered']);
    expect(told.at(-1)).toMatch(/waited for too long$/);
  });

  it('forgets who goes away, and keeps the place of who asks again', () => {
    const { door, told, command, ask } = world();
    const lost = ask('one');
    const { code } = command('approve');
    const again = ask('one');
    expect(told.filter((text) => text.includes('asks to join'))).toHaveLength(1);
    door.decide(code, true);
    expect([lost, again]).toEqual([['waiting'], ['waiting', 'admitted']]);
    ask('two');
    door.settled(participantId('two'));
    expect(told.at(-1)).toMatch(/waits no longer$/);
    expect(door.decide(command('approve').code, true)).toBe('unknown');
  });

  it('says who waits since when, and takes a word about them from whoever knows that', () => {
    const { clock, door, ask, noted } = world();
    const words = ask('one');
    const since = clock.now();
    clock.advance(1000);
    const other = ask('two', { key: 'SHA256:abc' });
    expect(door.waiting).toEqual([
      expect.objectContaining({ id: 'one', since }),
      expect.objectContaining({ id: 'two', since: since + 1000, key: 'SHA256:abc' }),
    ]);
    expect(JSON.stringify(door.waiting)).not.toMatch(/code/);
    expect(door.decideOn(participantId('two'), true)).toBe('admitted');
    expect(door.decideOn(participantId('two'), true)).toBe('unknown');
    expect(door.decideOn(participantId('one'), false)).toBe('refused');
    expect([words.at(-1), other.at(-1)]).toEqual(['refused', 'admitted']);
    // Whose word that was, who gave it knows.
    expect(noted).toEqual(['asked one', 'asked two']);
  });

  it('tells a host that comes back who still waits, and lets all in when it asks for nobody any more', () => {
    const { door, told, state, ask } = world();
    const words = ask('one');
    door.remind();
    expect(told.filter((text) => text.includes('asks to join'))).toHaveLength(2);
    state.policy = OPEN_POLICY;
    door.look();
    expect(words).toEqual(['waiting', 'admitted']);
  });

  it.each(['moved', 'closed'] as const)('answers all when the session is %s', (why) => {
    const { door, ask } = world();
    const words = ask('one');
    door.close(why);
    expect(words).toEqual(['waiting', why]);
    expect(door.waiting).toEqual([]);
  });
});

describe('the door of a session for so many', () => {
  it('counts those who are on their way, until they have a seat or too long have not', () => {
    const { clock, door, state, ask } = world({ maxJoiners: 2 });
    expect(ask('one')).toEqual(['admitted']);
    state.present = 1;
    door.settled(participantId('one'));
    expect(ask('two')).toEqual(['admitted']);
    expect(ask('two')).toEqual(['admitted']);
    expect(ask('three')).toEqual(['full']);
    clock.advance(EXPECTED_MS);
    expect(ask('three')).toEqual(['admitted']);
  });

  it('keeps who was let in waiting until there is a place', () => {
    const { door, state, command, ask } = world({ approve: true, maxJoiners: 1 });
    const words = ask('one');
    state.present = 1;
    const { code } = command('approve');
    expect(door.decide(code, true)).toBe('full');
    state.present = 0;
    expect(door.decide(code, true)).toBe('admitted');
    expect(words).toEqual(['waiting', 'admitted']);
  });

  it('says why in words', () => {
    expect(new NotLetIn('full')).toMatchObject({
      code: 'limit',
      message: expect.stringContaining('As many') as string,
    });
    expect(new NotLetIn('refused')).toMatchObject({ code: 'forbidden', answer: 'refused' });
  });
});
