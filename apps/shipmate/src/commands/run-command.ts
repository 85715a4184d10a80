import { parseArgs } from 'node:util';
import { isShipmateError, nearest, ShipmateError } from '#kernel';
import { ExitStatus, loadConfig, version, type Environment } from '#platform';
import { ROLES } from '../roles.js';
import { COMMANDS } from './all.js';
import { Api, ApiError, apiUrl } from './api.js';
import { COMMON_OPTIONS, toParseOptions, UsageError, type Command, type Context } from './command.js';
import { completion } from './completion.js';
import { commandHelp, overview, usage } from './help.js';

/** Where a command writes; tests have their own. */
export interface Streams {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
}

/**
 * Runs an operator's command and returns its exit status. The result goes to standard output, everything else to standard
 * error; a bug is thrown.
 */
export async function runCommand(
  name: string | undefined,
  rest: readonly string[],
  env: Environment = process.env,
  { stdout, stderr }: Streams = process,
): Promise<number> {
  if (name === '--help' || name === '-h' || name === 'help') {
    stdout.write(overview(COMMANDS));
    return ExitStatus.clean;
  }
  if (name === '--version' || name === 'version') {
    stdout.write(`shipmate ${version()}\n`);
    return ExitStatus.clean;
  }
  if (name === undefined) {
    stderr.write(overview(COMMANDS));
    return ExitStatus.usage;
  }
  if (name === 'completion') return complete(rest, { stdout, stderr });
  const found = find([name, ...rest]);
  if (found === undefined) {
    stderr.write(noCommand(name));
    return ExitStatus.usage;
  }
  const { command, args: given } = found;
  try {
    const { args, options } = read(command, given);
    if (options['help'] === true) {
      stdout.write(commandHelp(command));
      return ExitStatus.clean;
    }
    const told = await command.run(new ShellContext(env, options['url']), args, options);
    stdout.write(`${options['json'] === true ? JSON.stringify(told.json, undefined, 2) : told.text}\n`);
    return told.status ?? ExitStatus.clean;
  } catch (error) {
    const { text, status } = failure(command, error);
    stderr.write(`${text}\n`);
    return status;
  }
}

function complete([shell, ...more]: readonly string[], { stdout, stderr }: Streams): number {
  try {
    stdout.write(completion(more.length === 0 ? shell : undefined, COMMANDS));
    return ExitStatus.clean;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    stderr.write(`${error.message}\n`);
    return ExitStatus.usage;
  }
}

function noCommand(name: string): string {
  const known = [...Object.keys(ROLES), ...COMMANDS.map((one) => one.name.split(' ')[0] ?? ''), 'completion'];
  const meant = nearest(name, known);
  const hint = meant === undefined ? '' : ` Did you mean ${meant}?`;
  return `There is no command ${JSON.stringify(name)}.${hint} shipmate --help lists all of them.\n`;
}

/** Reads the configuration when a command needs it: `doctor` checks it itself. */
class ShellContext implements Context {
  #api: Api | undefined;

  constructor(
    readonly env: Environment,
    private readonly url: unknown,
  ) {}

  get api(): Api {
    return (this.#api ??= this.#open());
  }

  #open(): Api {
    const config = loadConfig(this.env);
    const url = typeof this.url === 'string' ? this.url.replace(/\/+$/, '') : apiUrl(config);
    if (!/^https?:/.test(url) || !URL.canParse(url)) {
      throw new UsageError('--url must be a URL that begins with http:// or https://');
    }
    return new Api(config, url);
  }
}

/** The command at the start of the words; one of two words if it exists. */
function find(words: readonly string[]): { command: Command; args: readonly string[] } | undefined {
  for (const length of [2, 1]) {
    const command = COMMANDS.find(({ name }) => name === words.slice(0, length).join(' '));
    if (command !== undefined) return { command, args: words.slice(length) };
  }
  return undefined;
}

function read(command: Command, words: readonly string[]): { args: string[]; options: Record<string, unknown> } {
  const options = toParseOptions({ ...command.options, ...COMMON_OPTIONS });
  let parsed;
  try {
    parsed = parseArgs({ args: [...words], options, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
  const { values, positionals: args } = parsed;
  if (values['help'] === true) return { args, options: values };
  const least = command.args.filter((arg) => !arg.startsWith('[')).length;
  const most = command.args.at(-1)?.endsWith('…') === true ? Number.POSITIVE_INFINITY : command.args.length;
  if (args.length < least) throw new UsageError(`${command.args[args.length] ?? 'An argument'} is missing`);
  if (args.length > most) throw new UsageError(`Unexpected argument: ${JSON.stringify(args[most])}`);
  if (args.includes('')) throw new UsageError('An argument is empty');
  return { args, options: values };
}

function failure(command: Command, error: unknown): { text: string; status: number } {
  if (error instanceof UsageError)
    return { text: `${error.message}\nusage: ${usage(command)}`, status: ExitStatus.usage };
  if (error instanceof ApiError) return { text: error.message, status: error.exitStatus };
  if (isShipmateError(error, 'config')) return { text: error.message, status: ExitStatus.config };
  if (error instanceof ShipmateError) return { text: error.message, status: ExitStatus.unavailable };
  throw error;
}
