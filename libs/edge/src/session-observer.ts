import { isShipmateError, type Clock } from '#kernel';
import type { Log, Metrics } from '#platform';
import type { SessionObserver } from '#session';
import { RareLog } from './backplane-observers.js';

/** Writes what happens to sessions to the log and the metrics. A session's id is not secret; its tokens appear nowhere. */
export function sessionObserver(log: Log, metrics: Metrics, clock: Clock): SessionObserver {
  const rare = new RareLog(log, clock);
  const frames = {
    delta: metrics.frames.of({ kind: 'delta' }),
    repaint: metrics.frames.of({ kind: 'repaint' }),
    skipped: metrics.frames.of({ kind: 'skipped' }),
    same: () => undefined,
  };
  return {
    sessionOpened(session, { address, clientVersion, reconnected, key, certificate }) {
      if (reconnected) metrics.hostReconnects.add({});
      log.info(reconnected ? 'host-reconnected' : 'session-opened', {
        session,
        address,
        clientVersion,
        key,
        certificate,
      });
    },
    hostGone(session, why, detail) {
      log.info('host-gone', { session, why, ...(detail === undefined ? {} : { detail }) });
    },
    sessionClosed(session, why) {
      log.info('session-closed', { session, why });
    },
    joined(session, { id, role, transport, address, key, certificate, name, provider, subject, proved }, route) {
      metrics.joins.add({ transport, route, result: 'ok' });
      const who = { participant: id, person: name, provider, subject, proved };
      log.info('joined', { session, ...who, role, transport, address, key, certificate, route });
    },
    left(session, { id }, ending) {
      log.info('left', { session, participant: id, ending });
    },
    asked(session, { id, role, transport, address, name: person }) {
      log.info('asked', { session, participant: id, person, role, transport, address });
    },
    decided(session, { id }, { decision, by }) {
      log.info('decided', { session, participant: id, decision, admitted: decision === 'admitted', approver: by });
    },
    rightsChanged(session, changed) {
      log.info('rights-changed', { session, changed });
    },
    sentAway(session, { by, value, may, until }) {
      log.info('sent-away', { session, kind: by, who: value, may, until });
    },
    lifted(session, { by, value, may }) {
      log.info('lifted', { session, kind: by, who: value, may });
    },
    tokensReplaced(session, leave) {
      log.info('tokens-replaced', { session, leave });
    },
    paused(session, paused) {
      log.info('session-paused', { session, paused });
    },
    locked(session, lock, by) {
      log.info('session-locked', { session, lock: lock ?? 'off', by });
    },
    seatLock(session, { id, transport }, change) {
      const { kind, ...how } = change;
      metrics.seatLocks.add({ transport, change: kind });
      log.info('seat-lock', { session, participant: id, change: kind, ...how });
    },
    nameChanged(session, change, name) {
      log.info('name-changed', { session, change, name });
    },
    frame: (kind) => frames[kind](),
    tookOver(session) {
      metrics.takeovers.add({});
      log.info('session-taken-over', { session });
    },
    leaseLost() {
      metrics.leaseLost.add({});
      log.warn(
        'lease-lost',
        {},
        'The directory received no heartbeat from this edge for a while: its sessions are checked again.',
      );
    },
    sessionFault(session, { what, error, state }) {
      metrics.sessionFaults.add({ what });
      log.error('session-ended-by-fault', { session, what, error, state });
    },
    failed(what, error) {
      // What may go wrong between processes; it is retried or repaired.
      if (isShipmateError(error)) return rare.warn('session-trouble', what, error);
      log.error('session-fault', { what, error });
    },
  };
}
