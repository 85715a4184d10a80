import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { NO_TRACER, type Clock, type Tracer } from '#kernel';
import type { ClientAddresses } from '#edge';
import type { Log } from '#platform';
import type { CheckedRequest } from './operation.js';

/** Of a method that nobody knows, as a caller may make one up. */
const OTHER_METHOD = '_OTHER';
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** Whether a request is the API's, as it is routed: `/V1` is, too. */
export const isApiPath = (url: string | undefined): boolean => /^\/v1(?![^/?#])/i.test(url ?? '');

/**
 * Gives each request to the API an id, returns it in `x-request-id`, and logs and traces the result: who asked for which
 * operation, never the path or the body, into which a caller may have put anything. Continues the caller's trace.
 */
export function requestLog(log: Log, clock: Clock, addresses: Pick<ClientAddresses, 'of'>, tracer: Tracer = NO_TRACER) {
  return (request: IncomingMessage & CheckedRequest, response: ServerResponse, next: () => void): void => {
    if (!isApiPath(request.url)) {
      next();
      return;
    }
    const id = randomUUID();
    const began = clock.monotonic();
    const address = addresses.of(request);
    response.setHeader('x-request-id', id);
    const { traceparent } = request.headers;
    const method = METHODS.has(request.method ?? '') ? request.method : OTHER_METHOD;
    const span = tracer.start('http.server', {
      parent: typeof traceparent === 'string' ? traceparent : 'none',
      title: method ?? OTHER_METHOD,
      attributes: { 'http.request.method': method, 'client.address': address, 'shipmate.request.id': id },
    });
    response.once('close', () => {
      const { shipmateOperation: operation, shipmateRoute: route, shipmateCaller: caller } = request;
      const ms = Math.round(clock.monotonic() - began);
      // One that was cut off has no status that anybody got.
      const status = response.writableFinished ? response.statusCode : undefined;
      const level = request.method === 'GET' && status !== undefined && status < 400 ? 'debug' : 'info';
      const fields = { request: id, operation, status, ms, by: caller?.name, address };
      tracer.within(span, () => {
        if (level === 'debug') log.debug('api-request', fields);
        else log.info('api-request', fields);
      });
      span.set({ 'http.route': route, 'http.response.status_code': status });
      if (route !== undefined) span.rename(`${method} ${route}`);
      if (status === undefined) span.fail('cut-off');
      else if (status >= 500) span.fail(String(status));
      span.end();
    });
    tracer.within(span, next);
  };
}
