import { Controller } from '@nestjs/common';
import { By, getOperation, Operation } from '../api/operation.js';
import type { Caller } from '../callers.js';
import * as schema from '../schemas.js';

const CALLER = getOperation('/caller', 'getCaller', 'The caller, and what they may do', {
  scopes: ['read', 'user', 'host'],
  answer: schema.Caller,
});

/** Tells callers who they are: pages show only what one may do. */
@Controller()
export class CallerController {
  @Operation(CALLER)
  caller(@By() { scope, name, user, session }: Caller) {
    return { scope, name, user, session };
  }
}
