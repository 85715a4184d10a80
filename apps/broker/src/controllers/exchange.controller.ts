import { Controller, Inject } from '@nestjs/common';
import { SignInFault } from '#identity';
import { parseAuthorizedKey, readPublicKey } from '#keys';
import { Checked, Operation, postOperation, type Input } from '../api/operation.js';
import { Problem } from '../api/problem.js';
import { BROKER, type Broker } from '../broker.js';
import * as schema from '../schemas.js';
import { iso } from '../views.js';

const EXCHANGE = postOperation(
  '/exchange',
  'exchange',
  "Let a machine's SSH key host and join, with a token from its CI system",
  {
    scopes: [],
    body: schema.Exchange,
    status: 201,
    answer: schema.Exchanged,
    // 401: for a wrong operator's token that nobody asked for.
    problems: [400, 401, 403, 404, 503],
  },
);

/** Machines show the token of their job, and are known by their SSH key then. */
@Controller()
export class ExchangeController {
  constructor(@Inject(BROKER) private readonly broker: Broker) {}

  @Operation(EXCHANGE)
  async exchange(@Checked() { body }: Input<typeof EXCHANGE>) {
    const { machines, keys } = this.broker.signIns;
    if (machines === undefined) throw new Problem(404, 'not-found', 'This server does not accept tokens of machines');
    const blob = parseAuthorizedKey(body.key).key?.key.blob;
    const key = blob === undefined ? undefined : readPublicKey(blob);
    if (key === undefined) throw new Problem(400, 'bad-request', 'The key is not an SSH public key');
    try {
      const machine = await machines.identify(body.token);
      await keys.keep(key.fingerprint, machine);
      this.broker.signInResult(machine.provider, 'ok');
      const { provider, subject, name: person } = machine;
      this.broker.audit.note('machine-known', { by: 'api' }, { person, provider, subject, key: key.fingerprint });
      return { name: machine.name, provider, until: iso(machine.until) };
    } catch (error) {
      if (!(error instanceof SignInFault)) throw error;
      this.broker.signInResult('machines', error.reason);
      const isAway = error.reason === 'unavailable';
      throw new Problem(isAway ? 503 : 403, isAway ? 'unavailable' : 'forbidden', error.message);
    }
  }
}
