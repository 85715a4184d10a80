import { describe, expect, it } from 'vitest';
import type { Identity } from '#access';
import { Fleet, tmateSet } from './fleet.fixture.js';
import type { FakeHost, FakeTerminal } from './stage.fixture.js';

const person = (name: string): Identity => ({
  provider: 'corp',
  subject: name,
  name: `${name}@example.org`,
  groups: [],
  proved: 'sign-in',
  until: Number.MAX_SAFE_INTEGER,
});

async function fleet(): Promise<{ made: Fleet; host: FakeHost }> {
  const made = await Fleet.start();
  const orders = ['approvals=2', 'allow=ann@example.org:moderate, bob@example.org:type'];
  const host = await made.edge(0).stage.host({ before: orders.map(tmateSet) });
  await made.pass(100);
  return { made, host };
}

/** Somebody who is on their way in. */
function joining(made: Fleet, n: number, host: FakeHost, who: string): { terminal?: FakeTerminal; refused?: unknown } {
  const state: { terminal?: FakeTerminal; refused?: unknown } = {};
  made
    .edge(n)
    .stage.join(host, 'writer', 80, 24, 'xterm-256color', undefined, person(who))
    .then(
      (terminal) => (state.terminal = terminal),
      (error: unknown) => (state.refused = error),
    );
  return state;
}

const commandIn = (texts: readonly string[], verb: string): string =>
  new RegExp(`${verb}-[\\w-]{47}`).exec(texts.findLast((text) => text.includes(`${verb}-`)) ?? '')?.[0] ?? '';

async function say(made: Fleet, n: number, command: string): Promise<string | undefined> {
  let decision: string | undefined;
  void made
    .edge(n)
    .stage.sessions.decide(command)
    .then((result) => (decision = result));
  await made.pass(500);
  return decision;
}

describe('a session whose joiners two people must approve', () => {
  it.each([
    [0, 1],
    [1, 0],
    [1, 2],
  ])('takes the word of a moderator at edge %i and of the host about somebody at edge %i', async (n, at) => {
    const { made, host } = await fleet();
    const [home] = made.edge(0).stage.sessions.sessions;
    const ann = joining(made, n, host, 'ann');
    await made.pass(500);
    const [waiting] = home?.rules.admissions.waiting ?? [];
    if (home === undefined || waiting === undefined) throw new Error('nobody waits');
    expect(await say(made, 2, commandIn(host.notices, 'approve'))).toBe('agreed');
    expect(ann.terminal).toBeUndefined();
    expect(home.rules.admissions.decideOn(waiting.id, { admit: true, by: 'admin' }).decision).toBe('admitted');
    await made.pass(500);

    const bob = joining(made, at, host, 'bob');
    await made.pass(500);
    expect(ann.terminal?.line(23)).toContain('bob@example.org, 192.0.2.9 asks to join: the command show-messages');
    const command = commandIn(ann.terminal?.seat.messages ?? [], 'approve');
    expect(await say(made, at, command)).toBe('agreed');
    expect(await say(made, n, command)).toBe('again');
    expect(bob.terminal).toBeUndefined();
    expect(await say(made, n, commandIn(host.notices, 'approve'))).toBe('admitted');
    expect(bob.terminal?.seat.info.role).toBe('writer');
    expect(made.edge(0).stage.noted.filter((one) => one.includes(' by '))).toEqual([
      'agreed by host',
      'agreed by person:corp:ann',
      'admitted by host',
    ]);
    expect(made.faults).toEqual([]);
  });
});
