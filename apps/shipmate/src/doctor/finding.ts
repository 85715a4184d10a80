/** What one look showed. */
export interface Finding {
  /** What was looked at: `redis settings`. */
  readonly check: string;
  /** `fail`: it will not work. `warn`: it works, and not as one would want. `unknown`: it could not be looked at. */
  readonly state: 'ok' | 'warn' | 'fail' | 'unknown';
  readonly text: string;
  /** What to do; there is one unless all is well. */
  readonly fix?: string;
}

export const ok = (check: string, text: string): Finding => ({ check, state: 'ok', text });
export const warn = (check: string, text: string, fix: string): Finding => ({ check, state: 'warn', text, fix });
export const fail = (check: string, text: string, fix: string): Finding => ({ check, state: 'fail', text, fix });
export const unknown = (check: string, text: string, fix: string): Finding => ({
  check,
  state: 'unknown',
  text,
  fix,
});

/** The system's code of an error, or its text. */
export const reasonOf = (error: unknown): string =>
  (error as NodeJS.ErrnoException).code ?? (error instanceof Error ? error.message : String(error));
