import { describe, expect, it } from 'vitest';
import { orderIn, readOrder, type Order } from './tmate-set-orders.js';
import { KICK_MS } from './sent-away.js';

const read = (pair: string): Order | { readonly fault: string } | undefined => {
  const order = orderIn('tmate-set', pair);
  return order && readOrder(order);
};

describe("a host's orders", () => {
  const who = { by: 'address', value: '192.0.2.9' } as const;

  it.each<[string, Order]>([
    ['kick=192.0.2.9', { kind: 'send-away', who, may: 'nothing', forMs: KICK_MS }],
    ['kick=192.0.2.9 for 2h', { kind: 'send-away', who, may: 'nothing', forMs: 7_200_000 }],
    ['ban= 192.0.2.9 ', { kind: 'send-away', who, may: 'nothing', forMs: undefined }],
    ['ban=192.0.2.9 for 30m', { kind: 'send-away', who, may: 'nothing', forMs: 1_800_000 }],
    ['reader=192.0.2.9', { kind: 'send-away', who, may: 'look', forMs: undefined }],
    ['unban=192.0.2.9', { kind: 'lift', lifting: { who, may: 'nothing' } }],
    ['unban=all', { kind: 'lift', lifting: { who: 'all', may: 'nothing' } }],
    ['writer=192.0.2.9', { kind: 'lift', lifting: { who, may: 'look' } }],
    ['rotate=tokens', { kind: 'rotate', leave: false }],
    ['rotate=tokens,leave', { kind: 'rotate', leave: true }],
  ])('%s', (pair, order) => {
    expect(read(pair)).toEqual(order);
  });

  it.each([
    ['ban=192.0.2.0/40', 'is not a range of addresses'],
    ['ban=192.0.2.9 for ever', 'a time such as 30m'],
    ['ban=192.0.2.9 for 31d', 'at most 30d'],
    ['ban=', 'is not an address'],
    ['unban=everybody', 'is not an address'],
    ['rotate=', '"tokens"'],
    ['rotate=keys', '"tokens"'],
  ])('says what is wrong: %s', (pair, reason) => {
    expect(read(pair)).toEqual({ fault: expect.stringContaining(reason) as string });
  });

  it.each(['kick', 'password=x', 'constructor=x', 'KICK=x', '=x'])('are not: %s', (pair) => {
    expect(read(pair)).toBeUndefined();
  });

  it('can be given only with tmate-set', () => {
    expect(orderIn('status-left', 'kick=192.0.2.9')).toBeUndefined();
  });
});
