import { describe, expect, it } from 'vitest';
import { Attacks } from './attacks.js';
import { documentedEvents, logFault } from './log-kinds.js';
import { attackerAddress } from './odd.js';
import { Processors } from './processors.js';

const OPERATION = { method: 'POST', path: '/v1/users/{user}/keys', query: ['limit'], fields: ['label'] };
const attacks = new Attacks([OPERATION]);
const cases = Array.from({ length: 400 }, (_, seed) =>
  attacks.make(seed, { kind: seed % 2 === 0 ? 'fleet' : 'one-port' }),
);

describe('hostile cases', () => {
  it('are the same for the same seed, and others for another', () => {
    expect(new Attacks([OPERATION]).make(8, { kind: 'fleet' })).toEqual(cases[8]);
    expect(new Set(cases.map((one) => JSON.stringify(one))).size).toBe(cases.length);
  });

  it('are made by all generators; those that need a Redis or one port only where there is one', () => {
    expect(new Set(cases.map(({ attack }) => attack))).toEqual(new Set(attacks.names));
    const alone = Array.from({ length: 200 }, (_, seed) => attacks.make(seed, { kind: 'alone' }).attack);
    expect(alone).not.toContain('redis-records');
    expect(alone).not.toContain('one-port');
    const port = Array.from({ length: 200 }, (_, seed) => attacks.make(seed, { kind: 'one-port' }).attack);
    expect(new Set(port)).toEqual(new Set(['one-port', 'ssh-transport', 'ssh-channels']));
    expect(attacks.make(1, { kind: 'alone', only: 'http' }).attack).toBe('http');
  });

  it('are data: written down and read again they are the same', () => {
    for (const one of cases) expect(JSON.parse(JSON.stringify(one))).toEqual(one);
  });

  it('come from addresses of their own, and from none of a real client', () => {
    const addresses = cases.map(({ seed }) => attackerAddress(seed));
    for (const address of addresses) expect(address).toMatch(/^127\.(1[6-9]|[2-9]\d|[12]\d\d)\.\d+\.\d+$/);
    expect(new Set(addresses).size).toBeGreaterThan(390);
  });
});

describe('a log under attack', () => {
  const documented = documentedEvents();

  it('is held against docs/logs.md', () => {
    expect(documented.get('session-opened')).toBe('info');
    expect(documented.get('uncaught-exception')).toBe('error');
    expect(documented.size).toBeGreaterThan(40);
  });

  it.each([
    [{ level: 'info', event: 'joined' }, undefined],
    [{ level: 'warn', event: 'relay-fault' }, undefined],
    [{ level: 'error', event: 'session-fault' }, /^a fault: /],
    [{ level: 'info', event: 'never-heard-of' }, /^an event that docs\/logs.md does not have: /],
    [{ raw: 'TypeError: x' }, /^a line that is no JSON: /],
  ])('%j', (record, wanted) => {
    const fault = logFault(record, documented);
    if (wanted === undefined) expect(fault).toBeUndefined();
    else expect(fault).toMatch(wanted);
  });
});

it('a wait that this process works through is not counted as one for a server', () => {
  const took = new Processors([]).start();
  for (const began = performance.now(); performance.now() - began < 200;);
  expect(took()).toBeLessThan(150);
});
