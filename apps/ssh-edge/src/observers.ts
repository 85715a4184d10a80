import type { Log, Metrics } from '#platform';
import type { SessionObserver } from '#session';
import type { SshEdgeObserver } from './ssh-edge-observer.js';

/** Tells the log and the metrics what happens to sessions. A session's id is no secret; its tokens appear nowhere. */
export function sessionObserver(log: Log, metrics: Metrics): SessionObserver {
  const frames = {
    delta: metrics.frames.of({ kind: 'delta' }),
    repaint: metrics.frames.of({ kind: 'repaint' }),
    skipped: metrics.frames.of({ kind: 'skipped' }),
    same: () => undefined,
  };
  return {
    sessionOpened(session, { address, clientVersion, reconnected }) {
      if (reconnected) metrics.hostReconnects.add({});
      log.info(reconnected ? 'host-reconnected' : 'session-opened', { session, address, clientVersion });
    },
    hostGone(session, why, detail) {
      log.info('host-gone', { session, why, ...(detail === undefined ? {} : { detail }) });
    },
    sessionClosed(session, why) {
      log.info('session-closed', { session, why });
    },
    joined(session, { id, role, transport, address }, route) {
      metrics.joins.add({ transport, route, result: 'ok' });
      log.info('joined', { session, participant: id, role, transport, address, route });
    },
    left(session, { id }, ending) {
      log.info('left', { session, participant: id, ending });
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
        'The directory did not hear of this edge for a while: its sessions are looked at anew.',
      );
    },
    failed(what, error) {
      log.error('session-fault', { what, error });
    },
  };
}

/** Tells them what happens to connections; a scanner that comes and goes is worth a debug line. */
export function sshEdgeObserver(log: Log, metrics: Metrics): SshEdgeObserver {
  const bytes = {
    in: {
      host: metrics.bytes.of({ direction: 'in', leg: 'host' }),
      joiner: metrics.bytes.of({ direction: 'in', leg: 'joiner' }),
    },
    out: {
      host: metrics.bytes.of({ direction: 'out', leg: 'host' }),
      joiner: metrics.bytes.of({ direction: 'out', leg: 'joiner' }),
    },
  };
  return {
    joinRefused(reason, address) {
      metrics.joins.add({ transport: 'ssh', route: 'local', result: reason });
      metrics.authFailures.add({ reason });
      log.debug('join-refused', { reason, address });
    },
    joinSeconds: (seconds) => metrics.joinSeconds.observe({}, seconds),
    bytes: (direction, leg, count) => bytes[direction][leg](count),
    rtt: (seconds) => metrics.clientRtt.observe({ transport: 'ssh' }, seconds),
    disconnected(connection, address, reason) {
      log.debug('ssh-disconnected', { connection, address, reason });
    },
    failed(error) {
      log.error('ssh-fault', { error });
    },
  };
}
