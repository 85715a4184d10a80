import { describe, expect, it } from 'vitest';
import { readClusterSlots } from './cluster-map.js';

const ASKED = { host: 'seed', port: 7000 };

describe('readClusterSlots', () => {
  it('takes the first node of each range for its master', () => {
    const reply = [
      [0, 8191, ['10.0.0.1', 7001, 'id1', []], ['10.0.0.2', 7002, 'id2', []]],
      [8192, 16_383, ['10.0.0.3', 7003, 'id3', []]],
    ];
    expect(readClusterSlots(reply, ASKED)).toEqual([
      { first: 0, last: 8191, master: { host: '10.0.0.1', port: 7001 } },
      { first: 8192, last: 16_383, master: { host: '10.0.0.3', port: 7003 } },
    ]);
  });

  it.each([null, '', '?'])('takes a host %j for the one that was asked', (host) => {
    expect(readClusterSlots([[0, 1, [host, 7001, 'id']]], ASKED)).toEqual([
      { first: 0, last: 1, master: { host: 'seed', port: 7001 } },
    ]);
  });

  it.each([null, 'OK', [[]], [[5, 1, ['a', 1]]], [[0, 99_999, ['a', 1]]], [[0, 1, ['a', 'b']]], [[0, 1]]])(
    'leaves out what makes no sense: %j',
    (reply) => {
      expect(readClusterSlots(reply, ASKED)).toEqual([]);
    },
  );
});
