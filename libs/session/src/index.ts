export { EdgeSessions, QUIET_MS } from './edge-sessions.js';
export type { EdgeDeps, SessionLimits } from './edge-deps.js';
export type { JoinTarget, SessionTarget } from './session-finder.js';
export type { Backplane } from './backplanes.js';
export { HomeSession } from './home-session.js';
export type { NameAuthority } from './name-claims.js';
export type { JoinCommands } from './share.js';
export type { HostConnection } from './host-connection.js';
export { silentObserver } from './observer.js';
export type { HostGone, Route, SessionObserver } from './observer.js';
export type {
  HostLink,
  JoinerSink,
  ParticipantInfo,
  ProvenKey,
  SeatEnding,
  SessionStatus,
  TerminalInfo,
} from './ports.js';
export type { HookListener, HookType, HookWish, SessionHook } from './session-hooks.js';
export { NotLetIn } from './door.js';
export type { Decision, DoorAnswer, Visitor } from './door.js';
export type { Room } from './room.js';
export type { Seat } from './seat.js';
export { SessionModel } from './session-model.js';
export { ENDING_EXIT_STATUS, ENDING_TEXT, HostText } from './texts.js';
