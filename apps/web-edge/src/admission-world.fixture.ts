import { randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { hashPassword, isPassword, lacks, mintInvitation, Quotas, type Identity, type Proofs } from '#access';
import { JoinAttempts, NO_LIMITER, quotaRules, type Quota } from '#edge';
import type { EdgeSessions, JoinTarget } from '#fleet';
import { Fleet, Locks, Operator, Outs } from '#fleet/fleet';
import { onePane, type FakeHost } from '#fleet/stage';
import { participantId } from '#kernel';
import { readPublicKey } from '#keys';
import { blobOf, ED25519 } from '#keys/fixtures';
import type { HomeSession, JoinerSink, Seat } from '#session';
import type { HostMessage } from '#tmate-protocol';
import { loadConfig } from '#platform';
import { WEB_PROTOCOL_VERSION } from '#web-protocol';
import { BrowserJoiner } from './admission-people.fixture.js';
import type { World } from './admission-rules.fixture.js';
import { PASSWORD, type Place, type Way } from './admission-state.fixture.js';
import { FakeSocket, listening } from './fake-socket.fixture.js';
import { AWAY_MS } from './page-seats.js';
import { SOCKET_PATH, WebEdge } from './web-edge.js';

const NAME = 'ada/site';
const ANN = readPublicKey(blobOf(ED25519));
if (ANN === undefined) throw new Error('no key');
const RESIDENT = '192.0.2.2';
/** The resident's proof. */
const IDENTITY: Identity = { provider: 'corp', subject: '1', name: 'ann', groups: [], proved: 'sign-in', until: 9e15 };

/** The joiner, to the host. */
export const JOINER = { key: ED25519, fingerprint: ANN.fingerprint, address: '192.0.2.9' } as const;

const set = (option: string, value: string): HostMessage => ({
  type: 'exec-cmd',
  args: ['set-option', '-g', option, value],
});

const terminal = { cols: 80, rows: 24, term: 'xterm', colorTerm: undefined, utf8: true };
const sink = (): JoinerSink => ({
  ready: true,
  write: () => undefined,
  onReady: () => undefined,
  end: () => undefined,
});

/** A page that is open, as long as it is not left. */
interface Page {
  socket: FakeSocket;
  readonly id: Uint8Array;
  readonly key: string;
  typed: number;
  broken: boolean;
}

/**
 * A fleet of three edges with one named session, somebody who is in it, and one joiner who tries what there is to try. By ssh the
 * joiner does what an SSH edge does for one; a page is served by the web edge itself.
 */
export class AdmissionWorld implements World {
  #host: FakeHost | undefined;
  readonly #settings: HostMessage[] = [];
  #resident: Seat | undefined;
  #edge: 0 | 1 = 0;
  #key = NAME;
  #found: JoinTarget | undefined;
  #proofs: Proofs | undefined;
  #waits: AbortController | undefined;
  #page: Page | undefined;
  #typed = 0;
  readonly #webEdges: readonly WebEdge[];
  readonly #joiner: BrowserJoiner;
  readonly #pageFaults: string[] = [];

  #invitation: ReturnType<typeof mintInvitation> | undefined;

  private constructor(
    private readonly fleet: Fleet,
    private readonly operator: Operator,
    private readonly locks: Locks,
    signOuts: Outs,
  ) {
    const { clock } = fleet;
    this.#joiner = new BrowserJoiner(clock, signOuts);
    const { visitors } = this.#joiner;
    const { limits } = loadConfig({});
    const quotas = new Quotas<Quota>({ clock, rules: quotaRules(limits) });
    const addresses = { of: (): string => JOINER.address };
    const observer = { ...listening().observer, failed: (error: unknown) => void this.#pageFaults.push(String(error)) };
    this.#webEdges = fleet.edges.map(({ stage: { sessions } }) => {
      const attempts = new JoinAttempts({ clock, quotas, sessions, limiter: NO_LIMITER });
      return new WebEdge({ attempts, clock, observer, quotas, addresses, visitors });
    });
  }

  static async make(): Promise<AdmissionWorld> {
    const names = { openUser: undefined, userOf: async (): Promise<string> => await Promise.resolve('ada') };
    const operator = new Operator();
    const signOuts = new Outs();
    const locks = new Locks();
    return new AdmissionWorld(await Fleet.start(3, { names, operator, locks, signOuts }), operator, locks, signOuts);
  }

  /** Faults of ours that nobody noticed. */
  get faults(): readonly string[] {
    return [...this.fleet.faults, ...this.#pageFaults];
  }

  async start(): Promise<void> {
    this.#host = await this.#hostAt(0);
    const target = await this.#named();
    const room = this.fleet.edge(0).stage.sessions.room(target.id);
    // Whoever was there before the rules were.
    const id = participantId(randomUUID());
    const identity = { ...IDENTITY, subject: '2', name: 'bob' };
    const proofs = { transport: 'ssh', address: RESIDENT, keys: [], identity } as const;
    this.#resident = room?.join({
      info: { id, role: 'reader', transport: 'ssh', address: RESIDENT },
      terminal,
      sink: sink(),
      proofs,
    });
  }

  async set(pair: string): Promise<void> {
    const setting = set('tmate-set', pair);
    this.#settings.push(setting);
    this.#host?.say(setting);
    // A hash is made in several turns.
    if (pair.startsWith('password=')) await hashPassword(PASSWORD);
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

  /** By ssh: finds the session, and shows the key that is asked for, before there is a terminal. A page says hello. */
  async connect({ edge, transport, by, signedIn }: Way): Promise<void> {
    this.#edge = edge;
    this.#page = undefined;
    this.#joiner.cookie = '';
    const tokens = { token: this.#home?.host.tokens.writer, invitation: this.#invitation?.token, name: NAME };
    this.#key = tokens[by] ?? '';
    const identity = signedIn === true ? await this.#joiner.signIn() : undefined;
    if (transport === 'web') {
      this.#page = { socket: new FakeSocket(), id: randomBytes(16), key: this.#key, typed: 0, broken: false };
      await this.#hello();
      return;
    }
    this.#found = await this.#find();
    this.#proofs = { transport, address: JOINER.address, keys: [], ...(identity && { identity }) };
    if (this.#lacking?.startsWith('key') === true && ANN !== undefined) this.#proofs = { ...this.#proofs, keys: [ANN] };
  }

  /** Gives the password, if one was asked for. */
  async givePassword(): Promise<void> {
    if (this.#page !== undefined) {
      this.#page.socket.say({ type: 'password', text: PASSWORD });
      await this.#pass(200);
      return;
    }
    const found = this.#found;
    const password = found?.kind === 'session' ? found.policy.password : undefined;
    if (password === undefined || this.#proofs === undefined) return;
    if (await isPassword(password, PASSWORD)) this.#proofs = { ...this.#proofs, password };
  }

  /** Sits down by ssh in what is found now, or (`late`) in what was found when they connected. */
  async sit(late: boolean): Promise<void> {
    const found = late ? this.#found : await this.#find();
    if (found?.kind !== 'session' || this.#proofs === undefined) return;
    const gone = new AbortController();
    const state = { over: false };
    const waiter = { gone: gone.signal, waiting: () => void (this.#waits = gone) };
    const request = { id: participantId(randomUUID()), role: found.role, proofs: this.#proofs };
    const over = (): void => {
      state.over = true;
      this.#waits = undefined;
    };
    found.join(request, terminal, sink(), waiter).then(over, over);
    for (let turn = 0; turn < 200 && !state.over && this.#waits === undefined; turn++) await this.#pass();
  }

  async leave(): Promise<void> {
    this.#waits?.abort();
    this.#page?.socket.emit('close', 1005);
    this.#page = undefined;
    for (const seat of this.#seats) seat.leave('detached');
    await this.#pass();
  }

  async signOut(): Promise<void> {
    await this.#joiner.signOut();
    await this.#pass();
  }

  async kick(): Promise<void> {
    const ids = new Set(this.#seats.map(({ info }) => info.id));
    for (const { stage } of this.fleet.edges) {
      for (const room of stage.sessions.rooms) {
        for (const seat of room.seats) if (ids.has(seat.info.id)) room.leave(seat, 'kicked');
      }
    }
    await this.#pass();
  }

  async breakOff(): Promise<void> {
    const page = this.#page;
    if (page === undefined) return;
    page.broken = true;
    page.socket.emit('close', 1006);
    await this.#pass();
  }

  async comeBack(): Promise<void> {
    if (this.#page === undefined) return;
    this.#page.socket = new FakeSocket();
    this.#page.broken = false;
    await this.#hello();
    // Whoever is not let in loses the seat that was kept.
    if (this.#phase === 'over') await this.stayAway();
  }

  async stayAway(): Promise<void> {
    await this.#pass(AWAY_MS, 1000);
  }

  /** For one use. */
  async invite(): Promise<void> {
    const session = this.#home?.id;
    if (session === undefined) return;
    this.#invitation = mintInvitation({ session, name: 'Ann', role: 'writer', until: undefined, uses: 1 });
    const { invitation } = this.#invitation;
    this.#atHome((sessions, held) => sessions.orders.invite(held, invitation, 'admin'));
    await this.#pass();
  }

  async revoke(): Promise<void> {
    const id = this.#invitation?.invitation.id ?? '';
    this.#atHome((sessions, held) => sessions.orders.revoke(held, id));
    await this.#pass();
  }

  async demand(policy: string): Promise<void> {
    this.operator.demand(policy);
    await this.#pass();
  }

  async lockOut(locked: boolean): Promise<void> {
    const lock = { by: 'address', value: JOINER.address, reason: '', since: 0 } as const;
    this.locks.set(...(locked ? [lock] : []));
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

  /** Where the joiner is now. Whoever is in types: what arrives at the host is what they may do. */
  async place(): Promise<Place> {
    const [seat] = this.#seats;
    if (seat === undefined) {
      if (this.#waits !== undefined) return 'waits';
      const phase = this.#phase;
      return phase === 'waits' || phase === 'form' ? phase : 'out';
    }
    const page = this.#page;
    // Nobody types there; what the seat may do holds when the page comes back.
    if (page?.broken === true) return seat.info.role;
    const before = this.#keysAtHost.length;
    const bytes = Uint8Array.of(0x61 + (this.#typed++ % 26));
    if (page === undefined) seat.input(bytes);
    else page.socket.say({ type: 'input', number: ++page.typed, bytes });
    await this.#pass();
    return this.#keysAtHost.length > before ? 'writer' : 'reader';
  }

  /** How many are inside, as the session's home counts them; undefined: there is no session. */
  get inside(): number | undefined {
    return this.#home?.joiners.count;
  }

  #atHome(act: (sessions: EdgeSessions, held: Parameters<EdgeSessions['orders']['invite']>[0]) => unknown): void {
    const id = this.#home?.id;
    for (const { stage } of this.fleet.edges) {
      const held = id && stage.sessions.held(id);
      if (held !== undefined) act(stage.sessions, held);
    }
  }

  get #home(): HomeSession | undefined {
    return this.fleet.edges.flatMap(({ stage }) => [...stage.sessions.sessions])[0];
  }

  /** The last message to the page. */
  get #phase(): 'none' | 'over' | 'form' | 'waits' | 'sits' {
    if (this.#page === undefined) return 'none';
    const { socket, broken } = this.#page;
    if (broken || socket.closedWith !== undefined) return 'over';
    const last = socket.messages.findLast(({ type }) => type === 'ask' || type === 'wait' || type === 'welcome');
    if (last?.type === 'welcome') return 'sits';
    if (last?.type === 'wait') return 'waits';
    return last === undefined ? 'none' : 'form';
  }

  /** The joiner's seats: one at most. */
  get #seats(): readonly Seat[] {
    return this.fleet.edges.flatMap(({ stage }) =>
      [...stage.sessions.rooms]
        .filter(({ over }) => !over)
        .flatMap(({ audience }) => audience.seats.filter(({ info }) => info.address === JOINER.address)),
    );
  }

  get #keysAtHost(): readonly string[] {
    return (this.#host?.sent ?? []).flatMap((message) => (message.type === 'pane-key' ? [String(message.key)] : []));
  }

  get #lacking(): string | undefined {
    if (this.#found?.kind !== 'session' || this.#proofs === undefined) return undefined;
    const { policy, cameWith } = this.#found;
    return lacks(policy, { ...this.#proofs, ...cameWith }, this.fleet.clock.now())?.reason;
  }

  async #find(): Promise<JoinTarget> {
    return await this.fleet.edge(this.#edge).stage.sessions.find(this.#key);
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

  async #hello(): Promise<void> {
    const page = this.#page;
    if (page === undefined) return;
    const request = {
      url: `${SOCKET_PATH}${page.key}`,
      headers: { cookie: this.#joiner.cookie },
      socket: {},
    } as IncomingMessage;
    this.#webEdges[this.#edge]?.accept(page.socket.socket, request);
    const { cols, rows, term } = terminal;
    const own = { cols, rows, term, claim: true, trueColour: true };
    page.socket.say({ type: 'hello', version: WEB_PROTOCOL_VERSION, page: page.id, sent: page.typed, ...own });
    for (let turn = 0; turn < 200 && this.#phase === 'none'; turn++) await this.#pass();
    await this.#pass();
  }

  async #hostAt(edge: number, reconnect?: string): Promise<FakeHost> {
    const named = [set('tmate-api-key', 'KEY'), set('tmate-session-name', 'site')];
    const host = await this.fleet.edge(edge).stage.host({
      before: [...named, ...this.#settings],
      ...(reconnect === undefined ? {} : { reconnect }),
    });
    host.say({ type: 'sync-layout', layout: onePane(80, 23) });
    return host;
  }

  async #pass(ms = 60, stepMs = 20): Promise<void> {
    await this.fleet.pass(ms, stepMs);
  }
}
