import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '#kernel';
import { ClientAddresses } from '#edge';
import { createLog, loadConfig } from '#platform';
import type { CheckedRequest } from './operation.js';
import { requestLog } from './request-log.js';

/** Sends a request through the middleware; returns what was logged and the id that the caller got. */
function pass(request: Partial<IncomingMessage & CheckedRequest>, status: number | undefined) {
  const lines: string[] = [];
  const log = createLog({ level: 'debug', format: 'json' }, { write: (line) => void lines.push(line) });
  const clock = new FakeClock();
  const headers = new Map<string, unknown>();
  const response = Object.assign(new EventEmitter(), {
    setHeader: (name: string, value: unknown) => headers.set(name, value),
    statusCode: status ?? 200,
    writableFinished: status !== undefined,
  });
  const socket = { remoteAddress: '192.0.2.7' };
  let went = false;
  requestLog(log, clock, new ClientAddresses(loadConfig({})))(
    { method: 'GET', socket, headers: {}, ...request } as IncomingMessage,
    response as unknown as ServerResponse,
    () => (went = true),
  );
  expect(went).toBe(true);
  clock.advance(12);
  response.emit('close');
  return { records: lines.map((line) => JSON.parse(line) as Record<string, unknown>), id: headers.get('x-request-id') };
}

describe('the log of requests', () => {
  it('tells who asked for what and what came of it, by an id that the caller has too', () => {
    const caller = { scope: 'admin', user: undefined, name: 'admin' } as const;
    const { records, id } = pass(
      {
        method: 'DELETE',
        url: '/v1/sessions/not-an-id-but-a-token',
        shipmateOperation: 'closeSession',
        shipmateCaller: caller,
      },
      204,
    );
    expect(id).toMatch(/^[\da-f-]{36}$/);
    expect(records).toEqual([
      {
        level: 'info',
        time: expect.any(String) as string,
        event: 'api-request',
        request: id,
        operation: 'closeSession',
        status: 204,
        ms: 12,
        by: 'admin',
        address: '192.0.2.7',
      },
    ]);
    expect(JSON.stringify(records)).not.toContain('not-an-id');
  });

  it.each([
    ['GET', 200, 'debug'],
    ['GET', 401, 'info'],
    ['POST', 201, 'info'],
    ['GET', undefined, 'info'],
  ])('tells a %s that ended with %s as %s', (method, status, level) => {
    const { records } = pass({ method, url: '/v1/edges' }, status);
    expect(records).toMatchObject([{ level }]);
    expect(records[0]?.['status']).toBe(status);
  });

  it.each(['/v1', '/v1?a', '/V1/edges', '/v1/edges#x'])('logs everything that belongs to the API: %s', (url) => {
    expect(pass({ url }, 200).records).toHaveLength(1);
  });

  it('leaves pages and probes alone', () => {
    const { records, id } = pass({ url: '/healthz' }, 200);
    expect(records).toEqual([]);
    expect(id).toBeUndefined();
  });
});
