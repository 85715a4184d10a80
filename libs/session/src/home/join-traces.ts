import {
  isTraceparent,
  NO_TRACER,
  type Clock,
  type ParticipantId,
  type SessionId,
  type Span,
  type Timer,
  type Tracer,
} from '#kernel';
import type { ReceivedInput } from '#relay';

/** More joiners than come at once to one session; the spans of others begin when they are counted in. */
export const MOST_ADMISSIONS = 64;
/** After this time, in ms, a joiner has left, or is still waiting for the host's approval. */
export const ADMISSION_MS = 30_000;

/**
 * At a session's home: the spans of joiners at other edges, from when their edge announces their trace until they have joined.
 * Only edges that trace announce any.
 */
export class JoinTraces {
  readonly #open = new Map<ParticipantId, { readonly span: Span<'relay.admit'>; readonly timer: Timer }>();

  constructor(
    private readonly session: SessionId,
    private readonly clock: Clock,
    private readonly tracer: Tracer = NO_TRACER,
  ) {}

  /** Their edge traces them as `traceparent`; invalid ones are ignored. */
  begin({ participantId, edgeId }: Pick<ReceivedInput, 'participantId' | 'edgeId'>, traceparent: string): void {
    if (!this.tracer.enabled || !isTraceparent(traceparent)) return;
    if (this.#open.has(participantId) || this.#open.size >= MOST_ADMISSIONS) return;
    const span = this.tracer.start('relay.admit', {
      parent: traceparent,
      attributes: {
        'shipmate.session.id': this.session,
        'shipmate.participant.id': participantId,
        'shipmate.edge.id': edgeId,
      },
    });
    const timer = this.clock.after(ADMISSION_MS, () => this.end(participantId, 'timeout'));
    this.#open.set(participantId, { span, timer });
  }

  /** Does `work` as a part of somebody's admission, and ends it. */
  complete(participantId: ParticipantId, work: () => void): void {
    const open = this.#open.get(participantId);
    if (open === undefined) return work();
    this.tracer.within(open.span, work);
    this.end(participantId);
  }

  end(participantId: ParticipantId, failure?: string): void {
    const open = this.#open.get(participantId);
    if (open === undefined) return;
    this.#open.delete(participantId);
    open.timer.cancel();
    if (failure !== undefined) open.span.fail(failure);
    open.span.end();
  }

  /** The session is over here. */
  dispose(): void {
    for (const id of this.#open.keys()) this.end(id, 'closed');
  }
}
