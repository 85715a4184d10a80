import { describe, expect, it } from 'vitest';
import type { EventWriter } from '#control';
import { participantId, sessionId } from '#kernel';
import type { Caller } from '../callers.js';
import type { Decided, Fleet } from '../fleet.js';
import { AccessDecision } from '../schemas.js';
import { RequestsController } from './requests.controller.js';

const NO = { params: {}, query: {} };
const SESSION = sessionId('s');
const LINK: Caller = { scope: 'link', user: undefined, session: SESSION, code: 'c', name: 'link' };
const WHO = { id: participantId('p'), role: 'writer', transport: 'ssh', address: '192.0.2.9', since: 0 } as const;

function world(answer: Partial<Decided> = {}) {
  const said: unknown[] = [];
  const noted: unknown[] = [];
  const fleet = {
    requestOf: async () => await Promise.resolve(WHO),
    decideByLink: async (link: unknown, word: unknown) => {
      said.push([link, word]);
      return await Promise.resolve({ who: WHO, decision: 'admitted', agreed: ['link'], needed: 1, ...answer });
    },
  } as unknown as Fleet;
  const audit = { note: (...given: unknown[]) => void noted.push(given) } as unknown as EventWriter;
  return { said, noted, controller: new RequestsController({ fleet, audit, signsIn: true }) };
}

describe('whoever has a link to decide', () => {
  it('sees whom it is about, and who decides', async () => {
    const { controller, noted } = world();
    expect(await controller.get(LINK)).toMatchObject({
      session: 's',
      person: { id: 'p', agreed: [], needed: 1 },
      by: 'link',
      signsIn: true,
    });
    expect(noted).toEqual([]);
  });

  it.each([
    ['writer', { admit: true, as: 'writer' }],
    ['reader', { admit: true, as: 'reader' }],
    ['refuse', { admit: false }],
  ] as const)('says %s', async (decision, word) => {
    const { controller, said } = world();
    const link = { session: SESSION, code: 'c' };
    await controller.decide({ ...NO, body: { decision } }, LINK);
    await controller.decide({ ...NO, body: { decision } }, { ...LINK, name: 'person:corp:1' });
    expect(said).toEqual([
      [link, word],
      [link, { ...word, by: 'person:corp:1' }],
    ]);
  });

  it('makes events: of one who agrees, and of the decision, with all who agreed', async () => {
    const first = world({ decision: 'agreed', needed: 2 });
    expect(await first.controller.decide({ ...NO, body: { decision: 'writer' } }, LINK)).toEqual({
      decision: 'agreed',
      agreed: ['link'],
      needed: 2,
    });
    const who = { participant: 'p', role: 'writer', transport: 'ssh', address: '192.0.2.9' };
    expect(first.noted).toEqual([['agreed', { by: 'link', session: 's' }, { ...who, approvals: '1 of 2' }]]);
    const last = world({ agreed: ['link', 'host'], needed: 2 });
    await last.controller.decide({ ...NO, body: { decision: 'writer' } }, LINK);
    expect(last.noted).toEqual([['let-in', { by: 'link', session: 's' }, { ...who, approvers: 'link, host' }]]);
  });

  it('is nobody without a link, and says one of three words', async () => {
    const admin: Caller = { scope: 'admin', user: undefined, name: 'admin' };
    await expect(world().controller.get(admin)).rejects.toMatchObject({ status: 403 });
    expect(AccessDecision.safeParse({ decision: 'perhaps' }).success).toBe(false);
    expect(AccessDecision.safeParse({}).success).toBe(false);
  });
});
