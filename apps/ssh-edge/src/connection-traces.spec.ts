import { beforeEach, describe, expect, it } from 'vitest';
import { NO_SPAN, NO_TRACER, type Span, type Tracer } from '#kernel';
import { ConnectionTraces } from './connection-traces.js';

let told: string[];
let now: number;
let traces: ConnectionTraces;

beforeEach(() => {
  told = [];
  now = 0;
  const tracer: Tracer = {
    ...NO_TRACER,
    enabled: true,
    now: () => now,
    start(name, { startedAt } = {}) {
      told.push(`${name} from ${startedAt ?? now}`);
      const span: Span = {
        traceparent: name,
        set: () => undefined,
        rename: () => undefined,
        fail: (code) => void told.push(`${name} fails: ${code}`),
        end: (at = now) => void told.push(`${name} until ${at}`),
      };
      return span;
    },
  };
  traces = new ConnectionTraces(tracer);
});

const client = { id: 1, address: '192.0.2.7', clientVersion: 'OpenSSH_9.2' };
const authenticate = (name: 'host.connect' | 'join' = 'join'): string =>
  traces.authenticating(client, name, () => 'accept');

describe('ConnectionTraces', () => {
  it('tell a connection from its first byte, once it says what it is for', () => {
    traces.accepted(1);
    now = 10;
    traces.handshake(1);
    now = 30;
    expect(told).toEqual([]);
    expect(authenticate()).toBe('accept');
    now = 40;
    expect(authenticate()).toBe('accept');
    now = 50;
    expect(traces.letIn(1)).toMatchObject({ traceparent: 'join' });
    now = 90;
    traces.finished(1);
    traces.finished(1, 'closed');
    expect(told.slice(0, 4)).toEqual([
      'join from 0',
      'ssh.handshake from 0',
      'ssh.handshake until 10',
      'ssh.authenticate from 10',
    ]);
    expect(told).toContain('ssh.authenticate until 50');
    expect(told.at(-1)).toBe('join until 90');
  });

  it('tell why it came to nothing', () => {
    traces.accepted(1);
    traces.handshake(1);
    authenticate('host.connect');
    traces.finished(1, 'auth-failed');
    expect(told).toEqual(
      expect.arrayContaining(['host.connect fails: auth-failed', 'ssh.authenticate fails: auth-failed']),
    );
    expect(told.at(-1)).toBe('host.connect until 0');
  });

  it('tell each further session of a connection by itself', () => {
    traces.accepted(1);
    authenticate();
    const first = traces.session({ ...client, port: 1 }, false);
    now = 20;
    const second = traces.session({ ...client, port: 1 }, true);
    expect(told.at(-1)).toBe('join from 20');
    now = 30;
    second.finished('not-found');
    expect(told.slice(-2)).toEqual(['join fails: not-found', 'join until 30']);
    now = 40;
    first.finished();
    expect(told.at(-1)).toBe('join until 40');
  });

  it('tell nothing of who never asks to be let in, nor of whom they have not heard', () => {
    traces.accepted(1);
    traces.handshake(1);
    traces.finished(1, 'closed-by-peer');
    expect(authenticate()).toBe('accept');
    expect(traces.letIn(2)).toBe(NO_SPAN);
    traces.finished(2);
    expect(told).toEqual([]);
  });
});
