import { failureCode, type SessionId, type Tracer } from '#kernel';
import { shownKeys, type Exceeded, type Identity, type Meter, type Quotas } from '#access';
import type { Quota } from '#edge';
import type { EdgeSessions } from '#fleet';
import type { AuthorizedKey } from '#keys';
import type { HostConnection, HostLink } from '#session';
import type { HostChannel, SessionInfo } from '#ssh';
import type { ConnectionTraces } from './connection-traces.js';
import { hostLink } from './host-link.js';
import { LoginText } from './login-text.js';
import type { SshEdgeObserver } from './observers.js';
import type { SshSignIns } from './ssh-sign-ins.js';

/** What a host may send while somebody signs in for it, in bytes: its settings and a full screen of each pane. */
const MAX_HELD_BYTES = 4 * 1024 * 1024;

export interface HostingDeps {
  readonly observer: SshEdgeObserver;
  readonly sessions: Pick<EdgeSessions, 'acceptHost'>;
  readonly quotas: Quotas<Quota>;
  /** Only these keys may host; undefined: anybody may. */
  readonly hostAuthorizedKeys: readonly AuthorizedKey[] | undefined;
  readonly tracer: Tracer;
  readonly traces: ConnectionTraces;
  readonly signIns: Pick<SshSignIns, 'ask'>;
  /** Reports a limit, and returns the text for the person who reached it. */
  readonly over: (exceeded: Exceeded) => string;
}

/** One host's connection, from when its channel is open. */
export class Hosting {
  readonly #meter: Meter;
  readonly #gone = new AbortController();
  /** Undefined while somebody has to sign in. */
  #connection: HostConnection | undefined;
  #held: Uint8Array[] = [];
  #heldBytes = 0;

  constructor(
    private readonly deps: HostingDeps,
    private readonly channel: HostChannel,
    private readonly info: SessionInfo,
  ) {
    this.#meter = deps.quotas.meter('bytes', this.#who, (exceeded) => this.#refuse(deps.over(exceeded)));
  }

  /** Gets it its session. */
  begin(identity: Identity | undefined): void {
    this.#accept(identity);
    this.#listen();
    this.#look();
  }

  /** Keeps what it sends until somebody has signed in for it, which a stock client shows as a message. */
  signIn(): void {
    const { address, publicKey } = this.info;
    const link = this.#link(undefined);
    const answered = this.deps.signIns.ask({
      address,
      wants: 'host',
      fingerprint: publicKey?.fingerprint,
      gone: this.#gone.signal,
      show: (where, code) => link.send([{ type: 'notify', text: LoginText.host(where, code) }]),
    });
    this.#listen();
    answered.then(
      (answer) => {
        if (this.#gone.signal.aborted || answer === 'gone') return;
        if (typeof answer === 'string') this.#refuse(LoginText[answer]);
        else this.#begun(answer);
      },
      (error: unknown) => {
        this.deps.observer.failed(error);
        link.close();
      },
    );
    this.#look();
  }

  get #who(): { readonly address: string; readonly key: string | undefined } {
    return { address: this.info.address, key: this.info.publicKey?.fingerprint };
  }

  #begun(identity: Identity): void {
    this.#accept(identity);
    for (const chunk of this.#held.splice(0)) this.#connection?.data(chunk);
  }

  #accept(identity: Identity | undefined): void {
    const { sessions, tracer, traces } = this.deps;
    const span = traces.letIn(this.info.id);
    const opened = (outcome: { readonly session: SessionId } | { readonly failure: unknown }): void => {
      if ('session' in outcome) span.set({ 'shipmate.session.id': outcome.session });
      traces.finished(this.info.id, 'failure' in outcome ? failureCode(outcome.failure) : undefined);
    };
    this.#connection = tracer.within(span, () => sessions.acceptHost(this.#link(identity), opened));
  }

  #link(identity: Identity | undefined): HostLink {
    const { publicKey, address } = this.info;
    const shown = shownKeys(publicKey === undefined ? [] : [publicKey], this.deps.hostAuthorizedKeys);
    const bytes: SshEdgeObserver['bytes'] = (...counted) => this.#count(...counted);
    return hostLink(this.channel, address, { ...shown, identity }, { bytes });
  }

  #listen(): void {
    this.channel.listen({
      onData: (chunk) => {
        this.#count('in', 'host', chunk.length);
        if (this.#connection === undefined) this.#hold(chunk);
        else this.#connection.data(chunk);
      },
      onClose: () => {
        this.#gone.abort();
        this.#held = [];
        this.#meter.leave();
        this.#connection?.closed();
      },
    });
  }

  #hold(chunk: Uint8Array): void {
    this.#heldBytes += chunk.length;
    if (this.#heldBytes > MAX_HELD_BYTES) this.#refuse(LoginText.late);
    else this.#held.push(chunk.slice());
  }

  #count(...[direction, leg, count]: Parameters<SshEdgeObserver['bytes']>): void {
    this.deps.observer.bytes(direction, leg, count);
    this.#meter.add(count);
  }

  #look(): void {
    const exceeded = this.deps.quotas.look('bytes', this.#who);
    if (exceeded !== undefined) this.#refuse(this.deps.over(exceeded));
  }

  #refuse(text: string): void {
    const link = this.#link(undefined);
    link.send([{ type: 'notify', text }]);
    link.close();
  }
}
