import type { ParseArgsConfig } from 'node:util';
import type { Environment } from '#platform';
import type { Api } from './api.js';

/** A command was called in a way that it does not understand. */
export class UsageError extends Error {}

/** What one option is, for `parseArgs` and for the help. */
export interface Option {
  readonly type: 'string' | 'boolean';
  /** `NAME`, as the help shows a value. */
  readonly value?: string;
  readonly help: string;
}

export type Options = Readonly<Record<string, Option>>;
type Given<O extends Options> = {
  readonly [K in keyof O]?: O[K]['type'] extends 'boolean' ? boolean : string;
};

/** What a command gets besides its arguments. */
export interface Context {
  readonly env: Environment;
  /** Made when it is asked for; throws `config` when the environment is wrong. */
  readonly api: Api;
}

/** What a command has to tell. */
export interface Told {
  /** For people; the last newline is added. */
  readonly text: string;
  /** For `--json`. */
  readonly json: unknown;
  readonly status?: number;
}

/** One thing that an operator can do from a shell. */
export interface Command {
  /** `names release` */
  readonly name: string;
  /**
   * Of the arguments, in their order; one in brackets may be left out: `SESSION`, `[USER]`. The last may end in `…`: one or
   * more.
   */
  readonly args: readonly string[];
  readonly summary: string;
  /** What else there is to know, for `--help`. */
  readonly more?: string;
  readonly options: Options;
  run(context: Context, args: readonly string[], options: Readonly<Record<string, unknown>>): Promise<Told>;
}

/** A command whose options have the types that it says. */
export function command<const O extends Options>(
  spec: Omit<Command, 'options' | 'run'> & {
    readonly options?: O;
    run(context: Context, args: readonly string[], options: Given<O>): Promise<Told>;
  },
): Command {
  return { ...spec, options: spec.options ?? {} };
}

/** Options that every command has. */
export const COMMON_OPTIONS = {
  json: { type: 'boolean', help: 'Print one JSON document instead of text.' },
  url: { type: 'string', value: 'URL', help: 'The URL of the broker, instead of SHIPMATE_API_URL.' },
  help: { type: 'boolean', help: 'Show this help.' },
} as const satisfies Options;

/** As `parseArgs` wants them. */
export function toParseOptions(options: Options): NonNullable<ParseArgsConfig['options']> {
  return Object.fromEntries(Object.entries(options).map(([name, { type }]) => [name, { type }]));
}

/** A whole number in `text`, or a `UsageError` that names the option. */
export function wholeNumber(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (/^\d{1,9}$/.test(text) && value >= least && value <= most) return value;
  throw new UsageError(`--${name} must be a whole number from ${least} to ${most}`);
}
