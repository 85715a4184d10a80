import { ShipmateError } from '#kernel';
import { exceededText, isExceeded, type Quotas } from '#access';
import type { SessionLimits } from '#fleet';
import type { Quota } from './failure-limits.js';
import type { TurnedAway } from './turned-away.js';

/** The limits on hosts and sessions, for the code that opens them. */
export function sessionLimits(quotas: Quotas<Quota>, tell: TurnedAway): SessionLimits {
  return {
    enter(what, who, always) {
      const stay = quotas.enter(what, who, { always });
      if (!isExceeded(stay)) return stay;
      tell(stay.limit, who.address, 'ssh');
      throw new ShipmateError('limit', exceededText(stay));
    },
  };
}
