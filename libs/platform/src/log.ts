import { createHmac, randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { inspect } from 'node:util';
import { pino, type Logger } from 'pino';
import type { LogConfig } from './config.js';
import { prettyLine } from './pretty-line.js';
import type { Secret } from './secret.js';

/**
 * What a record may contain besides its event. Never a token, a key or terminal content; an `error` is written with its stack.
 */
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * The log. `event` is a stable name in kebab case that people search for and count by (`host-joined`); `text` is for
 * reading only.
 */
export interface Log {
  debug(event: string, fields?: LogFields, text?: string): void;
  info(event: string, fields?: LogFields, text?: string): void;
  warn(event: string, fields?: LogFields, text?: string): void;
  error(event: string, fields?: LogFields, text?: string): void;
  /** Writes what is still in memory, when a process exits. Gives up if nobody reads it. */
  flush(): Promise<void>;
  readonly level: LogConfig['level'];
}

/** Where lines go. */
export interface LogSink {
  write(line: string): void;
  /** Calls `done` when all is written. */
  flush?(done: () => void): void;
}

/** Fields that would be a slip: their values are replaced, at the top of a record and one level down. */
const NEVER_LOGGED = 'token tokens secret password authorization cookie apiKey privateKey reconnectionData'.split(' ');

/** What waits for a log reader that is behind; more is dropped, as a stalled log must not stall the terminals. */
const MOST_WAITING_BYTES = 4 * 1024 * 1024;

/** How long a process that ends waits for its last records to be taken. */
const FLUSH_TIMEOUT_MS = 500;

/** Characters of an address' hash: 48 bits, enough to tell the clients of a fleet apart. */
const ADDRESS_HASH_CHARS = 8;

/**
 * The log of a process, on standard error: standard output is for the texts that `serve` prints for its user. `key` is used to
 * hash addresses; without one, they differ from process to process. `sink` is for tests.
 */
export function createLog(
  config: LogConfig,
  sink: LogSink = standardError(config),
  key?: Secret,
  /** What every line also contains: the ids of the active span. */
  ids?: () => object | undefined,
): Log {
  const logger = pino(
    {
      level: config.level,
      base: null,
      ...(ids === undefined ? {} : { mixin: () => ids() ?? {} }),
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }) },
      serializers: {
        error: describeError,
        ...(config.addresses === 'hashed' ? { address: addressText(config, key) } : {}),
      },
      redact: { paths: NEVER_LOGGED.flatMap((name) => [name, `*.${name}`]), censor: '[secret]' },
    },
    sink,
  );
  return new PinoLog(logger, config.level, () => flush(sink));
}

/** How addresses are written: as they are, or hashed. Without `key`, hashes differ with each call of this. */
export function addressText({ addresses }: LogConfig, key?: Secret): (address: unknown) => string {
  if (addresses !== 'hashed') return String;
  const hashKey = key?.reveal() ?? randomBytes(32);
  return (address) =>
    createHmac('sha256', hashKey)
      .update(`log address ${String(address)}`)
      .digest('base64url')
      .slice(0, ADDRESS_HASH_CHARS);
}

function standardError({ format }: LogConfig): LogSink {
  const terminal = process.stderr.isTTY;
  if (format === 'pretty' || (format === undefined && terminal)) {
    return { write: (line) => void process.stderr.write(prettyLine(line, terminal)) };
  }
  // With the default of 0 for `minLength` its `flush` does not wait.
  const destination = pino.destination({ dest: 2, sync: false, minLength: 1, maxLength: MOST_WAITING_BYTES });
  // A log that nobody reads any more (EPIPE) is no reason to stop.
  destination.on('error', () => undefined);
  return destination;
}

async function flush(sink: LogSink): Promise<void> {
  if (sink.flush === undefined) return;
  const written = new Promise<void>((resolve) => sink.flush?.(resolve));
  const late = delay(FLUSH_TIMEOUT_MS, undefined, { ref: false });
  await Promise.race([written, late]);
}

class PinoLog implements Log {
  constructor(
    private readonly logger: Logger,
    readonly level: LogConfig['level'],
    readonly flush: () => Promise<void>,
  ) {}

  debug(event: string, fields?: LogFields, text?: string): void {
    this.logger.debug({ event, ...fields }, text);
  }

  info(event: string, fields?: LogFields, text?: string): void {
    this.logger.info({ event, ...fields }, text);
  }

  warn(event: string, fields?: LogFields, text?: string): void {
    this.logger.warn({ event, ...fields }, text);
  }

  error(event: string, fields?: LogFields, text?: string): void {
    this.logger.error({ event, ...fields }, text);
  }
}

/** An error and what caused it, a few levels deep. */
function describeError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return inspect(error, { depth: 1 });
  const { name, message, stack, cause } = error;
  const { code } = error as NodeJS.ErrnoException;
  return {
    name,
    ...(code === undefined ? {} : { code }),
    message,
    stack,
    ...(cause === undefined || depth >= 3 ? {} : { cause: describeError(cause, depth + 1) }),
  };
}
