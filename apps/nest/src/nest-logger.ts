import type { LoggerService } from '@nestjs/common';
import type { Log } from '#platform';

/**
 * NestJS's own words, in our log. What it tells of its start is of no use to an operator: debug. Nest gives the name of
 * the speaking class as the last parameter, and for errors a stack before it.
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
    this.log_.error(
      'nest',
      { ...context(params), error: message instanceof Error ? message : params[0] },
      String(message),
    );
  }

  fatal(message: unknown, ...params: unknown[]): void {
    this.error(message, ...params);
  }
}

function context(params: readonly unknown[]): { context?: string } {
  const last = params.at(-1);
  return typeof last === 'string' ? { context: last } : {};
}
