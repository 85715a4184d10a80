import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { EventVerifier, isEventPublicKey, type Verdict } from '#control';
import { ExitStatus } from '#platform';
import type { Api, Json } from './api.js';
import { command, UsageError, type Command, type Told } from './command.js';
import { field, LIMIT, toldList } from './lists.js';
import { printable, type Column } from './table.js';

const EVENT_COLUMNS: readonly Column<Json>[] = [
  { head: 'TIME', show: (event) => String(event['at']).replace(/\.\d+Z$/, 'Z') },
  field('EVENT', 'type'),
  field('SESSION', 'session'),
  field('BY', 'by'),
  {
    head: 'DETAILS',
    show: (event) =>
      Object.entries((event['details'] ?? {}) as Json)
        .map(([name, value]) => `${name}=${printable(String(value))}`)
        .join(' '),
  },
];

/** Findings that are shown as text. */
const MOST_SHOWN = 20;

const TIMES = {
  from: { type: 'string', value: 'TIME', help: 'Only events from this time on, such as 2026-12-01T00:00:00Z.' },
  until: { type: 'string', value: 'TIME', help: 'Only events until this time.' },
} as const;

interface Times {
  readonly from?: string;
  readonly until?: string;
}

/** The path of an export. */
function exportPath(times: Times): string {
  const given = new URLSearchParams();
  for (const name of ['from', 'until'] as const) {
    const text = times[name];
    if (text === undefined) continue;
    const time = Date.parse(text);
    if (Number.isNaN(time)) throw new UsageError(`--${name} must be a time such as 2026-12-01T00:00:00Z`);
    given.set(name, new Date(time).toISOString());
  }
  return given.size === 0 ? '/events/export' : `/events/export?${given.toString()}`;
}

async function* linesOf(file: string): AsyncGenerator<string> {
  const stream = createReadStream(file, { encoding: 'utf8' });
  try {
    yield* createInterface({ input: stream, crlfDelay: Infinity });
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${(error as NodeJS.ErrnoException).code ?? String(error)}`, {
      cause: error,
    });
  }
}

async function verdictOf(
  lines: AsyncIterable<string>,
  keys: readonly string[] | undefined,
  older?: Verdict,
): Promise<Verdict> {
  const verifier = new EventVerifier(keys);
  for await (const line of lines) verifier.line(line);
  return verifier.verdict(older);
}

function readKeys(text: string): readonly string[] {
  const keys = text.split(',');
  if (keys.every(isEventPublicKey)) return keys;
  throw new UsageError('--key must be public keys as `shipmate events key` shows them, with commas between them');
}

async function serverKeys(api: Api): Promise<readonly string[]> {
  const { key, accepted } = await api.call('GET', '/events/key');
  return [String(key), ...(Array.isArray(accepted) ? accepted.map(String) : [])];
}

const count = (number: number, of: string): string => `${number} ${of}${number === 1 ? '' : 's'}`;

/** The outcome of a check, with the first finding first. */
function told({ findings, events, unsigned, lost, chains, key }: Verdict, trusted: boolean): Told {
  const [first, ...others] = findings;
  const lines = [
    first === undefined
      ? `${count(events, 'event')} in ${count(chains.size, 'chain')}: nothing was changed, removed or moved.`
      : `These events are not as they were written. First: ${printable(first.text)}.`,
    ...others.slice(0, MOST_SHOWN).map(({ text }) => `Then: ${printable(text)}.`),
    ...(unsigned > 0 ? [`${count(unsigned, 'event')} of an older version at the beginning: not signed.`] : []),
    ...(lost > 0 ? [`${count(lost, 'event')} could not be stored, as the log itself says (events-lost).`] : []),
    ...(trusted
      ? []
      : [`Signed by ${key ?? 'no key'}, as the file says: compare it with the key of your server, or give --key.`]),
  ];
  const json = { genuine: findings.length === 0, events, chains: chains.size, unsigned, lost, key, findings };
  return { text: lines.join('\n'), json, status: first === undefined ? ExitStatus.clean : ExitStatus.refused };
}

export const EVENT_COMMANDS: readonly Command[] = [
  command({
    name: 'events',
    args: [],
    summary: 'List events, newest first',
    options: { ...LIMIT },
    async run(context, _, { limit = '50' }) {
      return await toldList(context, '/events', {}, limit, EVENT_COLUMNS, 'There are no events.');
    },
  }),
  command({
    name: 'events export',
    args: ['FILE'],
    summary: 'Write all events to a file of signed JSON lines, and print the public key',
    more: 'It does not overwrite a file.',
    options: TIMES,
    async run({ api }, [file = ''], times) {
      const path = exportPath(times);
      const [key] = await serverKeys(api);
      let events = -2; // The first and the last line are not events.
      const handle = await open(file, 'wx', 0o600).catch((error: unknown) => {
        throw new UsageError(`${file} cannot be written: ${(error as NodeJS.ErrnoException).code ?? String(error)}`);
      });
      try {
        for await (const line of api.lines(path)) {
          await handle.write(`${line}\n`);
          events += 1;
        }
      } finally {
        await handle.close();
      }
      return {
        text: `${count(events, 'event')} written to ${file}. Signed by ${String(key)}`,
        json: { file, events, key },
      };
    },
  }),
  command({
    name: 'events verify',
    args: ['[FILE]'],
    summary: 'Check that no event was changed, removed, moved or added',
    more: "Without FILE, it checks the server's events. A file is checked without a server. The first finding names the first event that is wrong.",
    options: {
      key: {
        type: 'string',
        value: 'KEY[,KEY]',
        help: 'The public keys to trust, as `shipmate events key` shows them.',
      },
      after: { type: 'string', value: 'FILE', help: 'An older export: all of its events must still be there.' },
    },
    async run(context, [file], { key, after }) {
      const given = key === undefined ? undefined : readKeys(key);
      const keys = given ?? (file === undefined ? await serverKeys(context.api) : undefined);
      const older = after === undefined ? undefined : await verdictOf(linesOf(after), keys);
      if (older !== undefined && older.findings.length > 0) {
        const { text, ...rest } = told(older, keys !== undefined);
        return { ...rest, text: `${String(after)}: ${text}` };
      }
      const lines = file === undefined ? context.api.lines(exportPath({})) : linesOf(file);
      return told(await verdictOf(lines, keys, older), keys !== undefined);
    },
  }),
  command({
    name: 'events key',
    args: [],
    summary: 'Show the public key that events are signed with',
    async run({ api }) {
      const keys = await serverKeys(api);
      return { text: keys.join('\n'), json: keys };
    },
  }),
];
