export { CLOSE_CODES, closeCode, mayRetry } from './close-codes.js';
export type { CloseCode, CloseName } from './close-codes.js';
export { decodeClientMessage, encodeClientMessage } from './client-messages.js';
export type {
  AckMessage,
  ClientMessage,
  HelloMessage,
  InputMessage,
  PasswordMessage,
  PongMessage,
  ResizeMessage,
  VisibleMessage,
} from './client-messages.js';
export { decodeServerMessage, encodeServerMessage } from './server-messages.js';
export type {
  AskMessage,
  LockedMessage,
  NamesMessage,
  NoticeMessage,
  PeopleMessage,
  Person,
  Phase,
  PingMessage,
  ScreenMessage,
  ServerMessage,
  SizeMessage,
  StateMessage,
  TakenMessage,
  WaitMessage,
  WelcomeMessage,
} from './server-messages.js';
export { TypedInput } from './typed-input.js';
export {
  MAX_CLIENT_MESSAGE_BYTES,
  MAX_INPUT_BYTES,
  MAX_LISTED,
  LOCK_VERSION,
  NAMES_VERSION,
  MAX_SIDE,
  MAX_SSH_MESSAGE_BYTES,
  MAX_UNACKNOWLEDGED_INPUT_BYTES,
  PAGE_ID_BYTES,
  SILENCE_MS,
  WEB_PROTOCOL_VERSION,
} from './message-limits.js';
