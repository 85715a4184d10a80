import { isShipmateError, ShipmateError } from '#kernel';
import { knownBy } from '#access';
import type { ControlHandler, ControlReply, ControlRequest } from '#control';
import type { EdgeSessions } from '#fleet';
import { PauseText, type HomeSession, type Verdict } from '#session';

const DONE: ControlReply = { done: true, people: [] };
/** Who acts, for a host: an operator, or the host by its own page. */
const BY_API = 'The API';
const NOT_HERE: ControlReply = { done: false, people: [] };

/** Carries out at this edge what a broker asks for. `drainMs`: how long joiners of a draining edge may stay. */
export function operateEdge(sessions: EdgeSessions, drainMs: number, failed: (error: unknown) => void): ControlHandler {
  return async (request) => await act(sessions, request, drainMs, failed);
}

async function act(
  sessions: EdgeSessions,
  request: ControlRequest,
  drainMs: number,
  failed: (error: unknown) => void,
): Promise<ControlReply> {
  if (request.kind === 'drain') {
    // It takes as long as joiners stay, so the caller need not wait.
    sessions.drain(drainMs).catch(failed);
    return DONE;
  }
  const home = sessions.home(request.session);
  const room = sessions.room(request.session);
  const seat = 'participant' in request ? room?.audience.get(request.participant) : undefined;
  switch (request.kind) {
    case 'close':
      home?.close('operator', 'closed');
      return home === undefined ? NOT_HERE : DONE;
    case 'names':
      if (home !== undefined) sessions.namesChanged(home);
      return home === undefined ? NOT_HERE : DONE;
    case 'people':
      return {
        done: room !== undefined,
        people:
          room?.audience.seats.map(({ info, proofs, joinedAt, lock }) => ({
            ...info,
            knownBy: knownBy(proofs),
            since: joinedAt,
            ...(lock.isLocked && { locked: true }),
          })) ?? [],
      };
    case 'kick':
      if (room === undefined || seat === undefined) return NOT_HERE;
      room.leave(seat, 'kicked');
      return DONE;
    case 'make-reader':
      return seat !== undefined && room?.makeReader(seat) === true ? DONE : NOT_HERE;
    case 'message':
      room?.message(request.text);
      home?.host.notify([request.text]);
      return room === undefined ? NOT_HERE : DONE;
    case 'waiting':
      return { done: home !== undefined, people: [], waiting: home?.rules.admissions.waiting ?? [] };
    case 'decide':
      return home === undefined ? NOT_HERE : decide(home, request);
    case 'link':
      return home === undefined ? NOT_HERE : byLink(home, request);
    case 'send-away':
    case 'lift':
    case 'rotate':
    case 'invite':
    case 'revoke-invitation':
    case 'lock':
      return await order(sessions, request);
    default:
      // A broker of a later release, during an upgrade: it must get an error, rather than an empty answer.
      throw new ShipmateError('unavailable', 'this edge runs an earlier release, which cannot do that');
  }
}

type OrderRequest = Extract<
  ControlRequest,
  { kind: 'send-away' | 'lift' | 'rotate' | 'invite' | 'revoke-invitation' | 'lock' }
>;

type DecideRequest = Extract<ControlRequest, { kind: 'decide' }>;

/** A refusal, such as too many entries, is returned with its reason. */
async function order(sessions: EdgeSessions, request: OrderRequest): Promise<ControlReply> {
  const held = sessions.held(request.session);
  if (held === undefined) return NOT_HERE;
  const { orders } = sessions;
  try {
    switch (request.kind) {
      case 'send-away':
        orders.sendAway(held, request.entries, request.inside);
        return DONE;
      case 'lift':
        return { ...DONE, lifted: orders.lift(held, request.lifting) };
      case 'invite':
        orders.invite(held, request.invitation, request.by);
        return DONE;
      case 'revoke-invitation': {
        const revoked = orders.revoke(held, request.invitation);
        return revoked === undefined ? DONE : { ...DONE, revoked };
      }
      case 'rotate':
        await orders.rotate(held, request.leave);
        return DONE;
      case 'lock':
        orders.lock(held, request.lock);
        held.session.host.notify([
          request.lock === undefined
            ? PauseText.unlockedBy(BY_API)
            : PauseText.lockedBy(BY_API, held.session.room.pause),
        ]);
        return DONE;
    }
  } catch (error) {
    if (!isShipmateError(error, 'limit')) throw error;
    return { ...NOT_HERE, refused: error.message };
  }
}

function decide({ rules: { admissions } }: HomeSession, request: DecideRequest): ControlReply {
  // A broker of an earlier release does not say who decides.
  const { participant, admit, as, by = 'admin' } = request;
  return verdictReply(admissions.decideOn(participant, { admit, as, by }));
}

function byLink(
  { rules: { admissions } }: HomeSession,
  { code, say, by }: Extract<ControlRequest, { kind: 'link' }>,
): ControlReply {
  if (say !== undefined) return verdictReply(admissions.decideByLink(code, { ...say, by }));
  const who = admissions.byLink(code);
  return { done: who !== undefined, people: [], waiting: who === undefined ? [] : [who] };
}

function verdictReply({ decision, who, agreed, needed }: Verdict): ControlReply {
  const done = decision === 'admitted' || decision === 'refused' || decision === 'agreed';
  return { done, people: [], waiting: who === undefined ? [] : [who], decision, agreed, needed };
}
