import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { LogRecord } from '#testing';

// What is built of this file lies two folders deeper.
const UP = import.meta.url.includes('/dist/') ? '../../../' : '../../';
const LOGS = fileURLToPath(new URL(`${UP}docs/logs.md`, import.meta.url));

const LEVELS: Readonly<Record<number, string>> = { 20: 'debug', 30: 'info', 40: 'warn', 50: 'error', 60: 'fatal' };

/** The events that docs/logs.md has, each with its level. */
export function documentedEvents(text = readFileSync(LOGS, 'utf8')): ReadonlyMap<string, string> {
  const rows = text.matchAll(/^\| `([a-z-]+)` +\| (debug|info|warn|error) +\|/gm);
  return new Map([...rows].map(([, event = '', level = '']) => [event, level]));
}

/** What is wrong with a line of a server's log while it is attacked; undefined for one that the docs know and that is no fault. */
export function logFault(record: LogRecord, documented: ReadonlyMap<string, string>): string | undefined {
  if ('raw' in record) return `a line that is no JSON: ${String(record['raw']).slice(0, 500)}`;
  const { event, level } = record;
  const name = typeof level === 'number' ? LEVELS[level] : String(level);
  const told = JSON.stringify(record).slice(0, 3000);
  if (name === 'error' || name === 'fatal') return `a fault: ${told}`;
  if (typeof event !== 'string' || !documented.has(event)) return `an event that docs/logs.md does not have: ${told}`;
  return undefined;
}
