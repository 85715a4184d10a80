import { isShipmateError } from '#kernel';
import type { Log } from './log.js';

/**
 * How a process ends; docs/configuration.md lists those of a server, docs/commands.md those of a command. The numbers are those
 * of sysexits.h.
 */
export const ExitStatus = {
  clean: 0,
  /** A command was understood and cannot be done: nothing of that name, or not as things are. */
  refused: 1,
  usage: 64,
  unavailable: 69,
  bug: 70,
  notAllowed: 77,
  config: 78,
} as const;

/** What `runMain` needs of a process; tests have their own. */
export interface MainProcess {
  on(event: 'uncaughtException' | 'unhandledRejection', listener: (error: unknown) => void): unknown;
  exit(status: number): void;
  readonly stderr: { write(text: string): unknown };
}

/** What a main function may use besides its arguments. */
export interface MainContext {
  /** From now on, a fatal fault is written to this log. */
  useLog(log: Log): void;
}

/**
 * Runs an app's main function. If it throws, the process exits with the right status: for a wrong configuration or a port in
 * use, with only a sentence; for anything else, as a bug, with its stack. A later uncaught error ends the process too: its
 * state cannot be trusted any more, and hosts reconnect by themselves.
 */
export async function runMain(
  main: (context: MainContext) => Promise<void>,
  process_: MainProcess = process,
): Promise<void> {
  let log: Log | undefined;
  const fatal = async (event: string, error: unknown): Promise<void> => {
    if (log === undefined) process_.stderr.write(`${event}: ${told(error)}\n`);
    else log.error(event, { error }, 'This is a bug in Shipmate: the process stops.');
    await log?.flush();
    process_.exit(ExitStatus.bug);
  };
  process_.on('uncaughtException', (error) => void fatal('uncaught-exception', error));
  process_.on('unhandledRejection', (error) => void fatal('unhandled-rejection', error));
  try {
    await main({ useLog: (used) => (log = used) });
  } catch (error) {
    const status = statusOf(error);
    if (status === ExitStatus.bug) {
      await fatal('start-failed', error);
      return;
    }
    await log?.flush();
    process_.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process_.exit(status);
  }
}

function statusOf(error: unknown): number {
  if (isShipmateError(error, 'config')) return ExitStatus.config;
  // No more files may be opened: the system's own sentence says which one was to be.
  const noFiles = error instanceof Error && 'code' in error && (error.code === 'EMFILE' || error.code === 'ENFILE');
  return noFiles || isShipmateError(error, 'unavailable') ? ExitStatus.unavailable : ExitStatus.bug;
}

const told = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));
