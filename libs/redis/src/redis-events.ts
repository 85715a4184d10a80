import { MAX_EVENTS, type AuditEvent, type EventLog, type EventPage, type StoredEvent } from '#control';
import type { Commands } from './commands.js';
import { keys } from './keys.js';

/** Events on a Redis stream, which is cut at its old end. */
export class RedisEvents implements EventLog {
  constructor(private readonly commands: Commands) {}

  async append(event: AuditEvent): Promise<void> {
    const about = JSON.stringify(event);
    await this.commands.call(keys.events, 'xadd', keys.events, 'MAXLEN', '~', String(MAX_EVENTS), '*', 'e', about);
  }

  async list({ before, limit }: EventPage): Promise<readonly StoredEvent[]> {
    const from = before === undefined ? '+' : `(${before}`;
    const reply = await this.commands.call(keys.events, 'xrevrange', keys.events, from, '-', 'COUNT', String(limit));
    return Array.isArray(reply) ? (reply as unknown[]).flatMap((entry) => readEntry(entry) ?? []) : [];
  }
}

/** `[id, ['e', JSON]]`; what is damaged is left out, so that one entry does not hide all others. */
function readEntry(entry: unknown): StoredEvent | undefined {
  const [id, fields]: unknown[] = Array.isArray(entry) ? entry : [];
  const text: unknown = Array.isArray(fields) ? fields[1] : undefined;
  if (typeof id !== 'string' || typeof text !== 'string') return undefined;
  try {
    return { ...(JSON.parse(text) as AuditEvent), id };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
