/** Why a connection ended. */
export interface CloseCode {
  /** The WebSocket close code. */
  readonly code: number;
  /** Stable: a label of metrics and logs. */
  readonly name: string;
  /** For people; at most 123 bytes, which is what a close frame holds. */
  readonly text: string;
  /** Whether the page may reconnect by itself. */
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
  'bad-frame': code(1002, 'bad-frame', false, 'That was not a WebSocket frame'),
  text: code(1003, 'text', false, 'Text was sent: this protocol is binary'),
  'bad-text': code(1007, 'bad-text', false, 'The text was not UTF-8'),
  'too-large': code(1009, 'too-large', false, 'A message was too large'),
  detached: code(4000, 'detached', false, 'You detached'),
  ended: code(4001, 'ended', false, 'The host ended the session'),
  'host-lost': code(4002, 'host-lost', false, 'The host did not come back, so the session was closed'),
  replaced: code(4003, 'replaced', false, 'Another connection took over this page'),
  kicked: code(4004, 'kicked', false, 'You were removed from this session'),
  'time-over': code(4005, 'time-over', false, 'The session reached the time limit that the host set'),
  idle: code(4006, 'idle', false, 'The session was idle for longer than the host allows'),
  'new-session': code(4007, 'new-session', true, 'The host has started a new session'),
  'not-unlocked': code(4008, 'not-unlocked', false, 'Your terminal was locked, and was not unlocked: join again'),
  'bad-message': code(4400, 'bad-message', false, 'A message did not follow the protocol'),
  'keys-required': code(4401, 'keys-required', false, 'This session requires an SSH key: join with ssh'),
  'web-off': code(4403, 'web-off', false, 'The host does not allow browsers in this session: join with ssh'),
  'not-found': code(4404, 'not-found', false, 'Invalid or expired session token'),
  'wrong-password': code(4407, 'wrong-password', false, 'Wrong password'),
  'no-hello': code(4408, 'no-hello', true, 'The page did not say hello in time'),
  closed: code(4410, 'closed', false, 'This session was closed'),
  refused: code(4411, 'refused', false, 'The host did not let you in'),
  unanswered: code(4412, 'unanswered', false, 'The host did not answer: ask them, and join again'),
  full: code(4413, 'full', false, 'This session is full'),
  'sign-in-required': code(4414, 'sign-in-required', false, 'This session requires you to sign in'),
  'not-allowed': code(4415, 'not-allowed', false, 'You are not among the people who may join this session'),
  'address-not-allowed': code(4417, 'address-not-allowed', false, 'You may not join this session from your address'),
  'outside-hours': code(4418, 'outside-hours', false, 'This session does not admit anyone at this time'),
  'token-only': code(4419, 'token-only', false, 'The link alone does not admit you to this session'),
  'invitation-over': code(4420, 'invitation-over', false, 'This invitation has ended: ask for another one'),
  'not-ssh': code(4421, 'not-ssh', false, 'This address takes only ssh, but received something else'),
  'ssh-refused': code(4422, 'ssh-refused', false, 'The ssh connection was refused: ssh shows why'),
  'ssh-late': code(4423, 'ssh-late', true, 'No ssh session was started in time'),
  'session-locked': code(4424, 'session-locked', false, 'This session is locked at the moment: try again later'),
  'locked-out': code(4425, 'locked-out', false, 'The operator of this server has locked you out'),
  version: code(4426, 'version', false, 'The server speaks another version: reload the page'),
  'too-many': code(4429, 'too-many', true, 'Too many connections from your address: wait a moment'),
  crowded: code(4430, 'crowded', false, 'Too many people are waiting to be let in: try again in a few minutes'),
  fault: code(4500, 'fault', true, 'Internal server error'),
  unavailable: code(4503, 'unavailable', true, 'The session cannot be reached now'),
  silent: code(4504, 'silent', true, 'You did not answer in time'),
} as const satisfies Readonly<Record<string, CloseCode>>;

/** The name of a close code, as in docs/web-protocol.md. */
export type CloseName = keyof typeof CLOSE_CODES;

const BY_CODE: ReadonlyMap<number, CloseCode> = new Map(Object.values(CLOSE_CODES).map((entry) => [entry.code, entry]));

/** The entry of a code that came in a close frame; undefined for one that is not in the table. */
export function closeCode(code: number): CloseCode | undefined {
  return BY_CODE.get(code);
}

/** Whether a page whose connection ended with `code` may reconnect by itself. */
export function mayRetry(code: number): boolean {
  return closeCode(code)?.retry ?? true;
}
