import { Controller, Inject } from '@nestjs/common';
import { readOperatorPolicy } from '#access';
import {
  By,
  Checked,
  deleteOperation,
  getOperation,
  Operation,
  postOperation,
  putOperation,
  type Input,
} from '../api/operation.js';
import { Problem } from '../api/problem.js';
import { BROKER, type Broker } from '../broker.js';
import type { Caller } from '../callers.js';
import * as schema from '../schemas.js';

const SHOW = getOperation('/policy', 'getPolicy', "The operator's policy that is in force", {
  scopes: ['read'],
  answer: schema.Policy,
});
const CHECK = postOperation('/policy/check', 'checkPolicy', 'Check a policy; nothing is changed', {
  scopes: ['read'],
  body: schema.NewPolicy,
  answer: schema.PolicyFaults,
  status: 200,
});
const REPLACE = putOperation(
  '/policy',
  'replacePolicy',
  'Replace the policy, on every process of the fleet within a second; 409 if the policy is in a file',
  { scopes: ['admin'], body: schema.NewPolicy, answer: schema.Policy, problems: [409] },
);
const REMOVE = deleteOperation('/policy', 'removePolicy', 'Remove the policy: nothing is required any more', {
  scopes: ['admin'],
  problems: [409],
});

/** The operator's policy (docs/policy.md). */
@Controller()
export class PolicyController {
  constructor(@Inject(BROKER) private readonly broker: Broker) {}

  @Operation(SHOW)
  show() {
    const { text, source, faults } = this.broker.policies;
    return { text, source, faults };
  }

  @Operation(CHECK)
  check(@Checked() { body }: Input<typeof CHECK>) {
    const read = readOperatorPolicy(body.text);
    return { faults: 'faults' in read ? read.faults : [] };
  }

  @Operation(REPLACE)
  async replace(@Checked() { body }: Input<typeof REPLACE>, @By() by: Caller) {
    const faults = await this.broker.policies.put(body.text);
    if (faults.length > 0) {
      const errors = faults.map((message) => ({ at: 'body.text', message }));
      throw new Problem(400, 'bad-policy', 'The policy is wrong', { errors });
    }
    this.broker.audit.note('policy-replaced', { by: by.name }, { bytes: String(Buffer.byteLength(body.text)) });
    return this.show();
  }

  @Operation(REMOVE)
  async remove(@By() by: Caller): Promise<void> {
    await this.broker.policies.put('');
    this.broker.audit.note('policy-removed', { by: by.name }, {});
  }
}
