import type { LoggerService } from '@nestjs/common';
import { isShipmateError } from '#kernel';
import type { Log } from '#platform';

/**
 * Writes NestJS's messages to our log. Those about its start do not help an operator, so they have level debug. Nest passes the
 * name of the class as the last parameter, and for errors a stack before it.
 */
export class NestLogger implements LoggerService {
  constructor(private readonly log_: Log) {}

  log(message: unknown, ...params: unknown[]): void {
    this.log_.debug('nest', context(params), String(message));
  }

  debug(message: unknown, ...params: unknown[]): void {
    this.log_.debug('nest', context(params), String(message));
  }

  verbose(message: unknown, ...params: unknown[]): void {
    this.log_.debug('nest', context(params), String(message));
  }

  warn(message: unknown, ...params: unknown[]): void {
    this.log_.warn('nest', context(params), String(message));
  }

  error(message: unknown, ...params: unknown[]): void {
    const error = message instanceof Error ? message : params[0];
    // `runMain` reports what stops a start, with a sentence if there is one.
    const level = isShipmateError(error) && context(params).context === START ? 'debug' : 'error';
    this.log_[level]('nest', { ...context(params), error }, String(message));
  }

  fatal(message: unknown, ...params: unknown[]): void {
    this.error(message, ...params);
  }
}

/** How Nest calls what reports a fault at its start. */
const START = 'ExceptionHandler';

function context(params: readonly unknown[]): { context?: string } {
  const last = params.at(-1);
  return typeof last === 'string' ? { context: last } : {};
}
