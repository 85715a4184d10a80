import type { ReconnectionData, ReconnectionSigner } from '#access';
import { type HomeSession, type HostLink, HostText } from '#session';
import { oldestData, type Directory, type NewSession, type SessionView } from '#directory';
import {
  generation,
  isShipmateError,
  pause,
  ShipmateError,
  type Clock,
  type EdgeId,
  type Generation,
  type SessionId,
} from '#kernel';
import type { Backplane, Backplanes } from './backplanes.js';
import { leave } from './region-moves.js';
import { probeHost } from './host-probe.js';

/**
 * How long reconnection data is valid after it was signed, in ms; a connected host gets new data every hour. Half the time for
 * which the directory remembers an ended session: nobody can reopen a session whose end is forgotten.
 */
export const DATA_LIFETIME_MS = 12 * 3_600_000;

/** The label of sessions whose home renews its host's data: older builds never did. */
export const RENEWING_LABEL = 'renewing';

export interface HostReconnectionDeps {
  readonly edgeId: EdgeId;
  readonly clock: Clock;
  readonly directory: Directory;
  readonly signer: ReconnectionSigner;
  readonly backplanes: Backplanes;
  /** How long a session waits for its host, in ms. */
  readonly hostGraceMs: number;
  /** The session, if this edge is its home. */
  readonly home: (id: SessionId) => HomeSession | undefined;
  /** The oldest generation whose data the host of such a session may have. */
  readonly oldestData: (session: HomeSession) => number;
  /** What a call returns; undefined if it fails, which is reported. */
  readonly tried: <T>(call: Promise<T>) => Promise<T | undefined>;
}

/** The session's host answers: whoever presents its data has a copy. A `conflict` that stays one. */
export class HostIsThere extends ShipmateError {
  constructor(message: string) {
    super('conflict', message);
  }
}

/** How long a home may take to write that its host does not answer, in ms. */
const WRITTEN_MS = 250;

/** Decides whether a host with reconnection data may get its session back, and why not. */
export class HostReconnection {
  constructor(private readonly deps: HostReconnectionDeps) {}

  /** The reconnection data that a host presents; undefined if it is invalid or damaged, which the host is told. */
  verify(data: string, link: HostLink): ReconnectionData | undefined {
    try {
      return this.deps.signer.verify(data);
    } catch (error) {
      if (!isShipmateError(error)) throw error;
      link.send([{ type: 'notify', text: `${HostText.cannotReconnect}: this is a new session` }]);
      return undefined;
    }
  }

  /**
   * Where the session was, if that was not here. Throws `HostIsThere` when its host answers: what was presented is then a copy;
   * `forbidden` when it has expired.
   */
  async find(earlier: ReconnectionData): Promise<SessionView | undefined> {
    const { sessionId: id, generation: expected } = earlier;
    const { edgeId, clock, backplanes, tried } = this.deps;
    const here = this.deps.home(id);
    if (here !== undefined) {
      this.#refuseExpired(earlier, true);
      // What its host has is newer: the takeover is refused.
      if (expected < this.deps.oldestData(here)) throw new ShipmateError('conflict', 'the data is too old');
      if (!(await here.host.isThere())) return undefined;
      throw new HostIsThere('the host is here');
    }
    const lookUp = async (): Promise<SessionView | undefined> =>
      await tried(backplanes.find(async (directory) => await directory.lookup(id)));
    const view = await lookUp();
    if (view?.session.closedAt === undefined) {
      this.#refuseExpired(earlier, view !== undefined, view?.session.labels[RENEWING_LABEL] !== undefined);
    }
    // An edge whose lease was lost, for example because Redis lost its data, may still have the host: it is asked too.
    const isThere = view?.state === 'live' || (view?.state === 'reconnecting' && view.session.hostConnected);
    if (view === undefined || !isThere || expected < oldestData(view.session)) return view;
    const { relay } = backplanes.of(view.session.region);
    const asked = probeHost({ relay, clock, edgeId, sessionId: id, generation: view.session.generation });
    if ((await tried(asked)) === true) throw new HostIsThere('the host is at another edge');
    // Its home, if there is one, now writes that its host does not answer: that decides whether older data is enough.
    if (view.session.generation > expected) await pause(clock, WRITTEN_MS);
    return (await lookUp()) ?? view;
  }

  /**
   * The generation to expect in this region's directory when `wanted` is taken over, and the other regions in which it may have
   * lived: that it left them is certain, or at least one, unless it lived here before.
   */
  async whatToExpect(
    view: SessionView | undefined,
    wanted: NewSession,
    expected: Generation,
  ): Promise<{ expected: Generation; left: readonly Backplane[]; isCertain: boolean }> {
    const { backplanes, directory: own } = this.deps;
    const others = [...backplanes.all].filter(({ directory }) => directory !== own);
    if (view === undefined) return { expected, left: others, isCertain: this.deps.home(wanted.id) === undefined };
    const { directory: home } = backplanes.of(view.session.region);
    // Its home here may have died before it could tell the region that it came from.
    if (home === own) return { expected, left: others, isCertain: false };
    const left = others.filter(({ directory }) => directory === home);
    return { expected: await this.#leaveRegion(view, wanted, expected), left, isCertain: true };
  }

  /**
   * A session that waits for its host accepts its data as long as it waits; if its home is an older build, the host never got
   * new data.
   */
  #refuseExpired({ issuedAt }: ReconnectionData, isOpen: boolean, isRenewed = true): void {
    if (isOpen && !isRenewed) return;
    const lifetimeMs = DATA_LIFETIME_MS + (isOpen ? this.deps.hostGraceMs : 0);
    if (this.deps.clock.now() - issuedAt > lifetimeMs) throw new ShipmateError('forbidden', HostText.dataExpired);
  }

  /** Also takes the session over in the region where it was, which has its own directory; returns what to expect here. */
  async #leaveRegion(view: SessionView, wanted: NewSession, expected: Generation): Promise<Generation> {
    const { backplanes, edgeId } = this.deps;
    const { directory } = backplanes.of(view.session.region);
    try {
      return generation((await leave(directory, wanted, edgeId, expected)) - 1);
    } catch (error) {
      if (!isShipmateError(error) || !error.temporary) throw error;
      return expected;
    }
  }
}
