import { NO_SPAN, type Span, type Tracer } from '#kernel';
import type { ConnectionInfo } from '#ssh';

type TracedConnection = Pick<ConnectionInfo, 'id' | 'address' | 'clientVersion'>;

interface Traced {
  readonly acceptedAt: number;
  handshakeAt?: number;
  /** Of the connection: what it is for is known when it says as whom it comes. */
  root?: Span<'host.connect' | 'join'>;
  authentication?: Span;
}

/** The trace of one joiner's way to a seat. */
export interface SessionTrace {
  readonly span: Span<'host.connect' | 'join'>;
  /** Somebody sits, or not: `failure` says why. A second time changes nothing. */
  finished(failure?: string): void;
}

/**
 * The spans of SSH connections, by their numbers, from the moment they come until they have what they came for. Connections
 * that never try to log in, such as scanners', are not traced.
 */
export class ConnectionTraces {
  readonly #traced = new Map<number, Traced>();

  constructor(private readonly tracer: Tracer) {}

  /** Whether there is anything to record. */
  get enabled(): boolean {
    return this.tracer.enabled;
  }

  accepted(id: number): void {
    this.#traced.set(id, { acceptedAt: this.tracer.now() });
  }

  handshake(id: number): void {
    const traced = this.#traced.get(id);
    if (traced !== undefined) traced.handshakeAt = this.tracer.now();
  }

  /** It asks to be let in. Runs `work` as a part of its authentication. */
  authenticating<T>(connection: TracedConnection, name: 'host.connect' | 'join', work: () => T): T {
    const traced = this.#traced.get(connection.id);
    if (traced === undefined) return work();
    const { tracer } = this;
    const { acceptedAt, handshakeAt = tracer.now() } = traced;
    const root = (traced.root ??= this.#begin(connection, name, acceptedAt));
    if (traced.authentication === undefined) {
      tracer.start('ssh.handshake', { parent: root, startedAt: acceptedAt }).end(handshakeAt);
      traced.authentication = tracer.start('ssh.authenticate', { parent: root, startedAt: handshakeAt });
    }
    return tracer.within(traced.authentication, work);
  }

  /** It has logged in; returns the connection's span, which must be ended with `finished`. */
  letIn(id: number): Span<'host.connect' | 'join'> {
    const traced = this.#traced.get(id);
    traced?.authentication?.end();
    return traced?.root ?? NO_SPAN;
  }

  /** A joiner's terminal is open: the trace of its connection, or a new one if it is a `further` session of the connection. */
  session(info: ConnectionInfo, further: boolean): SessionTrace {
    const { id } = info;
    if (!further) return { span: this.letIn(id), finished: (failure) => this.finished(id, failure) };
    const span = this.#begin(info, 'join', this.tracer.now());
    return {
      span,
      finished: (failure) => {
        if (failure !== undefined) span.fail(failure);
        span.end();
      },
    };
  }

  /** It has what it came for, or is refused it: `failure` says why. A second time changes nothing. */
  finished(id: number, failure?: string): void {
    const traced = this.#traced.get(id);
    if (traced === undefined) return;
    this.#traced.delete(id);
    const { root, authentication } = traced;
    if (failure !== undefined) {
      authentication?.fail(failure);
      root?.fail(failure);
    }
    authentication?.end();
    root?.end();
  }

  #begin(
    { id, address, clientVersion }: TracedConnection,
    name: 'host.connect' | 'join',
    startedAt: number,
  ): Span<'host.connect' | 'join'> {
    return this.tracer.start(name, {
      parent: 'none',
      startedAt,
      attributes: {
        'client.address': address,
        'network.protocol.name': 'ssh',
        'user_agent.original': clientVersion,
        'shipmate.connection.id': id,
      },
    });
  }
}
