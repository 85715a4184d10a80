/** Why a connection ended. */
export interface CloseCode {
  /** The WebSocket close code. */
  readonly code: number;
  /** Stable: a label of metrics and logs. */
  readonly name: string;
  /** For people; at most 123 bytes, which is what a close frame holds. */
  readonly text: string;
  /** Whether the page may connect again by itself. */
  readonly retry: boolean;
}

const code = <const N extends string>(code: number, name: N, retry: boolean, text: string) =>
  ({ code, name, text, retry }) as const;

/**
 * All codes that this server closes with. Those from 4400 on are like HTTP's statuses. 1002, 1007 and 1009 come from the
 * WebSocket layer itself. A page that sees a code it does not know, or 1006 (no close frame came), may retry.
 */
export const CLOSE_CODES = {
  left: code(1000, 'left', false, 'You left'),
  stopping: code(1001, 'stopping', true, 'The server is stopping'),
  'bad-frame': code(1002, 'bad-frame', false, 'That was no WebSocket frame'),
  text: code(1003, 'text', false, 'Text was sent: this protocol is binary'),
  'bad-text': code(1007, 'bad-text', false, 'Text was sent that is not UTF-8'),
  'too-large': code(1009, 'too-large', false, 'A message was too large'),
  detached: code(4000, 'detached', false, 'You detached'),
  ended: code(4001, 'ended', false, 'The host ended the session'),
  'host-lost': code(4002, 'host-lost', false, 'The host did not come back, the session is closed'),
  replaced: code(4003, 'replaced', false, 'Another connection of this page took over'),
  kicked: code(4004, 'kicked', false, 'You were sent away from this session'),
  'time-over': code(4005, 'time-over', false, 'The time that the host set for this session is over'),
  idle: code(4006, 'idle', false, 'The session was idle for as long as its host allows'),
  'new-session': code(4007, 'new-session', true, 'The host has started a new session'),
  'bad-message': code(4400, 'bad-message', false, 'A message was not in the protocol'),
  'keys-required': code(4401, 'keys-required', false, 'This session is for SSH keys: join with ssh and your key'),
  'web-off': code(4403, 'web-off', false, 'The host lets nobody in by a browser: join with ssh'),
  'not-found': code(4404, 'not-found', false, 'Invalid or expired session token'),
  'wrong-password': code(4407, 'wrong-password', false, 'That was not the password'),
  'no-hello': code(4408, 'no-hello', true, 'Nothing was said in time'),
  closed: code(4410, 'closed', false, 'This session was closed'),
  refused: code(4411, 'refused', false, 'The host did not let you in'),
  unanswered: code(4412, 'unanswered', false, 'The host did not answer: ask them, and join again'),
  full: code(4413, 'full', false, 'As many as the host allows are in this session'),
  version: code(4426, 'version', false, 'The server speaks another version: load the page again'),
  'too-many': code(4429, 'too-many', true, 'Too many connections from your address: wait a little'),
  crowded: code(4430, 'crowded', false, 'Too many wait to be let in: try again in a few minutes'),
  fault: code(4500, 'fault', true, 'The server made a mistake'),
  unavailable: code(4503, 'unavailable', true, 'The session cannot be reached now'),
  silent: code(4504, 'silent', true, 'You did not answer in time'),
} as const satisfies Readonly<Record<string, CloseCode>>;

export type CloseName = keyof typeof CLOSE_CODES;

const BY_CODE: ReadonlyMap<number, CloseCode> = new Map(Object.values(CLOSE_CODES).map((entry) => [entry.code, entry]));

/** The entry of a code that came in a close frame; undefined for one that is not in the table. */
export function closeCode(code: number): CloseCode | undefined {
  return BY_CODE.get(code);
}

/** Whether a page whose connection ended with `code` may connect again by itself. */
export function mayRetry(code: number): boolean {
  return closeCode(code)?.retry ?? true;
}
