import { describe, expect, it } from 'vitest';
import { joinPath, withoutToken } from './join-path.js';

describe('joinPath', () => {
  it.each([
    ['http://localhost:8080/t/abc', 'ws://localhost:8080/ws/session/abc'],
    ['https://mate.example/t/ro-abc', 'wss://mate.example/ws/session/ro-abc'],
    ['https://mate.example/t/anna/demo', 'wss://mate.example/ws/session/anna/demo'],
    ['https://mate.example/t/abc/', 'wss://mate.example/ws/session/abc'],
    ['https://mate.example/t/a%20b?x=1#y', 'wss://mate.example/ws/session/a%20b'],
    ['https://me:secret@mate.example/t/abc', 'wss://mate.example/ws/session/abc'],
  ])('%s joins %s', (page, socket) => {
    expect(joinPath(new URL(page))?.socketUrl).toBe(socket);
  });

  it.each(['http://localhost/', 'http://localhost/t', 'http://localhost/t/', 'http://localhost/x/t/abc'])(
    '%s joins nothing',
    (page) => {
      expect(joinPath(new URL(page))).toBeUndefined();
    },
  );
});

describe('withoutToken', () => {
  it('leaves nothing of the token', () => {
    expect(withoutToken('join abc or abc', 'abc')).toBe('join … or …');
    expect(withoutToken('bash', 'abc')).toBe('bash');
  });
});
