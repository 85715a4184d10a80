import type { Clock } from '#kernel';
import type { Health } from './health.js';
import type { Log } from './log.js';
import type { Metrics } from './metrics.js';
import { ExitStatus } from './run-main.js';

/** How a process stops. */
export interface ShutdownOptions {
  readonly log: Log;
  readonly health: Health;
  readonly metrics?: Metrics;
  readonly clock: Clock;
  /** How long all of it may take; then the process ends as it is. */
  readonly deadlineMs: number;
  /** What remains to be done after everything is closed; it must limit its own time. */
  readonly last?: () => Promise<void>;
  readonly process?: ShutdownProcess;
}

/** What the shutdown needs of a process; tests have their own. */
export interface ShutdownProcess {
  on(event: NodeJS.Signals, listener: () => void): unknown;
  exit(status: number): void;
}

/** What is closed: a Nest application, whose hooks drain (`beforeApplicationShutdown`) and then close. */
export interface Closable {
  close(signal?: string): Promise<void>;
}

const SIGNAL_NUMBER = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;
/** A terminal that is closed sends SIGHUP. There is nothing to reload, so it means stop, like the others. */
const STOPPING = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;
const IGNORED = ['SIGUSR1', 'SIGUSR2'] as const;
const HINT = 'Shipmate ignores this signal: SIGTERM stops it cleanly.';

/**
 * Stops the process in good order at SIGTERM, SIGINT or SIGHUP: not ready any more, then drained and closed, then exit status 0. A
 * second signal ends it at once, with the status of a program that the signal killed. In Nest's order, drain in
 * `beforeApplicationShutdown` and close what others still need (Redis) in `onApplicationShutdown`.
 */
export function installShutdown(app: Closable, options: ShutdownOptions): void {
  const { log, health, metrics, clock, deadlineMs, last, process: process_ = process } = options;
  let stopping = false;

  const end = async (status: number): Promise<void> => {
    await log.flush();
    process_.exit(status);
  };

  const stop = async (signal: keyof typeof SIGNAL_NUMBER): Promise<void> => {
    if (stopping) {
      log.warn('stopped-at-once', { signal });
      await end(128 + SIGNAL_NUMBER[signal]);
      return;
    }
    stopping = true;
    log.info('stopping', { signal }, 'Draining; a second signal stops the process at once.');
    health.drain();
    metrics?.draining.set({}, 1);
    const late = clock.after(deadlineMs, () => {
      log.warn('stop-too-late', { deadlineMs }, 'The process did not drain in time, and stops now.');
      void end(ExitStatus.clean);
    });
    try {
      await app.close(signal);
      await last?.();
      log.info('stopped');
      await end(ExitStatus.clean);
    } catch (error) {
      log.error('stop-failed', { error });
      await end(ExitStatus.bug);
    } finally {
      late.cancel();
    }
  };

  for (const signal of STOPPING) process_.on(signal, () => void stop(signal));
  // A listener keeps the first from opening Node's debugger, and the second from ending the process silently.
  for (const signal of IGNORED) process_.on(signal, () => log.warn('signal-ignored', { signal }, HINT));
}
