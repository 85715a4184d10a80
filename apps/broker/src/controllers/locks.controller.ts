import { Controller, Inject } from '@nestjs/common';
import { lockWhoText, parseDuration, readLockWho, type LockWho, type PersonLock } from '#access';
import { By, Checked, deleteOperation, getOperation, Operation, postOperation, type Input } from '../api/operation.js';
import { Problem } from '../api/problem.js';
import { BROKER, type Broker } from '../broker.js';
import type { Caller } from '../callers.js';
import * as schema from '../schemas.js';

const LIST = getOperation('/locks', 'listLocks', 'The people who are locked out of the fleet', {
  scopes: ['read'],
  answer: schema.Locks,
});
const LOCK = postOperation(
  '/locks',
  'lockPerson',
  'Lock somebody out of every session, as a host too; they are disconnected within a second',
  { scopes: ['admin'], body: schema.NewLock, answer: schema.Lock, problems: [409] },
);
const UNLOCK = deleteOperation('/locks', 'unlockPerson', 'Lift a lock', {
  scopes: ['admin'],
  query: schema.LockQuery,
});

/** Whom the operator has locked out. */
@Controller()
export class LocksController {
  constructor(@Inject(BROKER) private readonly broker: Pick<Broker, 'locks' | 'clock' | 'audit'>) {}

  @Operation(LIST)
  list() {
    const { locks, clock } = this.broker;
    return { items: locks.list.current(clock.now()).map(toLock) };
  }

  @Operation(LOCK)
  async lock(@Checked() { body }: Input<typeof LOCK>, @By() by: Caller) {
    const { locks, clock, audit } = this.broker;
    const now = clock.now();
    const forMs = body.for === undefined ? undefined : parseDuration(body.for);
    const until = forMs === undefined ? {} : { until: now + forMs };
    const lock: PersonLock = { ...whoIn('body.who', body.who), reason: body.reason, since: now, ...until };
    await locks.add(lock);
    const shown = toLock(lock);
    const { who, reason } = shown;
    audit.note('person-locked', { by: by.name }, { who, reason, ...(shown.until && { until: shown.until }) });
    return shown;
  }

  @Operation(UNLOCK)
  async unlock(@Checked() { query }: Input<typeof UNLOCK>, @By() by: Caller): Promise<void> {
    const who = whoIn('query.who', query.who);
    if (!(await this.broker.locks.remove(who))) throw new Problem(404, 'not-found', 'They are not locked');
    this.broker.audit.note('person-unlocked', { by: by.name }, { who: lockWhoText(who) });
  }
}

function whoIn(at: string, text: string): LockWho {
  const read = readLockWho(text);
  if ('who' in read) return read.who;
  throw new Problem(400, 'bad-request', 'The request is not valid', { errors: [{ at, message: read.fault }] });
}

const toLock = (lock: PersonLock) => ({
  who: lockWhoText(lock),
  reason: lock.reason,
  since: new Date(lock.since).toISOString(),
  ...(lock.until === undefined ? {} : { until: new Date(lock.until).toISOString() }),
});
