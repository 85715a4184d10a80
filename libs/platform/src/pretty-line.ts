const COLOURS: Readonly<Record<string, string>> = { debug: '90', info: '32', warn: '33', error: '31' };

/**
 * One JSON record as a line for people: `12:00:01.250 info  host-joined: what happened  key=value`. A line that is no
 * record stays as it is. What a record holds comes from peers too: control characters are shown as escapes.
 */
export function prettyLine(json: string, coloured: boolean): string {
  const record = parse(json);
  if (record === undefined) return json;
  const { level, time, event, msg, error, ...rest } = record;
  const name = String(level);
  const paint = (code: string, text: string): string => (coloured ? `\u001B[${code}m${text}\u001B[m` : text);
  const head = `${paint('90', String(time).slice(11, 23))} ${paint(COLOURS[name] ?? '0', name.padEnd(5))}`;
  const fields = Object.entries(rest).map(([key, value]) => paint('90', `${key}=${shown(value)}`));
  const what = [event, msg].filter((part) => part !== undefined).map(text);
  return `${[`${head} ${what.join(': ')}`, ...fields].join(' ')}\n${trouble(error)}`;
}

function parse(json: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined; // Whoever wrote this was not the log: show it as it is.
  }
}

function trouble(error: unknown): string {
  if (error === undefined) return '';
  const { stack, message, cause } = Object(error) as { stack?: string; message?: string; cause?: unknown };
  const lines = clean(stack ?? message ?? JSON.stringify(error), '\n');
  return `${lines.replace(/^/gm, '    ')}\n${trouble(cause)}`;
}

/** Text of ours as it is; a value that could be mistaken for something else as JSON. */
const text = (value: unknown): string => clean(typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));
const shown = (value: unknown): string =>
  typeof value === 'string' && /^[\w.:/@+-]+$/.test(value) ? value : clean(JSON.stringify(value) ?? 'undefined');

function clean(text: string, keep = ''): string {
  return text.replace(/[\u0000-\u001F\u007F-\u009F]/g, (char) =>
    char === keep ? char : `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}
