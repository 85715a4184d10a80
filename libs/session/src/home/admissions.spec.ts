import { describe, expect, it } from 'vitest';
import { FakeClock, participantId, sessionId } from '#kernel';
import { OPEN_POLICY, parseApproval, parseLink, type AdmissionPolicy, type Identity, type Proofs } from '#access';
import { parseAuthorizedKey, type Certificate, type PublicKey } from '#keys';
import { blobOf, ED25519 } from '#keys/fixtures';
import { Admissions, EXPECTED_MS, type Moderator, MAX_WAITING, MAX_WAITING_OF_ADDRESS, WAIT_MS } from './admissions.js';
import { NotAdmitted, type JoinRequest } from '../ports.js';

const ID = sessionId('6f0fbd1e-6c5c-4b7e-9f66-0a4dd1f9b3aa');

const ABC: PublicKey = { type: 'ssh-ed25519', fingerprint: 'SHA256:abc', blob: Uint8Array.of(1) };

function world(rules: Partial<AdmissionPolicy> = { approve: true }) {
  const clock = new FakeClock();
  const told: string[] = [];
  const noted: string[] = [];
  const links: { id: string; agreed: readonly string[]; secret: string; until: number }[] = [];
  const state: { policy: AdmissionPolicy; present: number; host: string | undefined; moderators: Moderator[] } = {
    policy: { ...OPEN_POLICY, ...rules },
    present: 0,
    host: undefined,
    moderators: [],
  };
  const admissions = new Admissions({
    clock,
    sessionId: ID,
    policy: () => state.policy,
    present: () => state.present,
    commands: { ssh: (token) => `ssh ${token}@host` },
    notifyHost: (texts) => void told.push(...texts),
    asked: ({ id }) => void noted.push(`asked ${id}`),
    requested: ({ id, agreed }, { secret, until }) => void links.push({ id, agreed, secret, until }),
    hostPerson: () => state.host,
    moderators: () => state.moderators,
    decided: ({ id }, { decision, by, agreed, needed }) =>
      void noted.push(`${id} ${decision} by ${by}${needed > 1 ? `: ${agreed.join()} of ${needed}` : ''}`),
  });
  /** What the command that the host was shown last stands for. */
  const command = (verb: string, skip = 0): { code: string; admit: boolean } => {
    const found = told.filter((text) => text.includes(`${verb}-`)).at(-1 - skip) ?? '';
    const approval = parseApproval(/ssh (\S+)@host/.exec(found)?.[1] ?? '');
    if (approval === undefined) throw new Error(`no command in: ${found}`);
    expect(approval.sessionId).toBe(ID);
    return approval;
  };
  const request = (id: string, more: Partial<Proofs & Pick<JoinRequest, 'role'>> = {}): JoinRequest => {
    const { role = 'writer', ...proofs } = more;
    return { id: participantId(id), role, proofs: { transport: 'ssh', address: '192.0.2.9', keys: [], ...proofs } };
  };
  const ask = (id: string, more?: Parameters<typeof request>[1]): string[] => {
    const words: string[] = [];
    admissions.ask(
      request(id, more),
      (word) => void words.push(word.kind === 'refused' ? word.reason : word.kind === 'admitted' ? word.as : word.kind),
    );
    return words;
  };
  return { clock, told, noted, links, state, admissions, command, ask, request };
}

describe('a session whose host lets in each joiner', () => {
  it('tells the host what a certificate says about the person who asks', () => {
    const authority = parseAuthorizedKey(`cert-authority ${ED25519}`).key;
    if (authority === undefined) throw new Error('no authority');
    const { told, ask } = world({ approve: true, authorizedKeys: [authority] });
    const certificate: Certificate = {
      kind: 'user',
      serial: 7n,
      keyId: 'ann',
      principals: [],
      validAfter: 0,
      validBefore: Infinity,
      criticalOptions: new Map(),
      extensions: new Set(['permit-pty']),
      authority: blobOf(ED25519),
    };
    ask('one', { keys: [{ ...ABC, certificate }] });
    expect(told[0]).toMatch(
      /^192\.0\.2\.9 \(by ssh with key SHA256:abc and certificate "ann" serial 7 of CA SHA256:.*, to type\) asks to join$/,
    );
  });

  it('tells the host who asks, from where and with which key, and lets in by the command that it shows', () => {
    const { told, admissions, command, ask } = world();
    const words = ask('one', { keys: [ABC] });
    expect(words).toEqual(['waiting']);
    expect(told[0]).toBe('192.0.2.9 (by ssh with key SHA256:abc, to type) asks to join');
    expect(told.slice(1)).toEqual([
      expect.stringMatching(/^To let them in: ssh approve-[\w-]{47}@host$/),
      expect.stringMatching(/^To refuse them: ssh refuse-[\w-]{47}@host$/),
    ]);
    const { code, admit } = command('approve');
    expect(admissions.decide(code, admit)).toBe('admitted');
    expect(words).toEqual(['waiting', 'writer']);
    expect(told.at(-1)).toMatch(/was let in$/);
  });

  it('takes a command once, and no other', () => {
    const { admissions, command, ask, noted } = world();
    const words = ask('one', { transport: 'web', role: 'reader' });
    const { code, admit } = command('refuse');
    expect(admissions.decide(`${code.slice(1)}x`, true)).toBe('unknown');
    expect(admissions.decide('', true)).toBe('unknown');
    expect(admissions.decide(code, admit)).toBe('refused');
    expect(admissions.decide(code, true)).toBe('unknown');
    expect(words).toEqual(['waiting', 'refused']);
    expect(noted).toEqual(['asked one', 'one refused by host']);
  });

  it('lets nobody wait forever, or without a limit', () => {
    const { clock, told, admissions, ask } = world();
    const mine = Array.from({ length: MAX_WAITING_OF_ADDRESS + 1 }, (_, n) => ask(`mine ${n}`));
    expect(mine.map((words) => words.at(-1))).toEqual([
      ...Array<string>(MAX_WAITING_OF_ADDRESS).fill('waiting'),
      'crowded',
    ]);
    for (let n = 0; n < 2 * MAX_WAITING; n++) ask(`other ${n}`, { address: `198.51.100.${n}` });
    expect(admissions.waiting).toHaveLength(MAX_WAITING);
    clock.advance(WAIT_MS);
    expect(admissions.waiting).toHaveLength(0);
    expect(mine[0]).toEqual(['waiting', 'unanswered']);
    expect(told.at(-1)).toMatch(/waited for too long$/);
  });

  it('forgets people who leave, and keeps the place of those who ask again', () => {
    const { admissions, told, command, ask } = world();
    const lost = ask('one');
    const { code } = command('approve');
    const again = ask('one');
    expect(told.filter((text) => text.includes('asks to join'))).toHaveLength(1);
    admissions.decide(code, true);
    expect([lost, again]).toEqual([['waiting'], ['waiting', 'writer']]);
    ask('two');
    admissions.withdraw(participantId('two'));
    expect(told.at(-1)).toMatch(/stopped waiting$/);
    expect(admissions.decide(command('approve').code, true)).toBe('unknown');
  });

  it('lists who waits since when, and accepts decisions on them', () => {
    const { clock, admissions, ask, noted } = world();
    const words = ask('one');
    const since = clock.now();
    clock.advance(1000);
    const other = ask('two', { keys: [ABC] });
    expect(admissions.waiting).toEqual([
      expect.objectContaining({ id: 'one', since }),
      expect.objectContaining({ id: 'two', since: since + 1000, key: 'SHA256:abc' }),
    ]);
    expect(JSON.stringify(admissions.waiting)).not.toMatch(/code/);
    expect(admissions.decideOn(participantId('two'), { admit: true, by: 'admin' }).decision).toBe('admitted');
    expect(admissions.decideOn(participantId('two'), { admit: true, by: 'admin' }).decision).toBe('unknown');
    expect(admissions.decideOn(participantId('one'), { admit: false, by: 'admin' }).decision).toBe('refused');
    expect([words.at(-1), other.at(-1)]).toEqual(['refused', 'writer']);
    // Whose word that was, who gave it knows.
    expect(noted).toEqual(['asked one', 'asked two']);
  });

  it('tells a host that comes back who still waits, and lets all in when it asks for nobody any more', () => {
    const { admissions, told, state, ask } = world();
    const words = ask('one');
    admissions.remind();
    expect(told.filter((text) => text.includes('asks to join'))).toHaveLength(2);
    state.policy = OPEN_POLICY;
    admissions.recheck();
    expect(words).toEqual(['waiting', 'writer']);
  });

  it.each(['moved', 'closed'] as const)('answers all when the session is %s', (why) => {
    const { admissions, ask } = world();
    const words = ask('one');
    admissions.close(why);
    expect(words).toEqual(['waiting', why]);
    expect(admissions.waiting).toEqual([]);
  });
});

const ANN: Identity = { provider: 'corp', subject: '1', name: 'ann', groups: [], proved: 'sign-in', until: 9e15 };

describe('a session whose joiners several people must approve', () => {
  const two = { approve: true, approvals: 2 };
  const say = ({ admissions }: ReturnType<typeof world>, by: string, admit = true, as?: 'reader'): string =>
    admissions.decideOn(participantId('one'), { admit, by, as }).decision;

  it('lets somebody in when two different people have agreed, each counted once', () => {
    const made = world(two);
    const words = made.ask('one');
    const { code } = made.command('approve');
    expect(made.admissions.decide(code, true)).toBe('agreed');
    expect(made.admissions.decide(code, true)).toBe('again');
    expect(words).toEqual(['waiting']);
    expect(made.told.at(-1)).toMatch(/: 1 of 2 people have agreed \(host\)$/);
    expect(made.admissions.waiting).toMatchObject([{ agreed: ['host'], needed: 2 }]);
    expect(made.admissions.decideOn(participantId('one'), { admit: true, by: 'admin' })).toMatchObject({
      decision: 'admitted',
      agreed: ['host', 'admin'],
      needed: 2,
    });
    expect(words).toEqual(['waiting', 'writer']);
    expect(made.noted).toEqual(['asked one', 'one agreed by host: host of 2']);
    expect(made.admissions.enter(made.request('one'))).toMatchObject({ kind: 'admitted' });
  });

  it('refuses whom one person refuses', () => {
    const made = world(two);
    const words = made.ask('one');
    expect([say(made, 'admin'), say(made, 'person:corp:1', false)]).toEqual(['agreed', 'refused']);
    expect(words).toEqual(['waiting', 'refused']);
  });

  it('counts the host once, whatever it comes by', () => {
    const made = world(two);
    made.state.host = 'person:corp:1';
    made.ask('one');
    expect([say(made, 'person:corp:1'), say(made, 'user:ada'), say(made, 'host')]).toEqual([
      'agreed',
      'again',
      'again',
    ]);
  });

  it('lets nobody agree to their own request', () => {
    const made = world(two);
    made.ask('one', { identity: ANN });
    expect(say(made, 'person:corp:1')).toBe('own');
    made.state.host = 'person:corp:1';
    expect(say(made, 'host')).toBe('own');
  });

  it('lets those only look for whom one of them wants no more', () => {
    const made = world(two);
    const words = made.ask('one');
    expect([say(made, 'a', true, 'reader'), say(made, 'b')]).toEqual(['agreed', 'admitted']);
    expect(words).toEqual(['waiting', 'reader']);
    expect(made.admissions.enter(made.request('one'))).toMatchObject({ as: 'reader' });
  });

  it('asks for the number that the rules demand at each moment', () => {
    const made = world();
    const words = made.ask('one');
    made.state.policy = { ...made.state.policy, approvals: 3 };
    expect([say(made, 'a'), say(made, 'b')]).toEqual(['agreed', 'agreed']);
    made.state.policy = { ...made.state.policy, approvals: 2 };
    made.admissions.recheck();
    expect(words).toEqual(['waiting', 'writer']);
    made.state.policy = { ...made.state.policy, approvals: 3 };
    expect(made.admissions.enter(made.request('one'))).toEqual({ kind: 'waiting' });
  });

  it('counts nobody while there is no place', () => {
    const made = world({ ...two, maxJoiners: 1 });
    const words = made.ask('one');
    made.state.present = 1;
    expect([say(made, 'a'), say(made, 'a')]).toEqual(['full', 'full']);
    made.state.present = 0;
    expect([say(made, 'a'), say(made, 'b')]).toEqual(['agreed', 'admitted']);
    expect(words.at(-1)).toBe('writer');
  });
});

describe('a moderator', () => {
  const moderator = (person: string): Moderator & { readonly read: string[] } => {
    const read: string[] = [];
    return { person, read, tell: (texts) => void read.push(...texts) };
  };
  const codeIn = (read: readonly string[]): string =>
    parseApproval(/ssh (approve-\S+)@host/.exec(read.join())?.[1] ?? '')?.code ?? '';

  it('reads who waits, and decides by a code of their own, for as long as they are one', () => {
    const { admissions, state, ask, noted } = world({ approve: true, approvals: 3 });
    const [ann, bob] = [moderator('person:corp:1'), moderator('person:corp:2')];
    state.moderators = [ann];
    const words = ask('one');
    expect(ann.read.at(-1)).toBe('192.0.2.9 asks to join: the command show-messages shows how to answer');
    state.moderators = [ann, bob];
    admissions.greet(bob);
    const codes = [codeIn(ann.read), codeIn(bob.read)];
    expect(new Set(codes).size).toBe(2);
    state.moderators = [ann];
    expect(codes.map((code) => admissions.decide(code, true))).toEqual(['agreed', 'unknown']);
    admissions.greet(ann);
    expect(codeIn(ann.read.slice(3))).toBe(codes[0]);
    state.moderators = [ann, bob];
    expect(codes.map((code) => admissions.decide(code, true))).toEqual(['again', 'agreed']);
    expect(admissions.decideOn(participantId('one'), { admit: true, by: 'admin' }).decision).toBe('admitted');
    expect(words).toEqual(['waiting', 'writer']);
    expect(noted.slice(1)).toEqual([
      'one agreed by person:corp:1: person:corp:1 of 3',
      'one agreed by person:corp:2: person:corp:1,person:corp:2 of 3',
    ]);
  });
});

describe('a link to decide', () => {
  const codeOf = ({ links }: ReturnType<typeof world>): string => parseLink(links.at(-1)?.secret ?? '')?.code ?? '';

  it.each([
    [{ admit: true }, 'admitted', 'writer'],
    [{ admit: true, as: 'reader' } as const, 'admitted', 'reader'],
    [{ admit: false }, 'refused', 'refused'],
  ])('is good for one decision: %o', (say, decision, word) => {
    const made = world();
    const words = made.ask('one');
    const code = codeOf(made);
    expect(made.links).toMatchObject([{ id: 'one', until: made.clock.now() + WAIT_MS }]);
    expect(made.admissions.byLink(code)).toMatchObject({ id: 'one', needed: 1 });
    expect(made.admissions.decideByLink(code, say)).toMatchObject({ decision, who: { id: 'one' } });
    expect(words).toEqual(['waiting', word]);
    expect(made.admissions.byLink(code)).toBeUndefined();
    expect(made.admissions.decideByLink(code, say).decision).toBe('unknown');
  });

  it('is no code for ssh, and the codes for ssh are no links', () => {
    const made = world();
    made.ask('one');
    expect(made.admissions.decide(codeOf(made), true)).toBe('unknown');
    expect(made.admissions.decideByLink(made.command('approve').code, { admit: true }).decision).toBe('unknown');
  });

  it('ends with the wait', () => {
    const made = world();
    made.ask('one');
    made.clock.advance(WAIT_MS);
    expect(made.admissions.decideByLink(codeOf(made), { admit: true }).decision).toBe('unknown');
  });

  it('is followed by another one where others must agree, and counts once for whoever is not known', () => {
    const made = world({ approve: true, approvals: 2 });
    const words = made.ask('one');
    const first = codeOf(made);
    expect(made.admissions.decideByLink(first, { admit: true })).toMatchObject({
      decision: 'agreed',
      agreed: ['link'],
    });
    expect(made.links.map(({ agreed }) => agreed)).toEqual([[], ['link']]);
    expect(made.admissions.decideByLink(first, { admit: true, by: 'person:corp:1' }).decision).toBe('unknown');
    const second = codeOf(made);
    expect(made.admissions.decideByLink(second, { admit: true }).decision).toBe('again');
    expect(made.admissions.decideByLink(second, { admit: true, by: 'person:corp:1' }).decision).toBe('admitted');
    expect(words).toEqual(['waiting', 'writer']);
  });
});

describe('a session for so many', () => {
  it('counts people on their way, until they have a seat or take too long', () => {
    const { clock, admissions, state, ask } = world({ maxJoiners: 2 });
    expect(ask('one')).toEqual(['writer']);
    state.present = 1;
    admissions.withdraw(participantId('one'));
    expect(ask('two')).toEqual(['writer']);
    expect(ask('two')).toEqual(['writer']);
    expect(ask('three')).toEqual(['full']);
    clock.advance(EXPECTED_MS);
    expect(ask('three')).toEqual(['writer']);
  });

  it('keeps approved people waiting until there is a place', () => {
    const { admissions, state, command, ask } = world({ approve: true, maxJoiners: 1 });
    const words = ask('one');
    state.present = 1;
    const { code } = command('approve');
    expect(admissions.decide(code, true)).toBe('full');
    state.present = 0;
    expect(admissions.decide(code, true)).toBe('admitted');
    expect(words).toEqual(['waiting', 'writer']);
  });

  it('says why in words', () => {
    expect(new NotAdmitted('full', 'As many')).toMatchObject({ code: 'limit', message: 'As many' });
    expect(new NotAdmitted('refused', 'no')).toMatchObject({ code: 'forbidden', reason: 'refused' });
  });
});

describe('what was true when somebody asked', () => {
  const rules: readonly [string, Partial<AdmissionPolicy>, string][] = [
    ['keys are asked for', { authorizedKeys: [] }, 'key-required'],
    ['a password is set', { password: 'scrypt$' }, 'password'],
    ['everybody may only watch', { readersOnly: true }, 'reader'],
    ['it is full', { maxJoiners: 1 }, 'full'],
    ['they were sent away', { sentAway: [{ by: 'address', value: '192.0.2.9', may: 'nothing' }] }, 'sent-away'],
    ['the tokens were replaced', { tokens: { writer: 'other', reader: 'another' } }, 'token'],
  ];

  it.each(rules)('does not count when the host lets them in after %s', (_, rule, expected) => {
    const { admissions, command, state, ask } = world();
    const words = ask('one', { token: 'old' });
    state.policy = { ...state.policy, ...rule };
    state.present = 1;
    const decision = admissions.decide(command('approve').code, true);
    if (expected === 'full') expect([decision, words]).toEqual(['full', ['waiting']]);
    else expect(words).toEqual(['waiting', expected]);
  });

  it.each(rules)('does not count when they sit down after %s', (_, rule, expected) => {
    const { admissions, state, ask, request } = world({});
    expect(ask('one', { token: 'old' })).toEqual(['writer']);
    state.policy = { ...state.policy, ...rule };
    state.present = 1;
    const word = admissions.enter(request('one', { token: 'old' }));
    expect(word).toMatchObject(expected === 'reader' ? { as: expected } : { reason: expected });
  });

  it.each(rules.filter(([, , expected]) => expected !== 'full' && expected !== 'reader'))(
    'ends the wait when %s',
    (_, rule, expected) => {
      const { admissions, state, ask } = world();
      const words = ask('one', { token: 'old' });
      state.policy = { ...state.policy, ...rule };
      admissions.recheck();
      expect(words).toEqual(['waiting', expected]);
      expect(admissions.waiting).toEqual([]);
    },
  );

  it('must be asked again when the host lets in each joiner from now on', () => {
    const { admissions, state, ask, request } = world({});
    ask('one');
    state.policy = { ...state.policy, approve: true };
    expect(admissions.enter(request('one'))).toEqual({ kind: 'waiting' });
    expect(ask('one')).toEqual(['waiting']);
  });

  it('lets those only look whose edge says nothing of what they proved, where it matters', () => {
    for (const [rule, as] of [
      [{}, 'writer'],
      [{ authorizedKeys: [] }, 'reader'],
      [{ password: 'x' }, 'reader'],
    ] as const) {
      const { admissions, request } = world(rule);
      expect(admissions.enter({ ...request('one'), unproven: true })).toEqual({ kind: 'admitted', as });
    }
  });
});
