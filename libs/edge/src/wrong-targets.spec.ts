import { describe, expect, it } from 'vitest';
import { lacks, Quotas, type Limiter } from '#access';
import { MemoryDirectory, type Directory } from '#directory';
import { Stage } from '#fleet/stage';
import { FakeClock } from '#kernel';
import { ED25519 } from '#keys/fixtures';
import { MemoryBus } from '#relay';
import { loadConfig } from '#platform';
import type { HostMessage } from '#tmate-protocol';
import { JoinAttempts, REFUSAL_STEP_MS } from './join-attempts.js';
import { NO_LIMITER, quotaRules, type EdgeLimit, type Quota } from './failure-limits.js';

const set = (option: string, value: string): HostMessage => ({
  type: 'exec-cmd',
  args: ['set-option', '-g', option, value],
});
const named = (name: string): HostMessage[] => [set('tmate-api-key', 'KEY'), set('tmate-session-name', name)];

/** The same object, which notes the names of its methods as they are called. */
function noting<T extends object>(whole: T, calls: string[]): T {
  return new Proxy(whole, {
    get: (_, name) => {
      const value: unknown = Reflect.get(whole, name);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]): unknown => {
        calls.push(String(name));
        return Reflect.apply(value, whole, args) as unknown;
      };
    },
  });
}

/** Two edges, and at the first: a session that asks for keys, and two that have ended, one of them with a name. */
async function fleet() {
  const clock = new FakeClock();
  const [bus, memory] = [new MemoryBus(), new MemoryDirectory(clock)];
  const names = { openUser: undefined, userOf: async () => await Promise.resolve('ada') };
  const calls: string[] = [];
  const directory: Directory = noting<Directory>(memory, calls);
  const stages = [0, 1].map(() => new Stage({ clock, bus, directory, names }));
  for (const { sessions } of stages) await sessions.start();
  const [home] = stages;
  if (home === undefined) throw new Error('no edge');
  const locked = await home.host({ before: [...named('locked'), set('tmate-set', `authorized_keys=${ED25519}`)] });
  const token = [...home.sessions.sessions][0]?.host.tokens.writer ?? '';
  const gone: string[] = [];
  for (const before of [[], named('gone')]) {
    const host = await home.host({ before });
    gone.push([...home.sessions.sessions].at(-1)?.host.tokens.writer ?? '');
    host.say({ type: 'fin' });
    clock.advance(10);
    for (let turn = 0; turn < 60; turn++) await Promise.resolve();
  }
  expect(locked.env('tmate_ssh')).toBe('ssh -p2222 ada/locked@localhost');
  const limiter: Limiter<EdgeLimit> = noting(NO_LIMITER, calls);
  const quotas = new Quotas<Quota>({ clock, rules: quotaRules(loadConfig({}).limits) });
  return { clock, calls, stages, token, gone: gone[0] ?? '', limiter, quotas };
}

describe('a target that leads nowhere', () => {
  it.each(['home', 'another edge'])(
    'costs the same whatever it is, at %s, and takes as long as one that is protected',
    async (at) => {
      const { clock, calls, stages, token, gone, limiter, quotas } = await fleet();
      const stage = stages[at === 'home' ? 0 : 1];
      if (stage === undefined) throw new Error('no edge');
      const attempts = new JoinAttempts({ clock, limiter, quotas, sessions: stage.sessions });
      const proofs = { transport: 'ssh', address: '192.0.2.1', keys: [] } as const;
      const find = async (user: string): Promise<string> => {
        calls.length = 0;
        const startMs = clock.monotonic();
        const finding = attempts.find(user, proofs.address, {
          admits: ({ policy }) => lacks(policy, proofs, 0) === undefined,
        });
        const state = { over: false };
        void finding.then(() => (state.over = true));
        for (let ms = 0; ms < 1000 && !state.over; ms++) {
          for (let turn = 0; turn < 60; turn++) await Promise.resolve();
          if (!state.over) clock.advance(1);
        }
        const lookUps = calls.filter((name) => name.startsWith('lookup')).length;
        const limits = calls.filter((name) => name === 'check' || name === 'failed').join('+');
        return `${(await finding).kind}: ${lookUps} ${limits} after ${clock.monotonic() - startMs} ms`;
      };
      const nowhere = `1 check+failed after ${REFUSAL_STEP_MS} ms`;
      expect(await find('a'.repeat(25))).toBe(`unknown: ${nowhere}`);
      expect(await find('ada/nobody')).toBe(`unknown: ${nowhere}`);
      expect(await find(gone)).toBe(`closed: ${nowhere}`);
      expect(await find('ada/gone')).toBe(`closed: ${nowhere}`);
      // They show themselves by what they ask for, but no sooner: the directory is not asked about a token whose session is here.
      const protectedBy = (lookUps: number): string => `session: ${lookUps} check after ${REFUSAL_STEP_MS} ms`;
      expect(await find('ada/locked')).toBe(protectedBy(1));
      expect(await find(token)).toBe(protectedBy(at === 'home' ? 0 : 1));
    },
  );
});
