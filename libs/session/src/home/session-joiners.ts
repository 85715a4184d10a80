import { isModerator, isSignedOut, mayStay, mayStill, refusalText, type AdmissionPolicy, type SentAway } from '#access';
import { peopleAt, sharePeople, type SharedPeople } from '../model/people.js';
import type { Size } from '../model/sizes.js';
import type { AdmissionAnswer, People } from '../ports.js';
import type { Room } from '../room/room.js';
import type { RemoteJoiners } from './remote-joiners.js';

const SENT_AWAY: AdmissionAnswer = {
  kind: 'refused',
  reason: 'sent-away',
  text: refusalText({ reason: 'sent-away' }),
};

/** Everybody in a session, as its home knows of them: those in its own room, and those at other edges. */
export class SessionJoiners {
  constructor(
    readonly room: Room,
    readonly remote: RemoteJoiners,
  ) {}

  get count(): number {
    return this.room.audience.size + this.remote.size;
  }

  /** The terminals that limit the window. */
  get writersSizes(): readonly Size[] {
    const here = this.room.seats.filter(({ info }) => info.role === 'writer');
    return [...here.map(({ claimed }) => claimed), ...this.remote.writersSizes];
  }

  get people(): People {
    const here = this.room.seats.map(({ person }) => person);
    return peopleAt(undefined, here, this.shared);
  }

  /** The same, as replicas get it. */
  get shared(): SharedPeople {
    const here = this.room.seats.map(({ person: { role, transport, name, locked }, clientId }) => {
      return { edge: undefined, role, transport, clientId, name, locked };
    });
    return sharePeople([...here, ...this.remote.people]);
  }

  /** Whether a moderator has joined. `now`: ms since the epoch. */
  someModerates(policy: AdmissionPolicy, now: number): boolean {
    const proofs = [...this.room.seats, ...this.remote.inside].map((one) => one.proofs);
    return proofs.some((one) => isModerator(policy, one, now));
  }

  /** Whether somebody was signed out who is inside. */
  someAreSignedOut(policy: Pick<AdmissionPolicy, 'signOuts'>): boolean {
    return [...this.room.seats, ...this.remote.inside].some(({ proofs }) => isSignedOut(policy, proofs));
  }

  /** Everybody has to leave. */
  sendAllAway(): void {
    for (const seat of this.room.seats) this.room.leave(seat, 'kicked');
    for (const { id } of this.remote.inside) this.remote.sendAway(id, SENT_AWAY);
  }

  /** Joiners whom one of these entries matches have to leave, or may only watch. `now`: ms since the epoch. */
  keepAway(entries: readonly SentAway[], now: number): void {
    for (const seat of this.room.seats) {
      const may = mayStill(entries, seat.proofs, now);
      if (may === 'nothing') this.room.leave(seat, 'kicked');
      if (may === 'look') this.room.makeReader(seat);
    }
    for (const { id, proofs } of this.remote.inside) {
      const may = mayStill(entries, proofs, now);
      if (may === 'nothing') this.remote.sendAway(id, SENT_AWAY);
      if (may === 'look') this.remote.makeReader(id);
    }
  }

  /** Decides again about everybody inside, by the rules of this moment; `now`: ms since the epoch. */
  recheck(policy: AdmissionPolicy, now: number): void {
    for (const seat of this.room.seats) {
      const verdict = mayStay(policy, seat.proofs, now);
      if ('fault' in verdict) this.room.leave(seat, verdict.fault, verdict.why);
      else if (verdict.as === 'reader') this.room.makeReader(seat);
    }
    for (const { id, proofs } of this.remote.inside) {
      const verdict = mayStay(policy, proofs, now);
      if ('fault' in verdict) {
        const { fault: reason, why } = verdict;
        const text = refusalText(reason === 'locked' ? { reason, why } : { reason });
        this.remote.sendAway(id, { kind: 'refused', reason, text });
      } else if (verdict.as === 'reader') this.remote.makeReader(id);
    }
  }

  /** Nobody may type from now on. */
  makeReaders(): void {
    for (const seat of this.room.seats) this.room.makeReader(seat);
    this.remote.makeReaders();
  }
}
