export { ShipmateError, isShipmateError } from './errors.js';
export type { ErrorCode } from './errors.js';
export { DisposableStore, toDisposable } from './disposable.js';
export type { Disposable } from './disposable.js';
export { agoText, countdown, durationText, exactText, shortText, UNIT_MS } from './durations.js';
export { nearest } from './nearest.js';
export { forgetOldest } from './forget-oldest.js';
export { FakeClock } from './fake-clock.js';
export { Backoff, backoffMs } from './backoff.js';
export { pause } from './clock.js';
export type { Clock, Timer } from './clock.js';
export { Timeout } from './timeout.js';
export { Emitter } from './emitter.js';
export type { Listener } from './emitter.js';
export { FIRST_LIMIT_BYTES, Pace } from './pace.js';
export { edgeId, generation, participantId, sessionId } from './ids.js';
export type { EdgeId, Generation, ParticipantId, SessionId } from './ids.js';
export { ROLES, TRANSPORTS } from './role.js';
export type { Role } from './role.js';
export { ByteReader, ByteWriter, damaged } from './bytes.js';
export { ATTRIBUTES, SPANS } from './spans.js';
export type { AttributeName, AttributesOf, SpanKind, SpanName } from './spans.js';
export { NotingTracer } from './noting-tracer.js';
export type { NotedSpan } from './noting-tracer.js';
export { failureCode, isTraceparent, NO_SPAN, NO_TRACER, traced } from './tracing.js';
export type { Span, SpanOptions, Tracer } from './tracing.js';
export { COST_LIMITS, costLimitText, HELD_KINDS } from './cost-limits.js';
export type { CostLimit, CostLimitName, HeldKind } from './cost-limits.js';
export {
  Account,
  BEFORE_READY_LIMITS,
  BEFORE_SESSION_LIMITS,
  Ledger,
  MODEL_LIMITS,
  OverLimit,
  ROOM_LIMITS,
  STREAM_LIMITS,
  uncounted,
} from './ledger.js';
export type { AccountLimits, Holding, LimitReached } from './ledger.js';
export { ConnectionWork, OverWork, Work } from './work.js';
export type { WorkDeps, WorkSizes } from './work.js';
export { WORK_KINDS, WORK_LIMITS, WORK_WINDOW_MS } from './work-limits.js';
export type { WorkKind, WorkLimit, WorkLimitName } from './work-limits.js';
