import { durationText, ShipmateError } from '#kernel';
import { addressKey } from '#address';
import type { Limiter, QuotaWho } from '#access';
import type { HostFaults } from '#fleet';
import type { FaultLimit } from './failure-limits.js';
import type { TurnedAway } from './turned-away.js';

/**
 * Hosts whose messages made this server fail, by address and proved key. After a few failures, they wait longer each time, so
 * that such a host does not bring down one edge after another.
 */
export function hostFaults(
  limiter: Limiter<FaultLimit>,
  tell: TurnedAway,
  failed: (error: unknown) => void,
): HostFaults {
  const keysOf = ({ address, key }: QuotaWho): readonly string[] => [
    addressKey(address),
    ...(key === undefined ? [] : [key]),
  ];
  return {
    happened(host) {
      for (const key of keysOf(host)) limiter.failed('session-fault', key).catch(failed);
    },
    async check(host) {
      const verdicts = await Promise.all(keysOf(host).map(async (key) => await limiter.check('session-fault', key)));
      const waitMs = Math.max(0, ...verdicts.map((one) => (one.allowed ? 0 : one.retryAfterMs)));
      if (waitMs === 0) return;
      tell('session-faults', host.address, 'ssh');
      throw new ShipmateError(
        'limit',
        `Your sessions ended because of faults in this server: try again in ${durationText(waitMs)}`,
      );
    },
  };
}
