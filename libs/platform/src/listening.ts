import { ShipmateError } from '#kernel';

/** Where something listens, and the variable that moves it. */
export interface ListenPlace {
  readonly bind: string;
  readonly port: number;
  /** `SHIPMATE_SSH_PORT` */
  readonly variable: string;
}

/** Runs `listen`; when the port cannot be had, throws `unavailable` with a sentence that names it and how to change it. */
export async function listening<T>(listen: () => Promise<T>, place: ListenPlace): Promise<T> {
  try {
    return await listen();
  } catch (error) {
    const sentence = explain(systemCode(error), place);
    throw sentence === undefined ? error : new ShipmateError('unavailable', sentence, { cause: error });
  }
}

/** The system's code, of the error itself or of the one behind an error of ours. */
function systemCode(error: unknown): string | undefined {
  return ((error instanceof ShipmateError ? error.cause : error) as NodeJS.ErrnoException | undefined)?.code;
}

function explain(code: string | undefined, { bind, port, variable }: ListenPlace): string | undefined {
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} on ${bind} is used by another program: stop that one, or set ${variable} to another port.`;
    case 'EACCES':
      return `This user may not listen on port ${port}: set ${variable} to a port above 1023.`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `${bind} is not an address of this machine: set SHIPMATE_BIND to one, or to 0.0.0.0 for all.`;
    case undefined:
    default:
      return undefined;
  }
}
