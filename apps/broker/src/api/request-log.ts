import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '#kernel';
import type { Gate } from '#edge';
import type { Log } from '#platform';
import type { CheckedRequest } from './operation.js';

/**
 * Gives each request of the API an id, tells it in `x-request-id`, and logs what became of it: who asked for which operation,
 * never its address' path or body, in which a caller may have put anything.
 */
export function requestLog(log: Log, clock: Clock, gate: Pick<Gate, 'address'>) {
  return (request: IncomingMessage & CheckedRequest, response: ServerResponse, next: () => void): void => {
    if (request.url?.startsWith('/v1') === true) {
      const id = randomUUID();
      const began = clock.monotonic();
      const address = gate.address(request);
      response.setHeader('x-request-id', id);
      response.once('close', () => {
        const { method, shipmateOperation: operation, shipmateCaller: caller } = request;
        const ms = Math.round(clock.monotonic() - began);
        // One that was cut off has no status that anybody got.
        const status = response.writableFinished ? response.statusCode : undefined;
        const level = method === 'GET' && status !== undefined && status < 400 ? 'debug' : 'info';
        const fields = { request: id, operation, status, ms, by: caller?.name, address };
        if (level === 'debug') log.debug('api-request', fields);
        else log.info('api-request', fields);
      });
    }
    next();
  };
}
