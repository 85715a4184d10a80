export { HomeSession } from './home/home-session.js';
export type { HostAttachment } from './home/home-deps.js';
export type { JoinNames } from './home/host-side.js';
export { HostConnection } from './home/host-connection.js';
export type { HostConnectionDeps, HostIntroduction } from './home/host-connection.js';
export { NUDGE_MS } from './home/host-waker.js';
export { EXPECTED_MS, participant, WAIT_MS } from './home/admissions.js';
export type { Verdict } from './home/admissions.js';
export type { HookListener, HookType, HookSettings, SessionHook } from './home/session-hooks.js';
export { ReplicaSession } from './replica/replica-session.js';
export { FRAME_INTERVAL_MS } from './room/flush-scheduler.js';
export type { Room } from './room/room.js';
export { STATUS_DELAY_MS } from './room/status-notifier.js';
export type { Seat } from './seat/seat.js';
export { MAX_LISTED_PEOPLE, peopleAt, sharePeople } from './model/people.js';
export type { KnownPerson } from './model/people.js';
export { SessionModel } from './model/session-model.js';
export { encodeInput } from './wire/replica-input.js';
export type { ReplicaInput } from './wire/replica-input.js';
export { decodeRecords } from './wire/stream-records.js';
export type { SessionEnding, StreamRecord } from './wire/stream-records.js';
export { silentObserver } from './observer.js';
export type { HostGone, NameChange, OpenedBy, Route, Said, SessionFault, SessionObserver } from './observer.js';
export { NotAdmitted } from './ports.js';
export type {
  AdmissionAnswer,
  Decision,
  HostLink,
  JoinerSink,
  JoinRequest,
  JoinWaiter,
  LockChange,
  NotAdmittedReason,
  ParticipantInfo,
  SeatEnding,
  SeatLocked,
  SessionStatus,
  TerminalInfo,
  Unlocking,
} from './ports.js';
export type { JoinCommands, JoinKeys } from './share.js';
export { PauseText } from './pause.js';
export { ENDING_EXIT_STATUS, HostText, NameText, OrderText } from './texts.js';
