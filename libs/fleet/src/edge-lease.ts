import type { Clock, Timer } from '#kernel';
import { EDGE_RENEW_MS, STEADY_MS, Steadiness, type Directory, type EdgeRecord } from '#directory';

export interface EdgeLeaseDeps {
  readonly clock: Clock;
  readonly directory: Directory;
  /** The directories of other regions, which must know that this edge's joiners exist. */
  readonly others: readonly Directory[];
  readonly describe: () => EdgeRecord;
  /** The directory answered; `lost`: others may have taken over this edge's sessions, or the directory has lost them. */
  readonly onAnswer: (lost: boolean) => void;
  /** Another region's directory had forgotten this edge: homes there may have dropped its joiners. */
  readonly onOtherLost: (directory: Directory) => void;
  readonly failed: (what: string, error: unknown) => void;
}

/** The state of one directory, according to this edge's heartbeats. */
interface Contact {
  readonly directory: Directory;
  readonly steadiness: Steadiness;
  known: boolean;
}

/** Reports every few seconds that this edge is alive: one call per region, however many sessions it has. */
export class EdgeLease {
  readonly #own: Contact;
  readonly #others: readonly Contact[];
  #timer: Timer | undefined;
  #beating = false;
  #stopped = false;

  constructor(private readonly deps: EdgeLeaseDeps) {
    const contact = (directory: Directory): Contact => {
      return { directory, steadiness: new Steadiness(deps.clock), known: false };
    };
    this.#own = contact(deps.directory);
    this.#others = deps.others.map(contact);
  }

  /** Begins; resolves when the first heartbeat was answered, or could not be sent. */
  async start(): Promise<void> {
    await this.beat();
    this.#next();
  }

  /**
   * How much longer this edge must not assume that somebody is dead because `directory` does not know them to be alive, in ms;
   * 0 if it may.
   */
  missingMs(directory: Directory): number {
    return this.#contact(directory)?.steadiness.missingMs ?? STEADY_MS;
  }

  /** How long this edge was cut off from `directory`, in ms: the interruptions that ended in the last `windowMs`. */
  brokenMs(directory: Directory, windowMs: number): number {
    return this.#contact(directory)?.steadiness.brokenMs(windowMs) ?? 0;
  }

  /** Says it now. */
  async beat(): Promise<void> {
    if (this.#beating || this.#stopped) return;
    this.#beating = true;
    const edge = this.deps.describe();
    for (const other of this.#others) void this.#beatElsewhere(other, edge);
    try {
      const lost = await this.#beat(this.#own, edge);
      if (!this.#stopped) this.deps.onAnswer(lost);
    } catch (error) {
      this.deps.failed('directory: heartbeat', error);
    } finally {
      this.#beating = false;
    }
  }

  /** Ends the lease at once. */
  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#timer?.cancel();
    const { id } = this.deps.describe();
    const all = [this.#own, ...this.#others];
    await Promise.all(
      all.map(async ({ directory }) => {
        try {
          await directory.removeEdge(id);
        } catch (error) {
          this.deps.failed('directory: end of the lease', error);
        }
      }),
    );
  }

  async #beatElsewhere(contact: Contact, edge: EdgeRecord): Promise<void> {
    try {
      if ((await this.#beat(contact, edge)) && !this.#stopped) this.deps.onOtherLost(contact.directory);
    } catch (error) {
      this.deps.failed('directory: another region', error);
    }
  }

  #contact(directory: Directory): Contact | undefined {
    return [this.#own, ...this.#others].find((one) => one.directory === directory);
  }

  /** Whether a lease that was valid before had ended. */
  async #beat(contact: Contact, edge: EdgeRecord): Promise<boolean> {
    const { directory, steadiness } = contact;
    try {
      const { renewed } = await directory.heartbeat(edge);
      const lost = !renewed && contact.known;
      contact.known = true;
      if (lost) steadiness.broke();
      steadiness.answered();
      return lost;
    } catch (error) {
      steadiness.broke();
      throw error;
    }
  }

  #next(): void {
    this.#timer = this.deps.clock.after(EDGE_RENEW_MS, () => {
      if (this.#stopped) return;
      void this.beat();
      this.#next();
    });
  }
}
