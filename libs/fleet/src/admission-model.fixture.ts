import { randomUUID } from 'node:crypto';
import { hashPassword, isPassword, lacks, type Proofs } from '#access';
import { participantId, type Role } from '#kernel';
import { readPublicKey } from '#keys';
import { blobOf, ED25519 } from '#keys/fixtures';
import type { JoinerSink, Seat } from '#session';
import type { HostMessage } from '#tmate-protocol';
import { Fleet } from './fleet.fixture.js';
import type { JoinTarget } from './session-finder.js';
import { onePane, type FakeHost } from './stage.fixture.js';

export const NAME = 'ada/site';
/** The joiner's password; hosts may set it, or another. */
export const PASSWORD = 'sesame';
export const OTHER_PASSWORD = 'other';
const ANN = readPublicKey(blobOf(ED25519));

/** Where the joiner comes in, and how. Edge 0 is the session's first home, 2 the one it moves to. */
export interface Way {
  readonly edge: 0 | 1;
  readonly transport: 'ssh' | 'web';
}

/** What became of the joiner, as everybody can see it. */
export type Place = 'out' | 'waits' | Role;

const set = (option: string, value: string): HostMessage => ({
  type: 'exec-cmd',
  args: ['set-option', '-g', option, value],
});
const wish = (pair: string): HostMessage => set('tmate-set', pair);

const terminal = { cols: 80, rows: 24, term: 'xterm', colorTerm: undefined, utf8: true };
const sink = (): JoinerSink => ({
  ready: true,
  write: () => undefined,
  onReady: () => undefined,
  end: () => undefined,
});

/** A fleet of three edges with one named session, somebody who is in it, and one joiner who tries what there is to try. */
export class AdmissionWorld {
  #host: FakeHost | undefined;
  #wishes: HostMessage[] = [];
  #resident: Seat | undefined;
  #found: JoinTarget | undefined;
  #proofs: Proofs | undefined;
  #edge: 0 | 1 = 0;
  #seat: Seat | undefined;
  #waits: AbortController | undefined;
  #typed = 0;

  private constructor(private readonly fleet: Fleet) {}

  static async make(): Promise<AdmissionWorld> {
    const names = { openUser: undefined, userOf: async (): Promise<string> => await Promise.resolve('ada') };
    return new AdmissionWorld(await Fleet.start(3, { names }));
  }

  /** A fault of ours that nobody noticed. */
  get faults(): readonly string[] {
    return this.fleet.faults;
  }

  async start(): Promise<void> {
    this.#host = await this.#hostAt(0);
    const target = await this.#named();
    const room = this.fleet.edge(0).stage.sessions.room(target.id);
    // Whoever was there before the rules were.
    const id = participantId(randomUUID());
    const proofs = { transport: 'ssh', address: '192.0.2.2', keys: [] } as const;
    this.#resident = room?.join({
      info: { id, role: 'reader', transport: 'ssh', address: proofs.address },
      terminal,
      sink: sink(),
      proofs,
    });
  }

  /** The session by its name: whether the host may have the name is decided in several turns. */
  async #named(): Promise<Extract<JoinTarget, { kind: 'session' }>> {
    for (let turn = 0; turn < 1000; turn++) {
      await this.#pass();
      const target = await this.fleet.edge(0).stage.sessions.find(NAME);
      if (target.kind === 'session') return target;
      await new Promise((resolve) => setImmediate(resolve));
    }
    throw new Error('the name leads to no session');
  }

  async set(pair: string): Promise<void> {
    this.#wishes.push(wish(pair));
    this.#host?.say(wish(pair));
    // A hash is made in several turns.
    await hashPassword(PASSWORD);
    await this.#pass();
  }

  /** The host comes back to another edge. */
  async move(): Promise<void> {
    const reconnect = this.#host?.env('tmate_reconnection_data');
    this.#host?.connection.closed();
    this.#host = await this.#hostAt(2, reconnect);
    await this.#pass(4000, 200);
  }

  async end(): Promise<void> {
    this.#host?.say({ type: 'fin' });
    await this.#pass();
  }

  async residentLeaves(): Promise<void> {
    this.#resident?.leave('detached');
    await this.#pass();
  }

  /** Finds the session, and shows the key that is asked for: what ssh does before there is a terminal. */
  async connect({ edge, transport }: Way): Promise<void> {
    this.#edge = edge;
    this.#found = await this.#find();
    this.#proofs = { transport, address: '192.0.2.9', keys: [] };
    const asksForKey = this.#lacking?.startsWith('key') === true;
    if (asksForKey && ANN !== undefined && transport === 'ssh') this.#proofs = { ...this.#proofs, keys: [ANN] };
  }

  /** Gives the password, where one was asked for when they connected. */
  async givePassword(): Promise<void> {
    const found = this.#found;
    const password = found?.kind === 'session' ? found.policy.password : undefined;
    if (password === undefined || this.#proofs === undefined) return;
    if (await isPassword(password, PASSWORD)) this.#proofs = { ...this.#proofs, password };
  }

  /** Sits down in what is found now, or (`late`) in what was found when they connected. */
  async sit(late: boolean): Promise<void> {
    const found = late ? this.#found : await this.#find();
    if (found?.kind !== 'session' || this.#proofs === undefined) return;
    const gone = new AbortController();
    const state = { over: false };
    const waiter = { gone: gone.signal, waiting: () => void (this.#waits = gone) };
    const request = { id: participantId(randomUUID()), role: found.role, proofs: this.#proofs };
    const over = (seat?: Seat): void => {
      state.over = true;
      this.#waits = undefined;
      this.#seat = seat;
    };
    found.join(request, terminal, sink(), waiter).then(over, () => over());
    for (let turn = 0; turn < 200 && !state.over && this.#waits === undefined; turn++) await this.#pass();
  }

  async leave(): Promise<void> {
    this.#waits?.abort();
    this.#seat?.leave('detached');
    this.#seat = undefined;
    await this.#pass();
  }

  /** An operator sends the joiner away. */
  async kick(): Promise<void> {
    const id = this.#seat?.info.id;
    for (const { stage } of this.fleet.edges) for (const room of stage.sessions.rooms) if (id) room.leave(id, 'kicked');
    await this.#pass();
  }

  /** The host says yes or no to whoever waits. */
  async decide(admitted: boolean): Promise<void> {
    const verb = admitted ? 'approve' : 'refuse';
    const command = this.#host?.notices.findLast((text) => text.includes(`${verb}-`)) ?? '';
    const user = new RegExp(`(${verb}-\\S+)@`).exec(command)?.[1] ?? '';
    for (const { stage } of this.fleet.edges) {
      if ([...stage.sessions.sessions].length > 0) await stage.sessions.decide(user);
    }
    await this.#pass();
  }

  /** Where the joiner is now; somebody who is in types, and what arrives at the host is what they may do. */
  async place(): Promise<Place> {
    if (this.#waits !== undefined) return 'waits';
    const seat = this.#seat;
    if (seat === undefined || !this.#isSeated(seat)) return 'out';
    const key = String.fromCodePoint(0x61 + (this.#typed++ % 26));
    const before = this.#keysAtHost.length;
    seat.input(Buffer.from(key));
    await this.#pass();
    return this.#keysAtHost.length > before ? 'writer' : 'reader';
  }

  get #keysAtHost(): readonly string[] {
    return (this.#host?.sent ?? []).flatMap((message) => (message.type === 'pane-key' ? [String(message.key)] : []));
  }

  #isSeated(seat: Seat): boolean {
    return this.fleet.edges.some(({ stage }) =>
      [...stage.sessions.rooms].some((room) => !room.over && room.audience.get(seat.info.id) === seat),
    );
  }

  get #lacking(): string | undefined {
    if (this.#found?.kind !== 'session' || this.#proofs === undefined) return undefined;
    return lacks(this.#found.policy, this.#proofs, this.fleet.clock.now())?.reason;
  }

  async #find(): Promise<JoinTarget> {
    return await this.fleet.edge(this.#edge).stage.sessions.find(NAME);
  }

  async #hostAt(edge: number, reconnect?: string): Promise<FakeHost> {
    const named = [set('tmate-api-key', 'KEY'), set('tmate-session-name', 'site')];
    const host = await this.fleet.edge(edge).stage.host({
      before: [...named, ...this.#wishes],
      ...(reconnect === undefined ? {} : { reconnect }),
    });
    host.say({ type: 'sync-layout', layout: onePane(80, 23) });
    return host;
  }

  async #pass(ms = 60, stepMs = 20): Promise<void> {
    await this.fleet.pass(ms, stepMs);
  }
}
