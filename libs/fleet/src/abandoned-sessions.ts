import { isShipmateError, pause, ShipmateError, type Clock, type EdgeId, type SessionId } from '#kernel';
import type { HomeSession } from '#session';
import type { SessionView } from '#directory';
import type { Backplanes } from './backplanes.js';
import { HOST_LABEL } from './host-mark.js';
import { probeHost, announceReplaced, type ProbeTarget } from './host-probe.js';

export interface AbandonedSessionsDeps {
  readonly edgeId: EdgeId;
  readonly clock: Clock;
  readonly backplanes: Backplanes;
  /** The session, if this edge is its home. */
  readonly home: (id: SessionId) => HomeSession | undefined;
  readonly failed: (what: string, error: unknown) => void;
}

/** How long a home may take to write that its host does not answer, and how often to check for it, in ms. */
const WRITTEN_MS = 3_000;
const LOOK_MS = 250;

/** Sessions whose hosts crashed and opened another one: they give up their names, and end soon. */
export class AbandonedSessions {
  constructor(private readonly deps: AbandonedSessionsDeps) {}

  /**
   * The session with that id, if its host has this mark and is no longer connected; a connection that only looks alive is
   * probed. Undefined if it belongs to another host, or continues. Rejects as the directory does, and with `unavailable` while
   * its home does not answer and does not count as dead yet.
   */
  async find(id: SessionId, mark: string): Promise<SessionView | undefined> {
    const { clock, backplanes, home } = this.deps;
    const lookUp = async (): Promise<SessionView | undefined> =>
      await backplanes.find(async (directory) => await directory.lookup(id));
    let view = await lookUp();
    if (view === undefined || view.session.labels[HOST_LABEL] !== mark) return undefined;
    if (view.state !== 'reconnecting' || view.session.hostConnected) {
      const here = home(id);
      if (await (here === undefined ? probeHost(this.#target(view)) : here.host.isThere())) return undefined;
    }
    for (let waitedMs = 0; view?.state === 'live' && waitedMs < WRITTEN_MS; waitedMs += LOOK_MS) {
      await pause(clock, LOOK_MS);
      view = await lookUp();
    }
    // The home does not answer, and its lease has not ended: it has died with the host, and will be dead for all soon.
    if (view?.state === 'live')
      throw new ShipmateError('unavailable', 'The home of the former session does not answer');
    return view?.state === 'reconnecting' ? view : undefined;
  }

  /** Tells its home that the host will probably not come back, so that people in it do not wait for long. */
  async replaced(view: SessionView): Promise<void> {
    const here = this.deps.home(view.session.id);
    if (here !== undefined) here.host.replaced();
    // Without a home, it ends when its grace is over.
    else if (view.home !== undefined) {
      await announceReplaced(this.#target(view)).catch((error: unknown) => {
        if (!isShipmateError(error)) throw error;
        this.deps.failed('a former session', error);
      });
    }
  }

  #target({ session }: SessionView): ProbeTarget {
    const { backplanes, clock, edgeId } = this.deps;
    const { relay } = backplanes.of(session.region);
    return { relay, clock, edgeId, sessionId: session.id, generation: session.generation };
  }
}
